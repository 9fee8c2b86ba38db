"""Take the money of an authorization, all of it or a part."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from polygate.core import plans
from polygate.core.ids import AttemptId
from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import PaymentState
from polygate.operations.apply import apply
from polygate.operations.concluding import ask, follow
from polygate.operations.context import Context
from polygate.operations.settling import settled
from polygate.operations.void_payment import void_authorized
from polygate.store.contract import Stale


async def capture_payment(context: Context, payment: Payment, amount: Money, *, also: Sequence[Any] = ()) -> Payment:
    """The payment after the capture; still `capturing` where the acquirer did not answer. Raises Refused.

    An authorization that is too old is released, then refused. `also` are rows to be written with the intention.
    """
    while True:
        payment = await settled(context, payment)
        charge = await context.reads.attempt(payment.merchant_id, payment.charge_id)
        if charge is None:
            raise Refused(Reason.CAPTURE_NOT_NOW, f"a payment that is {payment.state} cannot be captured")
        try:
            decision = plans.plan_capture(
                payment,
                charge,
                amount,
                attempt_id=AttemptId(context.mint()),
                timeout_ms=context.timeout_ms(charge.acquirer),
                now_ms=context.clock(),
                mint=context.mint,
            )
        except Refused as refused:
            if refused.reason is Reason.AUTHORIZATION_TOO_OLD:
                with suppress(Stale, Refused):  # The jobs release it in this moment, or it is released already.
                    await void_authorized(context, payment, charge)
            raise
        if decision is None:
            return payment
        try:
            await apply(context, decision, also=also)
        except Stale:
            payment = await context.reads.payment(payment.merchant_id, payment.payment_id) or payment
            continue
        asked = decision.attempts[0]
        captured = await ask(context, decision.payment, asked, context.connector(asked.acquirer).capture(follow(asked)))
        if captured.state is PaymentState.AUTHORIZED:
            raise Refused(Reason.CAPTURE_NOT_NOW, "the acquirer declined the capture")
        return captured
