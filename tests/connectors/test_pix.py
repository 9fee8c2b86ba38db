"""The code of a Pix payment, field by field, and the one the contract prints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.connectors.sandbox.pix import REFERENCE_MAX_LENGTH, code, reference_in
from polygate.core.emv_qr import BadCode, DataObject, build, parse, text_at
from polygate.core.money import Money

REFERENCE = "sbx62416530927290118"
PUBLISHED = (
    "00020126370014BR.GOV.BCB.PIX0115sandbox@gw.test520400005303986540559.905802BR5904Demo6009Sao Paulo"
    "62070503***6304A464"
)
"""Signed API, 4.2."""


def test_the_code_says_whom_to_pay_how_much_and_for_what() -> None:
    """In the places of the published one, and nothing that the payer could change."""
    found = parse(code(reference=REFERENCE, amount=Money(5_990, "BRL")))

    assert found == (
        DataObject("00", "01"),
        DataObject("26", (DataObject("00", "BR.GOV.BCB.PIX"), DataObject("01", "collect@sandbox.example"))),
        DataObject("52", "0000"),
        DataObject("53", "986"),
        DataObject("54", "59.90"),
        DataObject("58", "BR"),
        DataObject("59", "SANDBOX ACQUIRER"),
        DataObject("60", "SAO PAULO"),
        DataObject("62", (DataObject("05", REFERENCE),)),
    )
    assert [each.id for each in parse(PUBLISHED)] == [each.id for each in found]


@given(st.integers(1, 10**12), st.from_regex(rf"[A-Za-z0-9]{{1,{REFERENCE_MAX_LENGTH}}}", fullmatch=True))
def test_what_is_written_is_read(minor: int, reference: str) -> None:
    payload = code(reference=reference, amount=Money(minor, "BRL"))

    assert reference_in(payload) == reference
    assert text_at(parse(payload), "54") == f"{minor // 100}.{minor % 100:02}"


@given(st.integers(0, 10_000), st.characters(codec="ascii", exclude_categories=["Cc"]))
def test_a_character_that_is_changed_is_noticed(place: int, other: str) -> None:
    payload = code(reference=REFERENCE, amount=Money(5_990, "BRL"))
    place %= len(payload) - 4
    changed = payload[:place] + other + payload[place + 1 :]

    if changed != payload:
        with pytest.raises(BadCode):
            parse(changed)


def test_codes_of_other_schemes_have_no_reference_of_ours() -> None:
    elsewhere = DataObject("26", (DataObject("00", "example.scheme"),))

    assert reference_in(build((DataObject("00", "01"), elsewhere, DataObject("62", (DataObject("05", "x"),))))) == ""
    assert reference_in(PUBLISHED) == "***"
