"""The code of a Pix payment, also copied and pasted: whom to pay, how much, and the bank's name for the payment.

The layout is the BR Code of Brazil's central bank: a code that a merchant presents, as EMVCo has it.
"""

from __future__ import annotations

from typing import Final

from polygate.core.emv_qr import DataObject, build, parse, text_at
from polygate.core.money import Money, plain

MOST: Final = Money(9_999_999_999_99, "BRL")
"""The longest amount that a code can say (EMV QR Code Specification, Merchant-Presented Mode, 4.7.6)."""
REFERENCE_MAX_LENGTH: Final = 25
"""Letters and digits (txid)."""

_ACCOUNT: Final = "26"
_ADDITIONAL_DATA: Final = "62"
_REFERENCE: Final = "05"
_SCHEME: Final = "BR.GOV.BCB.PIX"
_KEY: Final = "collect@sandbox.example"
"""The Pix key of the sandbox's collecting account."""
_NAME: Final = "SANDBOX ACQUIRER"
_CITY: Final = "SAO PAULO"


def code(*, reference: str, amount: Money) -> str:
    """A code that pays exactly this amount of BRL. Raises emv_qr.BadCode for a longer reference than fits."""
    return build(
        (
            DataObject("00", "01"),
            DataObject(_ACCOUNT, (DataObject("00", _SCHEME), DataObject("01", _KEY))),
            DataObject("52", "0000"),  # No category of merchant.
            DataObject("53", "986"),  # BRL.
            DataObject("54", plain(amount)),
            DataObject("58", "BR"),
            DataObject("59", _NAME),
            DataObject("60", _CITY),
            DataObject(_ADDITIONAL_DATA, (DataObject(_REFERENCE, reference),)),
        )
    )


def reference_in(payload: str) -> str:
    """The number under which a scanned code is to be paid; empty if it is for another scheme. Raises emv_qr.BadCode."""
    objects = parse(payload)
    if text_at(objects, _ACCOUNT, "00").upper() != _SCHEME:
        return ""
    return text_at(objects, _ADDITIONAL_DATA, _REFERENCE)
