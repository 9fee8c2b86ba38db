"""Payments whose time is over: unpaid orders expire, old authorizations are released."""

from __future__ import annotations

from polygate.core import plans
from polygate.core.payments import Payment
from polygate.core.refusals import Refused
from polygate.core.transitions import PaymentState
from polygate.operations.apply import apply
from polygate.operations.concluding import ask, follow
from polygate.operations.context import Context
from polygate.operations.void_payment import void_authorized
from polygate.store.contract import Stale


async def expire(context: Context, payment: Payment) -> None:
    """Close one payment that is due. Safe to call from several processes at once."""
    while True:
        try:
            await _expire(context, payment)
        except Stale:
            # The jobs may have asked a wallet in this moment; or it was paid, canceled or captured, which the next
            # look shows.
            payment = await context.reads.payment(payment.merchant_id, payment.payment_id) or payment
        except Refused:
            return  # There is nothing to release any more, or the acquirer will be asked again tomorrow.
        else:
            return


async def _expire(context: Context, payment: Payment) -> None:
    if context.clock() < payment.expires_ms:
        return  # Authorized a moment ago: it lives for days from now on.
    charge = await context.reads.attempt(payment.merchant_id, payment.charge_id)
    if payment.state is PaymentState.AUTHORIZED and charge is not None:
        await void_authorized(context, payment, charge)
        return
    if charge is not None and charge.may_be_answered and not charge.in_doubt:
        # The wallet may have been paid a moment ago, without us having heard.
        payment = await ask(context, payment, charge, context.connector(charge.acquirer).inquire(follow(charge)))
        charge = await context.reads.attempt(payment.merchant_id, payment.charge_id)
    decision = plans.expire(payment, charge, now_ms=context.clock(), mint=context.mint)
    if decision is not None:
        await apply(context, decision)
