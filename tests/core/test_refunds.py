"""Giving money back: reserved the moment it is accepted, never more than was captured."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.core.attempts import AttemptKind
from polygate.core.facts import FactKind
from polygate.core.merchants import FeeRule
from polygate.core.payments import DAY_MS, REFUND_WINDOW_DAYS
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import AttemptState, PaymentState, RefundState
from tests.core.case import ANSWERS, NOW_MS, Case, case_in
from tests.core.tables import Row, table

ASKED = """
    # state        captured   refunded   age              asked     answer
      captured     100_00     0          0                100_00    accepted
      captured     100_00     0          0                1         accepted
      captured     100_00     0          0                100_01    refund_too_large    # one cent over
      captured     100_00     60_00      0                40_00     accepted            # the rest
      captured     100_00     60_00      0                40_01     refund_too_large
      captured     100_00     60_00      0                60_00     refund_too_large
      captured     100_00     100_00     0                1         refund_too_large
      captured     40_00      0          0                40_00     accepted            # a part was captured
      captured     40_00      0          0                40_01     refund_too_large
      captured     100_00     0          31_535_999_999   100_00    accepted            # the last millisecond
      captured     100_00     0          31_536_000_000   100_00    refund_too_late
      captured     100_00     0          31_536_000_000   100_01    refund_too_late     # age before amount
      pending      100_00     0          0                1         refund_not_now
      pending      100_00     0          31_536_000_000   100_01    refund_not_now      # state before all else
      authorized   100_00     0          0                1         refund_not_now      # void it instead
      capturing    100_00     0          0                1         refund_not_now
      voiding      100_00     0          0                1         refund_not_now
      failed       100_00     0          0                1         refund_not_now
      canceled     100_00     0          0                1         refund_not_now
"""


@pytest.mark.parametrize("row", table(ASKED), ids=str)
def test_a_refund_takes_at_most_what_is_left(row: Row) -> None:
    """The first broken rule is the answer: state, age, amount (gateway contract, 4.9)."""
    case = case_in(row.state, captured_minor=int(row.captured))
    if int(row.refunded):
        case.refund(int(row.refunded))
    before = case.payment
    case.wait(int(row.age))
    if row.answer == "accepted":
        case.refund(int(row.asked))
        assert (RefundState.ACCEPTED, int(row.asked)) == (case.refund_made.state, case.refund_made.amount_minor)
        assert int(row.refunded) + int(row.asked) == case.payment.refunding_minor
    else:
        with pytest.raises(Refused) as refused:
            case.refund(int(row.asked))
        assert (Reason(row.answer), before) == (refused.value.reason, case.payment)


def test_the_window_is_365_days_from_the_capture() -> None:
    """Not from the order: an authorization captured on its last day is refundable a year from then."""
    case = case_in("authorized")
    case.wait(604_799_999)
    case.capture(100_00)
    case.answer(case.latest(AttemptKind.CAPTURE), "approved")
    case.wait(REFUND_WINDOW_DAYS * DAY_MS - 1)
    case.refund(1)

    assert REFUND_WINDOW_DAYS == 365
    assert RefundState.ACCEPTED is case.refund_made.state


def test_a_refusal_names_what_is_left() -> None:
    """A merchant need not add up refunds."""
    case = case_in("captured")
    case.refund(60_00)

    with pytest.raises(Refused, match=r"40\.00 USD left"):
        case.refund(60_00)


def test_a_refund_is_reserved_before_it_is_sent() -> None:
    """The merchant's money is set aside; the jobs send the attempt, which is due at once."""
    case = case_in("captured", capture="auto")
    case.refund(30_00)
    attempt = case.latest(AttemptKind.REFUND)

    assert (case.balance("merchant:pending"), case.balance("merchant:reserved")) == (70_00, 30_00)
    assert (AttemptState.PLANNED, NOW_MS, case.refund_made.refund_id) == (
        attempt.state,
        attempt.due_ms,
        attempt.refund_id,
    )
    assert (case.charge.attempt_id, "B-1") == (attempt.original_id, attempt.original_reference)
    assert (case.payment.state, case.facts[-1].kind) == (PaymentState.CAPTURED, FactKind.REFUND_REQUESTED)
    assert case.facts[-1].refund_id == case.refund_made.refund_id


