"""Who can be paid: what an account of each kind has to have."""

from __future__ import annotations

import re
from typing import Final

from polygate.core.payouts import PayoutMethod, Receiver

TEXT_MAX_LENGTH: Final = 128
IFSC: Final = "^[A-Za-z]{4}0[A-Za-z0-9]{6}$"
"""The code of a bank's branch in India."""
ONE_AT: Final = "^[^@]*@[^@]*$"
"""What every UPI address looks like."""

_IFSC: Final = re.compile(IFSC)
_ONE_AT: Final = re.compile(ONE_AT)


def is_ifsc(text: str) -> bool:
    return _IFSC.fullmatch(text) is not None


def is_upi_address(text: str) -> bool:
    return _ONE_AT.fullmatch(text) is not None


def wrong_in(receiver: Receiver, currency: str) -> str:
    """The first field in which somebody cannot be paid; empty if they can."""
    if not receiver.name.strip():
        return "name"
    if not receiver.account.strip():
        return "account"
    if receiver.method is PayoutMethod.UPI and not is_upi_address(receiver.account):
        return "account"
    if receiver.method is PayoutMethod.BANK_ACCOUNT:
        good = is_ifsc(receiver.bank_code) if currency == "INR" else receiver.bank_code.strip()
        return "" if good else "bank_code"
    return ""
