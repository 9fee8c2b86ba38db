"""The kinds of single values in the Gateway API, with their limits as data (sections 1.1 and 3)."""

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
from polygate.protocols.gateway.errors import Code
from polygate.protocols.gateway.fields import Scalar, Wrong

_AMOUNT: Final = re.compile(r"(?![0.]+$)([0-9]{1,7})(?:\.([0-9]{1,2}))?")
_CURRENCY: Final = re.compile(r"[A-Za-z]{3}")
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH: Final = re.compile(r"0?[1-9]|1[0-2]")
_YEAR: Final = re.compile(r"(?:[0-9]{2}){1,2}")
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
            raise Wrong(Code.MALFORMED, self._length())
        if self.pattern is not None and self.pattern.fullmatch(text) is None:
            raise Wrong(Code.MALFORMED, self.rule)
        return text

    def _length(self) -> str:
        if self.shortest == self.longest:
            return f"length must be {self.longest}"
        return f"length must be {self.shortest} to {self.longest}"


class Prose(Text, frozen=True):
    """Text for people. A card number typed into it by mistake is read masked: it must not be kept."""

    def accept(self, text: str) -> Any:
        return without_card_numbers(super().accept(text))


class SecretText(Text, frozen=True):
    """Text that is never shown, stored or echoed: read as a `Secret`."""

    secret: ClassVar[bool] = True

    def accept(self, text: str) -> Any:
        return Secret(super().accept(text))


class Amount(Scalar, frozen=True):
    """Decimal text, 0.01 to 9999999.99, read with two decimals. Whether they fit the currency is another rule."""

    faults: ClassVar[tuple[Code, ...]] = (Code.BAD_AMOUNT,)
    pattern: ClassVar[re.Pattern[str]] = _AMOUNT
    rule: ClassVar[str] = "must be 0.01 to 9999999.99 with at most 2 decimals"

    def accept(self, text: str) -> Any:
        match = self.pattern.fullmatch(text)
        if match is None:
            raise Wrong(Code.BAD_AMOUNT, self.rule)
        return f"{int(match[1])}.{(match[2] or '').ljust(2, '0')}"


class Currency(Scalar, frozen=True):
    """A three-letter code (ISO 4217), read in upper case."""

    faults: ClassVar[tuple[Code, ...]] = (Code.MALFORMED, Code.CURRENCY_NOT_SUPPORTED)
    rule: ClassVar[str] = "must be a three-letter currency code"
    values: ClassVar[tuple[str, ...]] = CURRENCIES

    def accept(self, text: str) -> Any:
        if _CURRENCY.fullmatch(text) is None:
            raise Wrong(Code.MALFORMED, self.rule)
        code = text.upper()
        if code not in EXPONENTS:
            raise Wrong(Code.CURRENCY_NOT_SUPPORTED, "is not a supported currency")
        return code


class Country(Scalar, frozen=True):
    """A two-letter code (ISO 3166-1), read in upper case. Codes are not looked up: the list changes, orders do not."""

    rule: ClassVar[str] = "must be a two-letter country code"

    def accept(self, text: str) -> Any:
        if _COUNTRY.fullmatch(text) is None:
            raise Wrong(Code.MALFORMED, self.rule)
        return text.upper()


class Choice(Scalar, frozen=True, dict=True):
    """One of a list of values, in any case, read in our spelling; `aliases` are further spellings."""

    faults: ClassVar[tuple[Code, ...]] = (Code.NOT_ALLOWED,)

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
            raise Wrong(Code.NOT_ALLOWED, f"must be one of {', '.join(self.values)}")
        return value


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
                raise Wrong(Code.MALFORMED, self.rule)


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
            raise Wrong(Code.MALFORMED, self.rule)
        return str(int(text))


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
        raise Wrong(Code.MALFORMED, self.rule)


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
        raise Wrong(Code.MALFORMED, self.rule)


class Url(Scalar, frozen=True):
    """An absolute http or https URL without blanks."""

    faults: ClassVar[tuple[Code, ...]] = (Code.BAD_URL,)
    longest: ClassVar[int] = 512
    pattern: ClassVar[re.Pattern[str]] = _URL
    rule: ClassVar[str] = f"must be an absolute http or https URL of at most {longest} characters"

    def accept(self, text: str) -> Any:
        match = self.pattern.fullmatch(text) if len(text) <= self.longest else None
        if match is None or int(match[2] or 80) not in range(1, 65_536) or not _is_ipv6(match[1] or "::"):
            raise Wrong(Code.BAD_URL, self.rule)
        return text


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


class CardNumber(Scalar, frozen=True):
    """A card number, read as a `Secret` without the blanks and dashes people write."""

    secret: ClassVar[bool] = True
    faults: ClassVar[tuple[Code, ...]] = (Code.BAD_CARD_NUMBER,)
    rule: ClassVar[str] = f"must have {NUMBER_MIN_LENGTH} to {NUMBER_MAX_LENGTH} digits and the right check digit"

    def accept(self, text: str) -> Any:
        number = re.sub(r"[\s-]", "", text)
        if not is_card_number(number):
            raise Wrong(Code.BAD_CARD_NUMBER, self.rule)
        return Secret(number)


class ExpiryMonth(Scalar, frozen=True):
    """Read with two digits."""

    faults: ClassVar[tuple[Code, ...]] = (Code.BAD_EXPIRY,)
    pattern: ClassVar[re.Pattern[str]] = _MONTH
    rule: ClassVar[str] = "must be 01 to 12"

    def accept(self, text: str) -> Any:
        if self.pattern.fullmatch(text) is None:
            raise Wrong(Code.BAD_EXPIRY, self.rule)
        return text.zfill(2)


class ExpiryYear(Scalar, frozen=True):
    """Read with four digits; two digits mean this century."""

    faults: ClassVar[tuple[Code, ...]] = (Code.BAD_EXPIRY,)
    pattern: ClassVar[re.Pattern[str]] = _YEAR
    rule: ClassVar[str] = "must have 4 digits"

    def accept(self, text: str) -> Any:
        if self.pattern.fullmatch(text) is None:
            raise Wrong(Code.BAD_EXPIRY, self.rule)
        return text if len(text) == 4 else f"20{text}"
