"""The kinds of single values that only the Merchant API has (section 2.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from polygate.core.cards import NUMBER_MAX_LENGTH, NUMBER_MIN_LENGTH, Secret, has_number_length
from polygate.protocols.reading.faults import Fault, Wrong
from polygate.protocols.reading.fields import AnyJson, Reading, Scalar
from polygate.protocols.reading.kinds import Prose, Text, Whole

DIGITS_MAX: Final = 12
DECIMALS_MAX: Final = 3

_CONTROLS: Final = r"\x00-\x1f\x7f-\x9f"
_ONE_LINE: Final = re.compile(rf"[^\s{_CONTROLS}](?:[^{_CONTROLS}]*[^\s{_CONTROLS}])?")
_WRITABLE: Final = re.compile(rf"[^{_CONTROLS}\ud800-\udfff]+")
_RULE: Final = "must have no control characters"
_AMOUNT: Final = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_NUMBER_PATTERN: Final = r"[0-9]{1,9}(?:\.[0-9]{1,3})?$"
"""As it is best written: any number of zeros at either end does no harm."""


def line(longest: int) -> Text:
    """A text without control characters: `String(n)`."""
    return Text(1, longest, _ONE_LINE, _RULE)


def prose(longest: int) -> Prose:
    """The same for people: a card number typed into it by mistake is masked."""
    return Prose(1, longest, _ONE_LINE, _RULE)


class Identifier(AnyJson, frozen=True):
    """A merchant's number, kept and told again to the character. A whole number counts as its decimal text."""

    longest: int = 128
    may_be_zero: bool = True
    """What notifications repeat must not be `0`: some receivers take that for nothing, and find the sign wrong."""

    faults: ClassVar[tuple[Fault, ...]] = (Fault.WRONG_SHAPE, Fault.MALFORMED)
    rule: ClassVar[str] = "1 to 128 characters, no control characters; also as a whole number"
    schema: ClassVar[Mapping[str, Any]] = {
        "type": ["string", "integer"],
        "minLength": 1,
        "maxLength": 128,
        "pattern": rf"^[^\s{_CONTROLS}](?:[^{_CONTROLS}]*[^\s{_CONTROLS}])?$",
        "minimum": 1,
    }

    def enter(self, value: object, path: str, reading: Reading) -> str:
        if not isinstance(value, str):
            reading.note(Fault.WRONG_SHAPE, path, "must be a text or a whole number")
        elif len(value) > self.longest:
            reading.note(Fault.MALFORMED, path, f"must have at most {self.longest} characters")
        elif not _WRITABLE.fullmatch(value):
            reading.note(Fault.MALFORMED, path, _RULE)
        elif value == "0" and not self.may_be_zero:
            reading.note(Fault.MALFORMED, path, "must not be 0")
        else:
            return value
        return ""


class Number(Scalar, frozen=True):
    """Money or a price: `Number(12,3)`, as a JSON number or as text. Zeros at either end do not count."""

    may_be_zero: bool = False

    faults: ClassVar[tuple[Fault, ...]] = (Fault.BAD_AMOUNT,)

    @property
    def rule(self) -> str:
        least = "a number" if self.may_be_zero else "a number above 0"
        return f"must be {least} in plain digits, at most {DIGITS_MAX}, {DECIMALS_MAX} of them after the point"

    def accept(self, text: str) -> Any:
        match = _AMOUNT.fullmatch(text) if len(text) <= 64 else None
        if match is None:
            raise Wrong(Fault.BAD_AMOUNT, self.rule)
        whole, decimals = match[1].lstrip("0"), (match[2] or "").rstrip("0")
        if len(decimals) > DECIMALS_MAX or len(whole) + len(decimals) > DIGITS_MAX:
            raise Wrong(Fault.BAD_AMOUNT, self.rule)
        if not (whole or decimals or self.may_be_zero):
            raise Wrong(Fault.BAD_AMOUNT, self.rule)
        return f"{whole or '0'}.{decimals}" if decimals else whole or "0"

    def schema(self) -> Mapping[str, Any]:
        least = {"minimum": 0} if self.may_be_zero else {"exclusiveMinimum": 0}
        pattern = f"^{'' if self.may_be_zero else '(?![0.]+$)'}{_NUMBER_PATTERN}"
        return {"type": ["string", "number"], "pattern": pattern, **least, "maximum": 10**9}


class Count(Whole, frozen=True):
    """A whole number, as a JSON number or as digits. `2.0` is one, as it is in JSON Schema."""

    def accept(self, text: str) -> Any:
        whole, point, decimals = text.partition(".")
        return super().accept(whole if point and decimals and not decimals.strip("0") else text)

    def schema(self) -> Mapping[str, Any]:
        digits = len(str(self.most))
        pattern = f"^[1-9][0-9]{{0,{digits - 1}}}$" if self.least else f"^[0-9]{{1,{digits}}}$"
        return {"type": ["integer", "string"], "pattern": pattern, "minimum": self.least, "maximum": self.most}


class AppNumber(Text, frozen=True):
    """The number of an app, as a JSON number or as digits."""

    def schema(self) -> Mapping[str, Any]:
        return {**super().schema(), "type": ["integer", "string"], "minimum": 0}


class CardDigits(Scalar, frozen=True):
    """A card number without its blanks. The check digit is another matter: test cards may have a wrong one."""

    secret: ClassVar[bool] = True
    faults: ClassVar[tuple[Fault, ...]] = (Fault.BAD_CARD_NUMBER,)
    rule: ClassVar[str] = f"must have {NUMBER_MIN_LENGTH} to {NUMBER_MAX_LENGTH} digits"

    def accept(self, text: str) -> Any:
        number = text.replace(" ", "")
        if not has_number_length(number):
            raise Wrong(Fault.BAD_CARD_NUMBER, self.rule)
        return Secret(number)

    def schema(self) -> Mapping[str, Any]:
        digits = f"^[0-9]{{{NUMBER_MIN_LENGTH},{NUMBER_MAX_LENGTH}}}$"
        return {"type": "string", "pattern": digits, "format": "password", "writeOnly": True}
