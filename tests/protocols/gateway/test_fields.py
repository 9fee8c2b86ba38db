"""Reading bodies by declaration: the base rules 6 to 10 and the check order, on small shapes of our own."""

from __future__ import annotations

from typing import Any

import pytest

from polygate.protocols.gateway import reading
from polygate.protocols.gateway.errors import Code, Rejected
from polygate.protocols.gateway.kinds import Amount
from polygate.protocols.gateway.reading import decode, decode_list
from polygate.protocols.reading.faults import Fault, Wrong
from polygate.protocols.reading.fields import Found, Given, ListOf, Scalar, Shape, absent, optional, required, rule
from polygate.protocols.reading.kinds import Choice, Flag, SecretText, Text

TEXT = Shape(optional("a", Text(1, 5), "A text."))


def read(shape: Shape, body: str) -> Found:
    return reading.read(shape, decode(body.encode()))


def fault(shape: Shape, body: str | bytes) -> tuple[str, str]:
    with pytest.raises(Rejected) as caught:
        reading.read(shape, decode(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")))
    return caught.value.code.code, caught.value.said


# --- bytes to JSON ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"   \n", id="blanks"),
        pytest.param(b"a=1&b=2", id="a form"),
        pytest.param(b"<a/>", id="XML"),
        pytest.param(b'{"a": 1', id="cut off"),
        pytest.param(b'{"a": 1}}', id="something after the end"),
        pytest.param(b"{'a': 1}", id="single quotes"),
        pytest.param(b'{"a": 1,}', id="trailing comma"),
        pytest.param(b'{"a": 01}', id="leading zero"),
        pytest.param(b'{"a": +1}', id="plus sign"),
        pytest.param(b'{"a": .5}', id="no digit before the point"),
        pytest.param(b'{"a": NaN}', id="not a number"),
        pytest.param(b'{"a": Infinity}', id="infinity"),
        pytest.param(b'{"a": -Infinity}', id="minus infinity"),
        pytest.param(b'{"a": "x\x00y"}', id="raw NUL"),
        pytest.param(b'{"a": "x\ny"}', id="raw line end in a text"),
        pytest.param(b'{"a": "\xff\xfe"}', id="not UTF-8"),
        pytest.param(b'{"a": "\xed\xa0\x80"}', id="surrogate in UTF-8"),
        pytest.param('{"a": "x"}'.encode("utf-16"), id="UTF-16"),
        pytest.param('{"a": "x"}'.encode("utf-32"), id="UTF-32"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'[{"a": "x"}]', id="an object in a list"),
        pytest.param(b'"a"', id="a text"),
        pytest.param(b"1", id="a number"),
        pytest.param(b"true", id="a boolean"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[" * 100_000, id="100,000 open lists"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="100,000 objects in one another"),
        pytest.param(b"\x00" * (1 << 20), id="1 MiB of NUL"),
        pytest.param(b"9" * (1 << 20), id="1 MiB of digits"),
        pytest.param(b'{"a":"' + b"x" * (1 << 20), id="1 MiB of an open text"),
    ],
)
def test_a_body_that_is_no_json_object_is_2001(body: bytes) -> None:
    """Whatever the bytes are, the answer is the same one, and nothing else escapes."""
    with pytest.raises(Rejected) as caught:
        decode(body)
    assert caught.value.code is Code.WRONG_SHAPE
    assert caught.value.fields == {}


def test_the_body_does_not_hang_on_the_rejection() -> None:
    """The JSON reader's own exception holds the whole body; a card number in it must not reach a log that way."""
    with pytest.raises(Rejected) as caught:
        decode(b'{"cardNo": "4444333322221111"')
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_a_list_is_read_whatever_its_elements_are() -> None:
    """They are judged one by one later; an object alone is a list of one."""
    assert decode_list(b'[{"a": 1}, [], "x", null, 1.50]', longest=5) == [{"a": "1"}, [], "x", None, "1.50"]
    assert decode_list(b'\xef\xbb\xbf {"a": "x"}', longest=1) == [{"a": "x"}]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", "2012"),
        (b"[1, 2, 3]", "2012"),
        (b"", "2001"),
        (b"null", "2001"),
        (b'"x"', "2001"),
        (b"7", "2001"),
        (b"[1", "2001"),
        (b"[" * 100_000 + b"]" * 100_000, "2001"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_list_is_neither_empty_nor_too_long_nor_something_else(body: bytes, code: str) -> None:
    with pytest.raises(Rejected) as caught:
        decode_list(body, longest=2)
    assert caught.value.code.code == code
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "number",
    [
        "100.99",
        "1E+400",
        "1e99999999999999999999",
        "0e-99999999999999999999",
        "-0",
        "0.10",
        "20220828000002",
        "9" * 5000,
    ],
)
def test_a_number_stays_the_text_it_was_sent_as(number: str) -> None:
    """No float, no rounding, no limit on digits: what was written is what is judged."""
    assert decode(f'{{"a": {number}}}'.encode()) == {"a": number}


@pytest.mark.parametrize(
    ("number", "plain"),
    [("1E+2", "100"), ("1e3", "1000"), ("1.5e1", "15"), ("5E-1", "0.5"), ("1.50E0", "1.50"), ("1e20", "1" + "0" * 20)],
)
def test_a_number_with_an_exponent_is_read_as_plain_decimal_text(number: str, plain: str) -> None:
    """Exactly; some libraries write round amounts so. As a text it stays what it is, and is no amount."""
    assert decode(f'{{"a": {number}, "b": "{number}"}}'.encode()) == {"a": plain, "b": number}


def test_the_last_of_two_equal_keys_wins() -> None:
    assert read(TEXT, '{"a": "x", "a": "y"}') == {"a": "y"}


def test_a_byte_order_mark_is_tolerated() -> None:
    """Some editors and clients put one before the first brace."""
    assert decode(b'\xef\xbb\xbf{"a": "x"}') == {"a": "x"}


# --- scalars ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        ('"x"', "x"),
        ('"  x "', "x"),
        ('"\\t x y \\r\\n"', "x y"),
        ('"\u3000x\u00a0"', "x"),
        ('"12345"', "12345"),
        ('" 12345 "', "12345"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('"中文中文中"', "中文中文中"),
        ("12345", "12345"),
        ("-1.5", "-1.5"),
        ("1e3", "1000"),
        ("true", "true"),
        ("false", "false"),
        ('"a\\tb"', "a\tb"),
        ('"a\\r\\nb"', "a\r\nb"),
    ],
)
def test_scalars_become_trimmed_text(sent: str, read_as: str) -> None:
    """Numbers and booleans are texts too; lengths count characters after the blanks are cut."""
    assert read(TEXT, f'{{"a": {sent}}}') == {"a": read_as}


@pytest.mark.parametrize("sent", ['"123456"', '" 123456"', "123456", "-12.55", '"中文中文中文"'])
def test_one_character_too_many_is_2003(sent: str) -> None:
    assert fault(TEXT, f'{{"a": {sent}}}') == ("2003", "a: length must be 1 to 5")


@pytest.mark.parametrize("body", ["{}", '{"a": null}', '{"a": ""}', '{"a": "   "}', '{"a": "\\t\\n\u3000"}'])
def test_missing_null_and_empty_are_the_same(body: str) -> None:
    """For an optional field nothing is read; for a required one it is 2002."""
    assert read(TEXT, body) == {}
    assert fault(Shape(required("a", Text(1, 5), "A text.")), body) == ("2002", "a: is required")


@pytest.mark.parametrize("sent", ["{}", "[]", '{"x": 1}', "[1]", '["x"]'])
def test_an_object_or_list_for_a_scalar_is_2001(sent: str) -> None:
    assert fault(TEXT, f'{{"a": {sent}}}') == ("2001", "a: must be a text")


@pytest.mark.parametrize(
    "escape",
    ["\\u0000", "\\u0001", "\\b", "\\u000b", "\\f", "\\u001b", "\\u001f", "\\u007f", "\\u0085", "\\ud800", "\\udfff"],
)
@pytest.mark.parametrize("text", ["{}", "x{}", "{}x", "x{}y", " {} "])
def test_control_characters_and_broken_text_are_2003(escape: str, text: str) -> None:
    """Neither a database nor a page can hold them, wherever in the text they stand."""
    body = f'{{"a": "{text.format(escape)}"}}'
    assert fault(TEXT, body) == ("2003", "a: contains a control character or broken text")


def test_unknown_fields_are_ignored_at_every_level() -> None:
    """Also when their names or contents are rubbish."""
    shape = Shape(optional("o", TEXT, "An object."))
    assert read(shape, '{"o": {"a": "x", "b": [{}]}, "\\u0000": "\\ud800", "z": {"deep": [[[]]]}}') == {"o": {"a": "x"}}


# --- objects and lists ------------------------------------------------------------------------------------------------

NESTED = Shape(
    optional("card", Shape(required("month", Text(2, 2), "A text.")), "An object."),
    optional("items", ListOf(Shape(required("sku", Text(1, 3), "A text.")), longest=4), "A list."),
)


def test_objects_and_lists_keep_their_known_fields() -> None:
    assert read(NESTED, '{"card": {"month": 12, "x": 1}, "items": [{"sku": "a"}, {"sku": 7, "y": 2}]}') == {
        "card": {"month": "12"},
        "items": [{"sku": "a"}, {"sku": "7"}],
    }


@pytest.mark.parametrize("length", [0, 1, 4, 5])
def test_a_list_has_its_limits(length: int) -> None:
    """One element less or more is 2012, and the elements are not looked at."""
    bounded = Shape(optional("items", ListOf(NESTED, shortest=1, longest=4), "A list."))
    body = f'{{"items": [{", ".join(["{}"] * length)}]}}'
    if 1 <= length <= 4:
        assert read(bounded, body) == {"items": [{}] * length}
    else:
        assert fault(bounded, body.replace("{}", "7")) == ("2012", "items: must have 1 to 4 elements")


@pytest.mark.parametrize("blank", ["null", '""', '"  "'])
def test_a_blank_object_or_list_is_not_given(blank: str) -> None:
    assert read(NESTED, f'{{"card": {blank}, "items": {blank}}}') == {}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"card": "x"}', "card: must be an object"),
        ('{"card": 0}', "card: must be an object"),
        ('{"card": false}', "card: must be an object"),
        ('{"card": []}', "card: must be an object"),
        ('{"card": {"month": {}}}', "card.month: must be a text"),
        ('{"items": {}}', "items: must be a list"),
        ('{"items": "x"}', "items: must be a list"),
        ('{"items": true}', "items: must be a list"),
        ('{"items": [{"sku": "a"}, null]}', "items[1]: must be an object"),
        ('{"items": ["x"]}', "items[0]: must be an object"),
        ('{"items": [[]]}', "items[0]: must be an object"),
        ('{"items": [{"sku": "a"}, {"sku": []}]}', "items[1].sku: must be a text"),
    ],
)
def test_a_wrong_shape_inside_is_2001_and_names_the_place(body: str, said: str) -> None:
    assert fault(NESTED, body) == ("2001", said)


