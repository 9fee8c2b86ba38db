"""Plain blocking connections for what happens once, at start or from the command line.

Without SQLAlchemy, which takes longer to load than most commands to run: only migrations need it. For the same reason
the driver of PostgreSQL is loaded only where it is used.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from polygate.core.ids import NODES
from polygate.store.contract import Unavailable

CONNECT_TIMEOUT_S: Final = 5
_SQLITE: Final = "sqlite:///"
_IS_IN_POSTGRES: Final = "SELECT to_regclass('alembic_version')"
_IS_IN_SQLITE: Final = "SELECT max(name) FROM sqlite_master WHERE name = 'alembic_version'"


def sqlite_path(url: str) -> Path | None:
    """The file that a database URL names; None where it names a server."""
    return Path(url.removeprefix(_SQLITE).partition("?")[0]) if url.startswith(_SQLITE) else None


def revision(url: str) -> str | None:
    """The schema a database has; None if it has none. Raises Unavailable."""
    with _connected(url) as connection:
        if connection.execute(_IS_IN_SQLITE if sqlite_path(url) else _IS_IN_POSTGRES).fetchone()[0] is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None


def take_node(url: str) -> int:
    """A number for this process that no other running process has, until 1,024 more have started."""
    with _connected(url) as connection:
        value = connection.execute("UPDATE node_counter SET value = value + 1 RETURNING value").fetchone()[0]
        connection.commit()
        return int(value) % NODES


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    """A connection of the database's own driver. Raises Unavailable if it cannot be reached or is no database."""
    path = sqlite_path(url)
    with _file(path) if path is not None else _server(url) as connection:
        yield connection


@contextmanager
def _file(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise _unavailable(error) from error


@contextmanager
def _server(url: str) -> Iterator[Any]:
    import psycopg

    try:
        with closing(psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_S)) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(str(error).strip().splitlines()[0])
