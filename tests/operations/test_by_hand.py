"""Payouts by hand, in races and crashes: the operator or an acquirer pays, never both, and everything happens once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

import pytest
from msgspec.structs import replace

from polygate.connectors.contract import Answer, Ask
from polygate.connectors.transport import LineDown
from polygate.core.attempts import BY_HAND
from polygate.core.ids import PaymentId
from polygate.core.money import Money
from polygate.core.payouts import Payout
from polygate.core.refusals import Refused
from polygate.core.transitions import AttemptState, PayoutState
from polygate.operations.ask_again import ask_again
from polygate.operations.audit import AT_COMMAND_LINE, Actor
from polygate.operations.balances import funds_of
from polygate.operations.pay_by_hand import mark_failed, mark_paid, mark_returned, take_by_hand
from polygate.operations.pay_out import bring_payout_forward, name_receiver, reject_payout
from polygate.store.contract import Change, Unavailable
from tests.operations.bank import GONE, HELD, RECEIVER, UNTOUCHED, Bank

pytestmark = pytest.mark.anyio

AMY: Final = Actor(user_id=1, login="amy@gateway.example", role="operator", address="192.0.2.1")
BOB: Final = Actor(user_id=2, login="bob@gateway.example", role="operator", address="192.0.2.2")
UTR: Final = "600187654321"


async def taken(bank: Bank, number: str = "PO-1") -> Payout:
    payout = await bank.pay(number, receiver=None)
    return await take_by_hand(bank.context, AMY, payout, RECEIVER)


async def audited(bank: Bank) -> list[tuple[str, str]]:
    entries = await bank.context.reads.audit_entries(merchant_id=bank.order().merchant_id, before=2**63 - 1, limit=50)
    return [(entry.action, entry.login) for entry in reversed(entries) if entry.action.startswith("payout.")]


async def webhooks(bank: Bank, payout: Payout) -> list[str]:
    return [each.kind for each in await bank.context.reads.webhooks(payout.merchant_id, PaymentId(payout.payout_id))]


async def outcomes(*asked: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_taken_paid_and_back(bank: Bank) -> None:
    """The merchant is told as of any payout, the audit log knows who did what, and no job touches it for days."""
    payout = await taken(bank)
    assert (payout.state, payout.acquirer, await bank.funds()) == (PayoutState.SENT, BY_HAND, HELD)
    await bank.work(86_400)
    assert (await bank.seen(payout)).version == payout.version

    paid = await mark_paid(bank.context, BOB, payout, UTR)
    assert (paid.state, paid.reference, await bank.funds()) == (PayoutState.PAID, UTR, GONE)
    for _ in range(4):
        await bank.work(86_400)
    assert await bank.seen(payout) == paid

    back = await mark_returned(bank.context, AMY, payout, "account closed")
    assert (back.state, await bank.funds()) == (PayoutState.RETURNED, UNTOUCHED)
    assert await webhooks(bank, payout) == ["PayoutPaid", "PayoutReturned"]
    assert await audited(bank) == [
        ("payout.taken_by_hand", AMY.login), ("payout.marked_paid", BOB.login), ("payout.marked_returned", AMY.login),
    ]  # fmt: skip
    assert await bank.transfers() == []


async def test_what_failed_by_hand_is_free_again(bank: Bank) -> None:
    payout = await taken(bank)
    failed = await mark_failed(bank.context, AMY, payout, "account closed")

    assert (failed.state, failed.said, await bank.funds()) == (PayoutState.FAILED, "account closed", UNTOUCHED)
    assert await webhooks(bank, payout) == ["PayoutFailed"]


async def test_operators_and_workers_at_once_pay_it_once(bank: Bank) -> None:
    """Planned for the jobs, while two operators take it: one of the three has it, and the others do nothing."""
    for number in range(8):
        payout = await bank.pay(f"PO-{number}", amount=replace(bank.order().amount, minor=1_000))
        (planned,) = await bank.attempts(payout)
        sent = len(await bank.transfers())
        await outcomes(
            *(bring_payout_forward(bank.context, planned) for _ in range(2)),
            *(take_by_hand(bank.context, actor, payout) for actor in (AMY, BOB)),
            bring_payout_forward(bank.context, planned),
        )
        now, attempts = await bank.seen(payout), await bank.attempts(payout)
        by_hand = now.acquirer == BY_HAND

        assert now.state is PayoutState.SENT
        assert len(await bank.transfers()) - sent == (0 if by_hand else 1)
        assert [attempt.is_open for attempt in attempts].count(True) == 1
        assert len(await audited(bank)) <= number + 1
        if not by_hand:
            with pytest.raises(Refused, match="its answer decides"):
                await mark_paid(bank.context, AMY, payout, UTR)


async def test_two_operators_who_say_the_same_say_it_once(bank: Bank) -> None:
    payout = await taken(bank)
    done = await outcomes(*(mark_paid(bank.context, actor, payout, UTR) for actor in (AMY, BOB) * 5))

    assert {each.state for each in done} == {PayoutState.PAID}
    assert await webhooks(bank, payout) == ["PayoutPaid"]
    assert [action for action, _ in await audited(bank)] == ["payout.taken_by_hand", "payout.marked_paid"]
    assert await bank.funds() == GONE


async def test_of_two_operators_who_disagree_one_is_told_so(bank: Bank) -> None:
    """Paid, failed, paid under another number: the first stands."""
    payout = await taken(bank)
    done = await outcomes(
        mark_failed(bank.context, AMY, payout, "account closed"),
        mark_paid(bank.context, BOB, payout, UTR),
        mark_paid(bank.context, BOB, payout, "600187654399"),
    )

    assert [isinstance(each, Refused) for each in done].count(True) == 2
    assert len(await webhooks(bank, payout)) == 1
    assert (await bank.funds()) in {GONE, UNTOUCHED}


async def test_operators_who_take_name_and_reject_at_once_leave_one_story(bank: Bank) -> None:
    """Whoever is too late is told; the receiver is paid by the operator, by the acquirer, or not at all."""
    for number in range(6):
        payout = await bank.pay(f"PO-{number}", receiver=None, amount=replace(bank.order().amount, minor=1_000))
        acts = [
            take_by_hand(bank.context, AMY, payout, RECEIVER),
            name_receiver(bank.context, BOB, payout, RECEIVER),
            reject_payout(bank.context, AMY, payout, said="no"),
        ]
        await outcomes(*acts[number % 3 :], *acts[: number % 3])
        now, attempts = await bank.seen(payout), await bank.attempts(payout)
        under_way = now.state in {PayoutState.WAITING, PayoutState.SENT}

        assert [attempt.is_open for attempt in attempts].count(True) == under_way
    await bank.work()
    await bank.work(3)
    funds = await funds_of(bank.context, bank.order().merchant_id, "INR")
    assert funds.available_minor + funds.held_minor + sum(minor for _, minor in await bank.transfers()) == 200_000


async def test_what_the_acquirer_may_have_heard_of_is_left_to_it(bank: Bank) -> None:
    """Its answer got lost: until it is known, the operator can do nothing. Then it is the acquirer's."""

    async def deaf(ask: Ask) -> Answer:
        await bank.reach(ask)
        raise ConnectionResetError

    bank.speak(deaf)
    payout = await bank.pay(at_once=True)
    for act in (
        take_by_hand(bank.context, AMY, payout),
        mark_paid(bank.context, AMY, payout, UTR),
        mark_failed(bank.context, AMY, payout, "lost"),
    ):
        with pytest.raises(Refused, match="its answer decides"):
            await act
    bank.speak(bank.reach)
    await bank.work(60)
    assert (await bank.seen(payout)).state is PayoutState.PAID
    with pytest.raises(Refused, match="its answer decides"):
        await mark_returned(bank.context, AMY, payout, "sent back")
    assert await audited(bank) == []


