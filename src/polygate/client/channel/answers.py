"""What the Channel API answers (section 6). Amounts are exact decimals, times milliseconds since 1970 UTC."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum

import msgspec

from polygate.client.channel.orders import AccountDetail


class ProcessCode(IntEnum):
    """Where an order stands (section 8)."""

    PENDING = 10
    CONFIRMED = 20
    COMPLETED = 30
    FAILED = 40
    REVERSED = 50


class _OrderInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: int
    merchant_id: int
    merchant_source_no: str
    fiat_amount: Decimal
    token_amount: Decimal
    """What the merchant's balance gains or loses."""
    process_code: int
    created_time: int
    updated_time: int
    payee_account_detail: AccountDetail | None = None
    paid: bool
    callback_code: int
    """HTTP status of the last callback; 0 for none."""
    closed_time: int | None = None

    @property
    def is_paid(self) -> bool:
        return self.process_code == ProcessCode.COMPLETED


class CreditOrderInfo(_OrderInfo, frozen=True, kw_only=True):
    cashier_link: str
    """Page for the payer."""
    payer_account_detail_list: tuple[AccountDetail, ...] = ()


class DebitOrderInfo(_OrderInfo, frozen=True, kw_only=True):
    pass


class PaymentRecord(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    upi: str = ""
    upi_url: str = ""
    utr: str = ""
    """The bank's reference, once there is one."""
    error_message: str = ""


class Deeplink(msgspec.Struct, frozen=True, kw_only=True):
    other: str = ""
    gpay: str = ""
    phonepe: str = ""
    paytmmp: str = ""


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """A collection."""

    order: CreditOrderInfo = msgspec.field(name="channelCreditOrderSimpleInfo")
    record: PaymentRecord = msgspec.field(name="channelPaymentRecordSimpleInfo")
    deeplink: Deeplink = Deeplink()


class Debit(msgspec.Struct, frozen=True, kw_only=True):
    """A payout."""

    order: DebitOrderInfo = msgspec.field(name="channelDebitOrderSimpleInfo")
    record: PaymentRecord = msgspec.field(name="channelPaymentRecordSimpleInfo")


class Balance(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    balance: Decimal
    frozen_balance: Decimal
    remain_balance: Decimal
    """What can be paid out."""
