"""What states of payments and payouts are called here (section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.transitions import PaymentState, PayoutState


class ProcessCode(IntEnum):
    PENDING = 10
    """Created, waiting."""
    CONFIRMED = 20
    """The payer says to have paid, or the payout is with the bank."""
    COMPLETED = 30
    FAILED = 40
    """Failed, canceled or expired."""
    REVERSED = 50
    """A completed payout came back."""


_CREDIT: Final[Mapping[PaymentState, ProcessCode]] = {
    PaymentState.CREATED: ProcessCode.PENDING,
    PaymentState.PENDING: ProcessCode.PENDING,
    # A payment from account to account takes the money at once. Were it held, it would not be completed.
    PaymentState.AUTHORIZED: ProcessCode.CONFIRMED,
    PaymentState.CAPTURING: ProcessCode.CONFIRMED,
    PaymentState.VOIDING: ProcessCode.CONFIRMED,
    PaymentState.CAPTURED: ProcessCode.COMPLETED,
    PaymentState.FAILED: ProcessCode.FAILED,
    PaymentState.CANCELED: ProcessCode.FAILED,
    PaymentState.EXPIRED: ProcessCode.FAILED,
}

_DEBIT: Final[Mapping[PayoutState, ProcessCode]] = {
    PayoutState.WAITING: ProcessCode.PENDING,
    PayoutState.SENT: ProcessCode.CONFIRMED,
    PayoutState.PAID: ProcessCode.COMPLETED,
    PayoutState.FAILED: ProcessCode.FAILED,
    PayoutState.RETURNED: ProcessCode.REVERSED,
}


def credit_code(payment: Payment) -> ProcessCode:
    if payment.state is PaymentState.PENDING and payment.payer_said_ms:
        return ProcessCode.CONFIRMED
    return _CREDIT[payment.state]


def debit_code(payout: Payout) -> ProcessCode:
    return _DEBIT[payout.state]
