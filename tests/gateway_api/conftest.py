"""A house, its clock and two merchants for each test of the Gateway API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from polygate.assembly import House
from tests.gateway_api.answers import check
from tests.support.house import MovableClock, Shop, at_work, house_at, shop_in


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def house(tmp_path: Path, clock: MovableClock) -> AsyncIterator[House]:
    """Over an empty SQLite file, without jobs."""
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
    async with shop_in(house, check=check, name="Other Shop") as shop:
        yield shop
