"""The Merchant API: HTTP Basic on every call, signed notifications; hosted checkout, cards, subscriptions."""

from polygate.protocols.merchant.errors import Code
from polygate.protocols.merchant.protocol import MerchantApi
from polygate.protocols.merchant.signature import (
    emission_faults,
    is_signed,
    signature,
    signed_return,
    signed_values,
    verified_return,
)
from polygate.protocols.merchant.signature import signature as notification_signature

PROTOCOL = MerchantApi()

__all__ = [
    "PROTOCOL",
    "Code",
    "emission_faults",
    "is_signed",
    "notification_signature",
    "signature",
    "signed_return",
    "signed_values",
    "verified_return",
]
