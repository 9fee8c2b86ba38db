"""Several tries to pay for one order: one succeeds, the others are closed, and no money is kept twice (section 8)."""

from __future__ import annotations

import asyncio

import pytest

from polygate.assembly import House
from polygate.core.transitions import PaymentState
from polygate.jobs.groups import close_round
from polygate.jobs.payments import ask_again_round, expire_round
from tests.merchant_api.client import Client
from tests.support.house import MovableClock
from tests.support.moody_receiver import Receiver
from tests.support.outbox import Outbox

pytestmark = pytest.mark.anyio


async def test_a_paid_order_takes_no_further_try(client: Client) -> None:
    await client.pay("T-1", orderId="O-1")
    refused = await client.pay("T-2", orderId="O-1")

    assert refused["code"] == 400
    assert refused["message"] == "orderId already has a successful transaction"
    assert refused["transactionId"] == "T-2"
    assert await client.code("/checkout/payment", client.order("T-2", orderId="O-1")) == 400
    assert (await client.pay("T-2", orderId="O-2"))["code"] == 100


async def test_a_declined_order_may_be_tried_again(client: Client) -> None:
    assert (await client.pay("T-1", orderId="O-1", cvv="801"))["code"] == 101
    assert (await client.pay("T-2", orderId="O-1"))["code"] == 100


async def test_an_order_without_a_number_has_its_transactions(client: Client) -> None:
    paid = await client.pay("T-1", orderId=None)

    assert (await client.find(paid["uniqueId"]))["orderId"] == "T-1"
    assert (await client.pay("T-2", orderId="T-1"))["code"] == 400


async def test_the_others_are_closed_and_told(house: House, client: Client, receiver: Receiver, outbox: Outbox) -> None:
    hook = receiver.url("/hook")
    other = await client.checkout("T-1", orderId="O-1", notificationUrl=hook)
    await client.pay("T-2", orderId="O-1", notificationUrl=hook)
    assert await close_round(house.context) == 1
    assert await close_round(house.context) == 0
    await outbox.deliver()

    assert (await client.find(other["uniqueId"]))["code"] == 103
    told = {said.json["transactionId"]: said.json for said in receiver.received}
    assert {number: said["code"] for number, said in told.items()} == {"T-1": 103, "T-2": 100}
    assert (told["T-1"]["transactionCardNumber"], told["T-1"]["transactionMessage"]) == ("", "")
    assert client.is_ours(told["T-1"])


async def test_the_page_of_another_try_refuses_to_be_paid(client: Client) -> None:
    """Also before the jobs came by."""
    other = await client.checkout("T-1", orderId="O-1")
    await client.pay("T-2", orderId="O-1")
    page = await client.submit(other["redirectUrl"])

    assert page.status_code == 200
    assert (await client.find(other["uniqueId"]))["code"] == 103
    back = await client.back_to_shop(other["redirectUrl"])
    assert "code=103" in back.headers["location"]


async def test_of_two_that_are_approved_one_goes_back(house: House, client: Client, clock: MovableClock) -> None:
    """The bank takes its time with the first one, which the second one overtakes."""
    slow = await client.pay("T-1", orderId="O-1", cvv="601")
    await client.pay("T-2", orderId="O-1")
    clock.move(seconds=30)
    await ask_again_round(house.context)
    assert (await client.find(slow["uniqueId"]))["code"] == 103
    await ask_again_round(house.context)

    kept = await house.context.reads.balances(client.merchant.merchant_id)
    assert kept["merchant:pending", "USD"] == 4_990
    assert kept["suspense:unclaimed", "USD"] == 0
    assert kept["acquirer:sandbox:receivable", "USD"] == -4_990


async def test_many_tries_at_once_and_one_success(house: House, client: Client, clock: MovableClock) -> None:
    """All of them pass the first look, all are approved, and the index lets one be paid."""
    tried = await asyncio.gather(*(client.pay(f"T-{number}", orderId="O-1") for number in range(8)))
    await close_round(house.context)
    for _ in range(3):
        await ask_again_round(house.context)
        clock.move(seconds=3)
    codes = sorted(answer["code"] for answer in tried)

    assert codes.count(100) == 1
    assert set(codes) <= {100, 103, 400}
    balances = await house.context.reads.balances(client.merchant.merchant_id)
    assert balances["merchant:pending", "USD"] == 4_990
    assert balances["acquirer:sandbox:receivable", "USD"] == -4_990
    assert balances.get(("suspense:unclaimed", "USD"), 0) == 0


async def test_an_unpaid_order_closes_after_two_hours(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    opened = await client.checkout(notificationUrl=receiver.url("/hook"))
    clock.move(minutes=119)
    assert await expire_round(house.context) == 0
    clock.move(minutes=1)
    await expire_round(house.context)
    await outbox.deliver()

    assert (await client.find(opened["uniqueId"]))["code"] == 103
    assert [said.json["code"] for said in receiver.received] == [103]
    page = await client.open_page(opened["redirectUrl"])
    assert 'name="card_number"' not in page.text


async def test_a_late_approval_goes_back(house: House, client: Client, clock: MovableClock) -> None:
    """The operator closed it while the bank made up its mind (section 8)."""
    from polygate.operations.close_others import close_unpaid

    pending = await client.pay(cvv="601")
    await close_unpaid(house.context, await client.payment(pending["uniqueId"]))
    clock.move(seconds=31)
    await ask_again_round(house.context)
    await ask_again_round(house.context)

    assert (await client.find(pending["uniqueId"]))["code"] == 103
    assert (await client.payment(pending["uniqueId"])).state is PaymentState.CANCELED
    balances = await house.context.reads.balances(client.merchant.merchant_id)
    assert balances["acquirer:sandbox:receivable", "USD"] == 0
    assert balances.get(("merchant:pending", "USD"), 0) == 0


async def test_one_number_and_one_card_on_the_page(client: Client) -> None:
    """One transactionId, one transaction: a decline is its end (section 6.1)."""
    opened = await client.checkout()
    await client.submit(opened["redirectUrl"], cvv="801")

    assert (await client.find(opened["uniqueId"]))["code"] == 101
    await client.submit(opened["redirectUrl"])
    assert (await client.find(opened["uniqueId"]))["code"] == 101
