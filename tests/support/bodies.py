"""Bodies of requests as a merchant sends them."""

from __future__ import annotations

from typing import Any


def payment_body(order_no: str, **changes: Any) -> dict[str, Any]:
    """A card payment of 100.00 USD; `card_no`, `cvc` and `capture` change the card, everything else the body itself."""
    card = {
        "cardNo": changes.pop("card_no", "4444333322221111"),
        "cvc": changes.pop("cvc", "401"),
        "captureMethod": changes.pop("capture", "auto"),
        "expiryMonth": "12",
        "expiryYear": "2035",
        "firstName": "Amy",
        "lastName": "Lee",
    }
    body = {
        "amount": "100.00",
        "currency": "USD",
        "orderNo": order_no,
        "paymentMethodType": "card",
        "card": card,
        "deviceInfo": {"clientIp": "203.0.113.9", "language": "en-US", "browser": {"userAgent": "Test/1"}},
    }
    return body | changes


def refund_body(order_no: str, number: str, amount: str, **changes: Any) -> dict[str, Any]:
    body = {
        "amount": amount,
        "clientIp": "203.0.113.9",
        "orderNo": order_no,
        "reason": "damaged",
        "refundNumber": number,
    }
    return body | changes
