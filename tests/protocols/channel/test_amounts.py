"""Amounts as JSON numbers (section 2)."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.protocols.channel.amounts import json_number


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1200.50", b"1200.5"),
        ("850.00", b"850"),
        ("850", b"850"),
        ("100", b"100"),
        ("0.01", b"0.01"),
        ("0.10", b"0.1"),
        ("0850", b"850"),
        ("99999999999.99", b"99999999999.99"),
        ("1E+3", b"1000"),
    ],
)
def test_numbers_are_exact_and_have_no_idle_zeros(text: str, written: bytes) -> None:
    assert bytes(json_number(text)) == written


@given(st.integers(0, 10**12 - 1), st.integers(0, 2))
def test_every_reader_gets_the_same_amount(minor: int, decimals: int) -> None:
    """Whoever reads it as a decimal."""
    text = f"{Decimal(minor).scaleb(-decimals):f}"
    assert json.loads(bytes(json_number(text)), parse_float=Decimal, parse_int=Decimal) == Decimal(text)


@pytest.mark.parametrize("text", ["", "ten", "NaN", "-Infinity", "1,5", "1e99999999999999999999"])
def test_what_is_no_number_is_not_written(text: str) -> None:
    with pytest.raises(ValueError, match="not a decimal number"):
        json_number(text)
