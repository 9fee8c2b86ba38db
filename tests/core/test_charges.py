"""Collecting from a payer: opening an order, asking the acquirer, and what every answer means."""

from __future__ import annotations

from itertools import product
from typing import Final

import msgspec
import pytest

from polygate.core import charges, plans
from polygate.core.attempts import AttemptKind
from polygate.core.decisions import AFTER_CLOSE_MS
from polygate.core.facts import FactKind
from polygate.core.ids import AttemptId, PaymentId
from polygate.core.merchants import FeeRule
from polygate.core.money import Money
from polygate.core.outcomes import Approved, Decline, Declined, Details
from polygate.core.payments import AUTHORIZATION_LIFE_MS, CaptureMode
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import AttemptState, PaymentState, RefundState
from tests.core.case import ANSWERS, BY_CARD, CARD, LIFE_MS, NOW_MS, Case, World, an_order, case_in
from tests.core.tables import Row, table

MODES: Final = tuple(CaptureMode)


def test_a_new_order_waits_for_the_payer() -> None:
    """As long as the merchant gives it; everything the merchant told is kept."""
    case = Case(an_order(fee=FeeRule(250, 30), request={"orderNo": "order-1", "x": 1}), checkout=True)
    payment = case.payment

    assert (payment.state, payment.version, payment.is_checkout) == (PaymentState.CREATED, 1, True)
    assert (payment.expires_ms, payment.due_ms) == (NOW_MS + LIFE_MS, NOW_MS + LIFE_MS)
    assert (payment.fee_basis_points, payment.fee_fixed_minor) == (250, 30)
    assert [fact.kind for fact in case.facts] == [FactKind.PAYMENT_REQUESTED]
    details = case.decisions[0].details
    assert details is not None
    assert (payment.payment_id, {"orderNo": "order-1", "x": 1}) == (details.payment_id, details.request)


def test_a_direct_payment_is_opened_and_asked_in_one_decision() -> None:
    """The intention to ask is durable together with the order, or neither is."""
    case = Case()

    assert len(case.decisions) == 1
    assert case.decisions[0].is_new
    assert (case.payment.state, case.payment.version) == (PaymentState.PENDING, 1)
    assert (AttemptKind.CHARGE, AttemptState.ASKED, Money(100_00, "USD")) == (
        case.charge.kind,
        case.charge.state,
        case.charge.amount,
    )
    assert case.charge.why == "bank is the only acquirer for card"
    assert [fact.kind for fact in case.facts] == [FactKind.PAYMENT_REQUESTED, FactKind.ACQUIRER_ASKED]


SESSIONS = """
    # state        late    answer
      created      -1      asked              # the last millisecond
      created      0       session_closed
      created      1       session_closed
      pending      -1      session_closed     # somebody is paying already
      authorized   -1      session_closed
      capturing    -1      session_closed
      voiding      -1      session_closed
      captured     -1      session_closed
      failed       -1      session_closed
      canceled     -1      session_closed
      expired      -1      session_closed
"""


@pytest.mark.parametrize("row", table(SESSIONS), ids=str)
def test_an_order_is_charged_only_while_it_waits_for_the_payer(row: Row) -> None:
    """And has time left; `late` is in milliseconds after the end."""
    case = case_in(row.state)
    case.world.now_ms = case.payment.expires_ms + int(row.late)
    if row.answer == "asked":
        case.pay()
        assert case.payment.state is PaymentState.PENDING
    else:
        with pytest.raises(Refused) as refused:
            case.pay()
        assert Reason(row.answer) is refused.value.reason


ANSWERED = """
    # capture  answer          payment      attempt       told                 held     owed     decline
      auto     approved        captured     approved      PaymentCaptured      0        100_00   -
      manual   approved        authorized   approved      PaymentAuthorized    100_00   0        -
      auto     declined        failed       declined      PaymentFailed        0        0        insufficient_funds
      manual   declined        failed       declined      PaymentFailed        0        0        insufficient_funds
      auto     payer_cancels   canceled     declined      PaymentCanceled      0        0        canceled_by_payer
      manual   payer_cancels   canceled     declined      PaymentCanceled      0        0        canceled_by_payer
      auto     not_sent        failed       not_sent      PaymentFailed        0        0        unreachable
      manual   not_sent        failed       not_sent      PaymentFailed        0        0        unreachable
      auto     pending         pending      pending       -                    0        0        -
      manual   pending         pending      pending       -                    0        0        -
      auto     needs_payer     pending      needs_payer   -                    0        0        -
      auto     scan            pending      needs_payer   -                    0        0        -
      manual   scan            pending      needs_payer   -                    0        0        -
      manual   needs_payer     pending      needs_payer   -                    0        0        -
      auto     unknown         pending      unknown       -                    0        0        -
      manual   unknown         pending      unknown       -                    0        0        -
"""


