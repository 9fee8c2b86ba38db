"""Many notifications, many merchants, several workers: nobody waits for somebody else's receiver."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest
from msgspec.structs import replace

from polygate.assembly import House
from polygate.core.ids import PaymentId
from polygate.core.webhooks import WebhookState
from polygate.store.contract import Change
from tests.support.house import MovableClock, Shop, at_work, eventually, shop_in
from tests.support.moody_receiver import Receiver, answering, changing, hanging
from tests.support.outbox import Outbox

pytestmark = pytest.mark.anyio


async def pay_many(shop: Shop, count: int, url: str, prefix: str = "order") -> None:
    paid = await asyncio.gather(*(shop.pay(f"{prefix}-{n}", notificationUrl=url) for n in range(count)))
    assert {answer["respCode"] for answer in paid} == {"0000"}


async def queue_many(shop: Shop, count: int, url: str) -> None:
    """So many waiting notifications as copies of a real one, as if about other payments: quicker than to pay them."""
    context = shop.house.context
    paid = await shop.pay("order-1", notificationUrl=url)
    (first,) = await context.reads.webhooks(shop.merchant.merchant_id, PaymentId(int(paid["tradeNo"])))
    copies = (
        replace(first, webhook_id=context.mint(), fact_id=context.mint(), payment_id=context.mint(), body="{}")
        for _ in range(count - 1)
    )
    await context.store.submit(Change((), tuple(copies)))


async def test_one_payment_is_told_in_order(house: House, shop: Shop, receiver: Receiver) -> None:
    """What became of it goes one after the other, although its receiver takes its time; other payments go beside."""

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        await answering()(reader, writer)

    url = receiver.behave("/slow", changing(slow, answering()))
    await shop.pay("order-1", capture="manual", notificationUrl=url)
    await shop.call("capture", {"orderNo": "order-1", "captureAmount": "60.00"})
    await shop.pay("order-2", notificationUrl=receiver.url("/quick"))
    outbox = Outbox(house, timeout_s=5)

    assert await outbox.deliver() == 3
    assert [told.json["orderStatus"] for told in receiver.at("/slow")] == ["authorized", "successed"]
    assert [told.json["orderNo"] for told in receiver.received][-1] == "order-1", "the other payment did not wait"
    await outbox.close()


async def test_a_hanging_receiver_delays_no_other_merchant(
    house: House, shop: Shop, other_shop: Shop, receiver: Receiver
) -> None:
    """Hundreds, more than a worker ever holds, wait for a receiver that never answers; another's arrive at once."""
    await queue_many(shop, 600, receiver.behave("/stuck", hanging))
    async with at_work(house):
        await receiver.arrived(8, "/stuck")
        for number in range(5):
            started = time.monotonic()
            await other_shop.pay(f"order-{number}", notificationUrl=receiver.url("/quick"))
            await receiver.arrived(number + 1, "/quick")
            assert time.monotonic() - started < 2
        assert len(receiver.at("/stuck")) == 8, "one merchant takes eight connections at most"
        unclaimed = "SELECT count(*) FROM webhooks WHERE due_ms = at_ms"
        assert await house.context.store.fetch(unclaimed) == [(600 - 64,)], "the rest is left to other workers"


async def test_many_hanging_receivers_delay_no_other_merchant(
    house: House, other_shop: Shop, receiver: Receiver
) -> None:
    """Ten merchants whose receivers hang, each with a long queue: the eleventh's notification arrives at once."""
    stuck = receiver.behave("/stuck", hanging)
    for number in range(10):
        async with shop_in(house, name=f"Shop {number}") as hanging_shop:
            await queue_many(hanging_shop, 64, stuck)
    async with at_work(house):
        await receiver.arrived(80, "/stuck")
        started = time.monotonic()
        await other_shop.pay("order-1", notificationUrl=receiver.url("/quick"))
        await receiver.arrived(1, "/quick")
        assert time.monotonic() - started < 2


async def test_each_is_delivered_once_by_many_workers(house: House, shop: Shop, receiver: Receiver) -> None:
    """Four workers claim from one outbox; each notification arrives once, and has one try."""
    await pay_many(shop, 60, receiver.url("/"))
    workers = [Outbox(house, timeout_s=5) for _ in range(4)]
    claimed = await asyncio.gather(*(worker.round() for worker in workers))
    assert sum(claimed) == 60

    async def done() -> bool:
        return await workers[0].states() == [WebhookState.DELIVERED] * 60

    await eventually(done)
    assert set(Counter(each.json["notifyId"] for each in receiver.received).values()) == {1}
    for worker in workers:
        await worker.close()


async def test_a_claim_that_ran_out_is_left_to_the_next_worker(
    house: House, shop: Shop, clock: MovableClock, receiver: Receiver
) -> None:
    """Behind eight slow tries the rest of a claim waits; once it is another worker's, it is not tried here too."""
    slow = receiver.behave("/slow", hanging)
    await pay_many(shop, 20, slow)
    first, second = Outbox(house, timeout_s=1), Outbox(house, timeout_s=1)
    assert await first.round() == 20
    await receiver.arrived(8)
    clock.move(seconds=60)
    receiver.behave("/slow", answering())
    assert await second.round() == 20, "all of them: even those under way are claimed again when their time is over"

    async def done() -> bool:
        return await second.states() == [WebhookState.DELIVERED] * 20

    await eventually(done)
    await asyncio.sleep(1.2)  # The first worker's eight tries end, and the other twelve get their turn there.
    tried = Counter(each.json["notifyId"] for each in receiver.received)
    assert sorted(tried.values()) == [1] * 12 + [2] * 8
    for webhook in await second.webhooks():
        assert [each.try_no for each in await second.tries(webhook)] == [1]
    await first.close()
    await second.close()


async def test_a_burst_of_one_merchant_is_delivered_in_seconds(house: House, shop: Shop, receiver: Receiver) -> None:
    """300 at once, with eight connections at a time."""
    await pay_many(shop, 300, receiver.url("/"))
    started = time.monotonic()
    async with at_work(house):
        await receiver.arrived(300, timeout_s=15)
    assert time.monotonic() - started < 15
