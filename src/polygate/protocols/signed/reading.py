"""From the bytes of a body to what is asked, or to the first thing that is wrong with it (sections 1 and 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from polygate.protocols.reading import json_text
from polygate.protocols.reading.faults import Complaint, Fault, Unreadable
from polygate.protocols.reading.fields import Found, Given, Shape
from polygate.protocols.signed.errors import Code, Rejected

CODES: Final[Mapping[Fault, Code]] = {
    Fault.MISSING: Code.MISSING,
    Fault.NOT_NAMED: Code.MISSING,
    Fault.BAD_AMOUNT: Code.BAD_AMOUNT,
    Fault.CURRENCY_NOT_SUPPORTED: Code.CURRENCY_NOT_SUPPORTED,
    Fault.WRONG_SHAPE: Code.INVALID,
    Fault.MALFORMED: Code.INVALID,
    Fault.NOT_ALLOWED: Code.INVALID,
    Fault.BAD_URL: Code.INVALID,
    Fault.BAD_LIST: Code.INVALID,
}


def read(shape: Shape, body: bytes) -> tuple[Found, Given]:
    """What was understood, and the members as they were sent. Raises Rejected."""
    try:
        given = json_text.decode(body)
    except Unreadable:
        raise Rejected(Code.INVALID_JSON) from None
    try:
        return shape.read(given), given
    except Unreadable as unreadable:
        first = unreadable.complaints[0]
        raise Rejected(_code(first), f"{first.field} {first.said}") from None


def _code(complaint: Complaint) -> Code:
    if complaint.field == "amount" and complaint.fault is not Fault.MISSING:
        return Code.BAD_AMOUNT
    return CODES[complaint.fault]
