"""Writing down what the core decided: state, postings, facts and outbox rows in one change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from polygate.core.decisions import Decision
from polygate.core.facts import ANNOUNCED, Fact
from polygate.core.payments import Payment
from polygate.core.transitions import AttemptState, RefundState
from polygate.core.webhooks import Webhook, announce
from polygate.operations.context import Context
from polygate.store.contract import Change, Insert, Update


async def apply(context: Context, decision: Decision, *, also: Sequence[Any] = (), in_answer: bool = False) -> None:
    """Durable on return. Raises Taken (a natural key is used) or Stale (decide again); then nothing was written.

    `in_answer` says that the merchant hears of a refusal by the answer to its call, and by no webhook.
    """
    told = await announced(context, decision.payment, decision.facts, in_answer=in_answer)
    guards: list[Insert | Update] = [Insert(decision.payment) if decision.is_new else Update(decision.payment)]
    puts: list[Any] = [*decision.attempts, *decision.postings, *decision.facts, *told, *also]
    refund = decision.refund
    if refund is not None and refund.state is RefundState.ACCEPTED:
        guards.append(Insert(refund))
    elif refund is not None:
        puts.append(refund)
    if decision.reserve is not None:
        guards.append(Insert(decision.reserve) if decision.reserve.version == 1 else Update(decision.reserve))
    if decision.details is not None:
        puts.append(decision.details)
    if (agreement := decision.agreement) is not None:
        guards.append(Insert(agreement) if agreement.version == 1 else Update(agreement))
    guards += [Update(agreement) for agreement in decision.revoked]
    if decision.paid_group is not None:
        guards.append(Insert(decision.paid_group))
    await context.store.submit(Change(tuple(guards), tuple(puts)))
    if told:
        context.webhooks_wait.set()
    if any(attempt.state is AttemptState.PLANNED for attempt in decision.attempts):
        context.work_waits.set()


async def announced(
    context: Context, payment: Payment, facts: Sequence[Fact], *, in_answer: bool = False
) -> list[Webhook]:
    """The outbox rows of those facts that merchants are told of; with their bodies, where their API wants it so."""
    told = [announce(fact, webhook_id=context.mint(), in_answer=in_answer) for fact in facts if fact.kind in ANNOUNCED]
    if payment.protocol not in context.writers:
        return told
    return [await _written(context, payment, webhook) for webhook in told]


async def _written(context: Context, payment: Payment, webhook: Webhook) -> Webhook:
    merchant = await context.reads.merchant(webhook.merchant_id)
    if merchant is None:
        raise LookupError(f"webhook {webhook.webhook_id} belongs to nobody")
    body = await context.writers[webhook.protocol](context, webhook, merchant=merchant, payment=payment)
    return replace(webhook, body=body.decode())
