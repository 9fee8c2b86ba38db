"""What we decline to do, and why. No HTTP in it: each protocol has its own words for every reason."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    NOT_FOUND = "not_found"
    ORDER_TAKEN = "order_taken"
    DIFFERENT_ORDERS = "different_orders"
    CAPTURE_NOT_NOW = "capture_not_now"
    CAPTURE_TOO_LARGE = "capture_too_large"
    ALREADY_CAPTURED = "already_captured"
    AUTHORIZATION_TOO_OLD = "authorization_too_old"
    VOID_NOT_NOW = "void_not_now"
    SESSION_CLOSED = "session_closed"
    REFUND_NOT_NOW = "refund_not_now"
    REFUND_TOO_LARGE = "refund_too_large"
    REFUND_NUMBER_TAKEN = "refund_number_taken"
    REFUND_TOO_LATE = "refund_too_late"
    REFUND_NOT_FOUND = "refund_not_found"
    METHOD_NOT_ENABLED = "method_not_enabled"
    CURRENCY_NOT_SUPPORTED = "currency_not_supported"
    AMOUNT_TOO_LARGE = "amount_too_large"
    CARD_NOT_KNOWN = "card_not_known"
    CARD_MISMATCH = "card_mismatch"
    TRACKING_NOT_NOW = "tracking_not_now"
    TRACKING_NOT_FOUND = "tracking_not_found"
    TRACKING_TAKEN = "tracking_taken"
    TRACKING_CHANGE_NOT_ALLOWED = "tracking_change_not_allowed"
    TRACKING_DATA_NOT_ALLOWED = "tracking_data_not_allowed"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    BALANCE_TOO_SMALL = "balance_too_small"
    PAYOUT_NOT_NOW = "payout_not_now"
    SUBSCRIPTION_OVER = "subscription_over"
    GROUP_PAID = "group_paid"
    CHARGEBACK_NOT_NOW = "chargeback_not_now"
    CHARGEBACK_TOO_LARGE = "chargeback_too_large"
    CHARGEBACK_TAKEN = "chargeback_taken"
    BUSY = "busy"


class Refused(Exception):
    """A request we will not carry out. Nothing was changed."""

    def __init__(self, reason: Reason, said: str) -> None:
        super().__init__(said)
        self.reason = reason
        self.said = said
