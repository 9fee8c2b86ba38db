"""Orders that end without money: voided, canceled, expired."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from polygate.core.attempts import AttemptKind
from polygate.core.facts import FactKind
from polygate.core.outcomes import Decline
from polygate.core.payments import AUTHORIZATION_LIFE_MS, IN_DOUBT_RECHECK_MS
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import AttemptState, PaymentState
from tests.core.case import ANSWERS, LIFE_MS, NOW_MS, Case, case_in
from tests.core.tables import Row, table

DAY_MS: Final = 86_400_000

VOIDS = """
    # state        capture   answer
      created      manual    void_not_now
      pending      manual    void_not_now
      authorized   manual    asked
      capturing    manual    void_not_now    # a capture and a void at once: the first one wins
      voiding      manual    void_not_now
      captured     manual    void_not_now    # refund instead
      captured     auto      void_not_now
      failed       manual    void_not_now
      canceled     manual    repeated        # a safe retry
      expired      manual    void_not_now
"""


@pytest.mark.parametrize("row", table(VOIDS), ids=str)
def test_only_an_authorization_can_be_voided(row: Row) -> None:
    """Before it is captured, and again without harm (gateway contract, 4.5)."""
    case = case_in(row.state, capture=row.capture)
    if case.payment.charge_id == 0:  # Nothing was charged yet; the void must not even look at it.
        case.payment = msgspec.structs.replace(case.payment, charge_id=case_in("pending").payment.charge_id)
        case.attempts[case.payment.charge_id] = case_in("pending").charge
    before = case.payment
    if row.answer == "asked":
        case.void()
        assert case.payment.state is PaymentState.VOIDING
    elif row.answer == "repeated":
        assert case.void() is None
        assert before == case.payment
    else:
        with pytest.raises(Refused) as refused:
            case.void()
        assert (Reason(row.answer), before) == (refused.value.reason, case.payment)


VOIDED = """
    # answer          payment      attempt      told               held
      approved        canceled     approved     PaymentCanceled    0
      declined        authorized   declined     -                  100_00
      payer_cancels   authorized   declined     -                  100_00
      not_sent        authorized   not_sent     -                  100_00
      pending         voiding      pending      -                  100_00
      unknown         voiding      unknown      -                  100_00
      needs_payer     voiding      unknown      -                  100_00    # makes no sense: ask again
      scan            voiding      unknown      -                  100_00
"""


def test_every_answer_to_a_void_is_in_the_table() -> None:
    """None is left to chance."""
    assert {row.answer for row in table(VOIDED)} == set(ANSWERS)


@pytest.mark.parametrize("row", table(VOIDED), ids=str)
def test_what_an_answer_to_a_void_means(row: Row) -> None:
    """A yes releases all of it; until then it is held."""
    case = case_in("voiding")
    told = len(case.told)
    case.answer(case.latest(AttemptKind.VOID), row.answer)

    assert (row.payment, row.attempt) == (case.payment.state, case.latest(AttemptKind.VOID).state)
    assert ([] if row.told == "-" else [row.told]) == case.told[told:]
    assert (int(row.held), -int(row.held)) == (case.balance("merchant:held"), case.balance("acquirer:bank:held"))
    assert (case.latest(AttemptKind.VOID).due_ms > 0) is case.latest(AttemptKind.VOID).in_doubt


def test_a_declined_void_can_be_asked_again() -> None:
    """By the merchant at once; by the jobs when the authorization ends, or a day later if it has ended."""
    early = case_in("voiding")
    early.answer(early.latest(AttemptKind.VOID), "declined")
    assert (early.payment.due_ms, early.facts[-1].kind) == (NOW_MS + AUTHORIZATION_LIFE_MS, FactKind.VOID_DECLINED)
    early.void()
    assert early.payment.state is PaymentState.VOIDING

    late = case_in("authorized")
    late.wait(AUTHORIZATION_LIFE_MS)
    late.void()
    late.answer(late.latest(AttemptKind.VOID), "declined")
    assert late.now_ms + DAY_MS == late.payment.due_ms
    assert late.payment.expires_ms == NOW_MS + AUTHORIZATION_LIFE_MS


def test_a_voided_order_is_finished() -> None:
    """Nothing is held, nothing is due."""
    case = case_in("voiding")
    case.answer(case.latest(AttemptKind.VOID), "approved")

    assert (case.balances, case.payment.due_ms, case.payment.finished_ms) == ({}, 0, NOW_MS)


CANCELS = """
    # state        who        answer         decline
      created      merchant   canceled       -
      created      payer      canceled       canceled_by_payer
      pending      merchant   canceled       -
      pending      payer      canceled       canceled_by_payer
      authorized   merchant   void_not_now   -
      capturing    merchant   void_not_now   -
      voiding      merchant   void_not_now   -
      captured     merchant   void_not_now   -
      captured     payer      void_not_now   -
      failed       merchant   void_not_now   -
      canceled     payer      void_not_now   -
      expired      merchant   void_not_now   -
