"""The kinds of single values that several protocols know, with their limits as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from ipaddress import IPv6Address, ip_address
from typing import Any, ClassVar, Final

import msgspec

from polygate.core.cards import NUMBER_MAX_LENGTH, NUMBER_MIN_LENGTH, Secret, is_card_number, without_card_numbers
from polygate.core.money import CURRENCIES, EXPONENTS
from polygate.protocols.reading.faults import Fault, Wrong
from polygate.protocols.reading.fields import TEXT_PATTERN, Scalar, bare

_CURRENCY: Final = re.compile(r"[A-Za-z]{3}")
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# No user name or password before the host: they would end up in tables and logs.
_URL: Final = re.compile(
    r"[Hh][Tt][Tt][Pp][Ss]?://(?:\[([0-9A-Fa-f:.]+)\]|\w[\w.-]*)(?::([0-9]{1,5}))?(?:[/?#]\S*)?",
)


class Text(Scalar, frozen=True):
    """Text of a length in characters; `rule` says in words what `pattern` asks for."""

    shortest: int
    longest: int
    pattern: re.Pattern[str] | None = None
    rule: str = ""

    def accept(self, text: str) -> Any:
        if not self.shortest <= len(text) <= self.longest:
            raise Wrong(Fault.MALFORMED, self._length())
        if self.pattern is not None and self.pattern.fullmatch(text) is None:
            raise Wrong(Fault.MALFORMED, self.rule)
        return text

    def _length(self) -> str:
        if self.shortest == self.longest:
            return f"length must be {self.longest}"
        return f"length must be {self.shortest} to {self.longest}"

    def schema(self) -> Mapping[str, Any]:
        pattern = f"^(?:{self.pattern.pattern})$" if self.pattern is not None else TEXT_PATTERN
        return {"type": "string", "minLength": self.shortest, "maxLength": self.longest, "pattern": pattern}

    def limits(self) -> str:
        rule = bare(self.rule)
        length = f"{self.shortest} to {self.longest}" if self.shortest < self.longest else f"{self.longest}"
        # A rule that begins with a number says the length itself: "8 digits".
        return rule if rule[:1].isdigit() else ", ".join(part for part in (f"{length} characters", rule) if part)


class Prose(Text, frozen=True):
    """Text for people. A card number typed into it by mistake is read masked: it must not be kept."""

    def accept(self, text: str) -> Any:
        return without_card_numbers(super().accept(text))


class SecretText(Text, frozen=True):
    """Text that is never shown, stored or echoed: read as a `Secret`."""

    secret: ClassVar[bool] = True

    def accept(self, text: str) -> Any:
        return Secret(super().accept(text))

    def schema(self) -> Mapping[str, Any]:
        return {**super().schema(), "format": "password", "writeOnly": True}


class Currency(Scalar, frozen=True):
    """A three-letter code (ISO 4217), read in upper case."""

    faults: ClassVar[tuple[Fault, ...]] = (Fault.MALFORMED, Fault.CURRENCY_NOT_SUPPORTED)
    rule: ClassVar[str] = "must be a three-letter currency code"
    values: ClassVar[tuple[str, ...]] = CURRENCIES

    def accept(self, text: str) -> Any:
        if _CURRENCY.fullmatch(text) is None:
            raise Wrong(Fault.MALFORMED, self.rule)
        code = text.upper()
        if code not in EXPONENTS:
            raise Wrong(Fault.CURRENCY_NOT_SUPPORTED, "is not a supported currency")
        return code

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "enum": list(self.values)}


class Country(Scalar, frozen=True):
    """A two-letter code (ISO 3166-1), read in upper case. Codes are not looked up: the list changes, orders do not."""

    rule: ClassVar[str] = "must be a two-letter country code"

    def accept(self, text: str) -> Any:
        if _COUNTRY.fullmatch(text) is None:
            raise Wrong(Fault.MALFORMED, self.rule)
        return text.upper()

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "pattern": "^[A-Z]{2}$"}


class Choice(Scalar, frozen=True, dict=True):
    """One of a list of values, in any case, read in our spelling; `aliases` are further spellings."""

    faults: ClassVar[tuple[Fault, ...]] = (Fault.NOT_ALLOWED,)

    values: tuple[str, ...]
    aliases: Mapping[str, str] = msgspec.field(default_factory=dict)

    @cached_property
    def _by_spelling(self) -> dict[str, str]:
        return {value.lower(): value for value in self.values} | {
            spelling.lower(): value for spelling, value in self.aliases.items()
        }

    def accept(self, text: str) -> Any:
        value = self._by_spelling.get(text.lower())
        if value is None:
            among = "one of " if len(self.values) > 1 else ""
            raise Wrong(Fault.NOT_ALLOWED, f"must be {among}{', '.join(self.values)}")
        return value

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "enum": [str(value) for value in (*self.values, *self.aliases)]}

    def limits(self) -> str:
        also = "".join(f"; `{other}` means `{value}`" for other, value in self.aliases.items())
        return ", ".join(f"`{value}`" for value in self.values) + also


class Flag(Scalar, frozen=True):
    """A boolean, also as text."""

    rule: ClassVar[str] = "must be true or false"

    def accept(self, text: str) -> Any:
        match text.lower():
            case "true":
                return True
            case "false":
                return False
            case _:
                raise Wrong(Fault.MALFORMED, self.rule)

    def schema(self) -> Mapping[str, Any]:
        return {"type": "boolean"}


class Whole(Scalar, frozen=True):
    """A whole number, read as text without leading zeros."""

    least: int
    most: int

    @property
    def rule(self) -> str:
        return f"must be a whole number from {self.least} to {self.most}"

    def accept(self, text: str) -> Any:
        # Nine digits hold every limit we have; counting first keeps a megabyte of digits from becoming a number.
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and self.least <= int(text) <= self.most):
            raise Wrong(Fault.MALFORMED, self.rule)
        return str(int(text))

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "pattern": f"^[0-9]{{1,{len(str(self.most))}}}$"}


class Date(Scalar, frozen=True):
    """A day, `yyyy-MM-dd`."""

    rule: ClassVar[str] = "must be a date, yyyy-MM-dd"

    def accept(self, text: str) -> Any:
        if _DATE.fullmatch(text):
            try:
                date.fromisoformat(text)
            except ValueError:
                pass  # The form is right, but the calendar has no such day.
            else:
                return text
        raise Wrong(Fault.MALFORMED, self.rule)

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "format": "date"}


class IpAddress(Scalar, frozen=True):
    """An IPv4 or IPv6 address; an interface after `%` would mean nothing outside the sender's machine."""

    rule: ClassVar[str] = "must be an IPv4 or IPv6 address"

    def accept(self, text: str) -> Any:
        if "%" not in text:
            try:
                ip_address(text)
            except ValueError:
                pass
            else:
                return text
        raise Wrong(Fault.MALFORMED, self.rule)

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}


