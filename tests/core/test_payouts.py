"""Payouts: reserved when they are accepted, settled or released by what the acquirer says, and sometimes returned."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.core import ledger, paying_out
from polygate.core.attempts import Attempt
from polygate.core.facts import ANNOUNCED, FactKind
from polygate.core.ids import AttemptId, MerchantId, PayoutId
from polygate.core.money import Money
from polygate.core.outcomes import Approved, Decline, Declined, NeedsPayer, NotSent, Outcome, Pending, Unknown
from polygate.core.payout_decisions import PayoutDecision
from polygate.core.payouts import LOOKS_AFTER_MS, Balance, Payout, PayoutMethod, PayoutOrder, Receiver, Reserve
from polygate.core.refusals import Reason, Refused
from polygate.core.routing import Route
from polygate.core.transitions import AttemptState, PayoutState
from tests.core.tables import Row, table

NOW_MS: Final = 1_750_000_000_000
MERCHANT: Final = MerchantId(100_000_000_000_000_001)
ASHA: Final = Receiver(PayoutMethod.UPI, "Asha Rao", "asha@upi")
ANSWERS: Final[Mapping[str, Outcome]] = {
    "approved": Approved("413516000123"),
    "declined": Declined(Decline.ACCOUNT_NOT_FOUND, "no such account"),
    "not_sent": NotSent("the line is down"),
    "pending": Pending("B-1", 2_000),
    "needs_payer": NeedsPayer("B-1", "https://bank.example/"),
    "unknown": Unknown("no answer within 2 s"),
}


class Case:
    """A payout that lives through the core's decisions, beside a balance that starts at 1,000.00."""

    def __init__(self, minor: int = 250_00, *, fee: int = 1_00, receiver: Receiver | None = ASHA) -> None:
        self.mint = count(100_000_000_000_000_100).__next__
        self.now_ms = NOW_MS
        self.attempts: dict[AttemptId, Attempt] = {}
        self.postings: list[ledger.PostingRow] = []
        self.facts: list[FactKind] = []
        self.book(ledger.opening(Money(1_000_00, "INR")))
        order = PayoutOrder(
            merchant_id=MERCHANT,
            app_id="100000000000001",
            protocol="signed",
            number="W-1",
            amount=Money(minor, "INR"),
            fee=Money(fee, "INR"),
            receiver=receiver,
            description="Withdrawal",
            attach="wd=9",
            notify_url="https://shop.example/notify",
            request={},
        )
        self.opened = paying_out.open_payout(
            order,
            payout_id=PayoutId(5),
            balance=Balance(Reserve(MERCHANT, "INR", 0, 0), 1_000_00),
            now_ms=NOW_MS,
            mint=self.mint,
        )
        self.keep(self.opened if receiver is None else self.sending(self.opened))

    def sending(self, decided: PayoutDecision, *, later: bool = False) -> PayoutDecision:
        return paying_out.send(
            decided,
            route=Route("bank", "bank is the only one"),
            attempt_id=AttemptId(self.mint()),
            timeout_ms=2_000,
            now_ms=self.now_ms,
            mint=self.mint,
            later=later,
        )

    def book(self, postings: tuple[ledger.Posting, ...]) -> None:
        self.postings += ledger.rows_of(
            postings, MERCHANT, subject_id=0, attempt_id=0, at_ms=self.now_ms, mint=self.mint
        )

    def keep(self, decision: PayoutDecision | None) -> PayoutDecision | None:
        if decision is not None:
            self.payout: Payout = decision.payout
            self.attempts |= {attempt.attempt_id: attempt for attempt in decision.attempts}
            self.postings += decision.postings
            self.facts += [fact.kind for fact in decision.facts]
        return decision

    @property
    def attempt(self) -> Attempt:
        return self.attempts[self.payout.attempt_id]

    def answer(self, outcome: Outcome, attempt: Attempt | None = None) -> PayoutDecision | None:
        return self.keep(
            paying_out.conclude(self.payout, attempt or self.attempt, outcome, now_ms=self.now_ms, mint=self.mint)
        )

    def look(self, outcome: Outcome) -> PayoutDecision | None:
        return self.keep(paying_out.look_again(self.payout, outcome, now_ms=self.now_ms, mint=self.mint))

    @property
    def told(self) -> list[FactKind]:
        return [kind for kind in self.facts if kind in ANNOUNCED]

    def balance(self, account: str) -> int:
        return ledger.balances(self.postings).get((MERCHANT, account, "INR"), 0)


def test_amount_and_fee_are_set_aside_before_anybody_is_asked() -> None:
    """In the decision that makes the payout."""
    case = Case()

    assert (case.balance(ledger.AVAILABLE), case.balance(ledger.PAYING)) == (749_00, 251_00)
    assert (case.payout.state, case.attempt.state, case.opened.is_new) == (PayoutState.SENT, AttemptState.ASKED, True)


@pytest.mark.parametrize(("minor", "fee", "fits"), [(999_00, 1_00, True), (999_01, 1_00, False), (1_000_01, 0, False)])
def test_a_payout_never_takes_more_than_there_is(minor: int, fee: int, fits: bool) -> None:
    """Its fee included."""
    if fits:
        assert Case(minor, fee=fee).balance(ledger.AVAILABLE) == 0
    else:
        with pytest.raises(Refused) as refused:
            Case(minor, fee=fee)
        assert refused.value.reason is Reason.BALANCE_TOO_SMALL


CONCLUDED = """
    # answer        state     available   paying    fees    bank        told
      approved      paid      749_00      0         1_00    250_00      PayoutPaid
      declined      failed    1_000_00    0         0       0           PayoutFailed
      not_sent      sent      749_00      251_00    0       0           -              # sent again
      pending       sent      749_00      251_00    0       0           -
      needs_payer   sent      749_00      251_00    0       0           -              # makes no sense: ask again
      unknown       sent      749_00      251_00    0       0           -
"""


