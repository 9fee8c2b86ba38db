"""A house, its clock and merchants for each test of the Signed API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from polygate.assembly import House
from polygate.core.money import Money
from polygate.protocols.signed.protocol import SignedProtocol
from tests.signed_api.client import OPENING_MINOR, Client, app_of, client_in
from tests.support.outbox import Outbox


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
async def outbox(house: House) -> AsyncIterator[Outbox]:
    """Delivers notifications round by round, on this API's own schedule."""
    outbox = Outbox(house, protocol=SignedProtocol())
    yield outbox
    await outbox.close()
