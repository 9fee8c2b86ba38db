"""Whole lives of payments: whatever comes in whatever order, the books agree and nothing is stuck or told twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, TypeAlias

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from polygate.core import ledger
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.facts import ANNOUNCED, FactKind
from polygate.core.ids import MerchantId
from polygate.core.merchants import FeeRule
from polygate.core.money import Money
from polygate.core.outcomes import Decline
from polygate.core.payments import CaptureMode
from polygate.core.refusals import Refused
from polygate.core.transitions import PAYMENT, AttemptState, PaymentState, RefundState, is_final
from tests.core.bank import FINAL, Bank, Expected
from tests.core.case import ANSWERS, BANK, BY_CARD, LIFE_MS, MERCHANT, WALLET, Case, World, an_order

ORDERS = st.builds(
    an_order,
    amount=st.builds(Money, st.integers(1, 400), st.sampled_from(["USD", "JPY"])),
    capture_mode=st.sampled_from([CaptureMode.AUTO, CaptureMode.MANUAL, CaptureMode.MANUAL]),
    fee=st.builds(FeeRule, st.sampled_from([0, 250, 10_000]), st.sampled_from([0, 7])),
    keep_card=st.sampled_from(["", "subscription"]),
)
DAY_MS: Final = 86_400_000
# Mostly moments, sometimes long enough for an order, an authorization or a refund window to end.
WAITS_MS = st.sampled_from([1, 1_000, 5_000, 30_000, LIFE_MS, DAY_MS, 7 * DAY_MS, 365 * DAY_MS])
# Approvals more often than not, or few lives would get far.
WORDS = st.sampled_from([*["approved"] * len(ANSWERS), "needs_payer", *sorted(ANSWERS)])
WAITING: Final = frozenset({"needs_payer", "scan"})
MEANS = st.sampled_from([BY_CARD, BY_CARD, WALLET])
PAYMENTS_MAX: Final = 4

CLOSED: Final = frozenset({PaymentState.CAPTURED, PaymentState.FAILED, PaymentState.CANCELED, PaymentState.EXPIRED})
ALWAYS_DONE: Final = frozenset({AttemptKind.GIVE_BACK, AttemptKind.CLOSE})

TOLD: Final = {
    PaymentState.AUTHORIZED: FactKind.PAYMENT_AUTHORIZED,
    PaymentState.CAPTURED: FactKind.PAYMENT_CAPTURED,
    PaymentState.FAILED: FactKind.PAYMENT_FAILED,
    PaymentState.CANCELED: FactKind.PAYMENT_CANCELED,
    PaymentState.EXPIRED: FactKind.PAYMENT_EXPIRED,
}
REFUND_TOLD: Final = {
    RefundState.SUCCEEDED: FactKind.REFUND_SUCCEEDED,
    RefundState.FAILED: FactKind.REFUND_FAILED,
}
WAITED_FOR: Final = {
    PaymentState.CAPTURING: AttemptKind.CAPTURE,
    PaymentState.VOIDING: AttemptKind.VOID,
}
NEVER_NEGATIVE: Final = (
    ledger.HELD,
    ledger.CAPTURING,
    ledger.RESERVED,
    ledger.FEES,
    ledger.UNCLAIMED,
    ledger.UNCLAIMED_HOLD,
)
WISHES: Final[Sequence[tuple[Callable[[Case], object], set[PaymentState]]]] = (
    (Case.pay, {PaymentState.CREATED}),
    (Case.leave, {PaymentState.PENDING}),
    (lambda case: case.capture(case.payment.captured_minor or 1), {PaymentState.AUTHORIZED}),
    (Case.void, {PaymentState.AUTHORIZED}),
    (Case.cancel, {PaymentState.CREATED, PaymentState.PENDING}),
    (lambda case: case.refund(1), {PaymentState.CAPTURED}),
    (Case.expire, {PaymentState.CREATED, PaymentState.PENDING}),
)
"""What a merchant, a payer or the jobs may want, and the states in which it is not refused for its time."""


@contextmanager
def refused_unless(may: bool) -> Iterator[None]:
    """What is inside is done if it may be, and otherwise refused."""
    if may:
        yield
    else:
        with pytest.raises(Refused):
            yield


def up_to(limit: int) -> st.SearchStrategy[int]:
    """An amount up to a limit, and now and then exactly it or one cent over."""
    return st.integers(1, limit + 1) | st.sampled_from([limit or 1, limit + 1])


Step: TypeAlias = "Callable[[Lives, int, st.DataObject], None]"


class Lives(RuleBasedStateMachine):
    """A few payments of one merchant at an acquirer that answers as it likes, late, twice or not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.bank = Bank()
        self.cases: list[Case] = []
        self.expected: list[Expected] = []
        self.folded: tuple[int, dict[tuple[MerchantId, str, str], int]] = (0, {})

    def having(self, *states: AttemptState) -> list[tuple[int, Attempt]]:
        """The attempts in any of these states, with the place of their payment."""
        return [
            (place, attempt)
            for place, case in enumerate(self.cases)
            for attempt in case.attempts.values()
            if attempt.state in states
        ]

    def may_be_answered(self) -> list[tuple[int, Attempt]]:
        return [(place, attempt) for place, attempt in self.having(*AttemptState) if attempt.may_be_answered]

    def authenticating(self) -> list[int]:
        return [place for place, a in self.having(AttemptState.NEEDS_PAYER) if not a.may_be_answered]

    def with_the_payer(self) -> list[int]:
        """Where the payer of a hosted page may still choose again."""
        return [
            place
            for place in self.places(PaymentState.PENDING)
            if self.cases[place].payment.is_checkout and self.cases[place].charge.state is AttemptState.NEEDS_PAYER
        ]

    def places(self, *states: PaymentState) -> list[int]:
        """Of the payments in any of these states."""
        return [place for place, case in enumerate(self.cases) if case.payment.state in states]

    # --- what may happen ---

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One rule that draws from what is open just now, so that lives get far in few steps."""
        step, place = data.draw(st.sampled_from(self.next_steps()))
        step(self, place, data)

    def next_steps(self) -> list[tuple[Step, int]]:
        unpaid = self.places(PaymentState.CREATED, PaymentState.PENDING)
        return [
            *((Lives.open, place) for place in range(len(self.cases), PAYMENTS_MAX)[:1]),
            *((Lives.pay, place) for place in self.places(PaymentState.CREATED)),
            *((Lives.payer_returns, place) for place in self.authenticating()),
            *((Lives.leave, place) for place in self.with_the_payer()),
            *((Lives.capture, place) for place in self.places(PaymentState.AUTHORIZED)),
            *((Lives.void, place) for place in self.places(PaymentState.AUTHORIZED)),
            *((Lives.refund, place) for place in self.places(PaymentState.CAPTURED)),
            *((Lives.send, place) for place, _ in self.having(AttemptState.PLANNED)),
            *((Lives.answer, place) for place, _ in self.may_be_answered()),
            *((Lives.cancel, place) for place in unpaid[-1:]),
            *((Lives.expire, place) for place in unpaid[-1:]),
            (Lives.wait, 0),
        ]

    def open(self, _place: int, data: st.DataObject) -> None:
        means = data.draw(MEANS)
        case = Case(data.draw(ORDERS), checkout=data.draw(st.booleans()), world=self.world, means=means)
        self.cases.append(case)
        self.expected.append(Expected(case.payment))

    def pay(self, place: int, data: st.DataObject) -> None:
        case = self.cases[place]
        with refused_unless(self.world.now_ms < case.payment.expires_ms):
            case.pay(data.draw(MEANS))

    def leave(self, place: int, _data: st.DataObject) -> None:
        case = self.cases[place]
        with refused_unless(self.world.now_ms < case.payment.expires_ms):
            case.leave()
            self.expected[place].left(case.charge)

    def payer_returns(self, place: int, _data: st.DataObject) -> None:
        assert self.cases[place].payer_returns() is not None
        assert self.cases[place].payer_returns() is None

    def capture(self, place: int, data: st.DataObject) -> None:
        case, expected = self.cases[place], self.expected[place]
        minor = data.draw(up_to(expected.held))
        in_time = self.world.now_ms < case.payment.answered_ms + 7 * DAY_MS
        with refused_unless(minor <= expected.held and in_time):
            case.capture(minor)
            expected.capture_asked(minor)

    def void(self, place: int, _data: st.DataObject) -> None:
        assert self.cases[place].void() is not None

    def refund(self, place: int, data: st.DataObject) -> None:
        case, expected = self.cases[place], self.expected[place]
        minor = data.draw(up_to(expected.refundable))
        in_time = self.world.now_ms < case.payment.captured_ms + 365 * DAY_MS
        with refused_unless(minor <= expected.refundable and in_time):
            case.refund(minor)
            expected.refund_asked(minor)

    def send(self, place: int, data: st.DataObject) -> None:
        attempt = data.draw(st.sampled_from([a for at, a in self.having(AttemptState.PLANNED) if at == place]))
        assert self.cases[place].send(attempt) is not None
        assert self.cases[place].send(self.cases[place].attempts[attempt.attempt_id]) is None

    def cancel(self, place: int, data: st.DataObject) -> None:
        self.cases[place].cancel(data.draw(st.sampled_from([None, Decline.CANCELED_BY_PAYER])))
        self.expected[place].closed()

    def expire(self, place: int, _data: st.DataObject) -> None:
        case = self.cases[place]
        overdue = self.world.now_ms >= case.payment.expires_ms
        charge = case.attempts.get(case.payment.charge_id)
        doubt = charge is not None and charge.in_doubt
        assert (case.expire() is not None) is overdue
        assert (case.payment.state is PaymentState.EXPIRED) is (overdue and not doubt)
        may_be_paid = charge is not None and charge.may_be_answered and not self.expected[place].has_left(charge)
        if overdue and not doubt and not may_be_paid:
            self.expected[place].closed()

    def wait(self, _place: int, data: st.DataObject) -> None:
        self.world.now_ms += data.draw(WAITS_MS)

    def answer(self, place: int, data: st.DataObject) -> None:
        attempt = data.draw(st.sampled_from([a for at, a in self.may_be_answered() if at == place]))
        word = data.draw(WORDS)
        if word in WAITING:
            word = "needs_payer" if self.cases[place].is_by_card(attempt) else "scan"
        if word in FINAL and data.draw(st.integers(1, 4)) == 4:
            # The answer is lost. The acquirer's mind is made up all the same, and an inquiry may hear of it.
            self.bank.decide(attempt, word)
            word = "unknown"
        self.say(place, attempt, word)

    def say(self, place: int, attempt: Attempt, word: str) -> None:
        """Only what fits to a mind made up: the verdict, or that it is not known yet."""
        if word in FINAL or (word in WAITING and self.bank.has_decided(attempt)):
            word = self.bank.decide(attempt, word if word in FINAL else "declined")
        assert self.cases[place].answer(attempt, word) is not None
        if word in FINAL:
            self.bank.told(attempt)
            if (attempt.kind, word) != (AttemptKind.REFUND, "not_sent"):  # Which is sent again.
                self.expected[place].answered(attempt, yes=word == "approved")

    # --- what must hold after every step ---

    @invariant()
    def nothing_is_concluded_twice(self) -> None:
        """A repeated, late or unasked answer changes nothing, whatever it says."""
        for case in self.cases:
            for attempt in case.attempts.values():
                assert attempt.may_be_answered or not any(case.answer(attempt, word) for word in ANSWERS)

    @invariant()
    def a_wish_at_the_wrong_time_changes_nothing(self) -> None:
        """It is refused, or it is a repeat of what was done already."""
        for case in self.cases:
            for act, right_states in WISHES:
                if case.payment.charge_id and case.payment.state not in right_states:
                    with suppress(Refused):
                        assert act(case) is None

    @invariant()
    def postings_balance(self) -> None:
        """Every currency sums to nothing, and what cannot be negative is not."""
        by_currency: Counter[str] = Counter()
        for (_, account, currency), minor in self.balances().items():
            by_currency[currency] += minor
            assert account not in NEVER_NEGATIVE or minor >= 0
        assert not any(by_currency.values())

    @invariant()
    def the_merchant_has_what_it_should(self) -> None:
        """Account by account, as counted without a ledger."""
        should: Counter[tuple[str, str]] = Counter()
        for case, expected in zip(self.cases, self.expected, strict=True):
            currency = case.payment.currency
            should[ledger.HELD, currency] += expected.held
            should[ledger.CAPTURING, currency] += expected.capturing
            should[ledger.PENDING, currency] += expected.owed
            should[ledger.RESERVED, currency] += expected.reserved
            should[ledger.FEES, currency] += expected.fees
            should[ledger.UNCLAIMED, currency] += expected.unclaimed
            should[ledger.UNCLAIMED_HOLD, currency] += expected.unclaimed_hold
        has = {
            (account, currency): minor
            for (_, account, currency), minor in self.balances().items()
            if not account.startswith("acquirer:")
        }
        assert {key: minor for key, minor in should.items() if minor} == {k: minor for k, minor in has.items() if minor}

    @invariant()
    def the_acquirers_book_agrees(self) -> None:
        """To the cent, about all that we have heard of."""
        self.compare_books(self.bank.totals())

    @invariant()
    def held_is_what_was_authorized(self) -> None:
        """Neither captured nor released yet."""
        for currency in ("USD", "JPY"):
            authorized = sum(
                case.payment.amount_minor
                for case in self.cases
                if case.payment.currency == currency
                and case.payment.state in {PaymentState.AUTHORIZED, PaymentState.CAPTURING, PaymentState.VOIDING}
            )
            assert authorized == self.balance(ledger.HELD, currency) + self.balance(ledger.CAPTURING, currency)

    @invariant()
    def reserved_is_what_refunds_under_way_need(self) -> None:
        """And a payment's own count includes those that are done."""
        accepted: Counter[str] = Counter()
        for case in self.cases:
            for refund in case.refunds.values():
                accepted[refund.currency] += refund.amount_minor if refund.state is RefundState.ACCEPTED else 0
            taken = sum(r.amount_minor for r in case.refunds.values() if r.state is not RefundState.FAILED)
            assert taken == case.payment.refunding_minor <= case.payment.captured_minor <= case.payment.amount_minor
        for currency in ("USD", "JPY"):
            assert accepted[currency] == self.balance(ledger.RESERVED, currency)

    @invariant()
    def every_state_is_told_once(self) -> None:
        """Each state a merchant hears of has exactly one fact, and each finished refund one."""
        for case in self.cases:
            visited = {decision.payment.state for decision in case.decisions}
            told = [fact.kind for fact in case.facts if fact.kind in ANNOUNCED and not fact.refund_id]
            assert sorted(TOLD[state] for state in visited & TOLD.keys()) == sorted(told)
            finished = {
                refund_id: REFUND_TOLD[refund.state]
                for refund_id, refund in case.refunds.items()
                if refund.state in REFUND_TOLD
            }
            about_refunds = [(f.refund_id, f.kind) for f in case.facts if f.kind in REFUND_TOLD.values()]
            assert sorted(finished.items()) == sorted(about_refunds)

    @invariant()
    def every_decision_is_one_version(self) -> None:
        """So that of two decisions on the same payment one loses."""
        for case in self.cases:
            versions = [decision.payment.version for decision in case.decisions]
            assert list(range(1, len(case.decisions) + 1)) == versions

    @invariant()
    def a_final_state_is_final(self) -> None:
        """Once left for good, a payment stays, and nothing falls due for it."""
        for case in self.cases:
            states = [decision.payment.state for decision in case.decisions]
            first = next((n for n, state in enumerate(states) if is_final(PAYMENT, state)), len(states))
            assert len(set(states[first:])) <= 1
            assert (case.payment.due_ms == 0) is (case.payment.state in CLOSED)

    @invariant()
    def nothing_is_stuck(self) -> None:
        """Whatever waits is waited for by somebody: the jobs by a due time, the payer by the end of the order."""
        for case in self.cases:
            open_kinds = Counter(attempt.kind for attempt in case.attempts.values() if attempt.is_open)
            under_way = WAITED_FOR.get(case.payment.state)
            for kind in WAITED_FOR.values():
                assert open_kinds[kind] == (kind is under_way)
            if case.payment.state is PaymentState.PENDING:
                assert case.charge.is_open
            assert open_kinds[AttemptKind.REFUND] == sum(
                refund.state is RefundState.ACCEPTED for refund in case.refunds.values()
            )
            suspense = case.balance(ledger.UNCLAIMED) + case.balance(ledger.UNCLAIMED_HOLD)
            assert open_kinds[AttemptKind.GIVE_BACK] == (suspense > 0)
            for attempt in case.attempts.values():
                authenticating = attempt.state is AttemptState.NEEDS_PAYER and not attempt.may_be_answered
                assert (attempt.due_ms > 0) is (attempt.is_open and not authenticating)
                assert (attempt.closed_ms > 0) is not attempt.is_open
                if attempt.state is AttemptState.NEEDS_PAYER and not attempt.may_be_answered:
                    assert attempt.attempt_id == case.payment.charge_id
                    assert case.payment.state is PaymentState.PENDING

    @invariant()
    def an_agreement_belongs_to_a_paid_payment(self) -> None:
        """One at most, where the payer agreed and the card was charged."""
        for case in self.cases:
            made = [decision.agreement for decision in case.decisions if decision.agreement]
            paid = bool({PaymentState.AUTHORIZED, PaymentState.CAPTURED} & {d.payment.state for d in case.decisions})
            assert len(made) == (paid and bool(case.payment.keep_card) and case.payment.card is not None)
            assert case.payment.agreement_id == (made[0].agreement_id if made else 0)

    @invariant()
    def identifiers_are_unique(self) -> None:
        """Facts and postings alike, in the order of time."""
        for case in self.cases:
            facts = [fact.fact_id for fact in case.facts]
            postings = [row.posting_id for row in case.postings]
            assert facts == sorted(set(facts))
            assert postings == sorted(set(postings))

    def teardown(self) -> None:
        """In the end all doubt is resolved: the acquirer's whole book is ours, and no money hangs in between."""
        while self.may_be_answered() or self.having(AttemptState.PLANNED):
            for place, planned in self.having(AttemptState.PLANNED):
                self.cases[place].send(planned)
            for place, attempt in self.may_be_answered():
                self.say(place, attempt, "approved" if attempt.kind in ALWAYS_DONE else "declined")
        self.world.now_ms += 400 * DAY_MS
        for case in self.cases:
            case.expire()
        assert not [attempt for case in self.cases for attempt in case.attempts.values() if attempt.is_open]
        assert {case.payment.state for case in self.cases} <= {PaymentState.AUTHORIZED, *TOLD}
        for account in (ledger.CAPTURING, ledger.RESERVED, ledger.UNCLAIMED, ledger.UNCLAIMED_HOLD):
            assert self.balance(account, "USD") == self.balance(account, "JPY") == 0
        self.compare_books(self.bank.totals(heard_only=False))

    def compare_books(self, theirs: Counter[tuple[str, str]]) -> None:
        for currency in ("USD", "JPY"):
            assert theirs["held", currency] == -self.balance(ledger.held_by(BANK), currency)
            assert theirs["owed", currency] == -self.balance(ledger.receivable(BANK), currency)

    def balances(self) -> dict[tuple[MerchantId, str, str], int]:
        """Folded once for each step."""
        rows = [row for case in self.cases for row in case.postings]
        if self.folded[0] != len(rows):
            self.folded = (len(rows), dict(ledger.balances(rows)))
        return self.folded[1]

    def balance(self, account: str, currency: str) -> int:
        return self.balances().get((MERCHANT, account, currency), 0)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=100, stateful_step_count=50)
