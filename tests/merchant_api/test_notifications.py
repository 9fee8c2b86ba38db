"""Notifications beyond the acceptance checks: refunds, keys, receivers, and bodies that stay the same (section 7)."""

from __future__ import annotations

import pytest

from polygate.assembly import House
from polygate.core.cards import Secret
from polygate.core.webhooks import WebhookState
from polygate.jobs.payments import ask_again_round
from polygate.operations.rotation import rotate_secret_key
from polygate.protocols.merchant import emission_faults, is_signed
from tests.merchant_api.client import Client
from tests.protocols.merchant.examples import NOTIFICATIONS
from tests.support.house import MovableClock
from tests.support.moody_receiver import Receiver, answering, changing
from tests.support.outbox import Outbox

pytestmark = pytest.mark.anyio


async def refunded(house: House, clock: MovableClock) -> None:
    """The acquirer takes five seconds for a refund of a test payment (section 10)."""
    await ask_again_round(house.context)
    clock.move(seconds=4)
    assert await ask_again_round(house.context) == 0
    clock.move(seconds=1)
    await ask_again_round(house.context)


ENDS = (("", "10.00", 111, "Refunded"), ("FAIL", "10.00", 112, "Declined"), ("", "10.13", 112, "Declined"))


async def test_the_end_of_a_refund_is_told(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    paid = await client.pay(notificationUrl=receiver.url("/hook"))
    for number, (remark, amount, code, said) in enumerate(ENDS, 100):
        asked = await client.refund(paid["uniqueId"], number, amount, remark=remark)
        await refunded(house, clock)
        while await outbox.deliver():
            pass
        told = receiver.received[-1].json

        assert asked["code"] == 110
        assert list(told) == list(NOTIFICATIONS["refunded"])
        assert (told["code"], told["refundMessage"], told["refundAmount"]) == (code, said, amount)
        assert (told["merchantRefundId"], told["refundUniqueId"]) == (str(number), asked["refundUniqueId"])
        assert client.is_ours(told)
        assert emission_faults(told) == ()
        (row,) = (await client.refunds(refundTransactionId=number))["data"]
        assert (row["code"], row["merchantRefundId"]) == (code, str(number))
        assert row["refundAt"] > row["refundRequestAt"]
        again = await client.refund(paid["uniqueId"], str(number), amount)
        assert (again["code"], again["refundUniqueId"]) == (code, asked["refundUniqueId"])
    assert (await client.find(paid["uniqueId"]))["code"] == 100


async def test_the_key_is_that_of_the_event(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """A key that is replaced before the first try, or between two, changes nothing of what is told."""
    hook = receiver.behave("/hook", changing(answering("503 Service Unavailable"), answering()))
    await client.pay("T-1", notificationUrl=hook)
    new = await rotate_secret_key(house.context, client.merchant)
    assert isinstance(new, Secret)
    await outbox.deliver()
    clock.move(seconds=5)
    await outbox.deliver()
    first, second = receiver.received

    assert first.body == second.body
    assert client.is_ours(first.json)
    assert not is_signed(first.json, new)
    client.key = new
    await client.pay("T-2", notificationUrl=receiver.url("/other"))
    await outbox.deliver()
    assert is_signed(receiver.received[-1].json, new)


async def test_both_keys_open_the_door_for_a_while(house: House, client: Client, clock: MovableClock) -> None:
    day_ms = 86_400_000
    old, new = client.key, await rotate_secret_key(house.context, client.merchant, overlap_ms=day_ms)
    for key in (old, new):
        client.key = key
        assert await client.code("/search/list/order") == 121
    clock.move(hours=25)
    assert await client.code("/search/list/order") == 121
    client.key = old
    assert await client.code("/search/list/order") == 401


@pytest.mark.parametrize("answer", ["204 No Content", "302 Found", "401 Unauthorized", "403 Forbidden"])
async def test_nothing_but_200_is_received(client: Client, receiver: Receiver, outbox: Outbox, answer: str) -> None:
    await client.pay(notificationUrl=receiver.behave("/hook", answering(answer, b"")))
    await outbox.deliver()

    assert await outbox.states() == [WebhookState.WAITING]


async def test_an_empty_200_is_received(client: Client, receiver: Receiver, outbox: Outbox) -> None:
    await client.pay(notificationUrl=receiver.behave("/hook", answering("200 OK", b"")))
    await outbox.deliver()

    assert await outbox.states() == [WebhookState.DELIVERED]


async def test_nothing_is_told_of_what_has_not_ended(client: Client, outbox: Outbox) -> None:
    await client.checkout("T-1")
    await client.pay("T-2", cvv="601")
    await client.pay("T-3", cvv="750")

    assert await outbox.webhooks() == []


async def test_unicode_is_signed_as_it_reads(client: Client, receiver: Receiver, outbox: Outbox) -> None:
    await client.pay("Bestellung-é-订单-😀", notificationUrl=receiver.url("/hook"))
    await outbox.deliver()
    (told,) = receiver.received

    assert told.json["transactionId"] == "Bestellung-é-订单-😀"
    assert client.is_ours(told.json)
    assert told.headers["content-type"].startswith("application/json")
