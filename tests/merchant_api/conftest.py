"""A house, its clock and two merchants for each test of the Merchant API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from polygate.assembly import House
from polygate.protocols.merchant.protocol import MerchantApi
from tests.merchant_api.client import Client, client_in
from tests.support.house import MovableClock, at_work, house_at
from tests.webhook_delivery.outbox import Outbox
from tests.webhook_delivery.receiver import Receiver, receiving


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
async def client(house: House) -> AsyncIterator[Client]:
    async with client_in(house) as client:
        yield client


@pytest.fixture
async def other(house: House) -> AsyncIterator[Client]:
    """Another merchant."""
    async with client_in(house, name="Other Shop", domain="other.example") as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def outbox(house: House) -> AsyncIterator[Outbox]:
    """Delivers notifications round by round, on this API's own schedule."""
    outbox = Outbox(house, protocol=MerchantApi())
    yield outbox
    await outbox.close()
