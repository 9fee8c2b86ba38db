"""Countries, currencies and methods (section 9), and what the core calls each type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from polygate.core.methods import Method, Product
from polygate.core.payouts import PayoutMethod


class PayType(NamedTuple):
    method: Method
    product: Product
    currency: str


PAY_TYPES: Final[Mapping[str, PayType]] = {
    "UPI": PayType(Method.UPI, Product.H5, "INR"),
    "UPI_COLLECT": PayType(Method.UPI, Product.COLLECT, "INR"),
    "UPI_INTENT": PayType(Method.UPI, Product.INTENT, "INR"),
    "PIX": PayType(Method.PIX, Product.H5, "BRL"),
    "PIX_QRCODE": PayType(Method.PIX, Product.QR_CODE, "BRL"),
}
"""`payMethod.type` → how the payer pays."""

PAYOUT_TYPES: Final[Mapping[str, PayoutMethod]] = {
    "UPI": PayoutMethod.UPI,
    "BANK_ACCOUNT": PayoutMethod.BANK_ACCOUNT,
    "PIX": PayoutMethod.PIX,
    "WALLET": PayoutMethod.WALLET,
}
"""`payoutMethod.type` → what kind of account the payee has."""

COUNTRIES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "INR": ("India", ("UPI", "BANK_ACCOUNT")),
    "BRL": ("Brazil", ("PIX", "BANK_ACCOUNT")),
    "IDR": ("Indonesia", ("BANK_ACCOUNT", "WALLET")),
    "PHP": ("Philippines", ("BANK_ACCOUNT", "WALLET")),
    "PKR": ("Pakistan", ("BANK_ACCOUNT", "WALLET")),
    "BDT": ("Bangladesh", ("BANK_ACCOUNT", "WALLET")),
    "MXN": ("Mexico", ("BANK_ACCOUNT",)),
}
"""Currency → its country, and the types of payouts in it."""

CURRENCIES: Final = tuple(COUNTRIES)
TRANSFER_MODES: Final = ("IMPS", "NEFT", "RTGS")
"""India's transfer systems; the first is the default."""


def pay_type(method: str, product: str) -> str:
    """The `payMethod.type` of a payment. Raises StopIteration for a payment of another API."""
    return next(name for name, kind in PAY_TYPES.items() if (kind.method, kind.product) == (method, product))
