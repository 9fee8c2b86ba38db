"""The Merchant API: HTTP Basic on every call, signed notifications; hosted checkout, cards, subscriptions."""

from polygate.protocols.merchant.signature import is_signed, signature, signed_return, verified_return

__all__ = ["is_signed", "signature", "signed_return", "verified_return"]
