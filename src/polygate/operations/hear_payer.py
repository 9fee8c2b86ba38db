"""The payer acts in the browser: comes back from authentication, or gives up."""

from __future__ import annotations

from polygate.core import plans
from polygate.core.ids import MerchantId, PaymentId
from polygate.core.outcomes import Decline
from polygate.core.payments import Payment
from polygate.core.refusals import Reason, Refused
from polygate.operations.apply import apply
from polygate.operations.concluding import ask, follow
from polygate.operations.context import Context
from polygate.store.contract import Stale


async def complete_authentication(context: Context, merchant_id: MerchantId, payment_id: PaymentId) -> Payment:
    """The payer is back: ask the acquirer to go on. However often it is called, the acquirer is asked once.

    Returns the payment as it stands; it is still pending where another call is asking right now.
    """
    payment = await context.reads.payment(merchant_id, payment_id)
    if payment is None:
        raise Refused(Reason.NOT_FOUND, "order not found")
    attempt = await context.reads.attempt(merchant_id, payment.charge_id)
    if attempt is None:
        return payment
    decision = plans.plan_completion(
        payment,
        attempt,
        timeout_ms=context.timeout_ms(attempt.acquirer),
        now_ms=context.clock(),
        mint=context.mint,
    )
    if decision is None:
        return payment
    try:
        await apply(context, decision)
    except Stale:
        return await context.reads.payment(merchant_id, payment_id) or payment
    asked = decision.attempts[0]
    return await ask(context, decision.payment, asked, context.connector(asked.acquirer).complete(follow(asked)))


async def hear_wallet_return(
    context: Context, merchant_id: MerchantId, payment_id: PaymentId, *, payer_says_paid: bool = False
) -> Payment:
    """The payer is back from a wallet's page: ask the acquirer how it went there. Returns the payment as it stands."""
    payment = await context.reads.payment(merchant_id, payment_id)
    if payment is None:
        raise Refused(Reason.NOT_FOUND, "order not found")
    attempt = await context.reads.attempt(merchant_id, payment.charge_id)
    if attempt is None or not attempt.may_be_answered:
        return payment
    about = follow(attempt, payer_says_paid=payer_says_paid)
    return await ask(context, payment, attempt, context.connector(attempt.acquirer).inquire(about))


async def hear_payer_paid(context: Context, merchant_id: MerchantId, payment_id: PaymentId) -> Payment:
    """The payer says to have paid: it is noted, and the acquirer is asked. Returns the payment as it stands."""
    while True:
        payment = await context.reads.payment(merchant_id, payment_id)
        if payment is None:
            raise Refused(Reason.NOT_FOUND, "order not found")
        decision = plans.hear_payer(payment, now_ms=context.clock(), mint=context.mint)
        if decision is None:
            break
        try:
            await apply(context, decision)
        except Stale:
            continue
        break
    return await hear_wallet_return(context, merchant_id, payment_id, payer_says_paid=True)


async def leave_method(context: Context, merchant_id: MerchantId, payment_id: PaymentId) -> Payment:
    """The payer leaves a wallet or the bank to choose again on the hosted page. Raises Refused(SESSION_CLOSED).

    Whatever is still taken is given back.
    """
    while True:
        payment = await context.reads.payment(merchant_id, payment_id)
        charge = await context.reads.attempt(merchant_id, payment.charge_id) if payment else None
        if payment is None or charge is None:
            raise Refused(Reason.NOT_FOUND, "order not found")
        decision = plans.leave_method(payment, charge, now_ms=context.clock(), mint=context.mint)
        try:
            await apply(context, decision)
        except Stale:
            continue
        return decision.payment


async def give_up(context: Context, merchant_id: MerchantId, payment_id: PaymentId) -> Payment:
    """The payer cancels on the hosted page. Raises Refused if there is nothing left to cancel."""
    while True:
        payment = await context.reads.payment(merchant_id, payment_id)
        if payment is None:
            raise Refused(Reason.NOT_FOUND, "order not found")
        charge = await context.reads.attempt(merchant_id, payment.charge_id)
        decision = plans.cancel_unpaid(
            payment, charge, why=Decline.CANCELED_BY_PAYER, now_ms=context.clock(), mint=context.mint
        )
        try:
            await apply(context, decision)
        except Stale:
            continue
        return decision.payment
