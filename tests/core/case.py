"""One payment and all that was decided about it, kept as a store would keep it, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, Final

import msgspec

from polygate.core import conclusions, ledger, plans
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.cards import Brand, CardOnFile
from polygate.core.decisions import Decision
from polygate.core.facts import ANNOUNCED, Fact, FactKind
from polygate.core.ids import AttemptId, MerchantId, Mint, PaymentId, RefundId
from polygate.core.ledger import PostingRow
from polygate.core.merchants import FeeRule
from polygate.core.methods import Method
from polygate.core.money import Money
from polygate.core.outcomes import (
    Approved,
    Decline,
    Declined,
    Details,
    NeedsPayer,
    NotSent,
    Outcome,
    PayerAction,
    Pending,
    Unknown,
)
from polygate.core.payments import CaptureMode, Means, Payment, PaymentOrder
from polygate.core.refunds import Refund, RefundOrder
from polygate.core.routing import Route
from polygate.core.transitions import PaymentState

NOW_MS: Final = 1_750_000_000_000
LIFE_MS: Final = 1_200_000
TIMEOUT_MS: Final = 10_000
MERCHANT: Final = MerchantId(100_000_000_000_000_001)
BANK: Final = "bank"
WALLET: Final = Means(Method.WECHAT, "qr-code")
CARD: Final = CardOnFile("444433******1111", Brand.VISA, "f1a9", "Amy Lee", 12, 2030)

BY_CARD: Final = Means(Method.CARD, card=CARD)

ANSWERS: Final[Mapping[str, Outcome]] = {
    "approved": Approved("B-1", Details(auth_code="A7X", arn="74001")),
    "declined": Declined(Decline.INSUFFICIENT_FUNDS, "no money", "B-1", Details(cvc_result="M")),
    "payer_cancels": Declined(Decline.CANCELED_BY_PAYER),
    "not_sent": NotSent("the line is down"),
    "pending": Pending("B-1", 30_000),
    "needs_payer": NeedsPayer("B-1", "https://bank.example/acs", "Y"),
    "scan": NeedsPayer("B-1", "https://bank.example/wallet", action=PayerAction.SCAN),
    "unknown": Unknown("no answer within 10 s"),
}


class World:
    """The clock and the identifiers that several payments share."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.mint: Mint = count(100_000_000_000_000_100).__next__


def an_order(**changes: Any) -> PaymentOrder:
    """An order of 100.00 dollars, captured at once."""
    plain = PaymentOrder(
        merchant_id=MERCHANT,
        app_id="100000000000001",
        protocol="gateway",
        order_no="order-1",
        amount=Money(100_00, "USD"),
        capture_mode=CaptureMode.AUTO,
        three_ds="auto",
        fraud_check=False,
        life_ms=LIFE_MS,
        notify_url="https://shop.example/notify",
        front_url="",
        language="en-us",
        attach="",
        keep_card="",
        fee=FeeRule(),
        request={"orderNo": "order-1"},
    )
    return msgspec.structs.replace(plain, **changes)


