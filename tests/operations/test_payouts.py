"""Payouts between two crashes: whatever gets lost on the way, a receiver is paid once, and the balance is right."""

from __future__ import annotations

import asyncio

import pytest

from polygate.connectors.contract import Answer, Ask
from polygate.connectors.transport import LineDown
from polygate.core.money import Money
from polygate.core.payouts import PayoutMethod, Receiver
from polygate.core.refusals import Reason, Refused
from polygate.core.repeats import PayoutTaken
from polygate.core.transitions import AttemptState, PayoutState
from polygate.operations.audit import AT_COMMAND_LINE
from polygate.operations.balances import Funds
from polygate.operations.pay_out import bring_payout_forward, look_for_return, name_receiver, reject_payout
from tests.operations.bank import GONE, HELD, OPENING_MINOR, PRICE, RECEIVER, UNTOUCHED, Bank

pytestmark = pytest.mark.anyio


async def test_sent_at_once_it_is_with_the_bank_when_the_call_returns(bank: Bank) -> None:
    payout = await bank.pay(at_once=True)
    assert (payout.state, await bank.funds()) == (PayoutState.SENT, HELD)
    await bank.work(3)
    assert ((await bank.seen(payout)).state, await bank.funds()) == (PayoutState.PAID, GONE)


async def test_an_answer_that_is_lost_is_asked_for(bank: Bank) -> None:
    """The bank has it, we do not know: nothing is sent again, and the money stays held meanwhile."""

    async def deaf(ask: Ask) -> Answer:
        await bank.reach(ask)
        raise ConnectionResetError

    bank.speak(deaf)
    payout = await bank.pay(at_once=True)
    assert (payout.state, await bank.funds()) == (PayoutState.SENT, HELD)
    bank.speak(bank.reach)
    await bank.work(60)

    assert ((await bank.seen(payout)).state, await bank.funds()) == (PayoutState.PAID, GONE)
    assert await bank.transfers() == [("processing", PRICE.minor)]


async def test_a_process_that_dies_before_it_asks_sends_nothing_twice(bank: Bank) -> None:
    """The acquirer never heard of it and promises never to carry it out; then it is sent under a new key."""

    async def dead(ask: Ask) -> Answer:
        raise ConnectionResetError

    bank.speak(dead)
    payout = await bank.pay(at_once=True)
    bank.speak(bank.reach)
    await bank.work(60)
    again = await bank.seen(payout)
    assert (again.state, await bank.funds()) == (PayoutState.SENT, HELD)
    for _ in range(5):
        await bank.work(60)

    assert ((await bank.seen(payout)).state, await bank.funds()) == (PayoutState.PAID, GONE)
    assert [attempt.state for attempt in await bank.attempts(payout)] == [AttemptState.NOT_SENT, AttemptState.APPROVED]
    assert await bank.transfers() == [("processing", PRICE.minor)]


async def test_a_bank_that_cannot_be_reached_is_tried_until_it_can(bank: Bank) -> None:
    async def down(ask: Ask) -> Answer:
        raise LineDown

    bank.speak(down)
    payout = await bank.pay()
    for _ in range(4):
        await bank.work(120)
    assert ((await bank.seen(payout)).state, await bank.funds()) == (PayoutState.SENT, HELD)
    bank.speak(bank.reach)
    for _ in range(4):
        await bank.work(7_200)

    assert (await bank.seen(payout)).state is PayoutState.PAID
    assert await bank.transfers() == [("processing", PRICE.minor)]


async def test_ten_workers_on_one_payout_send_it_once(bank: Bank) -> None:
    payout = await bank.pay()
    (planned,) = await bank.attempts(payout)
    await asyncio.gather(*(bring_payout_forward(bank.context, planned) for _ in range(10)))
    bank.clock.move(seconds=3)
    (asked,) = await bank.attempts(payout)
    await asyncio.gather(*(bring_payout_forward(bank.context, asked) for _ in range(10)))

    assert (await bank.seen(payout)).state is PayoutState.PAID
    assert await bank.transfers() == [("processing", PRICE.minor)]
    webhooks = await bank.context.reads.webhooks(payout.merchant_id, payout.payout_id)  # type: ignore[arg-type]
    assert [webhook.kind for webhook in webhooks] == ["PayoutPaid"]