"""


@pytest.mark.parametrize("row", table(CANCELS), ids=str)
def test_an_unpaid_order_can_be_given_up(row: Row) -> None:
    """By the merchant or by the payer; a paid one cannot."""
    case = case_in(row.state)
    why = Decline.CANCELED_BY_PAYER if row.who == "payer" else None
    if row.answer == "canceled":
        case.cancel(why)
        assert (row.answer, "" if row.decline == "-" else row.decline) == (case.payment.state, case.payment.decline)
        assert (case.payment.due_ms, case.payment.finished_ms, case.told) == (0, NOW_MS, [FactKind.PAYMENT_CANCELED])
    else:
        before = case.payment
        with pytest.raises(Refused) as refused:
            case.cancel(why)
        assert (Reason(row.answer), before) == (refused.value.reason, case.payment)


def test_a_merchants_cancel_forgets_an_earlier_decline() -> None:
    """The order ended because the merchant gave up, not because of the card tried before."""
    case = Case(checkout=True)
    case.pay()
    case.answer(case.charge, "declined")
    case.cancel()

    assert case.payment.why_declined is None


LEFT_BEHIND = """
    # answered      after         closings
      -             asked         0           # may still be approved: then the money goes back
      pending       pending       0
      unknown       unknown       0
      needs_payer   needs_payer   1           # nobody will authenticate: the acquirer is told
      scan          needs_payer   1
"""


@pytest.mark.parametrize("row", table(LEFT_BEHIND), ids=str)
def test_a_canceled_order_leaves_no_attempt_behind_that_cannot_end(row: Row) -> None:
    """What is in doubt is pursued to its end."""
    case = Case()
    if row.answered != "-":
        case.answer(case.charge, row.answered)
    case.cancel()

    assert row.after == case.charge.state
    assert case.charge.may_be_answered
    assert len([a for a in case.attempts.values() if a.kind is AttemptKind.CLOSE]) == int(row.closings)


EXPIRIES = """
    # state        answered      late            payment      attempt     due
      created      -             -1              unchanged    -           -
      created      -             0               expired      -           0
      created      declined      0               expired      declined    0
      pending      -             -1              unchanged    asked       -
      pending      -             0               pending      asked       5_000    # money may move: look again
      pending      pending       0               pending      pending     5_000
      pending      unknown       0               pending      unknown     5_000
      pending      unknown       86_400_000      pending      unknown     5_000
      pending      needs_payer   -1              unchanged    needs_payer -
      pending      needs_payer   0               expired      needs_payer 0        # the payer did not come back
      pending      scan          0               expired      needs_payer 0        # and may have paid all the same
      authorized   -             604_800_000     unchanged    approved    -        # released by a void instead
      capturing    -             604_800_000     unchanged    approved    -
      voiding      -             604_800_000     unchanged    approved    -
      captured     -             604_800_000     unchanged    approved    -
      failed       -             0               unchanged    declined    -
      canceled     -             0               unchanged    asked       -
      expired      -             0               unchanged    -           -
"""


@pytest.mark.parametrize("row", table(EXPIRIES), ids=str)
def test_an_order_expires_when_its_time_is_over_and_no_money_can_have_moved(row: Row) -> None:
    """`late` is in milliseconds after the end of the payer's time, `due` from then."""
    case = case_in(row.state)
    if row.answered == "declined":
        case.pay()
    if row.answered != "-":
        case.answer(case.charge, row.answered)
    case.world.now_ms = NOW_MS + LIFE_MS + int(row.late)
    before = case.payment
    decision = case.expire()

    if row.payment == "unchanged":
        assert decision is None
        assert before == case.payment
    else:
        assert row.payment == case.payment.state
        assert (case.now_ms + int(row.due) if int(row.due) else 0) == case.payment.due_ms
        assert ([FactKind.PAYMENT_EXPIRED] if row.payment == "expired" else []) == case.told
    if row.attempt != "-":
        assert row.attempt == case.charge.state


