"""Finding the trade or refund that a call names among the app's own (sections 4.3, 4.5 and 4.7)."""

from __future__ import annotations

from typing import Final, TypeVar

from polygate.core.dated_numbers import identifier
from polygate.core.ids import PaymentId, PayoutId, RefundId
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.refunds import Refund
from polygate.operations.context import Context
from polygate.protocols.signed.auth import Caller
from polygate.protocols.signed.errors import Code, Rejected
from polygate.protocols.signed.schemas import Named

NAME: Final = "signed"
"""This protocol, in the rows of its orders."""

Found = TypeVar("Found", Payment, Payout, Refund)


async def payment_numbered(context: Context, caller: Caller, number: str) -> Payment | None:
    """By the merchant's number."""
    return await context.reads.payment_by_order(caller.app.merchant_id, NAME, number, caller.app.app_id)


async def our_payment(context: Context, caller: Caller, number: str) -> Payment | None:
    """By our number."""
    payment_id = PaymentId(identifier(number))
    payment = await context.reads.payment(caller.app.merchant_id, payment_id) if payment_id else None
    is_theirs = payment is not None and (payment.protocol, payment.app_id) == (NAME, caller.app.app_id)
    return payment if is_theirs else None


async def find_payment(context: Context, caller: Caller, name: Named) -> Payment:
    """Raises Rejected, also for what is another app's or another API's."""
    by_theirs = await payment_numbered(context, caller, name.merchants) if name.merchants else None
    by_ours = await our_payment(context, caller, name.ours) if name.ours else None
    return _one(name, by_theirs, by_ours, Code.PAYMENT_NOT_FOUND, Code.PAYMENT_CONFLICT)


async def payout_numbered(context: Context, caller: Caller, number: str) -> Payout | None:
    return await context.reads.payout_by_number(caller.app.merchant_id, NAME, caller.app.app_id, number)


async def find_payout(context: Context, caller: Caller, name: Named) -> Payout:
    """Raises Rejected."""
    by_theirs = await payout_numbered(context, caller, name.merchants) if name.merchants else None
    payout_id = PayoutId(identifier(name.ours))
    by_ours = await context.reads.payout(caller.app.merchant_id, payout_id) if payout_id else None
    if by_ours is not None and (by_ours.protocol, by_ours.app_id) != (NAME, caller.app.app_id):
        by_ours = None
    return _one(name, by_theirs, by_ours, Code.PAYOUT_NOT_FOUND, Code.PAYOUT_CONFLICT)


async def refund_numbered(context: Context, caller: Caller, number: str) -> Refund | None:
    return await context.reads.refund_by_number(caller.app.merchant_id, NAME, number, caller.app.app_id)


async def find_refund(context: Context, caller: Caller, name: Named) -> Refund:
    """Raises Rejected."""
    by_theirs = await refund_numbered(context, caller, name.merchants) if name.merchants else None
    refund_id = RefundId(identifier(name.ours))
    by_ours = await context.reads.refund(caller.app.merchant_id, refund_id) if refund_id else None
    if by_ours is not None and (by_ours.protocol, by_ours.number_scope) != (NAME, caller.app.app_id):
        by_ours = None
    return _one(name, by_theirs, by_ours, Code.REFUND_NOT_FOUND, Code.REFUND_CONFLICT)


def _one(name: Named, by_theirs: Found | None, by_ours: Found | None, missing: Code, conflict: Code) -> Found:
    """What all numbers that were given name."""
    found = by_theirs or by_ours
    if found is None:
        raise Rejected(missing)
    if name.merchants and name.ours and by_theirs != by_ours:
        raise Rejected(conflict)
    return found