def test_faults_inside_name_the_whole_path() -> None:
    assert fault(NESTED, '{"card": {}}') == ("2002", "card.month: is required")
    assert fault(NESTED, '{"card": {"month": "1"}}') == ("2003", "card.month: length must be 2")
    items = '{"items": [{"sku": "a"}, {"sku": "a"}, {"sku": "a"}, {"sku": "abcd"}]}'
    assert fault(NESTED, items) == ("2003", "items[3].sku: length must be 1 to 3")


def test_a_list_at_its_limit_is_read_and_one_more_is_2012() -> None:
    """The elements of a list that is too long are not even looked at."""
    element = '{"sku": "a"}'
    assert len(read(NESTED, f'{{"items": [{", ".join([element] * 4)}]}}')["items"]) == 4
    assert fault(NESTED, f'{{"items": [{", ".join([element] * 5)}]}}') == (
        "2012",
        "items: must have at most 4 elements",
    )
    assert fault(NESTED, f'{{"items": [{", ".join(["1"] * 300_000)}]}}')[0] == "2012"


def test_an_empty_list_is_a_list() -> None:
    assert read(NESTED, '{"items": []}') == {"items": []}


# --- check order ------------------------------------------------------------------------------------------------------

ORDERED = Shape(
    optional("choice", Choice(("x", "y")), "An enum."),
    optional("amount", Amount(), "A format."),
    required("must", Text(1, 5), "A required text."),
    optional("second", Text(1, 5), "Another format."),
    optional("last", Shape(required("must", Text(1, 5), "A required text.")), "An object."),
)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ('{"choice": "z", "amount": "0", "last": []}', "2001", "last"),
        ('{"choice": "z", "amount": "0", "must": {}, "last": []}', "2001", "must"),
        ('{"choice": "z", "amount": "0", "last": {}}', "2002", "must"),
        ('{"choice": "z", "amount": "0", "must": "x", "last": {}}', "2002", "last.must"),
        ('{"choice": "z", "amount": "0", "must": "x", "second": "123456"}', "2005", "amount"),
        ('{"choice": "z", "must": "x", "second": "123456"}', "2003", "second"),
        ('{"choice": "z", "must": "123456", "second": "123456"}', "2003", "must"),
        ('{"choice": "z", "must": "x"}', "2004", "choice"),
    ],
)
def test_the_first_fault_of_the_earliest_check_is_told(body: str, code: str, field: str) -> None:
    """Shape, then required fields, then formats, then enums, each over the whole body; then the order declared."""
    told, said = fault(ORDERED, body)
    assert (told, said.partition(":")[0]) == (code, field)


