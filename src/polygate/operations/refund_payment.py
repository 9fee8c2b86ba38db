"""Give money back: reserved in the call, sent by the jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polygate.core import ledger, plans, repeats
from polygate.core.ids import AttemptId, RefundId
from polygate.core.payments import Payment
from polygate.core.refunds import Refund, RefundOrder
from polygate.core.refusals import Reason, Refused
from polygate.operations.apply import apply
from polygate.operations.balances import balance_of
from polygate.operations.context import Context
from polygate.store.contract import Stale, Taken


async def refund_payment(context: Context, payment: Payment, order: RefundOrder, *, also: Sequence[Any] = ()) -> Refund:
    """The accepted refund; the first one again where an equal request is repeated. Raises Refused.

    `also` are rows to be written with it, e.g. of the audit log.
    """
    while True:
        first = await context.reads.refund_by_number(
            payment.merchant_id, payment.protocol, order.number, payment.number_scope
        )
        if first is not None:
            return repeats.same_refund(first, payment_id=payment.payment_id, amount=order.amount)
        charge = await context.reads.attempt(payment.merchant_id, payment.charge_id)
        if charge is None:
            raise Refused(Reason.REFUND_NOT_NOW, f"a payment that is {payment.state} cannot be refunded")
        balance = None
        if payment.owed_in == ledger.AVAILABLE:
            balance = await balance_of(context, payment.merchant_id, payment.currency)
        decision = plans.plan_refund(
            payment,
            charge,
            order,
            balance=balance,
            refund_id=RefundId(context.mint_like(payment.payment_id)),
            attempt_id=AttemptId(context.mint()),
            window_days=context.refund_window_days,
            now_ms=context.clock(),
            mint=context.mint,
        )
        try:
            await apply(context, decision, also=also)
        except (Stale, Taken):
            payment = await context.reads.payment(payment.merchant_id, payment.payment_id) or payment
            continue
        assert decision.refund is not None
        return decision.refund
