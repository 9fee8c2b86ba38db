"""Where the payer is on the way, read off the payment and its latest attempt."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from polygate.core.attempts import Attempt
from polygate.core.ids import MerchantId, PaymentId
from polygate.core.outcomes import PayerAction
from polygate.core.payments import Payment
from polygate.core.transitions import AttemptState, PaymentState
from polygate.operations.close_others import close_if_other_paid
from polygate.operations.context import Context
from polygate.operations.expire import expire


class Phase(StrEnum):
    FORM = "form"
    """May choose how to pay."""
    CHALLENGE = "challenge"
    """Has to authenticate."""
    SCAN = "scan"
    """Has to scan a code with a wallet."""
    OPEN = "open"
    """Has to pay on a wallet's page or in its app."""
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
AT_WALLET: Final = frozenset({Phase.SCAN, Phase.OPEN})
"""While the payer can pay in a wallet, out of our sight."""
RESULTS: Final = frozenset({Phase.PAID, Phase.FAILED, Phase.CANCELED, Phase.EXPIRED})

_ACTIONS: Final[dict[PayerAction, Phase]] = {
    PayerAction.AUTHENTICATE: Phase.CHALLENGE,
    PayerAction.SCAN: Phase.SCAN,
    PayerAction.OPEN: Phase.OPEN,
    PayerAction.START: Phase.OPEN,
}
_UNPAID: Final = frozenset({PaymentState.CREATED, PaymentState.PENDING})


class Seen(msgspec.Struct, frozen=True):
    payment: Payment
    charge: Attempt | None
    """The latest attempt to collect."""

    @property
    def phase(self) -> Phase:
        phase = PHASES[self.payment.state]
        if phase is Phase.WAITING and self.charge and self.charge.state is AttemptState.NEEDS_PAYER:
            # Attempts from before there were wallets do not say what the payer has to do.
            return _ACTIONS[PayerAction(self.charge.payer_action or PayerAction.AUTHENTICATE)]
        return phase


def is_overdue(context: Context, seen: Seen) -> bool:
    """Whether the time to pay is over and the order still to be closed.

    An acquirer that has not answered is asked by the jobs, at their pace. Otherwise nobody waits for the jobs, which
    put an order off while they are at it.
    """
    payment = seen.payment
    doubtful = seen.charge is not None and seen.charge.in_doubt
    return payment.state in _UNPAID and context.clock() >= (payment.due_ms if doubtful else payment.expires_ms)


async def look(context: Context, merchant_id: MerchantId, payment_id: PaymentId) -> Seen | None:
    """The payment as it stands. One whose time is over, or for which another one was paid, is closed first, whether or
    not the jobs came by already."""
    seen = await _read(context, merchant_id, payment_id)
    if seen is not None and is_overdue(context, seen):
        await expire(context, seen.payment)
        seen = await _read(context, merchant_id, payment_id)
    if seen is not None and seen.payment.state in _UNPAID and await close_if_other_paid(context, seen.payment):
        seen = await _read(context, merchant_id, payment_id)
    return seen


async def _read(context: Context, merchant_id: MerchantId, payment_id: PaymentId) -> Seen | None:
    payment = await context.reads.payment(merchant_id, payment_id)
    if payment is None:
        return None
    charge = await context.reads.attempt(merchant_id, payment.charge_id) if payment.charge_id else None
    return Seen(payment, charge)
