"""Journeys of money, told once for all doors: the steps, how it ends, and every posting it leaves in the ledger.

Where the money of a payment goes depends on how it is paid: a card's waits to be settled, a transfer's is there at
once. `OWED` stands for either.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from polygate.core.ledger import (
    AVAILABLE,
    CAPTURING,
    HELD,
    PAYING,
    PENDING,
    RESERVED,
    held_by,
    receivable,
)

CURRENCY: Final = "INR"
PRICE_MINOR: Final = 10_000
OWED: Final = "OWED"
RECEIVABLE: Final = receivable("sandbox")
HOLD: Final = held_by("sandbox")


class Way(StrEnum):
    """How a payment is paid, and where its money goes."""

    CARD = PENDING
    TRANSFER = AVAILABLE


class Ends(StrEnum):
    """How a journey ends; each door has its own word for it."""

    PAID = "paid"
    DECLINED = "declined"
    RESERVED = "reserved"
    VOIDED = "voided"
    CANCELED = "canceled by the payer"
    EXPIRED = "expired"
    RETURNED = "returned"


class Step(msgspec.Struct, frozen=True):
    """A verb of a door, its amount in minor units where it has one, and whether the door has to refuse it."""

    verb: str
    minor: int = PRICE_MINOR
    refused: bool = False


class Journey(msgspec.Struct, frozen=True):
    steps: tuple[Step, ...]
    ends: Ends
    ledger: tuple[tuple[str, str, int], ...] = ()
    """Debit, credit, minor units; in any order."""
    announced: tuple[str, ...] = ()
    """What the merchant is told of, in this order."""
    is_payout: bool = False


_TAKEN: Final = (RECEIVABLE, OWED, PRICE_MINOR)
_RESERVED: Final = (HOLD, HELD, PRICE_MINOR)


def _refunded(minor: int) -> tuple[tuple[str, str, int], ...]:
    return (OWED, RESERVED, minor), (RESERVED, RECEIVABLE, minor)


_PAID_OUT: Final = (AVAILABLE, PAYING, PRICE_MINOR), (PAYING, RECEIVABLE, PRICE_MINOR)

JOURNEYS: Final[Mapping[str, Journey]] = {
    "paid": Journey((Step("take"),), Ends.PAID, (_TAKEN,), ("PaymentCaptured",)),
    "paid on the hosted page": Journey((Step("open"), Step("fill_in")), Ends.PAID, (_TAKEN,), ("PaymentCaptured",)),
    "paid after a challenge": Journey((Step("challenge"),), Ends.PAID, (_TAKEN,), ("PaymentCaptured",)),
    "declined": Journey((Step("decline"),), Ends.DECLINED, (), ("PaymentFailed",)),
    "canceled by the payer": Journey((Step("walk_away"),), Ends.CANCELED, (), ("PaymentCanceled",)),
    "sent twice": Journey((Step("take"), Step("take_again")), Ends.PAID, (_TAKEN,), ("PaymentCaptured",)),
    "never paid": Journey((Step("open"), Step("wait")), Ends.EXPIRED, (), ("PaymentExpired",)),
    "reserved and captured in part": Journey(
        (Step("reserve"), Step("capture", 6_000)),
        Ends.PAID,
        (
            _RESERVED,
            (HELD, CAPTURING, 6_000),
            (CAPTURING, HOLD, 6_000),
            (RECEIVABLE, OWED, 6_000),
            (HELD, HOLD, 4_000),
        ),
        ("PaymentAuthorized", "PaymentCaptured"),
    ),
    "reserved and voided": Journey(
        (Step("reserve"), Step("void")),
        Ends.VOIDED,
        (_RESERVED, (HELD, HOLD, PRICE_MINOR)),
        ("PaymentAuthorized", "PaymentCanceled"),
    ),
    "refunded": Journey(
        (Step("take"), Step("refund")),
        Ends.PAID,
        (_TAKEN, *_refunded(PRICE_MINOR)),
        ("PaymentCaptured", "RefundSucceeded"),
    ),
    "refunded in parts": Journey(
        (Step("take"), Step("refund", 4_000), Step("refund", 6_000)),
        Ends.PAID,
        (_TAKEN, *_refunded(4_000), *_refunded(6_000)),
        ("PaymentCaptured", "RefundSucceeded", "RefundSucceeded"),
    ),
    "refunded too much": Journey(
        (Step("take"), Step("refund", 6_000), Step("refund", 4_001, refused=True), Step("refund", 4_000)),
        Ends.PAID,
        (_TAKEN, *_refunded(6_000), *_refunded(4_000)),
        ("PaymentCaptured", "RefundSucceeded", "RefundSucceeded"),
    ),
    "paid out": Journey((Step("pay_out"),), Ends.PAID, _PAID_OUT, ("PayoutPaid",), is_payout=True),
    "paid out twice": Journey(
        (Step("pay_out"), Step("pay_out_again")), Ends.PAID, _PAID_OUT, ("PayoutPaid",), is_payout=True
    ),
    "payout that fails": Journey(
        (Step("pay_out_to_nobody"),),
        Ends.DECLINED,
        ((AVAILABLE, PAYING, PRICE_MINOR), (PAYING, AVAILABLE, PRICE_MINOR)),
        ("PayoutFailed",),
        is_payout=True,
    ),
    "payout that comes back": Journey(
        (Step("pay_out_and_back"),),
        Ends.RETURNED,
        (*_PAID_OUT, (RECEIVABLE, AVAILABLE, PRICE_MINOR)),
        ("PayoutPaid", "PayoutReturned"),
        is_payout=True,
    ),
    "payout of more than there is": Journey(
        (Step("pay_out"), Step("pay_out_too_much", refused=True)),
        Ends.PAID,
        _PAID_OUT,
        ("PayoutPaid",),
        is_payout=True,
    ),
}

_CARDS: Final = {"gateway": Way.CARD, "merchant": Way.CARD}
_TRANSFERS: Final = {"signed": Way.TRANSFER, "channel": Way.TRANSFER}

OFFERED: Final[Mapping[str, Mapping[str, Way]]] = {
    "paid": _CARDS | _TRANSFERS,
    "paid on the hosted page": _CARDS,
    "paid after a challenge": _CARDS,
    "declined": _CARDS | _TRANSFERS,
    "canceled by the payer": _TRANSFERS,
    "sent twice": _CARDS | _TRANSFERS,
    "never paid": _CARDS | _TRANSFERS,
    "reserved and captured in part": {"gateway": Way.CARD},
    "reserved and voided": {"gateway": Way.CARD},
    "refunded": _CARDS | {"signed": Way.TRANSFER},
    "refunded in parts": _CARDS | {"signed": Way.TRANSFER},
    "refunded too much": _CARDS | {"signed": Way.TRANSFER},
    "paid out": _TRANSFERS,
    "paid out twice": _TRANSFERS,
    "payout that fails": _TRANSFERS,
    "payout that comes back": _TRANSFERS,
    "payout of more than there is": _TRANSFERS,
}
"""The doors that offer a journey, and how it is paid there. The others do not have one of its verbs."""
