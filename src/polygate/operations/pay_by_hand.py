"""Payouts that the operator carries out: taken over before any acquirer was asked, and marked as they went.

Who did it is in the audit log and on the payout's timeline, in the same commit. However often the same is said, and by
however many at once, it happens once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from polygate.core import by_hand
from polygate.core.attempts import Attempt
from polygate.core.ids import AttemptId
from polygate.core.payout_decisions import PayoutDecision
from polygate.core.payouts import Payout, Receiver
from polygate.core.refusals import Reason, Refused
from polygate.operations.audit import Actor
from polygate.operations.context import Context
from polygate.operations.pay_out import apply_payout, audited
from polygate.store.contract import Stale, Taken

TAKEN: Final = "payout.taken_by_hand"
PAID: Final = "payout.marked_paid"
FAILED: Final = "payout.marked_failed"
RETURNED: Final = "payout.marked_returned"

_Decide = Callable[[Payout, Attempt | None], PayoutDecision | None]


async def take_by_hand(context: Context, actor: Actor, payout: Payout, receiver: Receiver | None = None) -> Payout:
    """The operator carries a payout out that nobody was asked for yet; `receiver` where it has none.

    Raises Refused(PAYOUT_NOT_NOW).
    """

    def decide(payout: Payout, attempt: Attempt | None) -> PayoutDecision | None:
        attempt_id = AttemptId(context.mint())
        return by_hand.take(
            payout, attempt, receiver, attempt_id=attempt_id, by=actor.login, now_ms=context.clock(), mint=context.mint
        )

    return await _decided(context, actor, TAKEN, payout, decide)


async def mark_paid(context: Context, actor: Actor, payout: Payout, reference: str) -> Payout:
    """It was paid, under a `bank_reference`. Raises Refused(PAYOUT_NOT_NOW), also where another has that reference."""
    # Also where an acquirer carried the other one out, whose numbers nobody refuses.
    await _refuse_known(context, payout, reference)

    def decide(payout: Payout, attempt: Attempt | None) -> PayoutDecision | None:
        return by_hand.mark_paid(payout, attempt, reference, by=actor.login, now_ms=context.clock(), mint=context.mint)

    try:
        return await _decided(context, actor, PAID, payout, decide)
    except Taken:
        # Somebody named the transfer for another payout in the same instant, which is in the books by now.
        await _refuse_known(context, payout, reference)
        raise


async def _refuse_known(context: Context, payout: Payout, reference: str) -> None:
    other = await context.reads.payout_referenced(reference, but=payout.payout_id)
    if other is not None:
        raise Refused(Reason.PAYOUT_NOT_NOW, f"the bank's reference {reference} is that of payout {other.payout_id}")


async def mark_failed(context: Context, actor: Actor, payout: Payout, said: str) -> Payout:
    """It could not be paid; the merchant is told `what_happened`. Raises Refused(PAYOUT_NOT_NOW)."""

    def decide(payout: Payout, attempt: Attempt | None) -> PayoutDecision | None:
        return by_hand.mark_failed(payout, attempt, said, by=actor.login, now_ms=context.clock(), mint=context.mint)

    return await _decided(context, actor, FAILED, payout, decide)


async def mark_returned(context: Context, actor: Actor, payout: Payout, said: str) -> Payout:
    """It was paid, and came back. Raises Refused(PAYOUT_NOT_NOW)."""

    def decide(payout: Payout, _: Attempt | None) -> PayoutDecision | None:
        return by_hand.mark_returned(payout, said, by=actor.login, now_ms=context.clock(), mint=context.mint)

    return await _decided(context, actor, RETURNED, payout, decide)


async def _decided(context: Context, actor: Actor, action: str, payout: Payout, decide: _Decide) -> Payout:
    """Whoever loses against a colleague, or against the jobs, decides again on what there is then."""
    while True:
        # The attempt is read after its payout: a change of either shows in the payout's version.
        current = await context.reads.payout(payout.merchant_id, payout.payout_id) or payout
        attempt = await context.reads.attempt(payout.merchant_id, current.attempt_id) if current.attempt_id else None
        decision = decide(current, attempt)
        if decision is None:
            return current
        after = decision.payout
        entry = audited(context, actor, action, current, after)
        try:
            await apply_payout(context, decision, also=(entry,))
        except Stale:
            continue
        return after
