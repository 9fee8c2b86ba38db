"""Taking the money of an authorization: all of it or a part, once."""

from __future__ import annotations

from itertools import product
from typing import Final

import msgspec
import pytest

from polygate.core.attempts import AttemptKind
from polygate.core.facts import FactKind
from polygate.core.merchants import FeeRule
from polygate.core.outcomes import Approved, Details
from polygate.core.payments import AUTHORIZATION_LIFE_MS
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import NoSuchTransition, PaymentState
from tests.core.case import ANSWERS, NOW_MS, TIMEOUT_MS, case_in
from tests.core.tables import Row, table

DAYS_7_MS: Final = 604_800_000

ASKED = """
    # capture   state        taken    age           asked     answer
      manual    authorized   -        0             100_00    asked
      manual    authorized   -        0             40_00     asked                    # a part of it
      manual    authorized   -        0             1         asked
      manual    authorized   -        0             100_01    capture_too_large        # one cent too far
      manual    authorized   -        604_799_999   100_00    asked                    # the last millisecond of 7 days
      manual    authorized   -        604_800_000   100_00    authorization_too_old
      manual    authorized   -        604_800_000   100_01    authorization_too_old    # age before amount
      manual    capturing    60_00    0             60_00     capture_not_now
      manual    capturing    60_00    0             40_00     capture_not_now          # the rest is not there any more
      manual    voiding      -        0             100_00    capture_not_now
      manual    captured     60_00    0             60_00     repeated                 # a safe retry
      manual    captured     60_00    604_800_000   60_00     repeated                 # however late it comes
      manual    captured     60_00    0             60_01     already_captured
      manual    captured     60_00    0             40_00     already_captured         # the rest was released
      manual    captured     60_00    0             100_01    already_captured         # repeat before amount
      manual    captured     60_00    604_800_000   60_01     already_captured         # repeat before age
      auto      captured     100_00   0             100_00    capture_not_now          # nobody captured it by hand
      manual    pending      -        0             100_00    capture_not_now
      manual    pending      -        604_800_000   100_01    capture_not_now          # state before all else
      manual    failed       -        0             100_00    capture_not_now
      manual    canceled     -        0             100_00    capture_not_now
      auto      pending      -        0             100_00    capture_not_now
"""


@pytest.mark.parametrize("row", table(ASKED), ids=str)
def test_a_capture_takes_at_most_what_is_held(row: Row) -> None:
    """The first broken rule is the answer: state and repeat, age, amount (gateway contract, 4.4)."""
    taken = 100_00 if row.taken == "-" else int(row.taken)
    case = case_in(row.state, capture=row.capture, captured_minor=taken)
    before = case.payment
    case.wait(int(row.age))
    if row.answer == "asked":
        case.capture(int(row.asked))
        assert case.payment.state is PaymentState.CAPTURING
    elif row.answer == "repeated":
        assert case.capture(int(row.asked)) is None
    else:
        with pytest.raises(Refused) as refused:
            case.capture(int(row.asked))
        assert Reason(row.answer) is refused.value.reason
    if row.answer != "asked":
        assert before == case.payment


def test_seven_days_are_seven_days() -> None:
    """To the millisecond."""
    assert DAYS_7_MS == AUTHORIZATION_LIFE_MS


def test_a_refusal_names_the_amount_that_would_do() -> None:
    """A merchant reads what was authorized or captured, not only that it was wrong."""
    with pytest.raises(Refused, match=r"100\.00 USD"):
        case_in("authorized").capture(100_01)
    with pytest.raises(Refused, match=r"60\.00 USD"):
        case_in("captured", captured_minor=60_00).capture(1)


def test_a_capture_is_reserved_before_it_is_asked() -> None:
    """The amount leaves what is held in the decision that plans the question."""
    case = case_in("authorized")
    case.capture(60_00)
    attempt = case.latest(AttemptKind.CAPTURE)

    assert case.balances == {"acquirer:bank:held": -100_00, "merchant:held": 40_00, "merchant:capturing": 60_00}
    assert (60_00, case.charge.attempt_id, "B-1") == (
        attempt.amount_minor,
        attempt.original_id,
        attempt.original_reference,
    )
    assert attempt.due_ms > NOW_MS + TIMEOUT_MS
    assert case.facts[-1].kind is FactKind.CAPTURE_REQUESTED


ANSWERED = """
    # answer          payment      attempt      told               held     capturing   owed
      approved        captured     approved     PaymentCaptured    0        0           60_00
      declined        authorized   declined     -                  100_00   0           0
      payer_cancels   authorized   declined     -                  100_00   0           0
      not_sent        authorized   not_sent     -                  100_00   0           0
      pending         capturing    pending      -                  40_00    60_00       0
      unknown         capturing    unknown      -                  40_00    60_00       0
      needs_payer     capturing    unknown      -                  40_00    60_00       0    # makes no sense: ask again
      scan            capturing    unknown      -                  40_00    60_00       0
"""


def test_every_answer_to_a_capture_is_in_the_table() -> None:
    """None is left to chance."""
    assert {row.answer for row in table(ANSWERED)} == set(ANSWERS)