def test_an_order_expires_whoever_put_off_its_next_look() -> None:
    """A worker that takes it up moves `due_ms` ahead; the end of the payer's time stays where it was."""
    case = Case(checkout=True)
    case.wait(LIFE_MS)
    case.payment = msgspec.structs.replace(case.payment, due_ms=case.now_ms + 15_000)
    case.expire()

    assert case.payment.state is PaymentState.EXPIRED


def test_an_overdue_order_in_doubt_ends_with_its_attempt() -> None:
    """Declined after the end: failed, although the page would have allowed another try."""
    case = Case(checkout=True)
    case.pay()
    case.answer(case.charge, "unknown")
    case.wait(LIFE_MS)
    case.expire()
    case.wait(IN_DOUBT_RECHECK_MS)
    case.answer(case.charge, "not_sent")

    assert (case.payment.state, case.told) == (PaymentState.FAILED, [FactKind.PAYMENT_FAILED])
    assert case.expire() is None


def test_a_challenge_that_comes_after_the_end_expires_with_the_next_look() -> None:
    """The payer is not given time that is over."""
    case = Case()
    case.answer(case.charge, "unknown")
    case.wait(LIFE_MS)
    case.expire()
    case.answer(case.charge, "needs_payer")
    assert case.payment.due_ms <= case.now_ms
    case.expire()

    assert (case.payment.state, case.charge.state) == (PaymentState.EXPIRED, AttemptState.NEEDS_PAYER)


# --- money for orders that were closed meanwhile -------------------------------------------------------------------

GIVEN_BACK = """
    # capture   answer          give_back    again        suspense
      auto      approved        approved     no           0
      auto      declined        declined     3_600_000    100_00
      auto      payer_cancels   declined     3_600_000    100_00
      auto      not_sent        not_sent     5_000        100_00
      auto      pending         pending      no           100_00
      auto      unknown         unknown      no           100_00
      auto      needs_payer     unknown      no           100_00    # makes no sense: ask again
      manual    approved        approved     no           0
      manual    declined        declined     3_600_000    100_00
      manual    payer_cancels   declined     3_600_000    100_00
      manual    not_sent        not_sent     5_000        100_00
      manual    pending         pending      no           100_00
      manual    unknown         unknown      no           100_00
      manual    needs_payer     unknown      no           100_00
"""


@pytest.mark.parametrize("row", table(GIVEN_BACK), ids=str)
def test_money_for_a_canceled_order_is_offered_back_until_it_is_taken(row: Row) -> None:
    """A no is not the end: an hour later a new attempt is made, and much sooner if the first one was never sent."""
    case = case_in("canceled", capture=row.capture)
    case.answer(case.charge, "approved")
    first = case.latest(AttemptKind.GIVE_BACK)
    case.send(first)
    case.answer(case.attempts[first.attempt_id], row.answer)

    suspense = "suspense:unclaimed" if row.capture == "auto" else "suspense:held"
    assert (row.give_back, int(row.suspense)) == (case.attempts[first.attempt_id].state, case.balance(suspense))
    again = case.latest(AttemptKind.GIVE_BACK)
    if row.again != "no":
        assert (AttemptState.PLANNED, case.now_ms + int(row.again)) == (again.state, again.due_ms)
        assert (first.original_id, first.amount) == (again.original_id, again.amount)
    else:
        assert first.attempt_id == again.attempt_id
    assert case.told == [FactKind.PAYMENT_CANCELED]
    assert PaymentState.CANCELED is case.payment.state


@pytest.mark.parametrize("capture", ["auto", "manual"])
def test_after_the_give_back_the_book_is_as_before(capture: str) -> None:
    """Declined twice on the way, and the merchant never owned any of it."""
    case = case_in("canceled", capture=capture)
    case.answer(case.charge, "approved")
    for answer in ("declined", "not_sent", "approved"):
        case.send(case.latest(AttemptKind.GIVE_BACK))
        assert case.balance("merchant:pending") == case.balance("merchant:held") == 0
        case.answer(case.latest(AttemptKind.GIVE_BACK), answer)

    assert case.balances == {}
    assert not any(attempt.is_open for attempt in case.attempts.values())


def test_the_payer_who_canceled_gets_a_late_approval_back_too() -> None:
    """Whoever closed the order."""
    case = Case()
    case.cancel(Decline.CANCELED_BY_PAYER)
    case.answer(case.charge, "approved")

    assert (case.balance("suspense:unclaimed"), case.payment.why_declined) == (100_00, Decline.CANCELED_BY_PAYER)
