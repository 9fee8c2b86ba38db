"""A house, its clock and two merchants for each test of the Gateway API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from polygate.assembly import House
from tests.gateway_api.answers import check
from tests.gateway_api.wire import Wire
from tests.support.house import NAMES, Shop, shop_in
from tests.support.server import faultless_demo


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
    with faultless_demo(directory) as (server, demo):
        wire = Wire(server, demo, directory)
        yield wire
        wire.close()


@pytest.fixture
def wire(real_server: Wire) -> Iterator[Wire]:
    """The real server, of which nothing may be stored by the test."""
    before = real_server.rows()
    yield real_server
    assert real_server.rows() == before, "a refused request left something behind"