ANSWERED = """
    # answer          refund       attempt     told               reserved   owed     left
      approved        succeeded    approved    RefundSucceeded    0          70_00    70_00
      declined        failed       declined    RefundFailed       0          100_00   100_00
      payer_cancels   failed       declined    RefundFailed       0          100_00   100_00
      not_sent        accepted     planned     -                  30_00      70_00    70_00    # sent again
      pending         accepted     pending     -                  30_00      70_00    70_00
      unknown         accepted     unknown     -                  30_00      70_00    70_00
      needs_payer     accepted     unknown     -                  30_00      70_00    70_00    # no sense: ask again
      scan            accepted     unknown     -                  30_00      70_00    70_00
"""


def test_every_answer_to_a_refund_is_in_the_table() -> None:
    """None is left to chance."""
    assert {row.answer for row in table(ANSWERED)} == set(ANSWERS)


@pytest.mark.parametrize("row", table(ANSWERED), ids=str)
def test_what_an_answer_to_a_refund_means(row: Row) -> None:
    """A yes sends the money, a no releases it to the merchant, and not knowing keeps it set aside."""
    case = case_in("captured", capture="auto")
    told = len(case.told)
    case.refund(30_00)
    case.send(case.latest(AttemptKind.REFUND))
    case.wait(2_000)
    case.answer(case.latest(AttemptKind.REFUND), row.answer)

    assert (row.refund, row.attempt) == (case.refund_made.state, case.latest(AttemptKind.REFUND).state)
    assert ([] if row.told == "-" else [row.told]) == case.told[told:]
    assert [int(row.reserved), int(row.owed), int(row.left)] == [
        case.balance("merchant:reserved"),
        case.balance("merchant:pending"),
        case.payment.refundable.minor,
    ]
    assert int(row.reserved) + int(row.owed) == -case.balance("acquirer:bank:receivable")
    assert (case.now_ms if row.told != "-" else 0) == case.refund_made.finished_ms
    assert PaymentState.CAPTURED is case.payment.state


@pytest.mark.parametrize("state", PaymentState)
@pytest.mark.parametrize("answer", ["approved", "declined", "not_sent"])
def test_a_refund_never_changes_the_state_of_its_payment(state: PaymentState, answer: str) -> None:
    """Whatever that is."""
    case = case_in("captured", capture="auto")
    case.refund(30_00)
    case.send(case.latest(AttemptKind.REFUND))
    case.payment = msgspec.structs.replace(case.payment, state=state)
    case.answer(case.latest(AttemptKind.REFUND), answer)

    assert state is case.payment.state


def test_a_failed_refund_says_why_and_can_be_asked_again() -> None:
    """Under a new number; what it had reserved is free."""
    case = case_in("captured", capture="auto")
    case.refund(100_00)
    case.send(case.latest(AttemptKind.REFUND))
    case.answer(case.latest(AttemptKind.REFUND), "declined")
    assert (case.refund_made.said, case.refund_made.version) == ("no money", 2)

    case.refund(100_00)
    assert (case.refund_made.state, case.payment.refunding_minor) == (RefundState.ACCEPTED, 100_00)


