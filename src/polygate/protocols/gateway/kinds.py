"""The kinds of single values in the Gateway API, with their limits as data (sections 1.1 and 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from ipaddress import ip_address
from typing import Any, ClassVar, Final

import msgspec

from polygate.core.cards import Secret, is_card_number
from polygate.core.money import CURRENCIES, EXPONENTS
from polygate.protocols.gateway.errors import Code
from polygate.protocols.gateway.fields import Scalar, Wrong

_AMOUNT: Final = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?")
_CURRENCY: Final = re.compile(r"[A-Za-z]{3}")
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH: Final = re.compile(r"0?[1-9]|1[0-2]")
_YEAR: Final = re.compile(r"(?:[0-9]{2}){1,2}")
# No user name or password before the host: they would end up in tables and logs.
_URL: Final = re.compile(
    r"[Hh][Tt][Tt][Pp][Ss]?://(?:\[[0-9A-Fa-f:.]+\]|\w[\w.-]*)(?::([0-9]{1,5}))?(?:[/?#]\S*)?",
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


class SecretText(Text, frozen=True):
    """Text that is never shown, stored or echoed: read as a `Secret`."""

    secret: ClassVar[bool] = True

    def accept(self, text: str) -> Any:
        return Secret(super().accept(text))


class Amount(Scalar, frozen=True):
    """Decimal text, 0.01 to 9999999.99, read with two decimals. Whether they fit the currency is another rule."""

    def accept(self, text: str) -> Any:
        match = _AMOUNT.fullmatch(text)
        if match is None:
            raise Wrong(Code.BAD_AMOUNT, "must have 1 to 7 digits and at most 2 decimals")
        whole, fraction = int(match[1]), (match[2] or "").ljust(2, "0")
        if not whole and fraction == "00":
            raise Wrong(Code.BAD_AMOUNT, "must be at least 0.01")
        return f"{whole}.{fraction}"


class Currency(Scalar, frozen=True):
    """A three-letter code (ISO 4217), read in upper case."""

    values: ClassVar[tuple[str, ...]] = CURRENCIES

    def accept(self, text: str) -> Any:
        if _CURRENCY.fullmatch(text) is None:
            raise Wrong(Code.MALFORMED, "must be a three-letter currency code")
        code = text.upper()
        if code not in EXPONENTS:
            raise Wrong(Code.CURRENCY_NOT_SUPPORTED, "is not a supported currency")
        return code


class Country(Scalar, frozen=True):
    """A two-letter code (ISO 3166-1), read in upper case. Codes are not looked up: the list changes, orders do not."""

    def accept(self, text: str) -> Any:
        if _COUNTRY.fullmatch(text) is None:
            raise Wrong(Code.MALFORMED, "must be a two-letter country code")
        return text.upper()


class Choice(Scalar, frozen=True, dict=True):
    """One of a list of values, in any case, read in our spelling; `aliases` are further spellings."""

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

    def accept(self, text: str) -> Any:
        match text.lower():
            case "true":
                return True
            case "false":
                return False
            case _:
                raise Wrong(Code.MALFORMED, "must be true or false")


class Whole(Scalar, frozen=True):
    """A whole number, read as text without leading zeros."""

    least: int
    most: int

    def accept(self, text: str) -> Any:
        # Nine digits hold every limit we have; counting first keeps a megabyte of digits from becoming a number.
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and self.least <= int(text) <= self.most):
            raise Wrong(Code.MALFORMED, f"must be a whole number from {self.least} to {self.most}")
        return str(int(text))


class Date(Scalar, frozen=True):
    """A day, `yyyy-MM-dd`."""

    def accept(self, text: str) -> Any:
        if _DATE.fullmatch(text):
            try:
                date.fromisoformat(text)
            except ValueError:
                pass  # The form is right, but the calendar has no such day.
            else:
                return text
        raise Wrong(Code.MALFORMED, "must be a date, yyyy-MM-dd")


class IpAddress(Scalar, frozen=True):
    """An IPv4 or IPv6 address; an interface after `%` would mean nothing outside the sender's machine."""

    def accept(self, text: str) -> Any:
        if "%" not in text:
            try:
                ip_address(text)
            except ValueError:
                pass
            else:
                return text
        raise Wrong(Code.MALFORMED, "must be an IPv4 or IPv6 address")


class Url(Scalar, frozen=True):
    """An absolute http or https URL without blanks."""

    longest: ClassVar[int] = 512

    def accept(self, text: str) -> Any:
        match = _URL.fullmatch(text) if len(text) <= self.longest else None
        if match is None or int(match[1] or 80) not in range(1, 65_536):
            raise Wrong(Code.BAD_URL, f"must be an absolute http or https URL of at most {self.longest} characters")
        return text


class CardNumber(Scalar, frozen=True):
    """A card number, read as a `Secret` without the blanks and dashes people write."""

    secret: ClassVar[bool] = True

    def accept(self, text: str) -> Any:
        number = re.sub(r"[\s-]", "", text)
        if not is_card_number(number):
            raise Wrong(Code.BAD_CARD_NUMBER, "is not a valid card number")
        return Secret(number)


class ExpiryMonth(Scalar, frozen=True):
    """Read with two digits."""

    def accept(self, text: str) -> Any:
        if _MONTH.fullmatch(text) is None:
            raise Wrong(Code.BAD_EXPIRY, "must be 01 to 12")
        return text.zfill(2)


class ExpiryYear(Scalar, frozen=True):
    """Read with four digits; two digits mean this century."""

    def accept(self, text: str) -> Any:
        if _YEAR.fullmatch(text) is None:
            raise Wrong(Code.BAD_EXPIRY, "must have 4 digits")
        return text if len(text) == 4 else f"20{text}"
