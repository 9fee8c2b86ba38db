"""What a merchant asks of the Signed API (section 4). Texts that are empty are not sent."""

from __future__ import annotations

import msgspec

from polygate.core.money import Money


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    pass


class Payer(_Part, frozen=True, kw_only=True):
    user_id: str
    name: str
    email: str
    phone: str
    document_type: str = ""
    """`CPF`, `CNPJ`, `PASSPORT` or `OTHER`."""
    document: str = ""


class PayMethod(_Part, frozen=True, kw_only=True):
    type: str
    """`UPI`, `UPI_COLLECT`, `UPI_INTENT`, `PIX` or `PIX_QRCODE`."""
    vpa: str = ""
    """The payer's UPI address, for `UPI_COLLECT`."""


class TradeEnv(_Part, frozen=True, kw_only=True):
    device_id: str = ""
    ip: str = ""


class PaymentOrder(_Part, frozen=True, kw_only=True):
    """Money in (section 4.2)."""

    merchant_trade_no: str
    amount: Money
    description: str
    payer: Payer
    pay_method: PayMethod
    trade_env: TradeEnv | None = None
    merchant_attach: str = ""
    notify_url: str
    return_url: str = ""


class PayoutMethod(_Part, frozen=True, kw_only=True):
    """Where the money goes; which fields are needed depends on the type (section 4.4)."""

    type: str
    """`BANK_ACCOUNT`, `UPI`, `PIX` or `WALLET`."""
    mode: str = ""
    bank_code: str = ""
    bank_name: str = ""
    vpa: str = ""
    pix_key_type: str = ""
    pix_key: str = ""
    wallet_code: str = ""
    account_number: str = ""
    payee_name: str
    payee_phone: str = ""
    payee_email: str = ""
    document_type: str = ""
    document: str = ""


class PayoutOrder(_Part, frozen=True, kw_only=True):
    """Money out (section 4.4). `amount` is what the payee gets."""

    merchant_trade_no: str
    amount: Money
    description: str
    payout_method: PayoutMethod
    merchant_attach: str = ""
    notify_url: str


class RefundOrder(_Part, frozen=True, kw_only=True):
    """Money back, in the payment's currency (section 4.6). Nothing is notified without a `notify_url`."""

    merchant_refund_no: str
    payment_no: str
    amount: Money | str
    description: str
    notify_url: str = ""
