"""Payouts that the operator carries out: taken over only while nobody was asked, and marked once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.core import by_hand, ledger, paying_out
from polygate.core.attempts import BY_HAND, Attempt
from polygate.core.facts import FactKind
from polygate.core.ids import AttemptId
from polygate.core.payout_decisions import PayoutDecision
from polygate.core.payouts import PayoutMethod, Receiver
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import AttemptState, PayoutState
from tests.core.tables import Row, table
from tests.core.test_payouts import ANSWERS, ASHA, NOW_MS, Case

RAVI: Final = Receiver(PayoutMethod.UPI, "Ravi K", "ravi@upi")
UTR: Final = "600187654321"
OPS: Final = "ops@polygate.example"


class ByHand(Case):
    """The same payout, beside an operator."""

    @property
    def latest(self) -> Attempt | None:
        return self.attempts.get(self.payout.attempt_id)

    def take(self, receiver: Receiver | None = None) -> PayoutDecision | None:
        new_id = AttemptId(self.mint())
        return self.keep(
            by_hand.take(
                self.payout, self.latest, receiver, attempt_id=new_id, by=OPS, now_ms=self.now_ms, mint=self.mint
            )
        )

    def paid(self, reference: str = UTR) -> PayoutDecision | None:
        return self.keep(
            by_hand.mark_paid(self.payout, self.latest, reference, by=OPS, now_ms=self.now_ms, mint=self.mint)
        )

    def failed(self, said: str = "account closed") -> PayoutDecision | None:
        return self.keep(
            by_hand.mark_failed(self.payout, self.latest, said, by=OPS, now_ms=self.now_ms, mint=self.mint)
        )

    def returned(self, said: str = "sent back") -> PayoutDecision | None:
        return self.keep(by_hand.mark_returned(self.payout, said, by=OPS, now_ms=self.now_ms, mint=self.mint))


def waiting() -> ByHand:
    return ByHand(receiver=None)


def planned() -> ByHand:
    """Its receiver is named, and the jobs have not sent it yet."""
    case = waiting()
    case.keep(case.sending(paying_out.name_receiver(case.payout, ASHA, now_ms=NOW_MS), later=True))
    return case


def not_sent() -> ByHand:
    """The acquirer will certainly never carry it out; the jobs are going to send it again."""
    case = ByHand()
    case.answer(ANSWERS["not_sent"])
    return case


def taken() -> ByHand:
    case = planned()
    case.take()
    return case


def after(do: Callable[[ByHand], object], make: Callable[[], ByHand] = taken) -> Callable[[], ByHand]:
    def done() -> ByHand:
        case = make()
        do(case)
        return case

    return done


STATES: Final[dict[str, Callable[[], ByHand]]] = {
    "waiting": waiting,
    "planned": planned,
    "not_sent": not_sent,
    "asked": ByHand,
    "pending": after(lambda case: case.answer(ANSWERS["pending"]), ByHand),
    "unknown": after(lambda case: case.answer(ANSWERS["unknown"]), ByHand),
    "bank_paid": after(lambda case: case.answer(ANSWERS["approved"]), ByHand),
    "bank_failed": after(lambda case: case.answer(ANSWERS["declined"]), ByHand),
    "taken": taken,
    "paid": after(ByHand.paid),
    "failed": after(ByHand.failed),
    "returned": after(lambda case: (case.paid(), case.returned())),
}
ACTS: Final[dict[str, Callable[[ByHand], PayoutDecision | None]]] = {
    "take": lambda case: case.take(RAVI if case.payout.receiver is None else None),
    "paid": ByHand.paid,
    "failed": ByHand.failed,
    "returned": ByHand.returned,
}

ALLOWED = """
    # state         take      paid      failed    returned
      waiting       sent      refused   refused   refused
      planned       sent      refused   refused   refused
      not_sent      sent      refused   refused   refused
      asked         refused   refused   refused   refused     # the acquirer's answer may still come
      pending       refused   refused   refused   refused
      unknown       refused   refused   refused   refused
      bank_paid     refused   refused   refused   refused     # and is its truth
      bank_failed   refused   refused   refused   refused
      taken         same      paid      failed    refused
      paid          refused   same      refused   returned
      failed        refused   refused   same      refused
      returned      refused   refused   refused   same
