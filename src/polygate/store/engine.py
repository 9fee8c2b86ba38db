"""Plain blocking connections for what happens once, at start or from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from polygate.core.ids import NODES
from polygate.store.contract import Unavailable

_CONNECT_TIMEOUT_S: Final = 5


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Raises Unavailable if the database cannot be reached."""
    parsed = make_url(url)
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    patience = {} if parsed.drivername == "sqlite" else {"connect_timeout": _CONNECT_TIMEOUT_S}
    engine = create_engine(parsed, connect_args=patience)
    try:
        with engine.connect() as connection:
            yield connection
    except DatabaseError as error:
        # A file that is no database has no error class of its own.
        if type(error) not in {OperationalError, DatabaseError}:
            raise
        raise Unavailable(str(error.orig).strip().splitlines()[0]) from error
    finally:
        engine.dispose()


def take_node(url: str) -> int:
    """A number for this process that no other running process has, until 1,024 more have started."""
    with connected(url) as connection:
        value = connection.execute(text("UPDATE node_counter SET value = value + 1 RETURNING value")).scalar_one()
        connection.commit()
        return int(value) % NODES
