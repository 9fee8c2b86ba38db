"""A house with its clock, two merchants and a receiver for each test; no jobs run unless a test starts them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from polygate.assembly import House
from tests.support.house import NAMES, MovableClock, Shop, house_at, shop_in
from tests.webhook_delivery.outbox import Outbox
from tests.webhook_delivery.receiver import Receiver, receiving


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def house(tmp_path: Path, clock: MovableClock) -> AsyncIterator[House]:
    async with house_at(tmp_path / "house.db", clock) as house:
        yield house


@pytest.fixture
async def shop(house: House) -> AsyncIterator[Shop]:
    async with shop_in(house) as shop:
        yield shop


@pytest.fixture
async def other_shop(house: House) -> AsyncIterator[Shop]:
    async with shop_in(house, name=NAMES[1]) as shop:
        yield shop


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def outbox(house: House) -> AsyncIterator[Outbox]:
    outbox = Outbox(house)
    yield outbox
    await outbox.close()