def test_every_answer_to_a_charge_is_in_the_table() -> None:
    """In both ways to capture."""
    assert {(row.capture, row.answer) for row in table(ANSWERED)} == set(product(MODES, ANSWERS))


@pytest.mark.parametrize("row", table(ANSWERED), ids=str)
def test_what_an_answer_to_a_charge_means(row: Row) -> None:
    """A yes moves money, a no ends the order, and not knowing is neither."""
    case = Case(an_order(capture_mode=CaptureMode(row.capture)))
    case.wait(700)
    case.answer(case.charge, row.answer)

    assert (row.payment, row.attempt) == (case.payment.state, case.charge.state)
    assert ([] if row.told == "-" else [row.told]) == case.told
    assert (int(row.held), int(row.owed)) == (case.balance("merchant:held"), case.balance("merchant:pending"))
    assert (int(row.held), int(row.owed)) == (
        -case.balance("acquirer:bank:held"),
        -case.balance("acquirer:bank:receivable"),
    )
    assert ("" if row.decline == "-" else row.decline) == case.payment.decline
    assert FactKind.ACQUIRER_ANSWERED in [fact.kind for fact in case.facts]


def test_a_captured_payment_is_finished() -> None:
    """Nothing can fall due any more; the amount captured is the amount asked."""
    payment = case_in("captured", capture="auto").payment

    assert (payment.due_ms, payment.captured_ms, payment.finished_ms) == (0, NOW_MS, NOW_MS)
    assert (Money(100_00, "USD"), Money(100_00, "USD")) == (payment.captured, payment.refundable)
    assert (payment.reference, payment.details.auth_code) == ("B-1", "A7X")


def test_an_authorization_lives_seven_days() -> None:
    """From the answer on, whatever time the payer was given."""
    case = Case(an_order(capture_mode=CaptureMode.MANUAL))
    case.wait(5_000)
    case.answer(case.charge, "approved")

    assert AUTHORIZATION_LIFE_MS == 7 * 24 * 60 * 60 * 1_000
    assert NOW_MS + 5_000 + AUTHORIZATION_LIFE_MS == case.payment.expires_ms == case.payment.due_ms
    assert (case.payment.captured_ms, case.payment.finished_ms) == (0, 0)


def test_an_approval_counts_even_after_the_payers_time_is_over() -> None:
    """The order is still open, and the money was taken."""
    case = Case()
    case.answer(case.charge, "unknown")
    case.wait(10 * LIFE_MS)
    case.answer(case.charge, "approved")

    assert case.payment.state is PaymentState.CAPTURED


CLOSED_MEANWHILE = [state for state in PaymentState if state is not PaymentState.PENDING]


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("state", CLOSED_MEANWHILE)
def test_an_answer_for_an_order_that_does_not_wait_for_it_changes_no_order(
    state: PaymentState, mode: CaptureMode, answer: str
) -> None:
    """Whatever state that is: an approval becomes unclaimed money that is given back, a try that waits for the payer
    is closed at the acquirer, all else only closes here."""
    case = Case(an_order(capture_mode=mode))
    before = msgspec.structs.replace(case.payment, state=state, due_ms=7, decline="no_reason")
    case.payment = before
    decision = case.answer(case.charge, answer)

    assert decision is not None
    assert msgspec.structs.replace(before, version=before.version + 1) == case.payment
    assert case.told == []
    unclaimed = case.balance("suspense:unclaimed"), case.balance("suspense:held")
    if answer == "approved":
        give_back = case.latest(AttemptKind.GIVE_BACK)
        assert ((100_00, 0) if mode is CaptureMode.AUTO else (0, 100_00)) == unclaimed
        assert (AttemptState.PLANNED, NOW_MS, case.charge.attempt_id, "B-1") == (
            give_back.state,
            give_back.due_ms,
            give_back.original_id,
            give_back.original_reference,
        )
        assert case.facts[-1].kind is FactKind.LATE_APPROVAL_REVERSED
    else:
        assert unclaimed == (0, 0)
        assert [attempt.kind for attempt in case.attempts.values()] == [
            AttemptKind.CHARGE,
            *([AttemptKind.CLOSE] if answer in {"scan", "needs_payer"} else []),
        ]
        assert (case.balance("merchant:held"), case.balance("merchant:pending")) == (0, 0)