def test_a_rule_is_judged_at_its_place_among_the_fields() -> None:
    """A check over several fields takes its turn where it is declared, and its fault names the field it says."""

    @rule(Fault.MALFORMED)
    def b_follows_a(given: Given, found: Found, now_ms: int) -> None:
        if "a" in found and absent(given.get("b")):
            raise Wrong(Fault.MALFORMED, f"at {now_ms}", "b")

    rule_first = Shape(TEXT.fields[0], b_follows_a, optional("c", Text(1, 1), "A text."))
    with pytest.raises(Rejected) as caught:
        reading.read(rule_first, {"a": "x", "c": "yy"}, 77)
    assert caught.value.said == "b: at 77"
    assert rule_first.read({"c": "y"}) == {"c": "y"}

    rule_last = Shape(TEXT.fields[0], optional("c", Text(1, 1), "A text."), b_follows_a)
    assert fault(rule_last, '{"a": "x", "c": "yy"}') == ("2003", "c: length must be 1")


def test_a_missing_field_may_have_a_code_of_its_own() -> None:
    shape = Shape(required("card", TEXT, "An object.", missing=Fault.MISFIT))
    assert fault(shape, "{}") == ("2011", "card: is required")


def test_defaults_are_told_apart_from_what_was_sent() -> None:
    """The request is kept as it was sent; whoever needs the default asks for it."""
    shape = Shape(optional("mode", Choice(("no", "auto")), "An enum.", default="auto"))
    assert shape.read({}) == {}
    assert shape.defaults == {"mode": "auto"}


