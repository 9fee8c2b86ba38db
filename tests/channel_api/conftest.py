"""A house, its clock and two merchants for each test of the Channel API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from polygate.assembly import House
from polygate.operations import rotation
from polygate.operations.administer import change_merchant
from polygate.protocols.channel.protocol import ChannelProtocol
from tests.channel_api.client import Client, client_in
from tests.protocols.channel.vectors import KEY, MERCHANT_ID
from tests.support.outbox import Outbox


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    """A merchant with 10,000.00 INR to pay out."""
    async with client_in(house, opening_minor=1_000_000) as client:
        yield client


@pytest.fixture
async def other(house: House) -> AsyncIterator[Client]:
    """Another merchant."""
    async with client_in(house, name="Other Shop", opening_minor=1_000_000) as client:
        yield client


@pytest.fixture
async def published(house: House, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The merchant of the examples, with its number and key."""
    monkeypatch.setattr(rotation, "new_access_key", lambda: KEY)
    client.key = await rotation.rotate_access_key(house.context, client.merchant)
    client.merchant = await change_merchant(
        house.context.store, client.merchant, lambda merchant: replace(merchant, merchant_no=MERCHANT_ID)
    )
    return client


@pytest.fixture
async def outbox(house: House) -> AsyncIterator[Outbox]:
    """Delivers callbacks round by round, on this API's own schedule."""
    outbox = Outbox(house, protocol=ChannelProtocol())
    yield outbox
    await outbox.close()
