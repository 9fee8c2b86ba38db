"""Reading the members of a body: strict about types, silent about members that nobody asked for (section 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from polygate.protocols.channel.errors import Code, Rejected, bad

Given = Mapping[str, Any]

IDENTIFIERS_END: Final = 2**53
"""Identifiers are below this, so that they are exact in every JSON reader."""

PRINTED: Final = r"^[^\x00-\x1f\x7f]*$"
"""Text without controls: databases refuse the first of them, and no number, name or account has any."""
NOT_BLANK: Final = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
"""The same with at least one character that is no blank."""

_PRINTED: Final = re.compile(PRINTED)
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def read_object(body: bytes) -> Given:
    """The members of a JSON object; numbers with a fraction are Decimals. Raises Rejected (1101)."""
    try:
        return _OBJECT.decode(body)
    except (msgspec.DecodeError, InvalidOperation, UnicodeDecodeError, RecursionError):
        raise Rejected(Code.NOT_JSON) from None


def optional_text(given: Given, name: str, *, longest: int, where: str = "") -> str:
    """Empty where it is absent or null. Raises Rejected (1103)."""
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or not _PRINTED.fullmatch(value):
        raise bad(f"{where}.{name}" if where else name)
    return value


def required_text(given: Given, name: str, *, longest: int) -> str:
    """At least one character that is no blank. Raises Rejected (1103)."""
    value = optional_text(given, name, longest=longest)
    if not value.strip():
        raise bad(name)
    return value


def optional_id(given: Given, name: str) -> int | None:
    """Raises Rejected (1103)."""
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < IDENTIFIERS_END:
        raise bad(name)
    return value
