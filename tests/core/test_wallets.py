"""Payments from wallets: paid out of our sight, heard of by asking, and never taken for an order that is closed."""

from __future__ import annotations

from typing import Final

import pytest
from msgspec.structs import replace

from polygate.core import ledger, plans
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.facts import FactKind
from polygate.core.payments import LATE_PAYMENT_MS, CaptureMode
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import AttemptState, PaymentState
from tests.core.case import LIFE_MS, NOW_MS, WALLET, Case, an_order
from tests.core.tables import Row, table


def waiting(*, checkout: bool = False) -> Case:
    """A payment whose payer looks at the code of a wallet."""
    case = Case(checkout=checkout, means=WALLET)
    if checkout:
        case.pay(WALLET)
    case.answer(case.charge, "scan")
    return case


def closings(case: Case) -> list[Attempt]:
    return [attempt for attempt in case.attempts.values() if attempt.kind is AttemptKind.CLOSE]


def test_a_wallet_is_asked_while_the_payer_is_waited_for() -> None:
    """Its own word may get lost; the order ends with the payer's time all the same."""
    case = waiting()

    assert (case.payment.state, case.charge.state) == (PaymentState.PENDING, AttemptState.NEEDS_PAYER)
    assert case.charge.is_paid_elsewhere
    assert not case.charge.in_doubt
    assert (case.charge.due_ms, case.payment.due_ms) == (NOW_MS + 2_000, case.payment.expires_ms)
    assert case.facts[-1].kind is FactKind.PAYER_ASKED


ASKING = """
    # after        due
      0            2_000
      30_000       2_000
      60_000       3_000
      600_000      30_000
      86_400_000   3_600_000     # an hour at most
"""


@pytest.mark.parametrize("row", table(ASKING), ids=str)
@pytest.mark.parametrize("answer", ["scan", "unknown"])
def test_asking_again_writes_nothing_on_the_timeline(answer: str, row: Row) -> None:
    """The longer it takes, the more seldom it is asked."""
    case = Case(an_order(life_ms=10 * 86_400_000), means=WALLET)
    case.answer(case.charge, "scan")
    facts = len(case.facts)
    case.wait(int(row.after))
    decision = case.answer(case.charge, answer)

    assert decision is not None
    assert (len(case.facts), case.payment.state) == (facts, PaymentState.PENDING)
    assert case.charge.state is AttemptState.NEEDS_PAYER
    if answer == "scan":
        assert case.charge.due_ms == case.now_ms + int(row.due)


ENDINGS = """
    # answer          checkout   payment     told               merchant
      approved        no         captured    PaymentCaptured    100_00
      approved        yes        captured    PaymentCaptured    100_00
      declined        no         failed      PaymentFailed      0
      declined        yes        created     -                  0         # another try
      payer_cancels   no         canceled    PaymentCanceled    0
      payer_cancels   yes        canceled    PaymentCanceled    0
      not_sent        no         failed      PaymentFailed      0
"""


@pytest.mark.parametrize("row", table(ENDINGS), ids=str)
def test_what_the_wallet_says_decides(row: Row) -> None:
    """Nobody had to come back for it."""
    case = waiting(checkout=row.checkout == "yes")
    case.answer(case.charge, row.answer)

    assert row.payment == case.payment.state
    assert ([] if row.told == "-" else [row.told]) == case.told
    assert case.balance(ledger.PENDING) == int(row.merchant)


def test_a_wallet_takes_the_money_at_once_whatever_the_order_wished_for_cards() -> None:
    """A payer who turns to a card afterwards gets the hold that was ordered."""
    case = Case(an_order(capture_mode=CaptureMode.MANUAL), checkout=True)
    case.pay(WALLET)
    by_wallet = case.charge
    case.answer(by_wallet, "declined")
    case.pay()
    by_card = case.charge

    assert (by_wallet.captures, by_card.captures) == (True, False)
    case.answer(case.charge, "approved")
    assert (case.payment.state, case.balance(ledger.HELD)) == (PaymentState.AUTHORIZED, 100_00)


def test_a_payment_heard_of_after_the_order_expired_counts() -> None:
    """The money was taken for it; the merchant is told of both (gateway contract, 5.1)."""
    case = waiting()
    case.wait(LIFE_MS)
    case.expire()
    assert (case.payment.state, case.charge.state) == (PaymentState.EXPIRED, AttemptState.NEEDS_PAYER)

    case.wait(5_000)
    case.answer(case.charge, "approved")
    assert (case.payment.state, case.balance(ledger.PENDING)) == (PaymentState.CAPTURED, 100_00)
    assert case.told == [FactKind.PAYMENT_EXPIRED, FactKind.PAYMENT_CAPTURED]
    assert (case.payment.due_ms, case.payment.finished_ms) == (0, case.now_ms)


def test_an_expired_order_is_closed_at_the_wallet_when_nobody_waits_any_more() -> None:
    """A day later; and asked about until the wallet has confirmed."""
    case = waiting()
    case.wait(LIFE_MS)
    case.expire()
    case.wait(LATE_PAYMENT_MS - 1)
    case.answer(case.charge, "scan")
    assert not closings(case)

    case.wait(1)
    case.answer(case.charge, "scan")
    assert [close.state for close in closings(case)] == [AttemptState.PLANNED]
    assert case.charge.due_ms == case.now_ms + 3_600_000
    case.answer(case.charge, "declined")
    assert (case.payment.state, case.charge.is_open) == (PaymentState.EXPIRED, False)