@pytest.mark.parametrize("row", table(CONCLUDED), ids=str)
def test_an_answer_settles_or_releases_the_money(row: Row) -> None:
    """Silence does neither."""
    case = Case()
    case.answer(ANSWERS[row.answer])

    assert row.state == case.payout.state
    assert (case.balance(ledger.AVAILABLE), case.balance(ledger.PAYING)) == (int(row.available), int(row.paying))
    assert (case.balance(ledger.FEES), case.balance(ledger.receivable("bank"))) == (int(row.fees), int(row.bank))
    assert ([] if row.told == "-" else [row.told]) == case.told


def test_every_answer_is_in_the_table() -> None:
    """None is left to chance."""
    assert {row.answer for row in table(CONCLUDED)} == set(ANSWERS)


@pytest.mark.parametrize("late", ANSWERS)
@pytest.mark.parametrize("first", ["approved", "declined"])
def test_the_first_conclusion_stands(first: str, late: str) -> None:
    """A payout that was paid is not released by an answer that comes twice or too late."""
    case = Case()
    case.answer(ANSWERS[first])
    before = case.payout, len(case.postings)

    assert case.answer(ANSWERS[late]) is None
    assert before == (case.payout, len(case.postings))


def test_what_certainly_was_not_sent_is_sent_again_under_a_new_key() -> None:
    """The old attempt is closed: of two, one at most can pay."""
    case = Case()
    first = case.attempt
    case.answer(ANSWERS["not_sent"])

    assert (case.attempts[first.attempt_id].state, case.attempt.state) == (
        AttemptState.NOT_SENT,
        AttemptState.PLANNED,
    )
    assert case.attempt.due_ms > NOW_MS
    sent = paying_out.send_planned(case.payout, case.attempt, timeout_ms=2_000, now_ms=NOW_MS, mint=case.mint)
    assert case.keep(sent) is not None
    case.answer(ANSWERS["approved"])
    assert (case.payout.state, case.balance(ledger.PAYING)) == (PayoutState.PAID, 0)


def test_a_payout_without_a_receiver_waits_for_one() -> None:
    """Its money is set aside all the while."""
    case = Case(receiver=None)
    assert (case.payout.state, case.payout.attempt_id, case.balance(ledger.PAYING)) == (PayoutState.WAITING, 0, 251_00)

    named = paying_out.name_receiver(case.payout, ASHA, now_ms=NOW_MS)
    case.keep(case.sending(named, later=True))
    assert (case.payout.state, case.payout.version, case.attempt.state) == (
        PayoutState.WAITING,
        2,
        AttemptState.PLANNED,
    )
    with pytest.raises(Refused):
        paying_out.name_receiver(case.payout, ASHA, now_ms=NOW_MS)


def test_a_rejected_payout_gives_its_money_back() -> None:
    """Only while nobody was asked to pay it."""
    case = Case(receiver=None)
    case.keep(paying_out.reject(case.payout, said="no receiver was named", now_ms=NOW_MS, mint=case.mint))
    assert (case.payout.state, case.balance(ledger.AVAILABLE)) == (PayoutState.FAILED, 1_000_00)

    for asked in (Case(), case):
        with pytest.raises(Refused):
            paying_out.reject(asked.payout, said="", now_ms=NOW_MS, mint=asked.mint)


def test_a_paid_payout_that_comes_back_is_the_merchants_again() -> None:
    """With the fee: nothing was paid out. Only once."""
    case = Case()
    case.answer(ANSWERS["approved"])
    assert case.payout.due_ms == NOW_MS + LOOKS_AFTER_MS[0]
    case.now_ms += LOOKS_AFTER_MS[0]
    case.look(ANSWERS["declined"])

    assert (case.payout.state, case.payout.due_ms, case.payout.why_failed) == (
        PayoutState.RETURNED,
        0,
        "account_not_found",
    )
    assert (case.balance(ledger.AVAILABLE), case.balance(ledger.FEES)) == (1_000_00, 0)
    assert case.told == [FactKind.PAYOUT_PAID, FactKind.PAYOUT_RETURNED]
    assert case.look(ANSWERS["declined"]) is None


def test_a_paid_payout_is_asked_about_for_some_days() -> None:
    """Ever more seldom, and then no more."""
    case = Case()
    case.answer(ANSWERS["approved"])
    looks = 0
    while case.payout.due_ms:
        case.now_ms = case.payout.due_ms
        case.look(ANSWERS["approved" if looks % 2 else "unknown"])
        looks += 1

    assert looks == len(LOOKS_AFTER_MS)
    assert case.now_ms - NOW_MS == sum(LOOKS_AFTER_MS)
    assert case.told == [FactKind.PAYOUT_PAID]


@given(words=st.lists(st.sampled_from(sorted(ANSWERS)), max_size=12))
def test_whatever_is_answered_the_money_is_in_one_place(words: list[str]) -> None:
    """Available, set aside or paid out: it adds up to what there was, and nothing is below zero."""
    case = Case()
    for word in words:
        if case.attempt.state is AttemptState.PLANNED:
            case.keep(
                paying_out.send_planned(case.payout, case.attempt, timeout_ms=2_000, now_ms=case.now_ms, mint=case.mint)
            )
        case.answer(ANSWERS[word])
        case.look(ANSWERS[word])
    places = [case.balance(a) for a in (ledger.AVAILABLE, ledger.PAYING, ledger.FEES, ledger.receivable("bank"))]

    assert min(places) >= 0
    assert sum(places) == 1_000_00
    assert msgspec.json.decode(msgspec.json.encode(case.payout), type=Payout) == case.payout
