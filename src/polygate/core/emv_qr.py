"""Codes that a merchant presents and a payer's wallet scans, as EMVCo lays them out.

A payload is a row of data objects: two digits of identifier, two digits of length, the value. Some values are rows of
data objects themselves (templates). The first object says how to read the rest, the last one is a checksum over all
(EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, 3 and 4). What schemes write into the objects
is theirs to know.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from collections.abc import Sequence
from typing import Final

import msgspec

PAYLOAD_FORMAT: Final = "00"
CHECKSUM: Final = "63"
LONGEST: Final = 99
"""Characters in one value; there is at least one."""

_ID: Final = re.compile("[0-9]{2}")
_CHECKSUM_VALUE: Final = re.compile("[0-9A-Fa-f]{4}")
_CHECKSUM_HEAD: Final = f"{CHECKSUM}04"
_ROOT_TEMPLATES: Final = frozenset({*range(26, 52), 62, 64, *range(80, 100)})
_ADDITIONAL_DATA: Final = "62"
_ADDITIONAL_TEMPLATES: Final = frozenset(range(50, 100))


class BadCode(ValueError):
    """A payload, or the objects for one, that breaks the rules; each rule has its own kind."""


class BadIdentifier(BadCode):
    """Not two digits, or one that may not stand where it stands."""


class BadLength(BadCode):
    """Not 1 to 99 characters, or not as many as the payload has left."""


class BadValue(BadCode):
    """Text where the identifier calls for a template, or a template where it calls for text; or half a character."""


class BadOrder(BadCode):
    """The format indicator is not the first, or something stands twice in one row."""


class BadChecksum(BadCode):
    """There is none at the end, or another one than the payload has."""


class DataObject(msgspec.Struct, frozen=True):
    """`id` is two digits; `value` is text of 1 to 99 characters, or the objects of a template that has as many."""

    id: str
    value: str | tuple[DataObject, ...]


def checksum(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 1021, starting at FFFF, nothing reflected."""
    return crc_hqx(data, 0xFFFF)


def build(objects: Sequence[DataObject]) -> str:
    """The payload of these objects, in their order, with its checksum. Raises BadCode."""
    _check_root(objects)
    body = _row(objects, "") + _CHECKSUM_HEAD
    return f"{body}{_checksum_text(body)}"


def parse(payload: str) -> tuple[DataObject, ...]:
    """The objects of a payload without the checksum, which is right; the reverse of `build`. Raises BadCode."""
    body, said = payload[:-4], payload[-4:]
    if not body.endswith(_CHECKSUM_HEAD) or not _CHECKSUM_VALUE.fullmatch(said):
        raise BadChecksum("there is no checksum at the end")
    if said.upper() != _checksum_text(body):
        raise BadChecksum("the checksum is that of another payload")
    objects = _objects(body.removesuffix(_CHECKSUM_HEAD), "")
    _check_root(objects)
    return objects


def text_at(objects: Sequence[DataObject], *path: str) -> str:
    """The text under identifiers from the outermost to the innermost one; empty where there is none."""
    for found in objects:
        if path and found.id == path[0]:
            if isinstance(found.value, str):
                return found.value if len(path) == 1 else ""
            return text_at(found.value, *path[1:])
    return ""


def _check_root(objects: Sequence[DataObject]) -> None:
    if not objects or objects[0].id != PAYLOAD_FORMAT:
        raise BadOrder(f"the first object must be {PAYLOAD_FORMAT}, the format indicator")
    if any(each.id == CHECKSUM for each in objects):
        raise BadIdentifier(f"{CHECKSUM} is the checksum, which is worked out")


def _row(objects: Sequence[DataObject], within: str) -> str:
    written = []
    seen: set[str] = set()
    for each in objects:
        _check_id(each.id, seen)
        if isinstance(each.value, str) == _is_template(each.id, within):
            raise BadValue(f"{each.id} calls for {'a template' if isinstance(each.value, str) else 'text'}")
        text = each.value if isinstance(each.value, str) else _row(each.value, within + each.id)
        if not 1 <= len(text) <= LONGEST:
            raise BadLength(f"{each.id} must have 1 to {LONGEST} characters, not {len(text)}")
        written.append(f"{each.id}{len(text):02d}{text}")
    return "".join(written)


def _objects(text: str, within: str) -> tuple[DataObject, ...]:
    found: list[DataObject] = []
    seen: set[str] = set()
    while text:
        id_, digits, rest = text[:2], text[2:4], text[4:]
        _check_id(id_, seen)
        if not _ID.fullmatch(digits) or not 1 <= int(digits) <= len(rest):
            raise BadLength(f"{id_} must say its length in two digits and have as many characters")
        value, text = rest[: int(digits)], rest[int(digits) :]
        is_template = _is_template(id_, within)
        found.append(DataObject(id_, _objects(value, within + id_) if is_template else value))
    return tuple(found)


def _check_id(id_: str, seen: set[str]) -> None:
    if not _ID.fullmatch(id_):
        raise BadIdentifier("an identifier has two digits")
    if id_ in seen:
        raise BadOrder(f"{id_} stands twice in one row")
    seen.add(id_)


def _is_template(id_: str, within: str) -> bool:
    """Tables 3.1 and 4.1 of the specification; `within` is the template that the object stands in, or empty."""
    if not within:
        return int(id_) in _ROOT_TEMPLATES
    return within == _ADDITIONAL_DATA and int(id_) in _ADDITIONAL_TEMPLATES


def _checksum_text(body: str) -> str:
    try:
        return f"{checksum(body.encode()):04X}"
    except UnicodeEncodeError:
        raise BadValue("a value holds half a character") from None
