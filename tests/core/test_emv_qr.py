"""Codes that merchants present: built and read back object by object, and told apart from everything else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.core.emv_qr import (
    BadChecksum,
    BadCode,
    BadIdentifier,
    BadLength,
    BadOrder,
    BadValue,
    DataObject,
    build,
    checksum,
    parse,
    text_at,
)
from tests.core.tables import Row, table

FORMAT = DataObject("00", "01")

CHECKSUMS = """
    # over                                       crc
      123456789                                  29B1
      A                                          B915
      00020163046304                             748B
"""

PUBLISHED = (
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT"
    "6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME"
    "91320016A0112233449988770708123456786304A13A"
)
"""The sample of the specification (6.1): two accounts, a second alphabet, and a template nobody has reserved."""

TEXT = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=99)
SHORT = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=9)
IDS = {number: f"{number:02d}" for number in range(100)}
TEMPLATES = {*range(26, 52), 62, 64, *range(80, 100)}


def objects_with(ids: list[int], values: st.SearchStrategy[object]) -> st.SearchStrategy[list[DataObject]]:
    """Up to five objects under different ids of a list."""
    some = st.lists(st.sampled_from(ids), unique=True, min_size=1, max_size=5)
    return some.flatmap(
        lambda chosen: st.tuples(*(values for _ in chosen)).map(
            lambda found: [DataObject(IDS[number], value) for number, value in zip(chosen, found, strict=True)]
        )
    )


INNER = objects_with(list(range(50)), SHORT).map(tuple)
PLAIN_OBJECTS = objects_with([n for n in range(1, 100) if n not in TEMPLATES and n != 63], TEXT)
NESTED_OBJECTS = objects_with(sorted(TEMPLATES), INNER)
PAYLOADS = st.tuples(PLAIN_OBJECTS, NESTED_OBJECTS).map(lambda rows: (FORMAT, *rows[0], *rows[1]))


@pytest.mark.parametrize("row", table(CHECKSUMS), ids=str)
def test_the_checksum_is_the_one_of_the_standard(row: Row) -> None:
    """Its check value is 29B1; the others were worked out by hand and by another program."""
    assert f"{checksum(row.over.encode()):04X}" == row.crc


def test_the_published_sample_is_read_and_built_again() -> None:
    """Somebody else's payload, down to its checksum."""
    objects = parse(PUBLISHED)
    assert text_at(objects, "54") == "23.72"
    assert text_at(objects, "29", "05") == "A93FO3230Q"
    assert text_at(objects, "64", "01") == "最佳运输"
    assert build(objects) == PUBLISHED


@given(PAYLOADS)
def test_what_was_built_is_read_back(objects: tuple[DataObject, ...]) -> None:
    """Every object, in its order and with its characters, whatever alphabet they are from."""
    assert parse(build(objects)) == objects


@given(PAYLOADS)
def test_a_payload_is_built_as_it_was_read(objects: tuple[DataObject, ...]) -> None:
    """Character by character; it begins with the format and ends with the checksum."""
    payload = build(objects)
    assert build(parse(payload)) == payload
    assert payload.startswith("000201")
    assert re.fullmatch(r"6304[0-9A-F]{4}", payload[-8:])


@given(PAYLOADS, st.data())
def test_one_changed_character_is_noticed(objects: tuple[DataObject, ...], data: st.DataObject) -> None:
    """Wherever it is: a scanner that misreads one never pays somebody else."""
    payload = build(objects)
    place = data.draw(st.integers(0, len(payload) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda c: c != payload[place]))
    if place >= len(payload) - 4 and other.upper() == payload[place].upper():
        return  # A checksum in small letters is the same checksum.
    with pytest.raises(BadCode):
        parse(f"{payload[:place]}{other}{payload[place + 1 :]}")


@given(st.text(max_size=200))
def test_any_other_text_is_refused_in_our_own_words(text: str) -> None:
    """Never by an accident of the program."""
    with pytest.raises(BadCode):
        parse(text)


def test_templates_hold_objects_of_their_own() -> None:
    """And those of the additional data may hold further ones."""
    inside = (DataObject("00", "example.scheme"), DataObject("01", "x"))
    objects = (FORMAT, DataObject("26", inside), DataObject("62", (DataObject("05", "T1"), DataObject("50", inside))))
    payload = build(objects)

    assert payload[6:37] == "2623" + "0014example.scheme" + "0101x" + "6233"
    assert parse(payload) == objects
    assert text_at(objects, "26", "01") == "x"
    assert text_at(objects, "62", "50", "00") == "example.scheme"


