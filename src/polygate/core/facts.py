"""What happened, in the past tense: the seed of webhooks, of a payment's timeline and of the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from polygate.core.ids import MerchantId


class FactKind(StrEnum):
    PAYMENT_REQUESTED = "PaymentRequested"
    RISK_ASSESSED = "RiskAssessed"
    ACQUIRER_ASKED = "AcquirerAsked"
    ACQUIRER_ANSWERED = "AcquirerAnswered"
    PAYER_ASKED = "PayerAsked"
    PAYER_RETURNED = "PayerReturned"
    PAYER_SAID_PAID = "PayerSaidPaid"
    METHOD_LEFT = "PayerLeftMethod"
    PAYMENT_AUTHORIZED = "PaymentAuthorized"
    PAYMENT_CAPTURED = "PaymentCaptured"
    PAYMENT_TRY_DECLINED = "PaymentTryDeclined"
    PAYMENT_FAILED = "PaymentFailed"
    PAYMENT_CANCELED = "PaymentCanceled"
    PAYMENT_EXPIRED = "PaymentExpired"
    CAPTURE_REQUESTED = "CaptureRequested"
    CAPTURE_DECLINED = "CaptureDeclined"
    VOID_REQUESTED = "VoidRequested"
    VOID_DECLINED = "VoidDeclined"
    LATE_APPROVAL_REVERSED = "LateApprovalReversed"
    REFUND_REQUESTED = "RefundRequested"
    REFUND_SUCCEEDED = "RefundSucceeded"
    REFUND_FAILED = "RefundFailed"
    CHARGEBACK_RECORDED = "ChargebackRecorded"
    PAYOUT_REQUESTED = "PayoutRequested"
    PAYOUT_TAKEN_BY_HAND = "PayoutTakenByHand"
    PAYOUT_MARKED_BY_HAND = "PayoutMarkedByHand"
    PAYOUT_PAID = "PayoutPaid"
    PAYOUT_FAILED = "PayoutFailed"
    PAYOUT_RETURNED = "PayoutReturned"
    CARD_KEPT = "CardKept"
    CARD_RENEWED = "CardRenewed"
    CARD_REVOKED = "CardRevoked"
    SHIPMENT_ADDED = "ShipmentAdded"
    SHIPMENT_CHANGED = "ShipmentChanged"


ANNOUNCED: Final = frozenset(
    {
        FactKind.PAYMENT_AUTHORIZED,
        FactKind.PAYMENT_CAPTURED,
        FactKind.PAYMENT_FAILED,
        FactKind.PAYMENT_CANCELED,
        FactKind.PAYMENT_EXPIRED,
        FactKind.REFUND_SUCCEEDED,
        FactKind.REFUND_FAILED,
        FactKind.CHARGEBACK_RECORDED,
        FactKind.PAYOUT_PAID,
        FactKind.PAYOUT_FAILED,
        FactKind.PAYOUT_RETURNED,
    }
)
"""The facts a merchant is told of: each has exactly one row in the outbox."""

CHARGEBACKS: Final = frozenset({FactKind.CHARGEBACK_RECORDED})
"""What not every API has a message for."""


REFUSALS: Final = frozenset({FactKind.PAYMENT_FAILED, FactKind.PAYOUT_FAILED})
"""What an API can tell by the answer to the very call that it refuses."""


class Fact(msgspec.Struct, frozen=True):
    """One thing that happened to a payment. `data` is small, plain and free of secrets."""

    merchant_id: MerchantId
    fact_id: int
    payment_id: int
    refund_id: int
    at_ms: int
    kind: FactKind
    data: Mapping[str, Any]
