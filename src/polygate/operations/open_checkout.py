"""Open an order that the payer will pay on the hosted page."""

from __future__ import annotations

from polygate.core import plans, repeats
from polygate.core.ids import PaymentId
from polygate.core.payments import Payment, PaymentOrder
from polygate.operations.apply import apply
from polygate.operations.context import Context
from polygate.store.contract import Taken


async def open_checkout(context: Context, order: PaymentOrder) -> Payment:
    """The open order; the same one again where an equal request is repeated while it waits. Raises Refused."""
    now_ms = context.clock()
    decision = plans.open_payment(
        order, payment_id=PaymentId(context.mint()), is_checkout=True, now_ms=now_ms, mint=context.mint
    )
    try:
        await apply(context, decision)
    except Taken:
        first = await context.reads.payment_by_order(order.merchant_id, order.protocol, order.order_no)
        if first is None:
            raise
        return repeats.same_session(first, amount=order.amount, now_ms=now_ms)
    return decision.payment