class Case:
    """A payment that lives through the core's decisions. Every method keeps what was decided and returns it."""

    def __init__(
        self,
        order: PaymentOrder | None = None,
        *,
        checkout: bool = False,
        world: World | None = None,
        means: Means = BY_CARD,
    ) -> None:
        self.world = world or World()
        self.decisions: list[Decision] = []
        self.attempts: dict[AttemptId, Attempt] = {}
        self.refunds: dict[RefundId, Refund] = {}
        self.postings: list[PostingRow] = []
        self.facts: list[Fact] = []
        opened = plans.open_payment(
            order or an_order(),
            payment_id=PaymentId(self.world.mint()),
            is_checkout=checkout,
            now_ms=self.now_ms,
            mint=self.world.mint,
        )
        self.keep(opened if checkout else self._charging(opened, means))

    @property
    def now_ms(self) -> int:
        return self.world.now_ms

    def wait(self, ms: int) -> None:
        self.world.now_ms += ms

    @property
    def charge(self) -> Attempt:
        return self.attempts[self.payment.charge_id]

    def is_by_card(self, attempt: Attempt) -> bool:
        return attempt.why.endswith(Method.CARD)

    def latest(self, kind: str) -> Attempt:
        return [attempt for attempt in self.attempts.values() if attempt.kind == kind][-1]

    @property
    def refund_made(self) -> Refund:
        return list(self.refunds.values())[-1]

    @property
    def told(self) -> list[FactKind]:
        """What the merchant was told, in order."""
        return [fact.kind for fact in self.facts if fact.kind in ANNOUNCED]

    def balance(self, account: str) -> int:
        return ledger.balances(self.postings).get((MERCHANT, account, self.payment.currency), 0)

    @property
    def balances(self) -> dict[str, int]:
        """Every account that is not empty."""
        return {account: minor for (_, account, _), minor in ledger.balances(self.postings).items() if minor}

    def keep(self, decision: Decision) -> Decision:
        """Write a decision down. One payment version and at most one row for each key, or a store cannot."""
        assert decision.payment.version == (1 if decision.is_new else self.payment.version + 1)
        assert len({attempt.attempt_id for attempt in decision.attempts}) == len(decision.attempts)
        self.decisions.append(decision)
        self.payment: Payment = decision.payment
        self.attempts |= {attempt.attempt_id: attempt for attempt in decision.attempts}
        if decision.refund is not None:
            self.refunds[decision.refund.refund_id] = decision.refund
        self.postings += decision.postings
        self.facts += decision.facts
        return decision

    def pay(self, means: Means = BY_CARD) -> Decision:
        return self.keep(self._charging(Decision(payment=self.payment), means))

    def leave(self) -> Decision:
        """The payer turns away from a wallet or the bank."""
        return self.keep(plans.leave_method(self.payment, self.charge, now_ms=self.now_ms, mint=self.world.mint))

    def answer(self, attempt: Attempt, outcome: Outcome | str) -> Decision | None:
        """The acquirer answers, in full or by a word of `ANSWERS`."""
        decision = conclusions.conclude(
            self.payment,
            attempt,
            ANSWERS[outcome] if isinstance(outcome, str) else outcome,
            refund=self.refunds.get(attempt.refund_id),
            now_ms=self.now_ms,
            mint=self.world.mint,
        )
        return decision and self.keep(decision)

    def payer_returns(self) -> Decision | None:
        decision = plans.plan_completion(
            self.payment, self.charge, timeout_ms=TIMEOUT_MS, now_ms=self.now_ms, mint=self.world.mint
        )
        return decision and self.keep(decision)

    def capture(self, minor: int) -> Decision | None:
        decision = plans.plan_capture(
            self.payment,
            self.charge,
            Money(minor, self.payment.currency),
            attempt_id=AttemptId(self.world.mint()),
            timeout_ms=TIMEOUT_MS,
            now_ms=self.now_ms,
            mint=self.world.mint,
        )
        return decision and self.keep(decision)

    def void(self) -> Decision | None:
        decision = plans.plan_void(
            self.payment,
            self.charge,
            attempt_id=AttemptId(self.world.mint()),
            timeout_ms=TIMEOUT_MS,
            now_ms=self.now_ms,
            mint=self.world.mint,
        )
        return decision and self.keep(decision)

    def cancel(self, why: Decline | None = None) -> Decision:
        charge = self.attempts.get(self.payment.charge_id)
        return self.keep(plans.cancel_unpaid(self.payment, charge, why=why, now_ms=self.now_ms, mint=self.world.mint))

    def expire(self) -> Decision | None:
        charge = self.attempts.get(self.payment.charge_id)
        decision = plans.expire(self.payment, charge, now_ms=self.now_ms, mint=self.world.mint)
        return decision and self.keep(decision)

    def refund(self, minor: int, *, notify_url: str = "") -> Decision:
        number = f"refund-{len(self.refunds) + 1}"
        decision = plans.plan_refund(
            self.payment,
            self.charge,
            RefundOrder(number, Money(minor, self.payment.currency), "damaged", "203.0.113.9", notify_url),
            refund_id=RefundId(self.world.mint()),
            attempt_id=AttemptId(self.world.mint()),
            now_ms=self.now_ms,
            mint=self.world.mint,
        )
        return self.keep(decision)

    def send(self, attempt: Attempt) -> Decision | None:
        """The jobs send a planned attempt."""
        decision = plans.plan_sending(
            self.payment, attempt, timeout_ms=TIMEOUT_MS, now_ms=self.now_ms, mint=self.world.mint
        )
        return decision and self.keep(decision)

    def _charging(self, opened: Decision, means: Means) -> Decision:
        return plans.plan_charge(
            opened,
            attempt_id=AttemptId(self.world.mint()),
            means=means,
            route=Route(BANK, f"bank is the only acquirer for {means.method}"),
            timeout_ms=TIMEOUT_MS,
            now_ms=self.now_ms,
            mint=self.world.mint,
        )


def case_in(state: str, *, capture: str = "manual", captured_minor: int = 100_00, **order: Any) -> Case:
    """A payment of 100.00 that came to a state in the ordinary way."""
    asked = an_order(capture_mode=CaptureMode(capture), **order)
    match PaymentState(state):
        case PaymentState.CREATED:
            return Case(asked, checkout=True)
        case PaymentState.EXPIRED:
            case = Case(asked, checkout=True)
            case.wait(LIFE_MS)
            case.expire()
            return case
        case PaymentState.PENDING:
            return Case(asked)
        case PaymentState.CANCELED:
            case = Case(asked)
            case.cancel()
            return case
        case PaymentState.FAILED:
            case = Case(asked)
            case.answer(case.charge, "declined")
            return case
        case _:
            case = Case(asked)
            case.answer(case.charge, "approved")
    match PaymentState(state):
        case PaymentState.CAPTURING:
            case.capture(captured_minor)
        case PaymentState.VOIDING:
            case.void()
        case PaymentState.CAPTURED if capture == "manual":
            case.capture(captured_minor)
            case.answer(case.latest(AttemptKind.CAPTURE), "approved")
    assert case.payment.state == state
    return case
