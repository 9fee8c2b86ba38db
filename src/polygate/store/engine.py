"""SQLAlchemy's connections, which migrations need and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from polygate.store.contract import Unavailable
from polygate.store.direct import CONNECT_TIMEOUT_S


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Raises Unavailable if the database cannot be reached."""
    parsed = make_url(url)
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    patience = {} if parsed.drivername == "sqlite" else {"connect_timeout": CONNECT_TIMEOUT_S}
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
