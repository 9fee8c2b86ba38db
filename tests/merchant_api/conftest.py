"""A house, its clock and two merchants for each test of the Merchant API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from polygate.assembly import House
from polygate.protocols.merchant.protocol import MerchantApi
from tests.merchant_api.client import Client, client_in
from tests.support.outbox import Outbox


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
async def outbox(house: House) -> AsyncIterator[Outbox]:
    """Delivers notifications round by round, on this API's own schedule."""
    outbox = Outbox(house, protocol=MerchantApi())
    yield outbox
    await outbox.close()
