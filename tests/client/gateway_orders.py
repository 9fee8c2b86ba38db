"""Orders of the Gateway API as a merchant's program makes them."""

from __future__ import annotations

from itertools import count
from typing import Any
from uuid import uuid4

from polygate.client import Money, Secret
from polygate.client.gateway import (
    Address,
    Billing,
    Browser,
    Card,
    DeviceInfo,
    Method,
    PaymentOrder,
    RefundOrder,
    Tracking,
)

ADDRESS = Address(city="Seattle", country="US", line1="109 Test Rd", postcode="98102", state="WA")
DEVICE = DeviceInfo(client_ip="203.0.113.9", language="en-US", browser=Browser(user_agent="Test/1"))
HUNDRED = Money(10000, "USD")

_RUN = uuid4().hex[:12]
_numbers = count(1)


def new_number() -> str:
    """No two tests share one, nor two runs."""
    return f"client-{_RUN}-{next(_numbers)}"


def card(number: str = "4444333322221111", **changes: Any) -> Card:
    fields: dict[str, Any] = {
        "card_no": Secret(number),
        "cvc": Secret("401"),
        "expiry_month": "12",
        "expiry_year": "2035",
        "first_name": "Amy",
        "last_name": "Lee",
    }
    return Card(**(fields | changes))


def order(**changes: Any) -> PaymentOrder:
    """A card payment of 100.00 USD."""
    fields: dict[str, Any] = {
        "amount": HUNDRED,
        "order_no": new_number(),
        "method": Method.CARD,
        "card": card(),
        "device_info": DEVICE,
    }
    return PaymentOrder(**(fields | changes))


def kept_card() -> Billing:
    return Billing(address=ADDRESS, stored_credentials="store", customer_initiated_reason="RECURRING")


def refund_of(order_no: str, amount: Money | str, **changes: Any) -> RefundOrder:
    fields: dict[str, Any] = {"client_ip": "203.0.113.9", "reason": "damaged", "refund_number": new_number()}
    return RefundOrder(amount=amount, order_no=order_no, **(fields | changes))


def parcel(order_no: str, number: str, **changes: Any) -> Tracking:
    fields: dict[str, Any] = {
        "carrier": "2EBOX",
        "shipment_date": "2026-06-09",
        "shipment_direction": "FORWARD",
        "shipping_status": "SHIPPED",
        "tracking_number_type": "CARRIER_PROVIDED",
    }
    return Tracking(order_no=order_no, tracking_no=number, **(fields | changes))