@pytest.mark.parametrize("path", [(), ("99",), ("26",), ("00", "01"), ("26", "02")])
def test_where_there_is_no_text_none_is_found(path: tuple[str, ...]) -> None:
    """Nothing there, a template, or a way that leads nowhere."""
    assert text_at((FORMAT, DataObject("26", (DataObject("01", "x"),))), *path) == ""


@pytest.mark.parametrize("length", [1, 99])
def test_a_value_has_1_to_99_characters(length: int) -> None:
    """Characters, not bytes."""
    objects = (FORMAT, DataObject("59", "店" * length))
    assert f"59{length:02d}店" in build(objects)
    assert parse(build(objects)) == objects


TOO_LONG = DataObject("59", "x" * 100)
REFUSED_TO_BUILD = {
    "nothing at all": ((), BadOrder),
    "no format indicator": ((DataObject("59", "x"),), BadOrder),
    "the format indicator in second place": ((DataObject("59", "x"), FORMAT), BadOrder),
    "something twice": ((FORMAT, DataObject("59", "x"), DataObject("59", "y")), BadOrder),
    "something twice in a template": (
        (FORMAT, DataObject("62", (DataObject("01", "x"), DataObject("01", "y")))),
        BadOrder,
    ),
    "a checksum of one's own": ((FORMAT, DataObject("63", "29B1")), BadIdentifier),
    "an identifier of one digit": ((FORMAT, DataObject("5", "x")), BadIdentifier),
    "an identifier of letters": ((FORMAT, DataObject("5A", "x")), BadIdentifier),
    "an identifier of other digits": ((FORMAT, DataObject("٥٩", "x")), BadIdentifier),
    "no value": ((FORMAT, DataObject("59", "")), BadLength),
    "a value of 100 characters": ((FORMAT, TOO_LONG), BadLength),
    "an empty template": ((FORMAT, DataObject("62", ())), BadLength),
    "a template of 100 characters": ((FORMAT, DataObject("62", (DataObject("01", "x" * 96),))), BadLength),
    "text in place of a template": ((FORMAT, DataObject("62", "0101x")), BadValue),
    "a template in place of text": ((FORMAT, DataObject("59", (DataObject("01", "x"),))), BadValue),
    "half a character": ((FORMAT, DataObject("59", "\ud800")), BadValue),
}


@pytest.mark.parametrize("case", REFUSED_TO_BUILD)
def test_what_would_not_be_read_back_is_not_built(case: str) -> None:
    """Each rule that is broken has its own kind of error."""
    objects, kind = REFUSED_TO_BUILD[case]
    with pytest.raises(BadCode) as refused:
        build(objects)
    assert type(refused.value) is kind


def sealed(body: str) -> str:
    """Anything at all, with the checksum that belongs to it."""
    return f"{body}6304{checksum(f'{body}6304'.encode()):04X}"


REFUSED_TO_READ = {
    "nothing": ("", BadChecksum),
    "no checksum": ("000201", BadChecksum),
    "a checksum that is none": ("0002016304XYZW", BadChecksum),
    "the checksum of something else": ("00020163040000", BadChecksum),
    "nothing but a checksum": (sealed(""), BadOrder),
    "no format indicator": (sealed("5901x"), BadOrder),
    "the format indicator in second place": (sealed("5901x000201"), BadOrder),
    "something twice": (sealed("0002015901x5901y"), BadOrder),
    "a second checksum": (sealed("000201630401AB"), BadIdentifier),
    "an identifier of letters": (sealed("0002015A01x"), BadIdentifier),
    "half an identifier": (sealed("0002015"), BadIdentifier),
    "no length": (sealed("00020159"), BadLength),
    "a length of letters": (sealed("00020159xxx"), BadLength),
    "a length of zero": (sealed("0002015900"), BadLength),
    "a length beyond the end": (sealed("0002015902x"), BadLength),
    "a template that is cut off": (sealed("00020162060103xy"), BadLength),
    "a template that is none": (sealed("0002016204abcd"), BadIdentifier),
}


@pytest.mark.parametrize("case", REFUSED_TO_READ)
def test_what_breaks_a_rule_is_not_read(case: str) -> None:
    """Even where its checksum is right."""
    payload, kind = REFUSED_TO_READ[case]
    with pytest.raises(BadCode) as refused:
        parse(payload)
    assert type(refused.value) is kind


def test_a_checksum_in_small_letters_is_read() -> None:
    """As some scanners and merchants write it."""
    payload = build((FORMAT, DataObject("59", "SHOP A")))
    assert parse(payload[:-4] + payload[-4:].lower()) == parse(payload)