def test_an_answer_to_an_older_try_is_not_the_answer_to_the_present_one() -> None:
    """Only the latest charge decides about its order; another one's approval is given back."""
    case = Case()
    older = msgspec.structs.replace(case.charge, attempt_id=AttemptId(1))
    case.answer(older, "approved")

    assert case.payment.state is PaymentState.PENDING
    assert case.balance("suspense:unclaimed") == 100_00


def test_nobody_authenticates_for_a_closed_order() -> None:
    """The acquirer asks for a payer who has gone: it is told to close, and asked whether it did."""
    case = case_in("canceled")
    decision = case.answer(case.charge, "needs_payer")

    assert decision is not None
    assert {attempt.kind: attempt.state for attempt in decision.attempts} == {
        AttemptKind.CHARGE: AttemptState.NEEDS_PAYER,
        AttemptKind.CLOSE: AttemptState.PLANNED,
    }
    assert (case.charge.due_ms, case.charge.closed_ms) == (NOW_MS + AFTER_CLOSE_MS, 0)


@pytest.mark.parametrize("late", ANSWERS)
@pytest.mark.parametrize("first", ["approved", "declined", "not_sent"])
def test_the_first_conclusion_stands(first: str, late: str) -> None:
    """Notice, inquiry and browser bring the same answer again, or another one: nothing is decided twice."""
    case = Case()
    case.answer(case.charge, first)
    payment, facts = case.payment, len(case.facts)

    assert case.answer(case.charge, late) is None
    assert (payment, facts) == (case.payment, len(case.facts))


# --- 3-D Secure ----------------------------------------------------------------------------------------------------


def test_the_payer_is_waited_for_until_the_end_of_the_order() -> None:
    """No inquiry is made meanwhile, because only the payer can move it."""
    case = Case()
    case.answer(case.charge, "needs_payer")

    assert (0, case.payment.expires_ms) == (case.charge.due_ms, case.payment.due_ms)
    assert case.facts[-1].kind is FactKind.PAYER_ASKED


def test_the_payers_return_asks_the_acquirer_once() -> None:
    """Two browser tabs come back; one of them has the attempt sent."""
    case = Case()
    case.answer(case.charge, "needs_payer")

    assert case.payer_returns() is not None
    assert (case.charge.state, case.facts[-1].kind) == (AttemptState.ASKED, FactKind.PAYER_RETURNED)
    assert case.payer_returns() is None


def test_after_the_payers_return_the_charge_goes_on_as_ever() -> None:
    """Another challenge, silence, then the yes."""
    case = Case()
    for answer in ("needs_payer", "needs_payer", "unknown", "approved"):
        case.payer_returns()
        case.answer(case.charge, answer)

    assert (case.payment.state, case.balance("merchant:pending")) == (PaymentState.CAPTURED, 100_00)


def test_a_payer_who_returns_to_a_closed_order_moves_nothing() -> None:
    """The attempt was given up with the order."""
    case = Case()
    case.answer(case.charge, "needs_payer")
    case.cancel()

    assert case.payer_returns() is None
    assert case.charge.state is AttemptState.NEEDS_PAYER


def test_a_failed_authentication_of_the_merchants_own_asks_no_acquirer() -> None:
    """The payment fails in the decision that opens it (gateway contract, 6.4)."""
    world = World()
    opened = plans.open_payment(
        an_order(), payment_id=PaymentId(world.mint()), is_checkout=False, now_ms=NOW_MS, mint=world.mint
    )
    refused = charges.refuse_unasked(
        opened, means=BY_CARD, why=Decline.AUTHENTICATION_FAILED, now_ms=NOW_MS, mint=world.mint
    )

    assert (refused.payment.state, refused.payment.version, refused.is_new) == (PaymentState.FAILED, 1, True)
    assert (refused.payment.decline, refused.payment.card, refused.payment.due_ms) == ("authentication_failed", CARD, 0)
    assert (refused.attempts, refused.postings) == ((), ())
    assert [fact.kind for fact in refused.facts] == [FactKind.PAYMENT_REQUESTED, FactKind.PAYMENT_FAILED]


# --- the hosted page -----------------------------------------------------------------------------------------------

TRIES = """
    # tried   answer          late    payment     told               tries
      0       declined        -1      created     -                  1     # try another card
      1       declined        -1      created     -                  2
      2       declined        -1      failed      PaymentFailed      3     # the third one was the last
      0       declined        0       failed      PaymentFailed      1     # no time left
      0       not_sent        -1      created     -                  1
      2       not_sent        -1      failed      PaymentFailed      3
      0       payer_cancels   -1      canceled    PaymentCanceled    0     # giving up is not a try
      0       approved        -1      captured    PaymentCaptured    0
      2       approved        -1      captured    PaymentCaptured    2
      2       unknown         -1      pending     -                  2
"""


