"""Attempts that are due: send the planned ones, inquire about those in doubt. A charge is never repeated."""

from __future__ import annotations

from polygate.core import payments
from polygate.core.attempts import Attempt
from polygate.core.payments import Payment
from polygate.core.transitions import AttemptState
from polygate.operations.apply import apply
from polygate.operations.concluding import ask, conversation_for, follow, seen_again
from polygate.operations.context import Context
from polygate.store.contract import Stale


async def ask_again(context: Context, due: Attempt) -> None:
    """Bring one due attempt forward. Safe to call from several processes at once."""
    # Since it was claimed, its own request may have concluded it: read beside a newer payment, it would be concluded
    # once more.
    payment, attempt = await seen_again(context, due)
    if attempt.state is AttemptState.PLANNED:
        await _send(context, payment, attempt)
    elif attempt.in_doubt:
        await ask(context, payment, attempt, context.connector(attempt.acquirer).inquire(follow(attempt)))


async def _send(context: Context, payment: Payment, attempt: Attempt) -> None:
    """A payment can have many refunds to send at once: whoever loses the race for its row decides again right away."""
    while True:
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
            payment, attempt = await seen_again(context, attempt)
            continue
        sent = decision.attempts[0]
        await ask(context, decision.payment, sent, conversation_for(context, sent))
        return
