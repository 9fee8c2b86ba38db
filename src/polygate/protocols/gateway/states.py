"""What the states of orders, refunds and shipments mean to a merchant (sections 5.1 to 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec


class Meaning(msgspec.Struct, frozen=True):
    """A state in a sentence, and whether it is the last one."""

    about: str
    final: bool


ORDER_STATES: Final[Mapping[str, Meaning]] = {
    "created": Meaning("Waits on the hosted page for the payer to choose how to pay.", False),
    "pending": Meaning("The payer must act, or the acquirer has not answered.", False),
    "authorized": Meaning("Held on the card, not taken.", False),
    "successed": Meaning("Paid.", True),
    "failed": Meaning("Declined.", True),
    "canceled": Meaning("Voided, or the payer gave up.", True),
    "expired": Meaning("The payer did not act in time. Money that a wallet took anyway makes it `successed`.", True),
}

EVENTS: Final[Mapping[str, str]] = {
    "REDIRECT": "Send the payer's browser to `payUrl`.",
    "QRCODE": "Show `payUrl` as a QR code.",
    "SDK": "Start the wallet with `payInfo`, or open `payUrl` in it.",
    "WAIT": "Do nothing; a notification will come, and `query` tells at any time.",
    "AUTHORIZED": "Capture, or cancel.",
    "CAPTURED": "Deliver.",
    "REFUSED": "Ask for another card or another way to pay, under a new `orderNo`.",
    "CANCELED": "Nothing.",
    "EXPIRED": "Nothing.",
}
"""What a merchant does on each `lastEvent`."""

REFUND_STATES: Final[Mapping[str, Meaning]] = {
    "accepted": Meaning("Taken in; its money is reserved.", False),
    "successed": Meaning("The money is on its way to the payer.", True),
    "failed": Meaning("Refused by the acquirer; the reservation is released.", True),
}
