"""Attempts: one try to move money through one acquirer, from the durable intention to the final answer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, assert_never

import msgspec

from polygate.core.ids import AttemptId, MerchantId, PaymentId, RefundId
from polygate.core.money import Money
from polygate.core.outcomes import (
    Approved,
    Declined,
    Details,
    NeedsPayer,
    NotSent,
    Outcome,
    PayerAction,
    Pending,
    Unknown,
)
from polygate.core.schedules import ANSWER_MARGIN_MS, inquiry_delay_ms, payer_delay_ms
from polygate.core.transitions import ATTEMPT, AttemptEvent, AttemptState, after

NO_REFUND: Final = RefundId(0)
BY_HAND: Final = "by-hand"
"""Stands for the acquirer where the operator carries a transfer out: no connector has this name, so nobody asks one."""


class AttemptKind(StrEnum):
    CHARGE = "charge"
    """Collect from the payer: authorize, or authorize and capture in one step."""
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    GIVE_BACK = "give_back"
    """Undo an approval that came for an order closed meanwhile."""
    PAYOUT = "payout"
    """Send a merchant's money to a receiver. Such an attempt is about a payout, and `payment_id` is the payout's."""
    CLOSE = "close"
    """Have the acquirer take no money any more: the order is closed, or the payer pays in another way."""


class Attempt(msgspec.Struct, frozen=True):
    merchant_id: MerchantId
    attempt_id: AttemptId
    payment_id: PaymentId
    refund_id: RefundId
    """0 unless the kind is a refund."""
    original_id: AttemptId
    """The charge this one is about; the attempt itself for a charge."""
    kind: AttemptKind
    state: AttemptState
    acquirer: str
    why: str
    """The routing decision, in words."""
    amount_minor: int
    currency: str
    captures: bool
    """Whether the charge it is about takes the money at once, instead of holding it for a capture."""
    reference: str
    """The acquirer's own number for the attempt."""
    original_reference: str
    payer_url: str
    """Where the payer acts, at the acquirer; empty until the payer has to."""
    payer_action: str
    """A `PayerAction`, empty until the payer has to act."""
    payer_code: str
    """What the code to scan says, where the scheme prescribes it."""
    payer_info: Mapping[str, str]
    """What the merchant's program hands to the wallet's."""
    challenge: str
    asks: int
    """Answers heard so far; they space out the inquiries."""
    due_ms: int
    """When the jobs look at it; 0 while the payer authenticates, and once it is closed."""
    created_ms: int
    closed_ms: int
    said: str
    """The last thing the acquirer said, or what went wrong, for the timeline."""

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def is_open(self) -> bool:
        return bool(ATTEMPT[self.state])

    @property
    def in_doubt(self) -> bool:
        """Money may move or have moved without us knowing."""
        return self.state in {AttemptState.ASKED, AttemptState.PENDING, AttemptState.UNKNOWN}

    @property
    def is_paid_elsewhere(self) -> bool:
        """The payer can pay out of our sight, at any moment, without coming back: only asking tells."""
        return self.payer_action not in {"", PayerAction.AUTHENTICATE}

    @property
    def is_by_hand(self) -> bool:
        """The operator carries it out, and tells how it went."""
        return self.acquirer == BY_HAND

    @property
    def may_be_answered(self) -> bool:
        """The acquirer can have something to say about it that we do not know.

        While the payer authenticates, it has not: money moves only after we say that the payer is back. By hand there
        is no acquirer.
        """
        if self.is_by_hand:
            return False
        return self.in_doubt or (self.state is AttemptState.NEEDS_PAYER and self.due_ms > 0)


def begin(
    *,
    merchant_id: MerchantId,
    attempt_id: AttemptId,
    payment_id: PaymentId,
    kind: AttemptKind,
    acquirer: str,
    why: str,
    amount: Money,
    captures: bool,
    now_ms: int,
    timeout_ms: int,
    original: Attempt | None = None,
    refund_id: RefundId = NO_REFUND,
    planned: bool = False,
) -> Attempt:
    """The durable intention. `planned` leaves the sending to the jobs; otherwise the caller asks right away."""
    return Attempt(
        merchant_id=merchant_id,
        attempt_id=attempt_id,
        payment_id=payment_id,
        refund_id=refund_id,
        original_id=original.attempt_id if original else attempt_id,
        kind=kind,
        state=AttemptState.PLANNED if planned else AttemptState.ASKED,
        acquirer=acquirer,
        why=why,
        amount_minor=amount.minor,
        currency=amount.currency,
        captures=captures,
        reference="",
        original_reference=original.reference if original else "",
        payer_url="",
        payer_action="",
        payer_code="",
        payer_info={},
        challenge="",
        asks=0,
        due_ms=now_ms if planned else now_ms + timeout_ms + ANSWER_MARGIN_MS,
        created_ms=now_ms,
        closed_ms=0,
        said="",
    )


