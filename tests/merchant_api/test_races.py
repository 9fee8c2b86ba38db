"""The same thing many times at once: on SQLite in one process, on PostgreSQL in two houses side by side."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from polygate import settings
from polygate.assembly import House, open_house
from polygate.core.subscriptions import Subscription
from polygate.jobs.subscriptions import renewal_round
from polygate.operations.charge_subscription import bring_forward
from polygate.store.migrate import migrate
from tests.merchant_api.client import Client, client_in
from tests.support.house import BASE_URL, MASTER_KEY, MovableClock, house_at

pytestmark = pytest.mark.anyio

Houses = tuple[House, ...]


@pytest.fixture(params=["sqlite", "postgres"])
async def houses(request: pytest.FixtureRequest, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Houses]:
    """All over one database and one clock."""
    async with AsyncExitStack() as stack:
        if request.param == "sqlite":
            yield (await stack.enter_async_context(house_at(tmp_path / "house.db", clock)),)
            return
        url: str = request.getfixturevalue("postgres_url")
        migrate(url)
        chosen = settings.read({}, database_url=url, master_key=MASTER_KEY, base_url=BASE_URL)
        yield tuple([await stack.enter_async_context(open_house(chosen, clock=clock)) for _ in range(2)])


@pytest.fixture
async def clients(houses: Houses) -> AsyncIterator[tuple[Client, ...]]:
    """One merchant at every house."""
    async with client_in(houses[0]) as first:
        others = [Client(house, first.merchant, first.app, first.key) for house in houses[1:]]
        yield (first, *others)
        for other in others:
            await other.http.aclose()


async def test_one_number_forty_times_is_one_charge(clients: tuple[Client, ...]) -> None:
    answers = await asyncio.gather(*(clients[n % len(clients)].pay("T-1") for n in range(40)))
    context = clients[0].house.context

    assert Counter(answer["code"] for answer in answers) == {100: 1, 501: 39}
    assert await context.store.fetch("SELECT count(*) FROM attempts") == [(1,)]
    assert (await context.reads.balances(clients[0].merchant.merchant_id))["merchant:pending", "USD"] == 4_990


async def test_refunds_never_exceed_the_amount(clients: tuple[Client, ...]) -> None:
    paid = await clients[0].pay()
    answers = await asyncio.gather(
        *(clients[n % len(clients)].refund(paid["uniqueId"], f"RF-{n}", "20.00") for n in range(24)),
        *(clients[n % len(clients)].refund(paid["uniqueId"], "RF-same", "5.00") for n in range(8)),
    )
    kept = await clients[0].payment(paid["uniqueId"])

    assert kept.refunding_minor <= 4_990
    assert Counter(answer["code"] for answer in answers[:24])[110] == 2
    assert len({answer.get("refundUniqueId") for answer in answers[24:]}) == 1


async def test_many_tries_for_one_order_are_one_success(clients: tuple[Client, ...]) -> None:
    answers = await asyncio.gather(*(clients[n % len(clients)].pay(f"T-{n}", orderId="O-1") for n in range(12)))

    codes = Counter(answer["code"] for answer in answers)
    assert codes[100] == 1
    assert set(codes) <= {100, 103, 400}
    balances = await clients[0].house.context.reads.balances(clients[0].merchant.merchant_id)
    assert balances["merchant:pending", "USD"] == 4_990


async def test_a_renewal_is_charged_once_by_workers_side_by_side(
    houses: Houses, clients: tuple[Client, ...], clock: MovableClock
) -> None:
    """Whether they claim it one after the other or work on it at the same moment."""
    client = clients[0]
    await client.subscribe(cycle="DAY", times=5)
    await renewal_round(houses[0].context)
    for _ in range(2):
        clock.move(days=1)
        await asyncio.gather(*(renewal_round(house.context) for house in houses))
        await asyncio.gather(*(renewal_round(house.context) for house in houses))
    clock.move(days=1)
    (due,) = await houses[0].context.store.listing.newest(
        Subscription, merchant_id=client.merchant.merchant_id, limit=9
    )
    await asyncio.gather(*(bring_forward(house.context, due) for house in houses for _ in range(4)))

    numbers = [row["transactionId"] for row in (await client.list(orderId="O-SUB-1"))["data"]]
    assert sorted(numbers) == ["SUB-1", "SUB-1-2", "SUB-1-3", "SUB-1-4"]
    charged = await houses[0].context.store.fetch("SELECT count(*) FROM attempts WHERE kind = 'charge'")
    assert charged == [(4,)]
    balances = await houses[0].context.reads.balances(client.merchant.merchant_id)
    assert balances["merchant:pending", "USD"] == 4 * 4_990