@pytest.mark.parametrize("row", table(TRIES), ids=str)
def test_a_payer_may_try_three_cards_on_the_hosted_page(row: Row) -> None:
    """While there is time; `late` is in milliseconds after the end (gateway contract, 5.1)."""
    case = Case(checkout=True)
    for _ in range(int(row.tried)):
        case.pay()
        case.answer(case.charge, "declined")
    case.pay()
    case.world.now_ms = case.payment.expires_ms + int(row.late)
    case.answer(case.charge, row.answer)

    assert (row.payment, int(row.tries)) == (case.payment.state, case.payment.tries)
    assert ([] if row.told == "-" else [row.told]) == case.told


def test_a_direct_payment_is_tried_once() -> None:
    """There is no page on which another card could be entered."""
    case = Case()
    case.answer(case.charge, "declined")

    assert case.payment.state is PaymentState.FAILED


def test_a_new_try_starts_clean() -> None:
    """The reason, details and reference of the declined one are gone from the order and stay on the attempt."""
    case = Case(checkout=True)
    case.pay()
    first = case.charge.attempt_id
    case.answer(case.charge, "declined")
    assert (case.payment.why_declined, case.payment.details.cvc_result) == (Decline.INSUFFICIENT_FUNDS, "M")
    case.pay()

    assert (None, Details(), "") == (case.payment.why_declined, case.payment.details, case.payment.reference)
    assert first != case.payment.charge_id
    assert case.attempts[first].said == "no money"


def test_a_declined_try_leaves_the_order_due_at_its_end() -> None:
    """So that an order nobody comes back to expires."""
    case = Case(checkout=True)
    case.pay()
    case.answer(case.charge, "declined")

    assert case.payment.expires_ms == case.payment.due_ms
    assert case.facts[-1].kind is FactKind.PAYMENT_TRY_DECLINED


# --- cards kept for later ------------------------------------------------------------------------------------------

KEPT = """
    # keep           capture   answer      agreement
      subscription   auto      approved    yes
      subscription   manual    approved    yes
      -              auto      approved    no        # the payer was not asked
      subscription   auto      declined    no
      subscription   auto      unknown     no
"""


@pytest.mark.parametrize("row", table(KEPT), ids=str)
def test_an_agreement_is_made_by_an_approved_payment_only(row: Row) -> None:
    """And only where the payer agreed to later charges."""
    keep = "" if row.keep == "-" else row.keep
    case = Case(an_order(keep_card=keep, capture_mode=CaptureMode(row.capture)))
    decision = case.answer(case.charge, row.answer)

    assert decision is not None
    agreement = decision.agreement
    assert (row.agreement == "yes") is (agreement is not None)
    assert (agreement.agreement_id if agreement else 0) == case.payment.agreement_id
    if agreement:
        assert (case.payment.payment_id, CARD.fingerprint, keep) == (
            agreement.payment_id,
            agreement.fingerprint,
            agreement.plan,
        )


def test_a_late_approval_makes_no_agreement() -> None:
    """Its money goes back, so nothing was agreed."""
    case = Case(an_order(keep_card="subscription"))
    case.cancel()
    decision = case.answer(case.charge, "approved")

    assert decision is not None
    assert decision.agreement is None


@pytest.mark.parametrize("why", Decline)
def test_every_reason_to_decline_ends_a_direct_payment(why: Decline) -> None:
    """As failed, but for the payer's own cancel."""
    case = Case()
    case.answer(case.charge, Declined(why))

    expected = PaymentState.CANCELED if why is Decline.CANCELED_BY_PAYER else PaymentState.FAILED
    assert (expected, why) == (case.payment.state, case.payment.why_declined)


def test_a_refund_attempt_is_never_concluded_without_its_refund() -> None:
    """The caller reads it first; half a conclusion would release money twice."""
    case = case_in("captured", capture="auto")
    case.refund(10_00)
    case.send(case.latest(AttemptKind.REFUND))
    lost = dict(case.refunds)
    case.refunds.clear()

    with pytest.raises(ValueError, match="concluded with its refund"):
        case.answer(case.latest(AttemptKind.REFUND), Approved("B-2"))
    assert [refund.state for refund in lost.values()] == [RefundState.ACCEPTED]
