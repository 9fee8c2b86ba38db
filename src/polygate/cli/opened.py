"""Which database a tool works on, and opening it beside whoever serves it."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from polygate.cli.mistakes import Mistake

if TYPE_CHECKING:
    from polygate.assembly import House
    from polygate.core.cards import Secret
    from polygate.store.opened import Store

Result = TypeVar("Result")

DEMO_DIR: Final = Path("polygate-demo")
_SQLITE_MAGIC: Final = b"SQLite format 3\0"
# A tool makes no links, but a house is not opened without knowing where they lead.
_NO_LINKS: Final = {"POLYGATE_BASE_URL": "http://localhost"}

DataDir = Annotated[
    Path | None,
    typer.Option(
        help="Data directory of a demo: its polygate.db and master.key. "
        "Default: POLYGATE_* variables, else ./polygate-demo if there is one."
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="The database, e.g. postgresql://user@host/polygate. Default: POLYGATE_DATABASE_URL."),
]


class Place:
    """A database and where its master key is found: beside it in a data directory, or in the environment."""

    def __init__(self, database_url: str, key_file: Path | None) -> None:
        self.database_url: Final = database_url
        self._key_file = key_file

    def master_key(self) -> Secret | None:
        """None where none is given. Raises SettingError for one that cannot be used."""
        from polygate import settings

        if self._key_file is None and not any(os.environ.get(name) for name in _KEY_VARIABLES):
            return None
        environment = _NO_LINKS | dict(os.environ)
        return settings.read(environment, database_url=self.database_url, master_key=self._key_text()).master_key

    def _key_text(self) -> str | None:
        return self._key_file.read_text() if self._key_file else None

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """The store alone, for tools that need no secret. Raises NotMigrated or Unavailable."""
        from polygate.store.opened import open_store

        store = await open_store(self.database_url)
        try:
            yield store
        finally:
            await store.close()

    @asynccontextmanager
    async def house(self) -> AsyncIterator[House]:
        """The whole house, not as its server. Raises SettingError without a master key."""
        from polygate import settings
        from polygate.assembly import open_house

        environment = _NO_LINKS | dict(os.environ)
        chosen = settings.read(environment, database_url=self.database_url, master_key=self._key_text())
        async with open_house(chosen, as_server=False) as house:
            yield house


_KEY_VARIABLES: Final = ("POLYGATE_MASTER_KEY", "POLYGATE_MASTER_KEY_FILE")


def place(data_dir: Path | None, database_url: str | None) -> Place:
    """What the options mean. A data directory beside a URL gives the key. Raises Mistake."""
    configured = database_url or (None if data_dir else os.environ.get("POLYGATE_DATABASE_URL"))
    if data_dir is None and configured is None:
        if not (DEMO_DIR / "polygate.db").exists():
            raise Mistake("no database: give --data-dir or --database-url, or set POLYGATE_DATABASE_URL")
        typer.echo(f"polygate: using the demo in ./{DEMO_DIR}", err=True)
        data_dir = DEMO_DIR
    if data_dir is not None and not data_dir.is_dir():
        raise Mistake(f"--data-dir: there is no directory {data_dir}")
    if configured is None and data_dir is not None:
        _check_file(data_dir / "polygate.db")
        configured = f"sqlite:///{(data_dir / 'polygate.db').resolve()}"
    assert configured is not None
    _check_url(configured)
    key_file = data_dir / "master.key" if data_dir else None
    return Place(configured, key_file if key_file and key_file.exists() else None)


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """On Python's own event loop, which starts sooner than a faster one; Ctrl-C ends it at once.

    Asyncio would only cancel a task, and a tool may be in a blocking read or connecting when it is interrupted.
    """
    import asyncio

    signal.signal(signal.SIGINT, _interrupt)
    return asyncio.run(main)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _check_url(url: str) -> None:
    scheme, _, path = url.partition(":///")
    if scheme == "sqlite":
        _check_file(Path(path))
    elif url.partition("://")[0] not in {"postgresql", "postgres"}:
        raise Mistake("--database-url must start with postgresql:// or sqlite:///")


def _check_file(path: Path) -> None:
    """A database that is not there is a typing error, and must not spring into being by being looked at."""
    if not path.is_file():
        raise Mistake(f"there is no database {path}")
    with path.open("rb") as file:
        if file.read(len(_SQLITE_MAGIC)) != _SQLITE_MAGIC:
            raise Mistake(f"{path} is not a SQLite database")
