"""Reading bodies as the Gateway API does: its codes for what is wrong, and which fault is told first (section 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from polygate.protocols.gateway.errors import Code, Rejected
from polygate.protocols.reading import json_text
from polygate.protocols.reading.faults import Complaint, Fault, Unreadable
from polygate.protocols.reading.fields import Found, Given, Shape

T = TypeVar("T")

CODES: Final[Mapping[Fault, Code]] = {
    Fault.WRONG_SHAPE: Code.WRONG_SHAPE,
    Fault.MISSING: Code.MISSING,
    Fault.NOT_NAMED: Code.NO_ORDER_NAMED,
    Fault.MISFIT: Code.METHOD_MISFIT,
    Fault.MALFORMED: Code.MALFORMED,
    Fault.BAD_AMOUNT: Code.BAD_AMOUNT,
    Fault.BAD_CARD_NUMBER: Code.BAD_CARD_NUMBER,
    Fault.BAD_EXPIRY: Code.BAD_EXPIRY,
    Fault.BAD_URL: Code.BAD_URL,
    Fault.BAD_LIST: Code.BAD_LIST,
    Fault.NOT_ALLOWED: Code.NOT_ALLOWED,
    Fault.CURRENCY_NOT_SUPPORTED: Code.CURRENCY_NOT_SUPPORTED,
}

CHECK_ORDER: Final[tuple[tuple[Fault, ...], ...]] = (
    (Fault.WRONG_SHAPE,),
    (Fault.MISSING, Fault.NOT_NAMED, Fault.MISFIT),
    (
        Fault.MALFORMED,
        Fault.BAD_AMOUNT,
        Fault.BAD_CARD_NUMBER,
        Fault.BAD_EXPIRY,
        Fault.BAD_URL,
        Fault.BAD_LIST,
    ),
    (Fault.NOT_ALLOWED, Fault.CURRENCY_NOT_SUPPORTED),
)
"""A fault of an earlier row is told before any of a later one; within a row, the order of declaration decides."""

_RANKS: Final = {fault: rank for rank, faults in enumerate(CHECK_ORDER) for fault in faults}


def decode(body: bytes) -> Given:
    """The JSON object in a body. Raises Rejected (2001)."""
    return _told(lambda: json_text.decode(body))


def decode_list(body: bytes, *, longest: int) -> list[object]:
    """The elements of the JSON array in a body; an object alone counts as one. Raises Rejected (2001, 2012)."""
    return _told(lambda: json_text.decode_list(body, longest=longest))


def read(shape: Shape, given: Given, now_ms: int = 0) -> Found:
    """All known fields that were given; defaults are not filled in. Raises Rejected for the fault to be told first."""
    return _told(lambda: shape.read(given, now_ms), lambda: shape.echo(given))


def _told(what: Callable[[], T], echo: Callable[[], Mapping[str, str]] = dict) -> T:
    try:
        return what()
    except Unreadable as unreadable:
        first: Complaint = min(unreadable.complaints, key=lambda complaint: _RANKS[complaint.fault])
    # Out here nothing that failed becomes the context of what is raised: it might hold the body.
    raise Rejected(CODES[first.fault], str(first), echo())
