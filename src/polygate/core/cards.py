"""Payment cards: numbers that never show themselves, brands, and the checks one can do without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec


class Secret:
    """Text that must not leak: `repr`, `str` and formatting show stars, and only `reveal()` gives it away."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not serialized")


class Brand(StrEnum):
    """Card schemes, spelled as the Gateway API shows them."""

    VISA = "VISA"
    MASTERCARD = "MASTERCARD"
    AMEX = "AMEX"
    JCB = "JCB"
    UNIONPAY = "UNIONPAY"
    DISCOVER = "DISCOVER"
    DINERS = "DINERS"

    @property
    def own_name(self) -> str:
        """What the scheme calls itself, for people to read."""
        return _OWN_NAMES[self]


_OWN_NAMES: Final[Mapping[Brand, str]] = {
    Brand.VISA: "Visa",
    Brand.MASTERCARD: "Mastercard",
    Brand.AMEX: "American Express",
    Brand.JCB: "JCB",
    Brand.UNIONPAY: "UnionPay",
    Brand.DISCOVER: "Discover",
    Brand.DINERS: "Diners Club",
}

_EXPIRY_ZONE: Final = timezone(timedelta(hours=8))

_PREFIXES: Final[tuple[tuple[int, int, Brand], ...]] = (
    (34, 34, Brand.AMEX),
    (37, 37, Brand.AMEX),
    (35, 35, Brand.JCB),
    (62, 62, Brand.UNIONPAY),
    (81, 81, Brand.UNIONPAY),
    (51, 55, Brand.MASTERCARD),
    (2221, 2720, Brand.MASTERCARD),
    (6011, 6011, Brand.DISCOVER),
    (64, 65, Brand.DISCOVER),
    (30, 30, Brand.DINERS),
    (36, 36, Brand.DINERS),
    (38, 38, Brand.DINERS),
)
"""First and last prefix of each range, inclusive (gateway contract, section 12)."""
_PREFIX_MAX_LENGTH: Final = 4


def brand_of(number: str) -> Brand:
    """The scheme of a card number; Visa where no range matches (gateway contract, section 12)."""
    return _brand_by(number[:_PREFIX_MAX_LENGTH])


@lru_cache(10**_PREFIX_MAX_LENGTH)
def _brand_by(prefix: str) -> Brand:
    for first, last, brand in _PREFIXES:
        if first <= int(prefix[: len(str(first))]) <= last:
            return brand
    return Brand.VISA


def passes_luhn(number: str) -> bool:
    """Whether the check digit fits (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


NUMBER_MIN_LENGTH: Final = 13
NUMBER_MAX_LENGTH: Final = 19


def has_number_length(number: str) -> bool:
    """13 to 19 digits."""
    return number.isascii() and number.isdigit() and NUMBER_MIN_LENGTH <= len(number) <= NUMBER_MAX_LENGTH


def is_card_number(number: str) -> bool:
    """13 to 19 digits with a right check digit; UnionPay numbers are issued without one (gateway contract, 3.6)."""
    if not has_number_length(number):
        return False
    return brand_of(number) is Brand.UNIONPAY or passes_luhn(number)


_LENGTHS: Final[Mapping[Brand, frozenset[int]]] = {
    Brand.VISA: frozenset({13, 16, 19}),
    Brand.MASTERCARD: frozenset({16}),
    Brand.AMEX: frozenset({15}),
    Brand.JCB: frozenset({16, 19}),
    Brand.UNIONPAY: frozenset({16, 19}),
    Brand.DISCOVER: frozenset({16, 19}),
    Brand.DINERS: frozenset({14, 16, 19}),
}
"""Digits of each scheme's numbers. Rare lengths of 17 and 18 are left out: our own identifiers have 18."""

_IN_TEXT: Final = re.compile(r"(?<![0-9])[2-68](?:[ -]?[0-9]){12,18}(?![0-9])")
"""Digits as people write card numbers into texts, in groups or not."""


@lru_cache
def looks_like_card(number: str) -> bool:
    """Whether digits have a scheme's prefix, a length it issues and, where it has one, the right check digit."""
    brand = brand_of(number)
    of_brand = len(number) in _LENGTHS[brand] and (brand is not Brand.VISA or number.startswith("4"))
    return of_brand and is_card_number(number)


def without_card_numbers(text: str) -> str:
    """A text for people in which card numbers are masked: someone may have typed one into the wrong field."""

    def masked(found: re.Match[str]) -> str:
        number = re.sub("[ -]", "", found[0])
        return mask(number) if looks_like_card(number) else found[0]

    return _IN_TEXT.sub(masked, text)


def has_expired(year: int, month: int, *, now_ms: int) -> bool:
    """Whether the last moment of the expiry month has passed, in UTC+08:00 (gateway contract, 3.6)."""
    today = datetime.fromtimestamp(now_ms // 1_000, _EXPIRY_ZONE)
    return (year, month) < (today.year, today.month)


def mask(number: str) -> str:
    """First six and last four digits, the only form that is shown or stored in the clear."""
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


class Card(msgspec.Struct, frozen=True):
    """A card as the payer gave it. It lives for one request; only the vault may keep it longer.

    `security_code` is never kept anywhere. The year has four digits; month and year are absent together.
    """

    number: Secret
    first_name: str
    last_name: str
    security_code: Secret | None = None
    expiry_month: int | None = None
    expiry_year: int | None = None

    @property
    def brand(self) -> Brand:
        return brand_of(self.number.reveal())

    @property
    def masked(self) -> str:
        return mask(self.number.reveal())

    @property
    def bin(self) -> str:
        return self.number.reveal()[:6]

    @property
    def holder(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Cryptogram(msgspec.Struct, frozen=True):
    """What proves a merchant's own 3-D Secure result to the issuer. It lives for one request and is kept nowhere."""

    value: Secret
    """CAVV, or AAV for Mastercard."""
    directory_id: str = ""
    """The directory server's number of the authentication."""
    xid: str = ""
    """That of 3-D Secure 1."""


class CardOnFile(msgspec.Struct, frozen=True):
    """What may be remembered of a card outside the vault."""

    masked: str
    brand: Brand
    fingerprint: str
    """Keyed hash of the number (hex): equal for equal cards, useless without the key."""
    holder: str
    expiry_month: int | None = None
    expiry_year: int | None = None
