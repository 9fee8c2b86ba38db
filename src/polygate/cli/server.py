"""Production: `serve`, `worker`, `migrate` and `master-key`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from polygate.assembly import House

DatabaseUrl = Annotated[
    str | None, typer.Option(help="The database, e.g. postgresql://user@host/polygate. Default: POLYGATE_DATABASE_URL.")
]
Host = Annotated[str | None, typer.Option(help="Address to listen on. Default: POLYGATE_HOST, else 127.0.0.1.")]
_OWN_FILES: Final = 0o077
"""A mask for the files that a database in a file is made of: they are for the service's user alone."""
Port = Annotated[int | None, typer.Option(help="Port to listen on. Default: POLYGATE_PORT, else 8080.")]


def serve(
    host: Host = None,
    port: Port = None,
    database_url: DatabaseUrl = None,
    jobs: Annotated[bool, typer.Option(help="Run the background jobs in this process too.")] = True,
) -> None:
    """Serve the APIs and pages. Settings come from POLYGATE_* variables (docs/reference/settings.md)."""
    from polygate import settings
    from polygate.cli import listening, running

    os.umask(_OWN_FILES)
    chosen = settings.read(host=host, port=port, database_url=database_url)
    running.log_to_stderr(chosen.log_level)

    async def tell(house: House) -> None:
        where = listening.shown(chosen.host, chosen.port)
        typer.echo(f"Polygate serves {house.settings.base_url} on {where}", err=True)
        typer.echo("The sandbox acquirer answers every payment: no money moves.", err=True)

    running.run(running.serve(chosen, jobs=jobs, on_start=tell))


def worker(database_url: DatabaseUrl = None) -> None:
    """Run the background jobs alone, beside any number of `serve --no-jobs` processes over one PostgreSQL."""
    from polygate import settings
    from polygate.cli import running

    chosen = settings.read(database_url=database_url)
    running.log_to_stderr(chosen.log_level)

    async def tell(house: House) -> None:
        typer.echo(f"Polygate works in the background for {house.settings.base_url}", err=True)

    running.run(running.work(chosen, on_start=tell))


def migrate(
    database_url: Annotated[
        str | None, typer.Option(envvar="POLYGATE_DATABASE_URL", help="The database to bring up to date.")
    ] = None,
) -> None:
    """Bring the database to the schema this version needs. Safe to run again, and from several machines at once."""
    from polygate.cli.mistakes import Mistake
    from polygate.store.direct import revision
    from polygate.store.migrate import migrate as bring_up_to_date

    if not database_url:
        raise Mistake("no database: give --database-url or set POLYGATE_DATABASE_URL")
    os.umask(_OWN_FILES)
    before = revision(database_url)
    after = bring_up_to_date(database_url)
    typer.echo(f"schema {after} (nothing to do)" if before == after else f"schema {before or 'none'} -> {after}")


def master_key() -> None:
    """Print a new master key. Keep it apart from the database and its backups; without it the vault stays shut."""
    from polygate.store.vault import new_master_key

    typer.echo(new_master_key().reveal())
