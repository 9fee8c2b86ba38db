"""Callbacks: what they say, how they are encrypted, when they are tried (section 9)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from polygate.assembly import House
from polygate.core.cards import Secret
from polygate.core.merchants import ChannelTerms
from polygate.core.webhooks import WebhookState
from polygate.jobs.payments import ask_again_round, expire_round
from polygate.jobs.payouts import return_round
from polygate.operations.administer import change_merchant
from polygate.operations.rotation import rotate_access_key
from polygate.protocols.channel import InvalidData, decrypt
from tests.channel_api.client import RECEIVER, Client
from tests.support.house import MovableClock
from tests.support.moody_receiver import Notification, Receiver, answering, changing, hanging
from tests.support.outbox import Outbox

pytestmark = pytest.mark.anyio

CREDIT, DEBIT = "channelCreditOrderSimpleInfo", "channelDebitOrderSimpleInfo"
RECORD = "channelPaymentRecordSimpleInfo"
DELAYS_S = (60, 300, 900)


def opened(callback: Notification, key: Secret) -> dict[str, Any]:
    """What a callback says, read as its receiver does."""
    assert callback.headers["content-type"].startswith("application/json")
    assert set(callback.json) == {"sourceNo", "data"}
    said: dict[str, Any] = json.loads(decrypt(callback.json["data"], key))
    (order,) = [said[name] for name in said if name != RECORD]
    assert order["merchantSourceNo"] == callback.json["sourceNo"]
    return said


async def sent(house: House, clock: MovableClock) -> None:
    """A payout goes to the bank, which pays it or does not."""
    await ask_again_round(house.context)
    clock.move(seconds=3)
    await ask_again_round(house.context)


async def test_a_paid_payout(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """Acceptance 8 and 10: one callback, about a payout by its own name, with the members of the query."""
    await client.debit("PO-1", callbackUrl=receiver.url("/out"))
    assert await outbox.deliver() == 0
    await sent(house, clock)
    queried = await client.call("Debit/Get", {"sourceNo": "PO-1"})
    assert await outbox.deliver() == 1
    (callback,) = receiver.received

    assert opened(callback, client.key) == json.loads(json.dumps(queried["result"], default=float))
    assert opened(callback, client.key)[DEBIT]["processCode"] == 30
    assert (await client.order("Debit", "PO-1"))["callbackCode"] == 200


async def test_a_failed_payout(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    payee = RECEIVER | {"accountName": "FAIL Rao"}
    await client.debit("PO-1", callbackUrl=receiver.url("/out"), payeeAccountDetail=payee)
    await sent(house, clock)
    await outbox.deliver()
    said = opened(receiver.received[0], client.key)

    assert (said[DEBIT]["processCode"], said[DEBIT]["paid"]) == (40, False)
    assert (said[RECORD]["errorMessage"], said[RECORD]["utr"]) == ("no reason", "")


async def test_a_payout_that_came_back_is_told_twice(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """Each time as it stood, also where nobody was told before it came back."""
    payee = RECEIVER | {"accountName": "REVERSE Rao"}
    await client.debit("PO-1", callbackUrl=receiver.url("/out"), payeeAccountDetail=payee)
    await sent(house, clock)
    clock.move(seconds=12)
    await return_round(house.context)
    await outbox.deliver()
    orders = [opened(callback, client.key)[DEBIT] for callback in receiver.received]

    assert sorted((order["processCode"], order["paid"]) for order in orders) == [(30, True), (50, False)]
    paid = next(order for order in orders if order["processCode"] == 30)
    assert paid["updatedTime"] == paid["closedTime"] == clock.now_ms - 12_000


@pytest.mark.parametrize(("choice", "code"), [("pass", 30), ("fail", 40), ("cancel", 40)])
async def test_the_end_of_a_collection(
    client: Client, receiver: Receiver, outbox: Outbox, choice: str, code: int
) -> None:
    """With the members of the query but the links."""
    await client.pay(await client.credit("PI-1", callbackUrl=receiver.url("/in")), choice)
    queried = (await client.call("Credit/Get", {"sourceNo": "PI-1"}))["result"]
    await outbox.deliver()
    (callback,) = receiver.received
    said = opened(callback, client.key)

    assert said == json.loads(json.dumps({CREDIT: queried[CREDIT], RECORD: queried[RECORD]}, default=float))
    assert said[CREDIT]["processCode"] == code


async def test_an_expired_collection_is_told(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    await client.credit("PI-1", callbackUrl=receiver.url("/in"))
    clock.move(minutes=30)
    await expire_round(house.context)
    await outbox.deliver()

    assert opened(receiver.received[0], client.key)[CREDIT]["processCode"] == 40


async def test_four_tries_one_five_and_fifteen_minutes_apart(
    client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """Acceptance 9. Each with the same bytes, as long as the key stays."""
    url = receiver.behave("/500", answering("500 No"))
    await client.pay(await client.credit("PI-1", callbackUrl=url))
    assert await outbox.deliver() == 1
    for delay_s in DELAYS_S:
        clock.move(seconds=delay_s, milliseconds=-1)
        assert await outbox.deliver() == 0
        clock.move(milliseconds=1)
        assert await outbox.deliver() == 1
    clock.move(days=1)

    assert await outbox.deliver() == 0
    assert len(receiver.received) == 4
    assert len({callback.body for callback in receiver.received}) == 1
    assert (await outbox.only()).state is WebhookState.GIVEN_UP
    assert (await client.order("Credit", "PI-1"))["callbackCode"] == 500


@pytest.mark.parametrize("status", ["201 Created", "204 No Content", "302 Found", "404 Not Found", "503 Busy"])
async def test_nothing_but_200_is_received(
    client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox, status: str
) -> None:
    """404 is what a client answers that has not stored its own order yet."""
    redirect = f"Location: {receiver.url('/elsewhere')}"
    url = receiver.behave("/in", changing(answering(status, b"", redirect), answering(body=b"no json, and no matter")))
    await client.pay(await client.credit("PI-1", callbackUrl=url))
    await outbox.deliver()
    first = await client.order("Credit", "PI-1")
    clock.move(seconds=DELAYS_S[0])
    await outbox.deliver()

    assert first["callbackCode"] == int(status[:3])
    assert [callback.path for callback in receiver.received] == ["/in", "/in"]
    assert (await outbox.only()).state is WebhookState.DELIVERED
    assert (await client.order("Credit", "PI-1"))["callbackCode"] == 200


async def test_without_an_answer_the_code_is_0(client: Client, receiver: Receiver, outbox: Outbox) -> None:
    await client.pay(await client.credit("PI-1", callbackUrl=receiver.behave("/in", hanging)))
    await outbox.deliver()

    assert (await client.order("Credit", "PI-1"))["callbackCode"] == 0
    assert (await outbox.only()).state is WebhookState.WAITING


async def test_each_try_is_encrypted_with_the_key_of_its_moment(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """The receiver knows no other; what is said stays the same."""
    url = receiver.behave("/in", changing(answering("500 No"), answering()))
    await client.pay(await client.credit("PI-1", callbackUrl=url))
    await outbox.deliver()
    new = await rotate_access_key(house.context, client.merchant)
    clock.move(seconds=DELAYS_S[0])
    await outbox.deliver()
    before, after = receiver.received

    assert opened(before, client.key) == opened(after, new)
    with pytest.raises(InvalidData):
        decrypt(after.json["data"], client.key)


async def test_the_merchants_own_addresses_are_the_second_choice(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """One for each direction."""
    terms = ChannelTerms(credit_url=receiver.url("/credits"), debit_url=receiver.url("/debits"))
    await change_merchant(house.context.store, client.merchant, lambda merchant: replace(merchant, channel=terms))
    await client.pay(await client.credit("PI-1"))
    await client.pay(await client.credit("PI-2", callbackUrl=receiver.url("/own")))
    await client.debit("PO-1")
    await sent(house, clock)
    await outbox.deliver()

    told = sorted((callback.path, callback.json["sourceNo"]) for callback in receiver.received)
    assert told == [("/credits", "PI-1"), ("/debits", "PO-1"), ("/own", "PI-2")]


async def test_without_any_address_nobody_is_called(client: Client, receiver: Receiver, outbox: Outbox) -> None:
    """Not even the address that its app has for another API."""
    await client.pay(await client.credit("PI-1"))
    await outbox.deliver()

    assert (await outbox.only()).state is WebhookState.NO_ADDRESS
    assert receiver.received == []