async def test_ten_workers_hear_of_one_return_once(bank: Bank) -> None:
    payout = await bank.pay(receiver=Receiver(PayoutMethod.UPI, "REVERSE K", "ravi@examplebank"))
    await bank.work()
    await bank.work(3)
    bank.clock.move(seconds=10)
    paid = await bank.seen(payout)
    assert paid.state is PayoutState.PAID
    await asyncio.gather(*(look_for_return(bank.context, paid) for _ in range(10)))

    assert ((await bank.seen(payout)).state, await bank.funds()) == (PayoutState.RETURNED, UNTOUCHED)
    webhooks = await bank.context.reads.webhooks(payout.merchant_id, payout.payout_id)  # type: ignore[arg-type]
    assert [webhook.kind for webhook in webhooks] == ["PayoutPaid", "PayoutReturned"]


async def test_a_paid_payout_is_asked_about_for_days_and_then_left(bank: Bank) -> None:
    payout = await bank.pay()
    await bank.work()
    await bank.work(3)
    for _ in range(20):
        await bank.work(86_400)

    assert ((await bank.seen(payout)).state, (await bank.seen(payout)).due_ms) == (PayoutState.PAID, 0)


async def test_a_number_is_used_once_whatever_the_rest_says(bank: Bank) -> None:
    """The second caller is given the first one, and nothing more is held."""
    first = await bank.pay()
    for amount in (PRICE, Money(1, "INR"), Money(10_000_000, "INR")):
        with pytest.raises(PayoutTaken) as caught:
            await bank.pay(amount=amount)
        assert caught.value.first.payout_id == first.payout_id
    assert await bank.funds() == HELD


async def test_two_at_once_that_fit_only_alone_are_one(bank: Bank) -> None:
    asked = [bank.pay(f"PO-{n}", amount=Money(150_000, "INR")) for n in range(2)]
    done = await asyncio.gather(*asked, return_exceptions=True)

    (refused,) = [each for each in done if isinstance(each, Refused)]
    assert refused.reason is Reason.BALANCE_TOO_SMALL
    assert await bank.funds() == Funds(50_000, 150_000)


async def test_a_receiver_is_named_once(bank: Bank) -> None:
    """Of two operators one is told that it is too late; so is who rejects what was handed over."""
    payout = await bank.pay(receiver=None)
    done = await asyncio.gather(
        *(name_receiver(bank.context, AT_COMMAND_LINE, payout, RECEIVER) for _ in range(2)), return_exceptions=True
    )
    assert [type(each) for each in done].count(Refused) == 1
    with pytest.raises(Refused) as caught:
        await reject_payout(bank.context, AT_COMMAND_LINE, await bank.seen(payout), said="too late")
    assert caught.value.reason is Reason.PAYOUT_NOT_NOW
    await bank.work()
    await bank.work(3)

    assert ((await bank.seen(payout)).state, await bank.funds()) == (PayoutState.PAID, GONE)


async def test_the_balance_remembers_how_far_it_was_counted(bank: Bank) -> None:
    """Also long after, when nothing is added up from the beginning any more."""
    for number in range(4):
        await bank.pay(f"PO-{number}", amount=Money(10_000, "INR"))
        await bank.work(3_600)
        await bank.work(3)
    reserve = await bank.context.reads.reserve(bank.order().merchant_id, "INR")

    assert await bank.funds() == Funds(OPENING_MINOR - 40_000, 0)
    assert reserve is not None
    assert (reserve.version, reserve.counted_minor) == (4, OPENING_MINOR - 30_000)