def test_a_refund_that_the_acquirer_never_had_is_sent_under_a_new_key() -> None:
    """It was accepted and nobody refused it: a line that is down, or a crash, must not make it fail."""
    case = case_in("captured", capture="auto")
    case.refund(30_00)
    first = case.latest(AttemptKind.REFUND)
    case.send(first)
    case.wait(20_000)
    case.answer(case.latest(AttemptKind.REFUND), "not_sent")

    again = case.latest(AttemptKind.REFUND)
    assert AttemptState.NOT_SENT is case.attempts[first.attempt_id].state
    assert (AttemptState.PLANNED, case.now_ms + 10_000) == (again.state, again.due_ms)
    assert (first.refund_id, first.original_id, first.amount) == (again.refund_id, again.original_id, again.amount)

    case.send(again)
    case.answer(case.latest(AttemptKind.REFUND), "approved")
    assert RefundState.SUCCEEDED is case.refund_made.state
    assert (case.payment.refunding_minor, case.balance("merchant:pending")) == (30_00, 70_00)


def test_a_refund_is_sent_once() -> None:
    """Two workers take it up; for one of them there is nothing to do."""
    case = case_in("captured", capture="auto")
    case.refund(30_00)

    assert case.send(case.latest(AttemptKind.REFUND)) is not None
    assert case.send(case.latest(AttemptKind.REFUND)) is None


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_refund_that_was_not_sent_hears_nothing(answer: str) -> None:
    """A planned attempt is not in doubt."""
    case = case_in("captured", capture="auto")
    case.refund(30_00)

    assert case.answer(case.latest(AttemptKind.REFUND), answer) is None


@pytest.mark.parametrize("late", ANSWERS)
@pytest.mark.parametrize("first", ["approved", "declined"])
def test_a_finished_refund_is_not_finished_again(first: str, late: str) -> None:
    """Not even by somebody who saw its attempt before it was answered: the first conclusion stands."""
    case = case_in("captured", capture="auto")
    case.refund(30_00)
    case.send(case.latest(AttemptKind.REFUND))
    seen_before = case.latest(AttemptKind.REFUND)
    case.answer(seen_before, first)
    payment, refund = case.payment, case.refund_made

    assert case.answer(seen_before, late) is None
    assert case.answer(case.latest(AttemptKind.REFUND), late) is None
    assert (payment, refund) == (case.payment, case.refund_made)


def test_fees_are_not_given_back_with_a_refund() -> None:
    """The merchant's side may fall below zero by them."""
    case = case_in("captured", capture="auto", fee=FeeRule(250, 30))
    case.refund(100_00)
    case.send(case.latest(AttemptKind.REFUND))
    case.answer(case.latest(AttemptKind.REFUND), "approved")

    assert case.balances == {"merchant:pending": -2_80, "fees:earned": 2_80}


@given(
    st.integers(1, 100_00), st.lists(st.tuples(st.integers(1, 100_00), st.sampled_from(["", "approved", "declined"])))
)
def test_refunds_never_exceed_what_was_captured(captured: int, asked: list[tuple[int, str]]) -> None:
    """In any order, with any of them accepted, done or failed."""
    case = case_in("captured", captured_minor=captured)
    for minor, answer in asked:
        left = captured - sum(r.amount_minor for r in case.refunds.values() if r.state is not RefundState.FAILED)
        if minor > left:
            with pytest.raises(Refused, match="left to refund"):
                case.refund(minor)
            continue
        case.refund(minor)
        if answer:
            case.send(case.latest(AttemptKind.REFUND))
            case.answer(case.latest(AttemptKind.REFUND), answer)
        assert case.payment.refunding_minor <= captured
        assert case.balance("merchant:reserved") >= 0


@pytest.mark.parametrize("own", ["", "https://shop.example/r"])
def test_the_webhook_of_a_refund_goes_to_its_own_address(own: str) -> None:
    """Which one that is, and whether it may be the order's, each API says for itself."""
    case: Case = case_in("captured", capture="auto")
    case.refund(30_00, notify_url=own)
    case.send(case.latest(AttemptKind.REFUND))
    case.answer(case.latest(AttemptKind.REFUND), "approved")

    assert case.facts[-1].data["notify_url"] == own
