"""Where the payer is on the way, read off the payment and its latest attempt."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from polygate.core.attempts import Attempt
from polygate.core.ids import MerchantId, PaymentId
from polygate.core.payments import Payment
from polygate.core.transitions import AttemptState, PaymentState
from polygate.operations.context import Context
from polygate.operations.expire import expire


class Phase(StrEnum):
    FORM = "form"
    """May choose a card."""
    CHALLENGE = "challenge"
    """Has to authenticate."""
    WAITING = "waiting"
    """The acquirer has not answered yet."""
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


PHASES: Final[dict[PaymentState, Phase]] = {
    PaymentState.CREATED: Phase.FORM,
    PaymentState.PENDING: Phase.WAITING,
    PaymentState.AUTHORIZED: Phase.PAID,
    PaymentState.CAPTURING: Phase.PAID,
    PaymentState.CAPTURED: Phase.PAID,
    PaymentState.VOIDING: Phase.CANCELED,
    PaymentState.CANCELED: Phase.CANCELED,
    PaymentState.FAILED: Phase.FAILED,
    PaymentState.EXPIRED: Phase.EXPIRED,
}
RESULTS: Final = frozenset({Phase.PAID, Phase.FAILED, Phase.CANCELED, Phase.EXPIRED})

_UNPAID: Final = frozenset({PaymentState.CREATED, PaymentState.PENDING})


class Seen(msgspec.Struct, frozen=True):
    payment: Payment
    charge: Attempt | None
    """The latest attempt to collect."""

    @property
    def phase(self) -> Phase:
        phase = PHASES[self.payment.state]
        if phase is Phase.WAITING and self.charge and self.charge.state is AttemptState.NEEDS_PAYER:
            return Phase.CHALLENGE
        return phase


async def look(context: Context, merchant_id: MerchantId, payment_id: PaymentId) -> Seen | None:
    """The payment as it stands. One whose time is over is closed first, whether or not the jobs came by already."""
    payment = await context.reads.payment(merchant_id, payment_id)
    if payment is None:
        return None
    if payment.state in _UNPAID and context.clock() >= payment.due_ms:
        await expire(context, payment)
        payment = await context.reads.payment(merchant_id, payment_id) or payment
    charge = await context.reads.attempt(merchant_id, payment.charge_id) if payment.charge_id else None
    return Seen(payment, charge)
