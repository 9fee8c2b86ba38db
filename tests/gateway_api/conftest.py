"""A house, its clock and two merchants for each test of the Gateway API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from polygate.assembly import House
from tests.gateway_api.answers import check
from tests.gateway_api.wire import Wire
from tests.support.house import NAMES, MovableClock, Shop, at_work, house_at, shop_in
from tests.support.server import demo_server


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def house(tmp_path: Path, clock: MovableClock) -> AsyncIterator[House]:
    """Over a SQLite file of its own, without jobs."""
    async with house_at(tmp_path / "house.db", clock) as house:
        yield house


@pytest.fixture
async def working(house: House) -> AsyncIterator[House]:
    """The same house with its background jobs running."""
    async with at_work(house):
        yield house


@pytest.fixture
async def shop(house: House) -> AsyncIterator[Shop]:
    async with shop_in(house, check=check) as shop:
        yield shop


@pytest.fixture
async def other_shop(house: House) -> AsyncIterator[Shop]:
    """Another merchant."""
    async with shop_in(house, check=check, name=NAMES[1]) as shop:
        yield shop


@pytest.fixture(scope="session")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """`polygate demo` in a process of its own, over SQLite. Afterwards its log must be free of faults."""
    directory = tmp_path_factory.mktemp("demo")
    with demo_server(directory) as (server, demo):
        wire = Wire(server, demo, directory)
        yield wire
        wire.close()
    for word in ("Traceback", "internal_fault", "Exception in ASGI"):
        assert word not in server.log, server.log


@pytest.fixture
def wire(real_server: Wire) -> Iterator[Wire]:
    """The real server, of which nothing may be stored by the test."""
    before = real_server.rows()
    yield real_server
    assert real_server.rows() == before, "a refused request left something behind"
