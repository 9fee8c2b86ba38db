"""What the Signed API answers (section 4). Amounts are decimal text."""

from __future__ import annotations

from typing import Final

import msgspec

from polygate.client.wire import Priced

FAILED: Final = "FAILED"


class _Trade(Priced, msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    amount: str
    currency: str
    status: str


class Action(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What to do with the payer. Opening `url` is enough, whatever the type."""

    type: str
    url: str
    deep_link: str | None = None
    qr_code: str | None = None
    expire_time: str


class PaymentCreated(_Trade, frozen=True, kw_only=True):
    """A payment that was refused at once is `FAILED`, and has no `payment_no` yet: a query tells it."""

    payment_no: str = ""
    merchant_trade_no: str
    action: Action | None = None
    error_code: str | None = None
    error_info: str | None = None


class PayoutCreated(_Trade, frozen=True, kw_only=True):
    """Accepted, which is not paid. One that was refused at once is `FAILED`, and has no `payout_no` yet."""

    payout_no: str = ""
    merchant_trade_no: str
    error_code: str | None = None
    error_info: str | None = None


class RefundCreated(_Trade, frozen=True, kw_only=True):
    refund_no: str
    payment_no: str
    merchant_refund_no: str


class Payment(_Trade, frozen=True, kw_only=True):
    payment_no: str
    merchant_trade_no: str
    refund_status: str
    rrn: str | None = None
    """The channel's retrieval reference."""
    merchant_attach: str | None = None
    created_time: str
    paid_time: str | None = None
    error_code: str | None = None
    error_info: str | None = None

    @property
    def is_paid(self) -> bool:
        return self.status == "PAID"


class Payout(_Trade, frozen=True, kw_only=True):
    payout_no: str
    merchant_trade_no: str
    total_fee: str
    rrn: str | None = None
    merchant_attach: str | None = None
    created_time: str
    paid_time: str | None = None
    error_code: str | None = None
    error_info: str | None = None

    @property
    def is_paid(self) -> bool:
        return self.status == "PAID"


class Refund(_Trade, frozen=True, kw_only=True):
    refund_no: str
    payment_no: str
    merchant_trade_no: str
    merchant_refund_no: str
    description: str
    created_time: str
    refunded_time: str | None = None
    error_code: str | None = None
    error_info: str | None = None


class Balance(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    currency: str
    available_amount: str
    frozen_amount: str


class BrowserReturn(Priced, msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the payer's browser brings back: a hint, and no proof of payment (section 6)."""

    payment_no: str
    merchant_trade_no: str
    amount: str
    currency: str
    status: str
    merchant_attach: str = ""
