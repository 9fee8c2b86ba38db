"""Finding the order that a call names among the caller's own (sections 7.3 and 7.7)."""

from __future__ import annotations

from typing import Final

from polygate.core.ids import PaymentId, PayoutId
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.operations.context import Context
from polygate.operations.look_up import OrderKey, find_payment
from polygate.protocols.channel.auth import Caller
from polygate.protocols.channel.errors import Code, Rejected
from polygate.protocols.channel.schemas import OrderName

NAME: Final = "channel"
"""This protocol, in the rows of its orders."""


async def find_credit(context: Context, caller: Caller, name: OrderName) -> Payment:
    """Raises Refused or Rejected (1202), also for orders of other merchants and other APIs."""
    merchant_id = caller.merchant.merchant_id
    trade_no = PaymentId(name.order_id) if name.order_id else None
    found = await find_payment(context, OrderKey(merchant_id, NAME, name.source_no, trade_no))
    if found.protocol != NAME:
        raise Rejected(Code.ORDER_NOT_FOUND)
    return found


async def find_debit(context: Context, caller: Caller, name: OrderName) -> Payout:
    """Raises Rejected (1202), likewise."""
    merchant_id = caller.merchant.merchant_id
    found: list[Payout | None] = []
    if name.order_id:
        found.append(await context.reads.payout(merchant_id, PayoutId(name.order_id)))
    if name.source_no:
        found.append(await context.reads.payout_by_number(merchant_id, NAME, caller.app.app_id, name.source_no))
    first = found[0]
    if first is None or first.protocol != NAME:
        raise Rejected(Code.ORDER_NOT_FOUND)
    if any(other is None or other.payout_id != first.payout_id for other in found):
        raise Rejected(Code.ORDER_NOT_FOUND)
    return first
