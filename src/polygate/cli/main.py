"""The `polygate` command: its groups, and one place where a user's mistake becomes a sentence instead of a traceback."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from polygate import __version__
from polygate.cli import demo, server

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Polygate, a self-hosted payment gateway. Start with `polygate demo`.",
)
app.command()(demo.demo)
app.command()(server.serve)
app.command()(server.worker)
app.command()(server.migrate)
app.command(name="master-key")(server.master_key)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"polygate {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Polygate, a self-hosted payment gateway. Start with `polygate demo`."""


def main() -> None:
    """Run the command; exit status 2 for what the caller can mend, 1 for what failed."""
    from polygate.cli.mistakes import Mistake, explained  # noqa: PLC0415

    try:
        app()
    except Mistake as mistake:
        typer.secho(f"polygate: {mistake}", err=True, fg=typer.colors.RED)
        sys.exit(2)
    except explained() as error:
        typer.secho(f"polygate: {error}", err=True, fg=typer.colors.RED)
        sys.exit(1)
