"""Of several tries to pay for the same one has succeeded: no other may (merchant contract, section 8)."""

from __future__ import annotations

from contextlib import suppress

from polygate.core import groups
from polygate.core.groups import PaidGroup
from polygate.core.ids import MerchantId
from polygate.core.payments import Payment
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import PaymentState
from polygate.operations.context import Context
from polygate.operations.void_payment import void_payment
from polygate.store.contract import Change, Stale, Update


async def is_paid(context: Context, merchant_id: MerchantId, protocol: str, group_no: str) -> bool:
    """Whether something has been paid already, by whichever try."""
    return await context.reads.paid_group(merchant_id, protocol, group_no) is not None


async def close_if_other_paid(context: Context, payment: Payment) -> bool:
    """Close a payment that came second, whether or not the jobs came by already. Says whether it did."""
    if not groups.must_be_only(payment):
        return False
    if not await is_paid(context, payment.merchant_id, payment.protocol, payment.group_no):
        return False
    with suppress(Refused):  # Otherwise it was paid or closed in this very moment.
        await void_payment(context, payment)
    return True


async def close_others(context: Context, group: PaidGroup) -> None:
    """Close every other try of a group. Safe to call from several processes at once."""
    for other in await context.reads.unpaid_of_group(group.merchant_id, group.protocol, group.group_no):
        if other.payment_id != group.payment_id:
            with suppress(Refused):  # Otherwise it was paid or closed in this very moment.
                await void_payment(context, other)
    with suppress(Stale):  # Otherwise another process did the same.
        await context.store.submit(Change((Update(groups.closed(group)),)))


async def close_unpaid(context: Context, payment: Payment) -> Payment:
    """The operator closes an order that nobody has paid. Raises Refused(VOID_NOT_NOW) where somebody has."""
    if payment.state not in {PaymentState.CREATED, PaymentState.PENDING, PaymentState.CANCELED}:
        raise Refused(Reason.VOID_NOT_NOW, f"a payment that is {payment.state} cannot be closed")
    return await void_payment(context, payment)
