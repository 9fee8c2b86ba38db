"""The card form: what a payer typed becomes a card, or a word about each field that is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import groupby
from typing import Final

import msgspec

from polygate.core.cards import Brand, Card, Secret, brand_of, has_expired, has_number_length, is_card_number

NAME_MAX_LENGTH: Final = 64
"""As much as the API takes for one part of a name (gateway contract, 3.6)."""
_NAME_MAX_DIGITS: Final = 5
"""A company's name may have a few digits. More are a card number in the wrong field, which must not be kept."""
_EXPIRY: Final = re.compile(r"(\d{1,2})\s*[-/. ]?\s*(\d{2}|\d{4})")


class Mistakes(msgspec.Struct, frozen=True):
    """What is wrong: the key of the message for each field, in the order of the page, and the name as typed."""

    messages: Mapping[str, str]
    name: str
    code_digits: int


def read_card(form: Mapping[str, str], now_ms: int, *, any_digits: bool = False) -> Card | Mistakes:
    """The card in the fields `card_number`, `expiry`, `cvc` and `name`; `now_ms` is in milliseconds since 1970.

    `any_digits` takes numbers whose check digit is wrong."""
    number = re.sub(r"[\s-]", "", _typed(form, "card_number"))
    expiry = _expiry(_typed(form, "expiry"))
    code = _typed(form, "cvc")
    name = " ".join(form.get("name", "").split())
    is_number = has_number_length(number) if any_digits else is_card_number(number)
    digits = code_digits(brand_of(number)) if is_number else code_digits(Brand.VISA)
    found = {
        "card_number": _about_number(number, is_number),
        "expiry": _about_expiry(form, expiry, now_ms),
        "cvc": _about_code(code, is_number, digits),
        "name": _about_name(name),
    }
    messages = {field: message for field, message in found.items() if message}
    if messages or expiry is None:
        return Mistakes(messages, "" if messages.get("name") else name, digits)
    first_name, last_name = split_name(name)
    return Card(
        number=Secret(number),
        first_name=first_name,
        last_name=last_name,
        security_code=Secret(code),
        expiry_month=expiry[1],
        expiry_year=expiry[0],
    )


def code_digits(brand: Brand) -> int:
    """How long a brand's security code is."""
    return 4 if brand is Brand.AMEX else 3


def split_name(name: str) -> tuple[str, str]:
    """First and last name: apart at the last blank. A single word is the first name, so that both read as typed."""
    first, _, last = name.rpartition(" ")
    return (first, last) if first else (last, "")


def brand_ranges() -> list[tuple[str, str, str, int]]:
    """First and last four digits, brand and length of its code, for the script that recognizes cards being typed.

    Worked out from the core's own rule. Numbers that are Visa only for want of a better guess are left out.
    """
    brands = ((f"{prefix:04d}", brand_of(f"{prefix:04d}")) for prefix in range(1_000, 10_000))
    known = ((prefix, "" if brand is Brand.VISA and prefix[0] != "4" else brand) for prefix, brand in brands)
    runs = ((brand, [prefix for prefix, _ in run]) for brand, run in groupby(known, key=lambda pair: pair[1]))
    return [(run[0], run[-1], brand, code_digits(Brand(brand))) for brand, run in runs if brand]


def _typed(form: Mapping[str, str], field: str) -> str:
    """East Asian keyboards write digits at full width."""
    return unicodedata.normalize("NFKC", form.get(field, "")).strip()


def _expiry(text: str) -> tuple[int, int] | None:
    """Year and month, from any usual way of writing them."""
    match = _EXPIRY.fullmatch(text) if text.isascii() else None
    if match is None or not 1 <= int(match[1]) <= 12:
        return None
    year = int(match[2])
    return (year if year >= 100 else 2000 + year), int(match[1])


def _about_number(number: str, is_number: bool) -> str:
    if not number:
        return "number.missing"
    return "" if is_number else "number.wrong"


def _about_expiry(form: Mapping[str, str], expiry: tuple[int, int] | None, now_ms: int) -> str:
    if not _typed(form, "expiry"):
        return "expiry.missing"
    if expiry is None:
        return "expiry.wrong"
    return "expiry.past" if has_expired(*expiry, now_ms=now_ms) else ""


def _about_code(code: str, is_number: bool, digits: int) -> str:
    if not code:
        return "code.missing"
    if not (code.isascii() and code.isdigit()):
        return "code.wrong"
    # Until the number is right, nobody knows how long its code is.
    fits = len(code) == digits if is_number else len(code) in {3, 4}
    return "" if fits else "code.wrong"


def _about_name(name: str) -> str:
    if not name:
        return "name.missing"
    digits = sum(character.isdigit() for character in name)
    writable = all(unicodedata.category(character) not in {"Cc", "Cs"} for character in name)
    return "" if writable and digits <= _NAME_MAX_DIGITS and len(name) <= NAME_MAX_LENGTH else "name.wrong"
