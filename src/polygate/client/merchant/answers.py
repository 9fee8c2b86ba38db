"""What the Merchant API answers (sections 5 and 6). Amounts are decimal text; times are in the gateway's zone."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from polygate.core.money import Money, parse

Row = TypeVar("Row")


class _Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    code: int
    message: str
    timestamp: int
    """Milliseconds since 1970 UTC."""


class Transaction(_Answer, frozen=True, kw_only=True):
    """One payment attempt. `code`: 100 approved, 101 declined, 102 pending, 103 closed, 301 send the payer on."""

    unique_id: str
    app_id: int
    transaction_id: str
    order_id: str = ""
    transaction_currency: str
    transaction_amount: str
    transaction_method: str
    transaction_card_number: str
    bill_description: str
    transaction_message: str
    redirect_url: str = ""
    transaction_at: str = ""
    is_test: bool
    is3d: bool = False

    @property
    def is_paid(self) -> bool:
        return self.code == 100

    @property
    def money(self) -> Money:
        return parse(self.transaction_amount, self.transaction_currency)


class Refund(_Answer, frozen=True, kw_only=True):
    """`code`: 110 accepted, 111 done, 112 failed."""

    unique_id: str
    """Of the paid transaction."""
    refund_transaction_id: str
    refund_unique_id: str
    refund_currency: str
    refund_amount: str
    refund_request_at: str
    refund_at: str = ""

    @property
    def money(self) -> Money:
        return parse(self.refund_amount, self.refund_currency)


class Page(_Answer, Generic[Row], frozen=True, kw_only=True):
    """Some of the rows that were found, the newest first."""

    curr_page: int
    total_count: int
    total_page: int
    page_size: int
    data: tuple[Row, ...]


class Uploaded(_Answer, frozen=True, kw_only=True):
    pass


class BrowserReturn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the payer's browser brings back: a hint, and no proof of payment (section 7.6)."""

    code: str
    unique_id: str
    transaction_id: str
    transaction_amount: str
    transaction_currency: str
    timestamp: str