def send(attempt: Attempt, *, now_ms: int, timeout_ms: int) -> Attempt:
    """Durable again just before the acquirer hears of it (a planned attempt, or one resumed by the payer's return)."""
    return msgspec.structs.replace(
        attempt,
        state=after(ATTEMPT, attempt.state, AttemptEvent.SENT),
        due_ms=now_ms + timeout_ms + ANSWER_MARGIN_MS,
    )


def anew(attempt: Attempt, attempt_id: AttemptId, *, now_ms: int, due_ms: int) -> Attempt:
    """The same intention under a new key, planned for later."""
    return msgspec.structs.replace(
        attempt,
        attempt_id=attempt_id,
        state=AttemptState.PLANNED,
        reference="",
        asks=0,
        due_ms=due_ms,
        created_ms=now_ms,
        closed_ms=0,
        said="",
    )


def withdraw(attempt: Attempt, *, said: str, now_ms: int) -> Attempt:
    """A planned attempt that nobody will send."""
    state = after(ATTEMPT, attempt.state, AttemptEvent.WITHDRAWN)
    return msgspec.structs.replace(attempt, state=state, due_ms=0, closed_ms=now_ms, said=said)


def soon(attempt: Attempt, *, due_ms: int) -> Attempt:
    """An open attempt that the jobs are to ask about at a time, even if it waits for its payer."""
    return msgspec.structs.replace(attempt, due_ms=due_ms)


def hear(attempt: Attempt, outcome: Outcome, *, now_ms: int) -> Attempt:
    """The attempt after an answer. Unknown and pending ones say when to ask again."""
    again_ms = now_ms + inquiry_delay_ms(attempt.asks)
    match outcome:
        case Approved():
            event, said, due_ms, closed_ms = AttemptEvent.APPROVED, "approved", 0, now_ms
        case Declined():
            event, said, due_ms, closed_ms = AttemptEvent.DECLINED, outcome.said or outcome.why.value, 0, now_ms
        case NotSent():
            event, said, due_ms, closed_ms = AttemptEvent.NEVER_SENT, outcome.said, 0, now_ms
        case Pending():
            first = attempt.state is not AttemptState.PENDING
            due = now_ms + outcome.check_after_ms if first else again_ms
            event, said, due_ms, closed_ms = AttemptEvent.PENDING, "taken in, not decided yet", due, 0
        case NeedsPayer(action=PayerAction.AUTHENTICATE):
            event, said, due_ms, closed_ms = AttemptEvent.PAYER_NEEDED, "the payer must authenticate", 0, 0
        case NeedsPayer():
            event, said, closed_ms = AttemptEvent.PAYER_NEEDED, "the payer has not paid yet", 0
            due_ms = now_ms + payer_delay_ms(now_ms - attempt.created_ms)
        case Unknown():
            event, said, due_ms, closed_ms = AttemptEvent.SILENCE, outcome.said, again_ms, 0
        case _:
            assert_never(outcome)
    heard = msgspec.structs.replace(
        attempt,
        state=after(ATTEMPT, attempt.state, event),
        asks=attempt.asks + 1,
        due_ms=due_ms,
        closed_ms=closed_ms,
        said=said,
        reference=getattr(outcome, "reference", "") or attempt.reference,
    )
    if isinstance(outcome, NeedsPayer):
        heard = msgspec.structs.replace(
            heard,
            payer_url=outcome.url,
            payer_action=outcome.action.value,
            payer_code=outcome.code,
            payer_info=outcome.info,
            challenge=outcome.challenge,
        )
    return heard


def details_of(outcome: Outcome) -> Details:
    return outcome.details if isinstance(outcome, Approved | Declined) else Details()
