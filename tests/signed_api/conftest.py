"""A house, its clock and merchants for each test of the Signed API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from polygate.assembly import House
from polygate.core.money import Money
from polygate.protocols.signed.protocol import SignedProtocol
from tests.signed_api.client import OPENING_MINOR, Client, app_of, client_in
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
    """A merchant with 10,000.00 INR to pay out."""
    async with client_in(house, opening=(Money(OPENING_MINOR, "INR"),)) as client:
        yield client


@pytest.fixture
async def sister(house: House, client: Client) -> AsyncIterator[Client]:
    """Another app of the same merchant."""
    async with app_of(house, client.merchant) as sister:
        yield sister


@pytest.fixture
async def other(house: House) -> AsyncIterator[Client]:
    """Another merchant."""
    async with client_in(house, name="Other Shop", opening=(Money(OPENING_MINOR, "INR"),)) as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def outbox(house: House) -> AsyncIterator[Outbox]:
    """Delivers notifications round by round, on this API's own schedule."""
    outbox = Outbox(house, protocol=SignedProtocol())
    yield outbox
    await outbox.close()