class Url(Scalar, frozen=True):
    """An absolute http or https URL without blanks."""

    faults: ClassVar[tuple[Fault, ...]] = (Fault.BAD_URL,)
    longest: int = 512

    @property
    def rule(self) -> str:
        return f"must be an absolute http or https URL without a user name or blanks, at most {self.longest} characters"

    def accept(self, text: str) -> Any:
        match = _URL.fullmatch(text) if len(text) <= self.longest else None
        if match is None or int(match[2] or 80) not in range(1, 65_536) or not _is_ipv6(match[1] or "::"):
            raise Wrong(Fault.BAD_URL, self.rule)
        return text

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": self.longest, "pattern": f"^{_URL.pattern}$"}


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


class CardNumber(Scalar, frozen=True):
    """A card number, read as a `Secret` without the blanks and dashes people write."""

    secret: ClassVar[bool] = True
    faults: ClassVar[tuple[Fault, ...]] = (Fault.BAD_CARD_NUMBER,)
    rule: ClassVar[str] = f"must have {NUMBER_MIN_LENGTH} to {NUMBER_MAX_LENGTH} digits and the right check digit"

    def accept(self, text: str) -> Any:
        number = re.sub(r"[\s-]", "", text)
        if not is_card_number(number):
            raise Wrong(Fault.BAD_CARD_NUMBER, self.rule)
        return Secret(number)

    def schema(self) -> Mapping[str, Any]:
        digits = f"^[0-9]{{{NUMBER_MIN_LENGTH},{NUMBER_MAX_LENGTH}}}$"
        return {"type": "string", "pattern": digits, "format": "password", "writeOnly": True}
