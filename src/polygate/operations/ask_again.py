"""Attempts that are due: send the planned ones, inquire about those in doubt. A charge is never repeated."""

from __future__ import annotations

from polygate.core import payments
from polygate.core.attempts import Attempt
from polygate.core.transitions import AttemptState
from polygate.operations.apply import apply
from polygate.operations.concluding import ask, conversation_for, follow
from polygate.operations.context import Context
from polygate.store.contract import Stale


async def ask_again(context: Context, attempt: Attempt) -> None:
    """Bring one due attempt forward. Safe to call from several processes at once."""
    if attempt.state is AttemptState.PLANNED:
        await _send(context, attempt)
    elif attempt.in_doubt:
        payment = await context.reads.payment(attempt.merchant_id, attempt.payment_id)
        if payment is not None:
            await ask(context, payment, attempt, context.connector(attempt.acquirer).inquire(follow(attempt)))


async def _send(context: Context, planned: Attempt) -> None:
    payment = await context.reads.payment(planned.merchant_id, planned.payment_id)
    attempt = await context.reads.attempt(planned.merchant_id, planned.attempt_id)
    if payment is None or attempt is None:
        return
    decision = payments.plan_sending(
        payment,
        attempt,
        timeout_ms=context.timeout_ms(attempt.acquirer),
        now_ms=context.clock(),
        mint=context.mint,
    )
    if decision is None:
        return
    try:
        await apply(context, decision)
    except Stale:
        return  # Somebody else moved the payment; the attempt is still due and comes up again.
    sent = decision.attempts[0]
    await ask(context, decision.payment, sent, conversation_for(context, sent))
