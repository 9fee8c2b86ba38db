"""A house with its clock, two merchants and a receiver for each test; no jobs run unless a test starts them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from polygate.assembly import House
from tests.support.house import NAMES, Shop, shop_in
from tests.support.outbox import Outbox


@pytest.fixture
async def shop(house: House) -> AsyncIterator[Shop]:
    async with shop_in(house) as shop:
        yield shop


@pytest.fixture
async def other_shop(house: House) -> AsyncIterator[Shop]:
    async with shop_in(house, name=NAMES[1]) as shop:
        yield shop


@pytest.fixture
async def outbox(house: House) -> AsyncIterator[Outbox]:
    outbox = Outbox(house)
    yield outbox
    await outbox.close()