async def test_a_bank_that_cannot_be_reached_is_relieved(bank: Bank) -> None:
    """It certainly never heard of it: the operator takes over, and the line that is good again changes nothing."""

    async def down(ask: Ask) -> Answer:
        raise LineDown

    bank.speak(down)
    payout = await bank.pay()
    await bank.work()
    await take_by_hand(bank.context, AMY, payout)
    bank.speak(bank.reach)
    for _ in range(4):
        await bank.work(7_200)

    states = [attempt.state for attempt in await bank.attempts(payout)]
    assert states == [AttemptState.NOT_SENT, AttemptState.NOT_SENT, AttemptState.PENDING]
    assert await bank.transfers() == []
    await mark_paid(bank.context, AMY, payout, UTR)
    assert await bank.funds() == GONE


async def test_nobody_is_asked_about_what_the_operator_carries_out(bank: Bank) -> None:
    """Neither by a click nor by a notice that names it."""
    payout = await taken(bank)
    (carried,) = await bank.attempts(payout)
    await ask_again(bank.context, carried)

    assert await bank.attempts(payout) == [carried]


async def test_a_commit_that_fails_leaves_nothing_half_done(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database goes away at the moment of the mark; said again afterwards, it happens once."""
    payout = await taken(bank)
    submit = bank.context.store.submit

    async def gone(_: Change) -> None:
        raise Unavailable

    monkeypatch.setattr(bank.context.store, "submit", gone)
    with pytest.raises(Unavailable):
        await mark_paid(bank.context, AMY, payout, UTR)
    monkeypatch.setattr(bank.context.store, "submit", submit)
    assert (await bank.seen(payout), await bank.funds(), await webhooks(bank, payout)) == (payout, HELD, [])
    assert len(await audited(bank)) == 1
    await mark_paid(bank.context, AMY, payout, UTR)
    await mark_paid(bank.context, AMY, payout, UTR)
    assert await webhooks(bank, payout) == ["PayoutPaid"]


async def test_a_banks_reference_belongs_to_one_payout(bank: Bank) -> None:
    """Two payouts under one number are a slip: the second is refused, and the operator told which has it."""
    first, second = [await taken(bank, number) for number in ("PO-1", "PO-2")]
    await mark_paid(bank.context, AMY, first, UTR)
    with pytest.raises(Refused, match=str(first.payout_id)):
        await mark_paid(bank.context, AMY, second, UTR)
    assert (await bank.seen(second)).state is PayoutState.SENT


async def test_names_and_refusals_are_told_to_the_audit_log(bank: Bank) -> None:
    """By the operation, whoever calls it; of an account with its last digits."""
    named, refused = [await bank.pay(number, receiver=None, amount=Money(100, "INR")) for number in ("PO-1", "PO-2")]
    await name_receiver(bank.context, AMY, named, RECEIVER)
    await reject_payout(bank.context, AT_COMMAND_LINE, refused, said="please name a receiver")

    entries = await bank.context.reads.audit_entries(merchant_id=named.merchant_id, before=2**63 - 1, limit=50)
    told = [(e.action, e.login, e.about, e.after) for e in reversed(entries) if e.action.startswith("payout.")]
    assert told == [
        ("payout.receiver_named", AMY.login, "PO-1", {"acquirer": "sandbox", "receiver": "upi Ravi K …bank"}),
        (
            "payout.rejected", AT_COMMAND_LINE.login, "PO-2",
            {"state": "failed", "said": "please name a receiver"},
        ),
    ]  # fmt: skip
