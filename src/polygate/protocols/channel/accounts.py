"""Account details, read and shown (section 6.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from polygate.core.payouts import PayoutMethod, Receiver
from polygate.core.receivers import TEXT_MAX_LENGTH, is_ifsc, is_upi_address
from polygate.protocols.channel.errors import bad
from polygate.protocols.channel.fields import optional_text

NAMES: Final = ("accountName", "bankNo", "bankName", "bankAccount", "accountType", "mobile")
METHODS: Final[Mapping[str, PayoutMethod]] = {"1": PayoutMethod.BANK_ACCOUNT, "2": PayoutMethod.UPI}
"""What an `accountType` means."""

_TYPES: Final = {method: account_type for account_type, method in METHODS.items()}


def read_account(value: Any, where: str) -> dict[str, str]:
    """All six texts; those not given are empty. Raises Rejected (1103)."""
    if not isinstance(value, dict):
        raise bad(where)
    return {name: optional_text(value, name, longest=TEXT_MAX_LENGTH, where=where) for name in NAMES}


def read_receiver(value: Any, where: str) -> Receiver:
    """An account that can be paid. Raises Rejected (1103)."""
    account = read_account(value, where)
    for name in ("accountName", "bankAccount"):
        if not account[name].strip():
            raise bad(f"{where}.{name}")
    method = METHODS.get(account["accountType"])
    if method is None:
        raise bad(f"{where}.accountType")
    if method is PayoutMethod.BANK_ACCOUNT and not is_ifsc(account["bankNo"]):
        raise bad(f"{where}.bankNo")
    if method is PayoutMethod.UPI and not is_upi_address(account["bankAccount"]):
        raise bad(f"{where}.bankAccount")
    return Receiver(
        method=method,
        name=account["accountName"],
        account=account["bankAccount"],
        bank_code=account["bankNo"],
        bank_name=account["bankName"],
        phone=account["mobile"],
    )


def receiver_shown(receiver: Receiver) -> dict[str, str]:
    return {
        "accountName": receiver.name,
        "bankNo": receiver.bank_code,
        "bankName": receiver.bank_name,
        "bankAccount": receiver.account,
        "accountType": _TYPES.get(receiver.method, "1"),
        "mobile": receiver.phone,
    }


def collecting_account(address: str, name: str) -> dict[str, str]:
    """The account that a payer pays to."""
    return dict.fromkeys(NAMES, "") | {"accountName": name, "bankAccount": address, "accountType": "2"}