@pytest.mark.parametrize("closed_by", ["merchant", "leaving"])
@pytest.mark.parametrize("paid", [True, False])
def test_a_wallet_nobody_shall_use_any_more_is_closed_and_what_it_took_is_given_back(
    closed_by: str, paid: bool
) -> None:
    """Whether the payer was faster shows when the wallet is asked."""
    case = waiting(checkout=True)
    left = case.charge
    if closed_by == "leaving":
        case.leave()
        assert case.payment.state is PaymentState.CREATED
    else:
        case.cancel()
    (close,) = closings(case)
    assert (close.state, close.original_id, close.original_reference) == (AttemptState.PLANNED, left.attempt_id, "B-1")

    case.send(close)
    case.answer(closings(case)[0], "approved")
    case.answer(case.attempts[left.attempt_id], "approved" if paid else "declined")
    assert case.payment.state is (PaymentState.CREATED if closed_by == "leaving" else PaymentState.CANCELED)
    assert case.balance(ledger.UNCLAIMED) == (100_00 if paid else 0)
    if paid:
        case.send(case.latest(AttemptKind.GIVE_BACK))
        case.answer(case.latest(AttemptKind.GIVE_BACK), "approved")
    assert case.balances == {}


def test_a_closing_that_was_not_sent_is_sent_again() -> None:
    """Under a new key, as every order that certainly was not carried out."""
    case = waiting()
    case.cancel()
    case.send(closings(case)[0])
    case.answer(closings(case)[0], "not_sent")

    assert [close.state for close in closings(case)] == [AttemptState.NOT_SENT, AttemptState.PLANNED]


REFUSING: Final = """
    # checkout   answer      late
      no         scan        0           # a direct order has no page to choose on
      yes        unknown     0           # money may have moved
      yes        approved    0
      yes        declined    0
      yes        scan        1_200_000   # the payer's time is over
"""


@pytest.mark.parametrize("row", table(REFUSING), ids=str)
def test_only_a_wallet_that_waits_can_be_left(row: Row) -> None:
    """Otherwise nothing changes."""
    case = Case(checkout=row.checkout == "yes", means=WALLET)
    if row.checkout == "yes":
        case.pay(WALLET)
    case.answer(case.charge, row.answer)
    case.wait(int(row.late))

    with pytest.raises(Refused) as refused:
        case.leave()
    assert refused.value.reason is Reason.SESSION_CLOSED


def test_authentication_can_be_left() -> None:
    """The bank is told to close. Whatever was taken all the same goes back, also while another card is charged."""
    case = Case(checkout=True)
    case.pay()
    case.answer(case.charge, "needs_payer")
    left = case.charge

    case.leave()

    assert (case.payment.state, case.payment.tries, len(closings(case))) == (PaymentState.CREATED, 0, 1)
    case.pay()
    case.answer(case.attempts[left.attempt_id], "approved")
    assert (case.payment.state, case.balance(ledger.UNCLAIMED)) == (PaymentState.PENDING, 100_00)
    case.answer(case.charge, "approved")
    assert (case.payment.state, case.payment.captured_minor) == (PaymentState.CAPTURED, 100_00)
    case.send(case.latest(AttemptKind.GIVE_BACK))
    case.answer(case.latest(AttemptKind.GIVE_BACK), "approved")
    assert case.balance(ledger.UNCLAIMED) == 0


def test_where_the_order_says_so_a_late_payment_goes_back() -> None:
    """The wallet is told to close when the order expires, and what it took all the same is given back."""
    case = Case(replace(an_order(), late_goes_back=True), means=WALLET)
    case.answer(case.charge, "scan")
    case.wait(LIFE_MS)
    case.expire()
    assert (case.payment.state, len(closings(case))) == (PaymentState.EXPIRED, 1)
    case.answer(case.charge, "approved")

    assert (case.payment.state, case.payment.captured_minor) == (PaymentState.EXPIRED, 0)
    assert [attempt.state for attempt in case.attempts.values() if attempt.kind is AttemptKind.GIVE_BACK] == [
        AttemptState.PLANNED
    ]
    assert case.facts[-1].kind is FactKind.LATE_APPROVAL_REVERSED


def test_a_payer_may_say_once_to_have_paid() -> None:
    """It is noted while it matters, and decides nothing."""
    case = waiting()
    case.wait(1_000)
    decision = plans.hear_payer(case.payment, now_ms=case.now_ms, mint=case.world.mint)
    assert decision is not None
    said = decision.payment

    assert (said.payer_said_ms, said.state, said.version) == (
        case.now_ms,
        PaymentState.PENDING,
        case.payment.version + 1,
    )
    assert [fact.kind for fact in decision.facts] == [FactKind.PAYER_SAID_PAID]
    assert plans.hear_payer(said, now_ms=case.now_ms, mint=case.world.mint) is None
    case.answer(case.charge, "approved")
    assert plans.hear_payer(case.payment, now_ms=case.now_ms, mint=case.world.mint) is None