# --- echo -------------------------------------------------------------------------------------------------------------

ECHOED = Shape(
    optional("amount", Amount(), "An amount."),
    optional("orderNo", Text(5, 64), "A number."),
    optional("secret", SecretText(1, 64), "A secret."),
    optional("flag", Flag(), "A boolean."),
    optional("card", TEXT, "An object."),
    required("must", Text(1, 5), "A required text."),
)


def echo(body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Rejected) as caught:
        reading.read(ECHOED, body)
    return dict(caught.value.fields)


@pytest.mark.parametrize(
    ("body", "echoed"),
    [
        ({"amount": "100", "orderNo": " 20220828 "}, {"amount": "100.00", "orderNo": "20220828"}),
        ({"amount": "1e3", "orderNo": "2022"}, {"amount": "1e3", "orderNo": "2022"}),
        ({"amount": None, "orderNo": ""}, {}),
        ({"amount": {}, "orderNo": ["x"]}, {}),
        ({"orderNo": "x\x00y"}, {}),
        ({"orderNo": "x\ud800y"}, {}),
        ({"orderNo": "9" * 128}, {"orderNo": "9" * 128}),
        ({"orderNo": "9" * 129}, {}),
        ({"orderNo": True}, {"orderNo": "true"}),
        ({"secret": "hush", "card": {"a": "x"}, "unknown": "y"}, {}),
        ({"secret": "hush" * 17}, {}),
    ],
)
def test_a_rejection_carries_the_texts_an_answer_may_echo(body: dict[str, Any], echoed: dict[str, str]) -> None:
    """As understood, or as sent where they were not; nothing secret, nested, unknown, unwritable or very long."""
    assert echo(body) == echoed


def test_a_rejection_never_repeats_a_value_in_its_words() -> None:
    """A value may be a card number that went into the wrong field."""
    for name in ("amount", "orderNo", "flag", "must"):
        with pytest.raises(Rejected) as caught:
            reading.read(ECHOED, {"must": "x", name: "4444333322221111" * 5})
        assert "4444" not in caught.value.said
        assert "4444" not in str(caught.value)


def test_a_kind_must_say_what_it_accepts() -> None:
    with pytest.raises(NotImplementedError):
        Scalar().accept("x")
