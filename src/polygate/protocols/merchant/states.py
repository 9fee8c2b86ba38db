"""What states of payments and refunds are called here (sections 3 and 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from polygate.core.outcomes import Decline
from polygate.core.transitions import PaymentState, RefundState
from polygate.protocols.merchant.bodies import CREDIT_CARD, DEFAULT, METHODS
from polygate.protocols.merchant.errors import Code

NAME: Final = "merchant"
"""This protocol, in the rows of its orders."""

PAYMENT_CODE: Final[Mapping[PaymentState, Code]] = {
    PaymentState.CREATED: Code.PENDING,
    PaymentState.PENDING: Code.PENDING,
    # Nothing is authorized first on this API. Were it, it would not be paid yet.
    PaymentState.AUTHORIZED: Code.PENDING,
    PaymentState.CAPTURING: Code.PENDING,
    PaymentState.VOIDING: Code.PENDING,
    PaymentState.CAPTURED: Code.APPROVED,
    PaymentState.FAILED: Code.DECLINED,
    PaymentState.CANCELED: Code.CLOSED,
    PaymentState.EXPIRED: Code.CLOSED,
}

REFUND_CODE: Final[Mapping[RefundState, Code]] = {
    RefundState.ACCEPTED: Code.REFUND_ACCEPTED,
    RefundState.SUCCEEDED: Code.REFUNDED,
    RefundState.FAILED: Code.REFUND_FAILED,
}

DECLINED: Final[Mapping[Decline, str]] = {
    Decline.NO_REASON: "Declined",
    Decline.INSUFFICIENT_FUNDS: "Insufficient funds",
    Decline.EXPIRED_CARD: "Expired card",
    Decline.WRONG_SECURITY_CODE: "Wrong security code",
    Decline.LOST_OR_STOLEN: "Lost or stolen card",
    Decline.NOT_PERMITTED: "Not permitted",
    Decline.OVER_LIMIT: "Over limit",
    Decline.AUTHENTICATION_FAILED: "3-D Secure failed",
    Decline.AUTHENTICATION_REQUIRED: "3-D Secure required",
    Decline.SUSPECTED_FRAUD: "Suspected fraud",
    Decline.ADDRESS_MISMATCH: "Address mismatch",
    Decline.CANCELED_BY_PAYER: "Canceled by the payer",
    Decline.WRONG_CODE: "Wrong or expired code",
    Decline.UNREACHABLE: "Issuer unreachable",
}
"""The channel's text for each reason to decline a payment."""

_METHOD_NAMES: Final = {method.value: name for name, method in METHODS.items()}


def transaction_message(code: Code, decline: str) -> str:
    """The channel's text."""
    match code:
        case Code.APPROVED:
            return "Approved"
        case Code.PENDING:
            return "Pending"
        case Code.REDIRECT:
            return "Redirect"
        case Code.DECLINED:
            return DECLINED.get(Decline(decline), "Declined") if decline else "Declined"
        case _:
            return ""


def refund_message(state: RefundState, said: str) -> str:
    """The channel's text."""
    if state is not RefundState.FAILED:
        return "Refunded"
    return "Declined" if said in {"", "no reason"} else said[:1].upper() + said[1:]


def method_name(method: str) -> str:
    """This API's name of what the payer chose."""
    return _METHOD_NAMES.get(method, method) if method else DEFAULT


__all__ = [
    "CREDIT_CARD",
    "DECLINED",
    "NAME",
    "PAYMENT_CODE",
    "REFUND_CODE",
    "method_name",
    "refund_message",
    "transaction_message",
]
