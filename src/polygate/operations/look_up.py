"""Find an order or a refund by the numbers a merchant knows (gateway contract, 1.5 and 4.10)."""

from __future__ import annotations

import msgspec

from polygate.core import repeats
from polygate.core.ids import MerchantId, PaymentId, RefundId
from polygate.core.payments import Payment
from polygate.core.refunds import Refund
from polygate.core.refusals import Reason, Refused
from polygate.operations.context import Context


class OrderKey(msgspec.Struct, frozen=True):
    """The merchant's number, ours, or both; at least one is given."""

    merchant_id: MerchantId
    protocol: str
    order_no: str
    trade_no: int | None


async def find_payment(context: Context, key: OrderKey) -> Payment:
    """Raises Refused: NOT_FOUND (also for an order of another merchant) or DIFFERENT_ORDERS."""
    by_trade = by_order = None
    if key.trade_no:
        by_trade = await context.reads.payment(key.merchant_id, PaymentId(key.trade_no))
    if key.order_no:
        by_order = await context.reads.payment_by_order(key.merchant_id, key.protocol, key.order_no)
    found = by_trade or by_order
    if found is None or (key.trade_no and by_trade is None) or (key.order_no and by_order is None):
        raise Refused(Reason.NOT_FOUND, "order not found")
    if by_trade and by_order and by_trade.payment_id != by_order.payment_id:
        raise Refused(Reason.DIFFERENT_ORDERS, "orderNo and tradeNo are different orders")
    return found


async def refuse_used(context: Context, key: OrderKey) -> None:
    """Raises Refused(ORDER_TAKEN) where the merchant's number has an order.

    For requests that name something else as well: whoever repeats one must not hear of that other thing alone, and
    believe that nothing was charged. What is free here may be taken a moment later; the unique index decides.
    """
    first = await context.reads.payment_by_order(key.merchant_id, key.protocol, key.order_no)
    if first is not None:
        raise repeats.order_taken(first)


async def find_refunds(context: Context, key: OrderKey) -> tuple[list[Refund], bool]:
    """The refunds a key names, newest first, and whether it names the order rather than one refund.

    Each number is taken for a refund's own number first, then for that of its order. Raises Refused: REFUND_NOT_FOUND,
    or DIFFERENT_ORDERS where two numbers do not belong together.
    """
    by_number = by_trade = None
    if key.order_no:
        by_number = await context.reads.refund_by_number(key.merchant_id, key.protocol, key.order_no)
    if key.trade_no:
        by_trade = await context.reads.refund(key.merchant_id, RefundId(key.trade_no))
    named = by_number or by_trade
    if named is None:
        return await _refunds_of_order(context, key), True
    if by_number is None and key.order_no:
        belongs = await _order_is(context, key, named, order_no=key.order_no, trade_no=None)
    elif by_trade is None and key.trade_no:
        belongs = await _order_is(context, key, named, order_no="", trade_no=key.trade_no)
    else:
        belongs = by_number is None or by_trade is None or by_number.refund_id == by_trade.refund_id
    if not belongs:
        raise Refused(Reason.DIFFERENT_ORDERS, "orderNo and tradeNo are different orders")
    return [named], False


async def _order_is(context: Context, key: OrderKey, refund: Refund, *, order_no: str, trade_no: int | None) -> bool:
    """Whether a number is that of the order a refund belongs to. Raises Refused(REFUND_NOT_FOUND) if it is nobody's."""
    try:
        payment = await find_payment(context, OrderKey(key.merchant_id, key.protocol, order_no, trade_no))
    except Refused:
        raise Refused(Reason.REFUND_NOT_FOUND, "refund not found") from None
    return payment.payment_id == refund.payment_id


async def _refunds_of_order(context: Context, key: OrderKey) -> list[Refund]:
    try:
        payment = await find_payment(context, key)
    except Refused as refused:
        if refused.reason is Reason.DIFFERENT_ORDERS:
            raise
        raise Refused(Reason.REFUND_NOT_FOUND, "refund not found") from None
    refunds = await context.reads.refunds(key.merchant_id, payment.payment_id)
    if not refunds:
        raise Refused(Reason.REFUND_NOT_FOUND, "the order has no refund")
    return refunds[::-1]