"""


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("row", table(ALLOWED), ids=str)
def test_what_may_be_done_by_hand(row: Row, act: str) -> None:
    """Said once more it changes nothing; what an acquirer may have heard of is left alone."""
    case = STATES[row.state]()
    before = case.payout, len(case.postings), len(case.facts)
    wanted = getattr(row, act)
    if wanted == "refused":
        with pytest.raises(Refused) as refused:
            ACTS[act](case)
        assert refused.value.reason is Reason.PAYOUT_NOT_NOW
    elif wanted == "same":
        assert ACTS[act](case) is None
    else:
        assert ACTS[act](case) is not None
        assert (case.payout.state, case.payout.acquirer) == (wanted, BY_HAND)
        return
    assert before == (case.payout, len(case.postings), len(case.facts))


def test_every_state_is_in_the_table() -> None:
    assert {row.state for row in table(ALLOWED)} == set(STATES)


@pytest.mark.parametrize("start", ["planned", "not_sent"])
def test_what_was_planned_is_never_sent_once_it_is_taken(start: str) -> None:
    """The plan is closed in the same decision, and whoever comes late with it does nothing."""
    case = STATES[start]()
    plan = case.attempt
    case.take()
    dropped = case.attempts[plan.attempt_id]

    assert (dropped.state, dropped.due_ms, dropped.said) == (AttemptState.NOT_SENT, 0, f"taken by hand by {OPS}")
    assert (case.attempt.acquirer, case.attempt.state, case.attempt.due_ms) == (BY_HAND, AttemptState.PENDING, 0)
    late = paying_out.send_planned(case.payout, dropped, timeout_ms=2_000, now_ms=NOW_MS, mint=case.mint)
    assert late is None
    assert [attempt.is_open for attempt in case.attempts.values()].count(True) == 1


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_acquirer_answers_for_the_operator(answer: str) -> None:
    case = taken()
    assert case.answer(ANSWERS[answer]) is None


def test_an_operator_names_the_receiver_where_there_is_none() -> None:
    """So that it is on record whom the money went to; who is on record stays."""
    case = waiting()
    with pytest.raises(Refused, match="no receiver"):
        case.take()
    case.take(RAVI)
    assert case.payout.receiver == RAVI
    assert case.take(RAVI) is None
    for other in (case, planned()):
        with pytest.raises(Refused, match="another receiver"):
            other.take(Receiver(PayoutMethod.UPI, "Mallory", "m@upi"))


def test_money_paid_by_hand_leaves_under_a_name_of_its_own() -> None:
    """And nobody asks whether it came back: the operator tells."""
    case = taken()
    assert (case.balance(ledger.AVAILABLE), case.balance(ledger.PAYING)) == (749_00, 251_00)
    case.paid()

    assert (case.balance(ledger.PAYING), case.balance(ledger.FEES)) == (0, 1_00)
    assert (case.balance(ledger.receivable(BY_HAND)), case.balance(ledger.receivable("bank"))) == (250_00, 0)
    assert (case.payout.reference, case.payout.due_ms, case.attempt.state) == (UTR, 0, AttemptState.APPROVED)
    assert case.told == [FactKind.PAYOUT_PAID]


def test_money_that_failed_or_came_back_is_the_merchants_again() -> None:
    """With the fee."""
    gone, back = STATES["failed"](), STATES["returned"]()

    assert (gone.balance(ledger.AVAILABLE), gone.payout.said, gone.told) == (
        1_000_00, "account closed", [FactKind.PAYOUT_FAILED],
    )  # fmt: skip
    assert (back.balance(ledger.AVAILABLE), back.balance(ledger.FEES), back.balance(ledger.receivable(BY_HAND))) == (
        1_000_00, 0, 0,
    )  # fmt: skip
    assert back.told == [FactKind.PAYOUT_PAID, FactKind.PAYOUT_RETURNED]


@pytest.mark.parametrize(
    ("state", "again"),
    [
        ("paid", lambda case: case.paid("600187654322")),
        ("failed", lambda case: case.failed("something else")),
        ("returned", lambda case: case.returned("something else")),
    ],
)
def test_what_is_said_differently_the_second_time_is_refused(state: str, again: Callable[[ByHand], object]) -> None:
    case = STATES[state]()
    with pytest.raises(Refused, match="already"):
        again(case)


def test_the_timeline_says_who_did_it() -> None:
    case = waiting()
    marks = [case.take(RAVI), case.paid(), case.returned()]
    told = [decided.facts[0] for decided in marks if decided]

    assert [fact.kind for fact in told] == [FactKind.PAYOUT_TAKEN_BY_HAND, *[FactKind.PAYOUT_MARKED_BY_HAND] * 2]
    assert {fact.data["by"] for fact in told} == {OPS}
    assert [fact.data.get("marked") for fact in told] == [None, "paid", "returned"]
    assert all("notify_url" not in fact.data for fact in told)
    for decided in marks:
        assert decided
        ids = [fact.fact_id for fact in decided.facts]
        assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("600187654321", UTR),
        (" 6001 8765 4321 ", UTR),
        ("sbin426010123456", "SBIN426010123456"),
        ("HDFCR52026010112345678", "HDFCR52026010112345678"),
        ("E18236120202601011234s0123456789", "E18236120202601011234S0123456789"),
        *(
            (wrong, None)
            for wrong in ("", "60018765432", "6" * 36, "600187-654321", "६००१८७६५४३२१", "60018765432\x001")
        ),
    ],
)
def test_a_banks_reference_has_a_form(typed: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(ValueError, match="12 to 35"):
            by_hand.bank_reference(typed)
    else:
        assert by_hand.bank_reference(typed) == kept


def test_what_merchants_are_told_is_a_short_line() -> None:
    assert by_hand.what_happened(" account closed ") == "account closed"
    for wrong in ("", "  ", "two\nlines", "x" * 129):
        with pytest.raises(ValueError, match="printable"):
            by_hand.what_happened(wrong)


@given(acts=st.lists(st.sampled_from([*ACTS, *ANSWERS, "send"]), max_size=14), start=st.sampled_from(sorted(STATES)))
def test_whatever_operator_and_acquirer_do_the_money_is_in_one_place(acts: list[str], start: str) -> None:
    """It adds up to what there was, nothing is below zero, and at most one attempt is open."""
    case = STATES[start]()
    for act in acts:
        if act in ACTS:
            try:
                ACTS[act](case)
            except Refused:
                continue
        elif case.latest is None:
            continue
        elif act == "send":
            if case.latest.state is AttemptState.PLANNED:
                case.keep(
                    paying_out.send_planned(case.payout, case.latest, timeout_ms=2_000, now_ms=NOW_MS, mint=case.mint)
                )
        elif case.latest.may_be_answered:
            case.answer(ANSWERS[act])
    accounts = (ledger.AVAILABLE, ledger.PAYING, ledger.FEES, ledger.receivable("bank"), ledger.receivable(BY_HAND))
    places = [case.balance(account) for account in accounts]

    assert min(places) >= 0
    assert sum(places) == 1_000_00
    under_way = case.payout.state is PayoutState.SENT or (case.latest is not None and case.latest.is_open)
    assert [attempt.is_open for attempt in case.attempts.values()].count(True) == under_way
