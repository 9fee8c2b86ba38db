"""What tests of the store share: a migrated, empty database of each kind, and a store open on it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

import polygate.assembly.sandbox_book  # noqa: F401 - It registers the sandbox acquirer's table.
from polygate.store.migrate import migrate
from polygate.store.opened import Store
from polygate.store.rows import tables
from tests.store.stores import store_at
from tests.support import postgres


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> Iterator[str]:
    """A database to empty: making one for each test would cost half a second."""
    with postgres.fresh_database(postgres_server) as url:
        migrate(url)
        yield url


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    shutil.copy(migrated_sqlite, tmp_path / "polygate.db")
    return f"sqlite:///{tmp_path / 'polygate.db'}"


@pytest.fixture
def emptied_postgres_url(migrated_postgres: str) -> str:
    with psycopg.connect(migrated_postgres, autocommit=True) as connection:
        for table in tables():  # With so few rows, truncating would cost ten times as much.
            connection.execute(f"DELETE FROM {table.name}")
    return migrated_postgres


@pytest.fixture
def migrated_apart(postgres_url: str) -> str:
    """A PostgreSQL database for one test alone, which may change its settings and its schema."""
    migrate(postgres_url)
    return postgres_url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The one contract, of both databases."""
    name = "sqlite_url" if request.param == "sqlite" else "emptied_postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with store_at(database_url) as opened:
        yield opened


@pytest.fixture
async def other_store(database_url: str) -> AsyncIterator[Store]:
    """A second process, as far as the database can tell."""
    async with store_at(database_url) as opened:
        yield opened
