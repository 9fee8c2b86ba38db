"""Open an order that the payer will pay on the hosted page."""

from __future__ import annotations

from polygate.core import plans, repeats
from polygate.core.ids import PaymentId
from polygate.core.payments import Payment, PaymentOrder
from polygate.core.subscriptions import Plan
from polygate.operations.apply import apply
from polygate.operations.begin_subscription import begun
from polygate.operations.context import Context
from polygate.store.contract import Taken


async def open_checkout(
    context: Context,
    order: PaymentOrder,
    *,
    payment_id: PaymentId | None = None,
    plan: Plan | None = None,
    is_repeatable: bool = True,
) -> Payment:
    """The open order; the same one again where an equal request is repeated while it waits. Raises Refused.

    `payment_id` is for orders whose API prescribes what identifiers look like, `plan` for those that begin a
    subscription; `is_repeatable` says whether the API has such safe retries.
    """
    now_ms = context.clock()
    decision = plans.open_payment(
        order,
        payment_id=payment_id or PaymentId(context.mint()),
        is_checkout=True,
        now_ms=now_ms,
        mint=context.mint,
    )
    try:
        await apply(context, decision, also=begun(context, decision.payment, plan))
    except Taken:
        first = await context.reads.payment_by_order(order.merchant_id, order.protocol, order.order_no)
        if first is None:
            raise
        if not is_repeatable:
            raise repeats.order_taken(first) from None
        return repeats.same_session(first, amount=order.amount, now_ms=now_ms)
    return decision.payment
