"""The payment methods of the Gateway API (section 8.1)."""

from __future__ import annotations

from typing import Final

from polygate.core.methods import PRODUCTS, SETTLED_AT_ONCE, Method

METHODS: Final = tuple(method for method in Method if method not in SETTLED_AT_ONCE)
"""Payments from account to account belong to other APIs: what this one calls `upi` is not India's."""
WALLET_METHODS: Final = tuple(method for method in METHODS if method in PRODUCTS)
