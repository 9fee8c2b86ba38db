"""What payers type into the card form."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.checkout.card_form import Mistakes, brand_ranges, code_digits, read_card, split_name
from polygate.core.cards import Brand, Card, brand_of
from tests.checkout.payer import GOOD, START_MS, card_fields

AMEX = "378282246310005"


def wide(text: str) -> str:
    """As East Asian keyboards write it."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def problems(**changes: str) -> dict[str, str]:
    read = read_card(card_fields() | changes, START_MS)
    return dict(read.messages) if isinstance(read, Mistakes) else {}


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (GOOD, ""),
        ("4444 3333 2222 1111", ""),
        ("4444-3333-2222-1111", ""),
        (wide("4444333322221111"), ""),
        ("6212454545454690", ""),
        ("", "number.missing"),
        ("  ", "number.missing"),
        ("4444333322221112", "number.wrong"),
        ("444433332222", "number.wrong"),
        ("44443333222211110000", "number.wrong"),
        ("4444 3333 2222 111l", "number.wrong"),
        ("²²²²²²²²²²²²²²²²", "number.wrong"),
        ("٤٤٤٤٣٣٣٣٢٢٢٢١١١١", "number.wrong"),
    ],
)
def test_card_numbers(typed: str, problem: str) -> None:
    """Blanks, dashes and full-width digits are read; everything else must be a number with a right check digit."""
    assert problems(card_number=typed).get("card_number", "") == problem


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("12 / 30", (12, 2030)),
        ("12/30", (12, 2030)),
        ("1/30", (1, 2030)),
        ("0130", (1, 2030)),
        ("01 2030", (1, 2030)),
        ("01-2030", (1, 2030)),
        (wide("12/30"), (12, 2030)),
        ("", "expiry.missing"),
        ("13/30", "expiry.wrong"),
        ("00/30", "expiry.wrong"),
        ("12", "expiry.wrong"),
        ("12/3", "expiry.wrong"),
        ("12/203", "expiry.wrong"),
        ("١٢/٣٠", "expiry.wrong"),
        ("08/26", "expiry.past"),
        ("09/26", (9, 2026)),
        ("12/1999", "expiry.past"),
        ("12/0000", "expiry.past"),
    ],
)
def test_expiry_dates(typed: str, expected: tuple[int, int] | str) -> None:
    """Any usual spelling of month and year; the card is good until the end of its month."""
    read = read_card(card_fields(expiry=typed), START_MS)

    if isinstance(read, Card):
        assert (read.expiry_month, read.expiry_year) == expected
    else:
        assert read.messages == {"expiry": expected}


def test_the_month_ends_in_the_contracts_zone() -> None:
    """Midnight is at UTC+08:00 (gateway contract, 3.6)."""
    end = datetime(2026, 10, 1, tzinfo=timezone(timedelta(hours=8)))
    at_ms = int(end.timestamp() * 1_000)

    assert isinstance(read_card(card_fields(expiry="09/26"), at_ms - 1), Card)
    assert isinstance(read_card(card_fields(expiry="09/26"), at_ms), Mistakes)


@pytest.mark.parametrize(
    ("number", "code", "problem"),
    [
        (GOOD, "123", ""),
        (GOOD, wide("123"), ""),
        (GOOD, "1234", "code.wrong"),
        (GOOD, "", "code.missing"),
        (GOOD, "12a", "code.wrong"),
        (GOOD, "²²²", ""),
        (GOOD, "١٢٣", "code.wrong"),
        (AMEX, "1234", ""),
        (AMEX, "123", "code.wrong"),
        ("", "1234", ""),
        ("", "12345", "code.wrong"),
    ],
)
def test_security_codes(number: str, code: str, problem: str) -> None:
    """Three digits, American Express four; while the number is wrong, either will do."""
    assert problems(card_number=number, cvc=code).get("cvc", "") == problem


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("Amy Lee", ""),
        ("李小龍", ""),
        ("Forge 24 Ltd.", ""),
        ("x" * 64, ""),
        ("", "name.missing"),
        (" \t ", "name.missing"),
        ("x" * 65, "name.wrong"),
        ("Amy\0Lee", "name.wrong"),
        ("Amy\ud800Lee", "name.wrong"),
        ("444433 2222", "name.wrong"),
    ],
)
def test_names(typed: str, problem: str) -> None:
    """What can be stored and is no card number."""
    assert problems(name=typed).get("name", "") == problem


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Amy Lee", ("Amy", "Lee")),
        ("Anna Maria Lee", ("Anna Maria", "Lee")),
        ("Pelé", ("Pelé", "")),
        ("李小龍", ("李小龍", "")),
    ],
)
def test_a_name_is_split_at_its_last_blank(name: str, parts: tuple[str, str]) -> None:
    """Put together again, it reads as it was typed."""
    assert split_name(name) == parts
    card = read_card(card_fields(name=name), START_MS)
    assert isinstance(card, Card)
    assert card.holder == name


@given(st.dictionaries(st.sampled_from(sorted(card_fields())), st.text(max_size=30)))
def test_whatever_is_typed_is_a_card_or_mistakes(form: dict[str, str]) -> None:
    """And no name that comes back has as many digits as a card number could hide in."""
    read = read_card(form, START_MS)

    if isinstance(read, Mistakes):
        assert read.messages
        assert sum(character.isdigit() for character in read.name) <= 5


def test_the_ranges_for_the_script_are_those_of_the_core() -> None:
    """Every four digits are in the range of the brand the core tells, or in none where Visa is only a guess."""
    ranges = brand_ranges()
    for prefix in range(10_000):
        digits = f"{prefix:04d}"
        found = [(brand, length) for first, last, brand, length in ranges if first <= digits <= last]
        brand = brand_of(digits)
        guessed = brand is Brand.VISA and digits[0] != "4"
        assert found == ([] if guessed else [(brand, code_digits(brand))])