@pytest.mark.parametrize("row", table(ANSWERED), ids=str)
def test_what_an_answer_to_a_capture_means(row: Row) -> None:
    """A yes takes the part and releases the rest, a no puts all back, and not knowing keeps it reserved."""
    case = case_in("authorized")
    told = len(case.told)
    case.capture(60_00)
    case.wait(1_000)
    case.answer(case.latest(AttemptKind.CAPTURE), row.answer)

    assert (row.payment, row.attempt) == (case.payment.state, case.latest(AttemptKind.CAPTURE).state)
    assert ([] if row.told == "-" else [row.told]) == case.told[told:]
    assert [int(row.held), int(row.capturing), int(row.owed)] == [
        case.balance(account) for account in ("merchant:held", "merchant:capturing", "merchant:pending")
    ]
    assert int(row.owed) == -case.balance("acquirer:bank:receivable")
    assert int(row.held) + int(row.capturing) == -case.balance("acquirer:bank:held")


@pytest.mark.parametrize("answer", ["pending", "unknown", "needs_payer"])
def test_a_capture_in_doubt_is_asked_about_again(answer: str) -> None:
    """Reserved money always has a way out."""
    case = case_in("capturing")
    case.answer(case.latest(AttemptKind.CAPTURE), answer)

    assert case.latest(AttemptKind.CAPTURE).in_doubt
    assert case.latest(AttemptKind.CAPTURE).due_ms > case.now_ms


def test_a_captured_payment_shows_what_was_captured() -> None:
    """And that is all that can be refunded."""
    payment = case_in("captured", captured_minor=60_00).payment

    assert (payment.shown.minor, payment.refundable.minor, payment.asked.minor) == (60_00, 60_00, 100_00)
    assert (payment.due_ms, payment.captured_ms) == (0, NOW_MS)


def test_a_declined_capture_may_be_tried_again() -> None:
    """The authorization is as it was, with the same end."""
    case = case_in("authorized")
    until_ms = case.payment.expires_ms
    case.capture(60_00)
    case.answer(case.latest(AttemptKind.CAPTURE), "declined")
    assert (until_ms, until_ms) == (case.payment.expires_ms, case.payment.due_ms)

    case.capture(100_00)
    case.answer(case.latest(AttemptKind.CAPTURE), "approved")
    assert case.balances == {"acquirer:bank:receivable": -100_00, "merchant:pending": 100_00}


def test_the_capture_adds_its_reference_number_to_what_the_authorization_told() -> None:
    """The authorization code stays."""
    case = case_in("capturing")
    case.answer(case.latest(AttemptKind.CAPTURE), Approved("B-2", Details(arn="74002")))

    assert (case.payment.details.auth_code, case.payment.details.arn) == ("A7X", "74002")
    assert case.payment.reference == "B-1"


def test_a_capture_without_a_reference_number_keeps_the_known_one() -> None:
    """Silence about it is not news."""
    case = case_in("capturing")
    case.answer(case.latest(AttemptKind.CAPTURE), Approved("B-2"))

    assert case.payment.details.arn == "74001"


FEES = """
    # captured   basis_points   fixed     fee
      100_00     0              0         0
      100_00     250            0         2_50
      100_00     250            30        2_80
      20         250            0         1        # half a cent is rounded up
      19         250            0         0
      10         0              30        10       # never above what was captured
      30         0              30        30
      31         0              30        30
      1          10_000         1         1
      100_00     10_000         0         100_00
"""


@pytest.mark.parametrize("row", table(FEES), ids=str)
def test_the_fee_is_of_what_was_captured(row: Row) -> None:
    """A share and a fixed part, taken from the merchant's side in the decision that captures."""
    fee = FeeRule(int(row.basis_points), int(row.fixed))
    case = case_in("captured", captured_minor=int(row.captured), fee=fee)

    assert (int(row.fee), int(row.captured) - int(row.fee)) == (
        case.balance("fees:earned"),
        case.balance("merchant:pending"),
    )
    assert int(row.captured) == -case.balance("acquirer:bank:receivable")


def test_a_sale_pays_the_same_fee_as_a_capture() -> None:
    """Authorized and captured in one step or in two."""
    fee = FeeRule(290, 30)

    assert case_in("captured", fee=fee).balances == case_in("captured", capture="auto", fee=fee).balances


def test_the_fee_was_agreed_when_the_order_was_opened() -> None:
    """It is on the payment's own row; a rule changed meanwhile is for later orders."""
    payment = case_in("authorized", fee=FeeRule(100, 5)).payment

    assert (payment.fee_basis_points, payment.fee_fixed_minor) == (100, 5)


def test_no_posting_is_empty() -> None:
    """Nothing released, no fee: no line in the book."""
    case = case_in("captured")

    assert all(row.amount_minor > 0 for row in case.postings)
    assert [row.why for row in case.postings] == ["authorization", "capture reserved", "capture", "capture"]


UNDER_WAY: Final = {AttemptKind.CAPTURE: PaymentState.CAPTURING, AttemptKind.VOID: PaymentState.VOIDING}
NOT_UNDER_WAY = [
    (kind, state, answer)
    for kind, state, answer in product(UNDER_WAY, PaymentState, ["approved", "declined", "not_sent"])
    # A sale is captured while pending, so that one row of the table is there for another reason.
    if state is not UNDER_WAY[kind] and (kind, state, answer) != (AttemptKind.CAPTURE, PaymentState.PENDING, "approved")
]


@pytest.mark.parametrize(("kind", "state", "answer"), NOT_UNDER_WAY)
def test_a_capture_or_void_of_a_payment_that_has_none_under_way_is_a_mistake_of_ours(
    kind: AttemptKind, state: PaymentState, answer: str
) -> None:
    """It surfaces instead of moving money."""
    case = case_in(UNDER_WAY[kind])
    case.payment = msgspec.structs.replace(case.payment, state=state)

    with pytest.raises(NoSuchTransition):
        case.answer(case.latest(kind), answer)
