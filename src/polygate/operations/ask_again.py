"""Attempts that are due: send the planned ones, inquire about those in doubt. A charge is never repeated."""

from __future__ import annotations

from polygate.connectors.contract import Connector, Conversation
from polygate.core import plans
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.outcomes import NeedsPayer
from polygate.core.payments import Payment
from polygate.core.people import AuditEntry
from polygate.core.transitions import AttemptState, PaymentState
from polygate.operations.apply import apply
from polygate.operations.concluding import ask, conversation_for, follow, seen_again
from polygate.operations.context import Context
from polygate.operations.pay_out import bring_payout_forward
from polygate.store.contract import Change, Stale


async def ask_again(context: Context, due: Attempt) -> None:
    """Bring one due attempt forward. Safe to call from several processes at once."""
    if due.kind is AttemptKind.PAYOUT:
        await bring_payout_forward(context, due)
        return
    # Since it was claimed, its own request may have concluded it: read beside a newer payment, it would be concluded
    # once more.
    payment, attempt = await seen_again(context, due)
    if attempt.state is AttemptState.PLANNED:
        await _send(context, payment, attempt)
    elif attempt.may_be_answered:
        current = payment.state is PaymentState.PENDING and payment.charge_id == attempt.attempt_id
        goes_on = current and not attempt.is_paid_elsewhere
        conversation = _inquiry(context.connector(attempt.acquirer), attempt, goes_on=goes_on)
        await ask(context, payment, attempt, conversation)


async def ask_now(context: Context, attempt: Attempt, told: AuditEntry) -> Attempt:
    """Somebody wants to know at once: the attempt as it is after the answer. `told` is kept whatever that is."""
    await context.store.submit(Change((), (told,)))
    await ask_again(context, attempt)
    return await context.reads.attempt(attempt.merchant_id, attempt.attempt_id) or attempt


def _inquiry(connector: Connector, attempt: Attempt, *, goes_on: bool) -> Conversation:
    """What became of an attempt, and on with it where the order to go on was lost.

    An acquirer that still waits for the payer after we wrote down that the payer is back has not heard so: without
    being told again it would wait for good, or hear it late, when nobody listens for its answer any more.
    """
    outcome = yield from connector.inquire(follow(attempt))
    if isinstance(outcome, NeedsPayer) and attempt.payer_url and goes_on:
        outcome = yield from connector.complete(follow(attempt))
    return outcome


async def _send(context: Context, payment: Payment, attempt: Attempt) -> None:
    """A payment can have many refunds to send at once: whoever loses the race for its row decides again right away."""
    while True:
        decision = plans.plan_sending(
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
        conversation = await conversation_for(context, decision.payment, sent)
        await ask(context, decision.payment, sent, conversation)
        return
