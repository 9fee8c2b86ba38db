"""The code of a PayNow payment: whom to pay, how much, until when, and under which number the bank reports it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from polygate.core.emv_qr import DataObject, build, parse, text_at
from polygate.core.money import Money, plain

BILL_NUMBER_MAX_LENGTH: Final = 25
MOST: Final = Money(200_000_00, "SGD")
"""What Singapore's banks transfer at once."""

_ACCOUNT: Final = "26"
_ADDITIONAL_DATA: Final = "62"
_BILL_NUMBER: Final = "01"
_SCHEME: Final = "SG.PAYNOW"
_COMPANY: Final = "2"
_COMPANY_NUMBER: Final = "00000000X"
"""A company number (UEN) that nobody can have: the sandbox's collecting account."""
_NAME: Final = "SANDBOX ACQUIRER"
_ZONE: Final = timezone(timedelta(hours=8))


def code(*, reference: str, amount: Money, expires_ms: int) -> str:
    """A code for one payment of exactly this amount of SGD, good until the end of the day on which the order expires.

    `reference` has 1 to 25 characters. Raises emv_qr.BadCode for a longer one.
    """
    until = datetime.fromtimestamp(expires_ms // 1_000, UTC).astimezone(_ZONE).strftime("%Y%m%d")
    account = (("00", _SCHEME), ("01", _COMPANY), ("02", _COMPANY_NUMBER), ("03", "0"), ("04", until))
    return build(
        (
            DataObject("00", "01"),
            DataObject("01", "12"),  # For one payment only.
            DataObject(_ACCOUNT, tuple(DataObject(id_, value) for id_, value in account)),
            DataObject("52", "0000"),  # No category of merchant.
            DataObject("53", "702"),  # SGD.
            DataObject("54", plain(amount)),
            DataObject("58", "SG"),
            DataObject("59", _NAME),
            DataObject("60", "Singapore"),
            DataObject(_ADDITIONAL_DATA, (DataObject(_BILL_NUMBER, reference),)),
        )
    )


def reference_in(payload: str) -> str:
    """The number under which a scanned code is to be paid; empty if it is for another scheme. Raises emv_qr.BadCode."""
    objects = parse(payload)
    if text_at(objects, _ACCOUNT, "00") != _SCHEME:
        return ""
    return text_at(objects, _ADDITIONAL_DATA, _BILL_NUMBER)
