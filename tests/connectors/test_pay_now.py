"""The code of a PayNow payment, field by field."""

from __future__ import annotations

import pytest

from polygate.connectors.sandbox.pay_now import BILL_NUMBER_MAX_LENGTH, code, reference_in
from polygate.core.emv_qr import BadCode, DataObject, build, parse, text_at
from polygate.core.money import Money

NOON_MS = 1_772_424_000_000
"""2026-03-02 12:00 in Singapore."""
REFERENCE = "sbx62416530927290118"


def payload(minor: int = 8_800, expires_ms: int = NOON_MS, reference: str = REFERENCE) -> str:
    return code(reference=reference, amount=Money(minor, "SGD"), expires_ms=expires_ms)


def test_the_code_says_whom_to_pay_how_much_and_for_what() -> None:
    """In the scheme's own places, and nothing that the payer could change."""
    assert parse(payload()) == (
        DataObject("00", "01"),
        DataObject("01", "12"),
        DataObject(
            "26",
            (
                DataObject("00", "SG.PAYNOW"),
                DataObject("01", "2"),
                DataObject("02", "00000000X"),
                DataObject("03", "0"),
                DataObject("04", "20260302"),
            ),
        ),
        DataObject("52", "0000"),
        DataObject("53", "702"),
        DataObject("54", "88.00"),
        DataObject("58", "SG"),
        DataObject("59", "SANDBOX ACQUIRER"),
        DataObject("60", "Singapore"),
        DataObject("62", (DataObject("01", REFERENCE),)),
    )


@pytest.mark.parametrize(("minor", "text"), [(1, "0.01"), (100, "1.00"), (999_999_999, "9999999.99")])
def test_the_amount_has_two_decimals(minor: int, text: str) -> None:
    """From one cent to the largest order."""
    assert text_at(parse(payload(minor)), "54") == text


def test_the_code_is_good_for_the_last_day_in_singapore() -> None:
    """Whatever day it is in Greenwich."""
    midnight_ms = NOON_MS + 12 * 3_600_000
    days = [text_at(parse(payload(expires_ms=at_ms)), "26", "04") for at_ms in (midnight_ms - 1, midnight_ms)]
    assert days == ["20260302", "20260303"]


def test_the_reference_is_found_again() -> None:
    """Up to its longest."""
    for reference in (REFERENCE, "x", "y" * BILL_NUMBER_MAX_LENGTH):
        assert reference_in(payload(reference=reference)) == reference


def test_codes_of_other_schemes_have_no_reference_of_ours() -> None:
    """They are read, and are none."""
    elsewhere = DataObject("26", (DataObject("00", "example.scheme"),))
    assert reference_in(build((DataObject("00", "01"), elsewhere, DataObject("62", (DataObject("01", "x"),))))) == ""


def test_a_code_with_another_amount_is_no_code() -> None:
    """Its checksum tells."""
    with pytest.raises(BadCode):
        reference_in(payload().replace("88.00", "08.00"))
