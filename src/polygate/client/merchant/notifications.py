"""Notifications of the Merchant API: are they genuine, and what do they say (section 7)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from polygate.client.errors import InvalidSignature
from polygate.client.wire import decode_notification
from polygate.core.cards import Secret
from polygate.protocols.merchant import is_signed


class _Notification(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="transactionType"):
    app_id: int
    unique_id: str
    """Of the paid transaction."""
    timestamp: int
    """Milliseconds since 1970 UTC, the same on every try."""


class PaymentNotification(_Notification, frozen=True, kw_only=True, tag="Sale"):
    """`code`: 100 approved, 101 declined, 103 closed without a payment."""

    code: int
    is_test: bool
    transaction_currency: str
    transaction_amount: str
    transaction_id: str
    bill_description: str = ""
    transaction_card_number: str = ""
    transaction_message: str = ""
    message: str
    original_unique_id: str = ""
    """Of the first charge, where this is a renewal."""
    subscription_index: int | None = None
    """Number of the charge, from 2, where this is a renewal."""

    @property
    def is_paid(self) -> bool:
        return self.code == 100


class RefundNotification(_Notification, frozen=True, kw_only=True, tag="Refund"):
    """`code`: 111 done, 112 failed."""

    code: int
    refund_currency: str
    refund_amount: str
    refund_unique_id: str
    refund_message: str = ""
    merchant_refund_id: str
    message: str


class ChargebackNotification(_Notification, frozen=True, kw_only=True, tag="Chargeback"):
    chargeback_currency: str
    chargeback_amount: str
    transaction_id: str
    chargeback_unique_id: str


Notification = PaymentNotification | RefundNotification | ChargebackNotification

_MEMBERS: Final = msgspec.json.Decoder(dict[str, Any])
_NOTIFICATION: Final[msgspec.json.Decoder[Notification]] = msgspec.json.Decoder(Notification)


def verify_notification(body: bytes, *, secret_key: Secret) -> Notification:
    """What the notification says. Raises InvalidSignature.

    Every try is the same to the byte, so there is no telling a late one from a repeated one: drop what was seen before.
    """
    members = decode_notification(body, _MEMBERS)
    if not is_signed(members, secret_key):
        raise InvalidSignature("the notification is not signed with this key")
    return decode_notification(body, _NOTIFICATION)
