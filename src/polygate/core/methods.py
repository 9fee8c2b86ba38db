"""Payment methods, and the ways in which a payer can use each of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Method(StrEnum):
    """How a payer pays, spelled as the Gateway API spells it, in the order in which payers are offered them."""

    CARD = "card"
    APPLE_PAY = "applePay"
    GOOGLE_PAY = "googlePay"
    PAY_NOW = "payNow"
    PAYPAL = "paypal"
    WECHAT = "wechat"
    UPAY = "upay"
    ALIPAY = "alipay"
    ALIPAY_PLUS = "alipayPlus"
    SHOPEE_PAY = "shopeePay"
    GRAB_PAY = "grabPay"
    UPI = "upi"
    """India's Unified Payments Interface."""
    PIX = "pix"
    """Brazil's instant payments."""


class Product(StrEnum):
    """Where the payer meets a wallet (gateway contract, 8.2)."""

    QR_CODE = "qr-code"
    """Scans a code that the merchant or our page shows."""
    PAY = "pay"
    """Shows a code that the merchant scans, or pays inside the wallet's own browser."""
    IN_APP = "in-app"
    """The merchant's app opens the wallet's app."""
    MINI_PROGRAM = "mini-program"
    """Inside the wallet's app."""
    H5 = "h5"
    """The browser goes to the wallet's page."""
    COLLECT = "collect"
    """The payer's own app asks for consent, because the merchant named the payer's address."""
    INTENT = "intent"
    """A link that opens the payer's app."""


_ALL: Final = (Product.QR_CODE, Product.PAY, Product.IN_APP, Product.MINI_PROGRAM, Product.H5)

PRODUCTS: Final[Mapping[Method, tuple[Product, ...]]] = {
    Method.WECHAT: _ALL,
    Method.ALIPAY: _ALL,
    Method.ALIPAY_PLUS: _ALL,
    Method.UPAY: (Product.QR_CODE, Product.PAY),
    Method.PAY_NOW: (Product.QR_CODE,),
    Method.GRAB_PAY: (Product.QR_CODE, Product.H5),
    Method.SHOPEE_PAY: (Product.QR_CODE, Product.H5),
    Method.PAYPAL: (Product.QR_CODE, Product.H5),
    Method.APPLE_PAY: (Product.H5,),
    Method.GOOGLE_PAY: (Product.H5,),
    Method.UPI: (Product.H5, Product.COLLECT, Product.INTENT),
    Method.PIX: (Product.H5, Product.QR_CODE),
}
"""The products of each wallet (gateway contract, 8.1). Whether one is a wallet is whether it is in here."""

SETTLED_AT_ONCE: Final = frozenset({Method.UPI, Method.PIX})
"""Paid from account to account: the money is the merchant's to use as soon as it is paid."""
