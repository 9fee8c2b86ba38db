"""What a merchant asks of the Channel API (sections 6.5 and 7). What is empty or None is not sent."""

from __future__ import annotations

import msgspec

from polygate.core.money import Money


class AccountDetail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A bank account or a UPI address."""

    account_name: str = ""
    bank_no: str = ""
    """IFSC code; empty for UPI."""
    bank_name: str = ""
    bank_account: str = ""
    account_type: str = ""
    """`1` bank account, `2` UPI."""
    mobile: str = ""


class CreditOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Money in (section 7.1), in the gateway's currency."""

    amount: Money | str
    source_no: str
    callback_url: str = ""
    payer_account_detail_list: tuple[AccountDetail, ...] = ()


class DebitOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Money out (section 7.5), in the gateway's currency."""

    amount: Money | str
    source_no: str
    callback_url: str = ""
    payee_account_detail: AccountDetail | None = None
