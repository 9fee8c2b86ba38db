"""Give up an order before any money was taken: release the authorization, or close the order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polygate.core import plans
from polygate.core.attempts import Attempt
from polygate.core.ids import AttemptId
from polygate.core.payments import Payment
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import PaymentState
from polygate.operations.apply import apply
from polygate.operations.concluding import ask, follow
from polygate.operations.context import Context
from polygate.operations.settling import settled
from polygate.store.contract import Stale


async def void_payment(context: Context, payment: Payment, *, also: Sequence[Any] = ()) -> Payment:
    """The canceled payment; still `voiding` where the acquirer did not answer. Raises Refused(VOID_NOT_NOW).

    `also` are rows to be written with the intention, or with the end of an order that nobody paid.
    """
    while True:
        payment = await settled(context, payment)
        charge = await context.reads.attempt(payment.merchant_id, payment.charge_id)
        try:
            if payment.state in {PaymentState.CREATED, PaymentState.PENDING}:
                closed = plans.cancel_unpaid(payment, charge, why=None, now_ms=context.clock(), mint=context.mint)
                await apply(context, closed, also=also)
                return closed.payment
            if payment.state is PaymentState.CANCELED:
                return payment
            if charge is None:
                raise Refused(Reason.VOID_NOT_NOW, f"a payment that is {payment.state} cannot be canceled")
            return await void_authorized(context, payment, charge, also=also)
        except Stale:
            payment = await context.reads.payment(payment.merchant_id, payment.payment_id) or payment


async def void_authorized(context: Context, payment: Payment, charge: Attempt, *, also: Sequence[Any] = ()) -> Payment:
    """Release an authorization at the acquirer. Raises Refused, or Stale where somebody else was first."""
    decision = plans.plan_void(
        payment,
        charge,
        attempt_id=AttemptId(context.mint()),
        timeout_ms=context.timeout_ms(charge.acquirer),
        now_ms=context.clock(),
        mint=context.mint,
    )
    if decision is None:
        return payment
    await apply(context, decision, also=also)
    asked = decision.attempts[0]
    voided = await ask(context, decision.payment, asked, context.connector(asked.acquirer).void(follow(asked)))
    if voided.state is PaymentState.AUTHORIZED:
        raise Refused(Reason.VOID_NOT_NOW, "the acquirer declined to release the authorization")
    return voided
