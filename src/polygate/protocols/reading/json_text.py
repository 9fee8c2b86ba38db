"""From the bytes of a body to its JSON, numbers being text: no float ever sees an amount."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn

from polygate.protocols.reading.faults import Complaint, Fault, Unreadable
from polygate.protocols.reading.fields import Given


def decode(body: bytes) -> Given:
    """The JSON object in a request body; a leading byte order mark is tolerated (RFC 8259, section 8.1).

    Raises Unreadable (WRONG_SHAPE) for anything else, and for nesting deeper than the interpreter's stack.
    """
    decoded = _decoded(body)
    if not isinstance(decoded, dict):
        raise _unreadable(Fault.WRONG_SHAPE, "the body must be a JSON object in UTF-8")
    return decoded


def decode_list(body: bytes, *, longest: int) -> list[object]:
    """The elements of the JSON array in a request body, 1 to `longest` of whatever kind; an object alone counts as one.

    Raises Unreadable (WRONG_SHAPE, BAD_LIST).
    """
    decoded = _decoded(body)
    if isinstance(decoded, dict):
        return [decoded]
    if not isinstance(decoded, list):
        raise _unreadable(Fault.WRONG_SHAPE, "the body must be a JSON array in UTF-8")
    if not 1 <= len(decoded) <= longest:
        raise _unreadable(Fault.BAD_LIST, f"the list must have 1 to {longest} elements")
    return decoded


def _unreadable(fault: Fault, said: str) -> Unreadable:
    return Unreadable([Complaint(fault, "", said)])


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_EXPONENT_MAX: Final = 20


def _plain(number: str) -> str:
    """A JSON number as plain decimal text: some libraries write 100 as `1E+2`."""
    if "e" not in number and "E" not in number:
        return number
    try:
        exact = Decimal(number)
    except InvalidOperation:
        return number  # Its exponent alone has twenty digits.
    # No field takes a number so long: it is refused as it stands, and not written out first.
    return f"{exact:f}" if abs(exact.adjusted()) <= _EXPONENT_MAX else number


# No digit is spent on a huge number either.
_DECODER: Final = json.JSONDecoder(parse_float=_plain, parse_int=str, parse_constant=_refuse_constant)


def _decoded(body: bytes) -> object:
    """The JSON in a body; None, which no endpoint takes, for what is none."""
    # The exception holds the whole body, card number and all: it must not become the cause of the next one.
    with suppress(ValueError, RecursionError):
        return _DECODER.decode(str(body, "utf-8-sig"))
    return None
