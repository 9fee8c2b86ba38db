"""A running gateway on each store: one process over SQLite, two over PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from tests.support import postgres
from tests.support.crowd import Crowd
from tests.support.houses import STORES, House, postgres_house, sqlite_house

SETTLED_WITHIN_S: Final = 20.0
_numbers = count(1)


@pytest.fixture(scope="session", params=STORES)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory: Path = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        with sqlite_house(directory) as running:
            yield running
            running.see_doctor()
    else:
        server: str = request.getfixturevalue("postgres_server")
        with postgres.fresh_database(server) as url, postgres_house(directory, url) as running:
            yield running
            running.see_doctor()


@pytest.fixture
async def crowd(house: House) -> AsyncIterator[Crowd]:
    """Callers; once a test is through with them, the books must be right."""
    async with Crowd(house) as callers:
        yield callers
    house.books.settle(SETTLED_WITHIN_S)
    house.books.audit()
    faults = [line for server in house.servers for line in server.log.splitlines() if '"level": "error"' in line]
    assert faults == []


@pytest.fixture
def order_no() -> str:
    """A number that no other order of this gateway has."""
    return f"race-{next(_numbers):06d}"
