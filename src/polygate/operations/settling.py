"""Waiting for a competitor: what another request has under way will be decided in a moment."""

from __future__ import annotations

import asyncio
from typing import Final

from polygate.core.payments import Payment
from polygate.core.transitions import AttemptState, PaymentState
from polygate.operations.context import Context

_STEP_S: Final = 0.05
_STEPS: Final = 60

UNDER_WAY: Final = frozenset({PaymentState.CAPTURING, PaymentState.VOIDING})


async def settled(context: Context, payment: Payment) -> Payment:
    """The payment once nobody is capturing or voiding it, or as it is after three seconds."""
    for _ in range(_STEPS):
        if payment.state not in UNDER_WAY:
            break
        await asyncio.sleep(_STEP_S)
        payment = await context.reads.payment(payment.merchant_id, payment.payment_id) or payment
    return payment


async def answered(context: Context, payment: Payment) -> Payment:
    """The payment once its acquirer has answered, or as it is after three seconds."""
    for _ in range(_STEPS):
        charge = await context.reads.attempt(payment.merchant_id, payment.charge_id)
        if charge is None or charge.state is not AttemptState.ASKED:
            break
        await asyncio.sleep(_STEP_S)
    return await context.reads.payment(payment.merchant_id, payment.payment_id) or payment
