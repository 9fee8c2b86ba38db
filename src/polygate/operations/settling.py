"""Waiting for a competitor: a capture or void that another request has under way will be decided in a moment."""

from __future__ import annotations

import asyncio
from typing import Final

from polygate.core.payments import Payment
from polygate.core.transitions import PaymentState
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
