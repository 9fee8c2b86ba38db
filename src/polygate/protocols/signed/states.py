"""What states and reasons are called here (sections 5 and 8.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from polygate.core.outcomes import Decline
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.refunds import Refund
from polygate.core.transitions import PaymentState, PayoutState, RefundState

PROCESSING: Final = "PROCESSING"

PAYMENT: Final[Mapping[PaymentState, str]] = {
    PaymentState.CREATED: PROCESSING,
    PaymentState.PENDING: PROCESSING,
    # Local payments take the money at once. Were it held, it would not be paid yet.
    PaymentState.AUTHORIZED: PROCESSING,
    PaymentState.CAPTURING: PROCESSING,
    PaymentState.VOIDING: PROCESSING,
    PaymentState.CAPTURED: "PAID",
    PaymentState.FAILED: "FAILED",
    PaymentState.CANCELED: "CANCELLED",
    PaymentState.EXPIRED: "EXPIRED",
}

PAYOUT: Final[Mapping[PayoutState, str]] = {
    PayoutState.WAITING: PROCESSING,
    PayoutState.SENT: PROCESSING,
    PayoutState.PAID: "PAID",
    PayoutState.FAILED: "FAILED",
    # A final payout never changes again (5.3); that the money came back shows in the balance.
    PayoutState.RETURNED: "PAID",
}

REFUND: Final[Mapping[RefundState, str]] = {
    RefundState.ACCEPTED: PROCESSING,
    RefundState.SUCCEEDED: "REFUNDED",
    RefundState.FAILED: "FAILED",
}

PAYMENT_REASONS: Final[Mapping[str, str]] = {
    "Payment.Common.Rejected": "rejected by the channel",
    "Payment.Payer.InsufficientFunds": "the payer has not enough money",
    "Payment.Payer.Cancelled": "cancelled by the payer",
    "Payment.Order.Expired": "not paid in time",
}
"""Order-level `errorCode` → `errorInfo`."""

PAYOUT_REASONS: Final[Mapping[str, str]] = {
    "Payout.Common.Rejected": "rejected by the bank",
    "Payout.Account.NotFound": "there is no such account",
    "Payout.Account.NameMismatch": "the account belongs to somebody else",
    "Payout.Bank.Unavailable": "the bank cannot be reached",
}

REFUND_REASONS: Final[Mapping[str, str]] = {"Refund.Common.Rejected": "rejected by the channel"}

DECLINED_PAYOUTS: Final[Mapping[str, str]] = {
    Decline.ACCOUNT_NOT_FOUND: "Payout.Account.NotFound",
    Decline.NAME_MISMATCH: "Payout.Account.NameMismatch",
    Decline.UNREACHABLE: "Payout.Bank.Unavailable",
}
"""All other reasons are `Payout.Common.Rejected`."""


def refund_status(payment: Payment, refunds: Sequence[Refund]) -> str:
    """Section 5.2. `refunds` are those of the payment."""
    if any(refund.state is RefundState.ACCEPTED for refund in refunds):
        return "REFUNDING"
    if not payment.refunding_minor:
        return "NO_REFUND"
    return "FULL_REFUND" if payment.refunding_minor == payment.captured_minor else "PARTIAL_REFUND"


def payment_error(payment: Payment) -> str:
    """The `errorCode`; empty where nothing went wrong."""
    match payment.state:
        case PaymentState.CANCELED:
            return "Payment.Payer.Cancelled"
        case PaymentState.EXPIRED:
            return "Payment.Order.Expired"
        case PaymentState.FAILED if payment.decline == Decline.INSUFFICIENT_FUNDS:
            return "Payment.Payer.InsufficientFunds"
        case PaymentState.FAILED:
            return "Payment.Common.Rejected"
        case _:
            return ""


def payout_error(payout: Payout) -> str:
    if payout.state is not PayoutState.FAILED:
        return ""
    return DECLINED_PAYOUTS.get(payout.why_failed, "Payout.Common.Rejected")


def refund_error(refund: Refund) -> str:
    return "Refund.Common.Rejected" if refund.state is RefundState.FAILED else ""
