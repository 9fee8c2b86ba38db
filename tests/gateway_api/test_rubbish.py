"""Rubbish in bodies, over the socket of a real server: the published code, the field's name, and nothing stored."""

from __future__ import annotations

import gzip
import json
import re
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polygate.protocols.gateway import bodies
from polygate.protocols.gateway.shipping import bodies as shipping_bodies
from polygate.protocols.reading.fields import AnyJson, Field, ListOf, Scalar, Shape
from tests.gateway_api.answers import ECHOED
from tests.gateway_api.wire import Reply, Wire
from tests.protocols.gateway import examples
from tests.protocols.gateway.examples import changed

Body = dict[str, Any]

ENDPOINTS: dict[str, tuple[Shape, Body]] = {
    "connect/token": (bodies.TOKEN, examples.TOKEN),
    "cashier/order": (bodies.CASHIER, examples.CASHIER),
    "payment": (bodies.PAYMENT_BY_CARD, examples.FULL_PAYMENT),
    "capture": (bodies.CAPTURE, {**examples.CAPTURE, "tradeNo": examples.TRADE_NO}),
    "cancel": (bodies.CANCEL, {**examples.CANCEL, "orderNo": "rubbish-1"}),
    "query": (bodies.QUERY, {**examples.QUERY, "tradeNo": examples.TRADE_NO}),
    "refund": (bodies.REFUND, {**examples.REFUND, "tradeNo": examples.TRADE_NO}),
    "refundQuery": (bodies.REFUND_QUERY, {**examples.REFUND_QUERY, "tradeNo": examples.TRADE_NO}),
    "shipping/tracking": (shipping_bodies.ADD, {**examples.TRACKING, "tradeNo": examples.TRADE_NO}),
    "shipping/tracking-modify": (shipping_bodies.CHANGE, {**examples.TRACKING_CHANGE, "tradeNo": examples.TRADE_NO}),
    "shipping/retrieve": (shipping_bodies.RETRIEVE, {**examples.TRACKING_RETRIEVE, "tradeNo": examples.TRADE_NO}),
    "webhook/subscribe": (bodies.SUBSCRIBE, examples.SUBSCRIBE),
}


def fields(shape: Shape, prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Every place in a body that means something."""
    for field in shape.fields:
        path = prefix + field.name
        yield path, field
        match field.kind:
            case Shape():
                yield from fields(field.kind, path + ".")
            case ListOf():
                yield from fields(field.kind.shape, path + "[0].")
            case Scalar() | AnyJson():
                pass


PLACES = [(path, place, field) for path, (shape, _) in ENDPOINTS.items() for place, field in fields(shape)]


def refused(reply: Reply, path: str, code: str, place: str = "") -> None:
    """The code, its status, the fields of such an answer, and the place that is wrong first in the message."""
    assert reply.code == code, f"{path} {place}: {reply.body!r}"
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert set(reply.json) == ({"respCode", "respMsg"} if path == "connect/token" else ECHOED[path])
    if place:
        assert reply.json["respMsg"].split(":")[0] == place, reply.body


def test_wrong_types_are_2001_in_every_field(wire: Wire) -> None:
    """An object or a list for a value, a value or a list for an object, an object for a list."""
    for path, place, field in PLACES:
        body = ENDPOINTS[path][1]
        match field.kind:
            case Scalar():
                wrong: list[object] = [[], {}, [[]], ["x"], {"a": 1}]
            case ListOf():
                wrong = [{}, "x", 1, True]
            case AnyJson():
                wrong = []
            case _:
                wrong = [[], "x", 1, False, [{}]]
        for value in wrong:
            refused(wire.post_json(path, changed(body, place, value)), path, "2001", place)


def test_unwritable_characters_are_2003_in_every_text(wire: Wire) -> None:
    """NUL, other controls, DEL and halves of surrogate pairs, which neither databases nor pages can hold."""
    for path, place, field in PLACES:
        if isinstance(field.kind, Scalar):
            for unwritable in ("\0", "a\0b", "\x1b[31m", "\x7f", "a\x85b", "\ud800", "\udfff\ud800", "x\udc00"):
                body = changed(ENDPOINTS[path][1], place, unwritable)
                refused(wire.post_json(path, body), path, "2003", place)


def test_a_megabyte_in_any_text_is_refused_by_its_rule(wire: Wire) -> None:
    """Digits or letters, nearly as much as a body may hold, in a moment and under the field's name."""
    for path, place, field in PLACES:
        if isinstance(field.kind, Scalar):
            for character in "1x":
                reply = wire.post_json(path, changed(ENDPOINTS[path][1], place, character * 1_000_000))
                assert reply.code[0] == "2", reply.body
                assert reply.json["respMsg"].split(":")[0] == place
                assert len(reply.body) < 2_000, "the answer repeats what it could not read"


NUMBERS = (
    "1e400",
    "1e99999999999999999999",
    "-1e400",
    "1e-400",
    "1.001e0",
    "-0",
    "0.0",
    "-0.0",
    "1.0000000000000001",
    "9" * 5_000,
)


@pytest.mark.parametrize(
    ("path", "place"),
    [("payment", "amount"), ("cashier/order", "amount"), ("capture", "captureAmount"), ("refund", "amount")],
)
def test_strange_numbers_are_no_amounts(wire: Wire, path: str, place: str) -> None:
    """As JSON numbers and as text alike: they are judged as they were written, never as floats."""
    body = changed(ENDPOINTS[path][1], place, "@")
    for number in NUMBERS:
        for written in (number, f'"{number}"'):
            refused(wire.post(path, json.dumps(body).replace('"@"', written).encode()), path, "2005", place)
    # As a JSON number this is the plain 1000, so it is refused as a text only.
    refused(wire.post_json(path, changed(ENDPOINTS[path][1], place, "1e3")), path, "2005", place)


def test_strange_numbers_elsewhere_are_their_text(real_server: Wire) -> None:
    """Rule 8: `1e400` is a fine order number, and no expiry month. Never a 5xx."""
    for path, place, field in PLACES:
        if isinstance(field.kind, Scalar) and field.name not in {"amount", "captureAmount"}:
            body = json.dumps(changed(ENDPOINTS[path][1], place, "@"))
            for number in ("1e400", "-0", "9" * 5_000):
                reply = real_server.post(path, body.replace('"@"', number).encode())
                assert reply.status < 500
                assert reply.code[0] in "0123", f"{place} = {number[:10]}: {reply.body!r}"


def utf(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "surrogatepass")


QUERY = '{"orderNo":"rubbish-1"}'
NOT_JSON: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \r\n\t ",
    "NUL": b"\0",
    "NUL after it": QUERY.encode() + b"\0",
    "a form": b"orderNo=rubbish-1&amount=1",
    "XML": b'<?xml version="1.0"?><orderNo>rubbish-1</orderNo>',
    "null": b"null",
    "true": b"true",
    "a number": b"1",
    "a text": b'"orderNo"',
    "a list": b"[]",
    "a list of it": f"[{QUERY}]".encode(),
    "cut short": QUERY[:-1].encode(),
    "cut inside an escape": b'{"orderNo":"\\u00',
    "twice": (QUERY * 2).encode(),
    "a trailing comma": b'{"orderNo":"rubbish-1",}',
    "single quotes": b"{'orderNo':'rubbish-1'}",
    "a comment": b'{"orderNo":"rubbish-1"} // x',
    "bare names": b"{orderNo:1}",
    "NaN": b'{"orderNo":NaN}',
    "Infinity": b'{"orderNo":"rubbish-1","x":-Infinity}',
    "a number with a leading zero": b'{"orderNo":012345}',
    "a hexadecimal number": b'{"orderNo":0x12345}',
    "a raw line end in a text": b'{"orderNo":"rub\nbish"}',
    "UTF-16": utf(QUERY, "utf-16"),
    "UTF-16 without a mark": utf(QUERY, "utf-16-le"),
    "UTF-32": utf(QUERY, "utf-32"),
    "UTF-7": utf('{"orderNo":"订单"}', "utf-7").replace(b'"', b"+ACI-"),
    "GBK": utf('{"orderNo":"订单号码"}', "gbk"),
    "Latin-1": utf('{"orderNo":"é-order"}', "latin-1"),
    "an overlong slash": b'{"orderNo":"rubbish\xc0\xaf"}',
    "a raw surrogate": b'{"orderNo":"rubbish\xed\xa0\x80"}',
    "beyond Unicode": b'{"orderNo":"rubbish\xf4\x90\x80\x80"}',
    "gzip": gzip.compress(QUERY.encode()),
    "deflate": zlib.compress(QUERY.encode()),
    "an image": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "100,000 brackets": b"[" * 100_000,
    "100,000 braces": b'{"a":' * 100_000,
    "100,000 closed brackets": b"[" * 100_000 + b"]" * 100_000,
    "100,000 brackets in a known field": b'{"orderNo":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "100,000 brackets in an unknown field": b'{"orderNo":"rubbish-1","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "200,000 braces in an unknown field": b'{"x":' + b'{"":' * 200_000 + b"1" + b"}" * 200_001,
}


def test_what_is_no_json_object_is_2001_everywhere(wire: Wire) -> None:
    for path in ENDPOINTS:
        for name, body in NOT_JSON.items():
            started = time.monotonic()
            reply = wire.post(path, body)
            assert reply.code == "2001", f"{path}, {name}: {reply.body!r}"
            assert time.monotonic() - started < 2, f"{name} took too long"


def test_a_compressed_body_is_not_unpacked(wire: Wire) -> None:
    """Whatever its header says: a few bytes could become any number of them."""
    for encoding in ("gzip", "deflate", "br", "identity, gzip"):
        reply = wire.post("query", gzip.compress(QUERY.encode()), Content_Encoding=encoding)
        assert reply.code == "2001"


def test_a_byte_order_mark_and_moderate_nesting_are_tolerated(wire: Wire) -> None:
    """Both are JSON, and what is nested is in a field nobody reads."""
    assert wire.post("query", utf(QUERY, "utf-8-sig")).code == "3001"
    nested = b'{"orderNo":"rubbish-1","x":' + b"[" * 200 + b"]" * 200 + b"}"
    assert wire.post("query", nested).code == "3001"


def test_of_two_equal_names_the_last_counts(wire: Wire) -> None:
    """In every endpoint, so that two readers of one body never act on two orders."""
    assert wire.post("query", b'{"orderNo":{},"orderNo":"rubbish-1"}').code == "3001"
    refused(wire.post("query", b'{"orderNo":"rubbish-1","orderNo":{}}'), "query", "2001", "orderNo")


def test_a_body_full_of_names_or_elements_takes_no_time(wire: Wire) -> None:
    """As many as fit: unknown names, equal names, list elements, products."""
    for body, code in (
        (b"{" + b",".join(b'"%d":0' % n for n in range(90_000)) + b"}", "2010"),
        (b'{"orderNo":"rubbish-1"' + b',"a":0' * 150_000 + b"}", "3001"),
        (b'{"orderNo":[' + b"0," * 500_000 + b"0]}", "2001"),
        (b'{"orderNo":"' + b"\\u0000" * 170_000 + b'"}', "2003"),
    ):
        started = time.monotonic()
        assert wire.post("query", body).code == code
        assert time.monotonic() - started < 2
    products = changed(examples.CASHIER, "productInfo", [0] * 300_000)
    refused(wire.post_json("cashier/order", products), "cashier/order", "2012", "productInfo")


def test_words_with_a_meaning_elsewhere_have_none_here(wire: Wire) -> None:
    """Database and template languages, paths, protocols, formats: looked for as they are, and not found."""
    for text in (
        "'OR'1'='1",
        '";DROP--',
        "{{7*7}}",
        "${jndi:ldap://x}",
        "../../etc",
        "%00%s%n",
        "<script>",
        "__proto__",
    ):
        assert wire.post_json("query", {"orderNo": text}).code == "3001"
        assert wire.post_json("refundQuery", {"orderNo": text}).code == "3014"
        assert wire.post_json("connect/token", {"appId": text, "secret": text}).code == "1001"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
LOOKALIKES = st.from_regex(
    re.compile(r"[-+]?[0-9]{0,9}[.,]?[0-9]{0,4}(e[0-9])?", re.ASCII), fullmatch=True
) | st.sampled_from(
    [
        "true",
        "USD",
        "card",
        "auto",
        "Y",
        "http://[::1",
        "http://x/\u202e",
        "2001-02-30",
        "::ffff:1.2.3.4",
        "\ufeff",
        "٣",
    ]
)


@settings(max_examples=150, suppress_health_check=list(HealthCheck), database=None)
@given(
    where=st.sampled_from(PLACES), value=JSON | LOOKALIKES, more=st.dictionaries(st.text(max_size=6), JSON, max_size=2)
)
def test_any_json_in_any_field_is_answered_by_the_book(
    real_server: Wire, where: tuple[str, str, Field], value: object, more: Body
) -> None:
    """A refusal names the field that was touched; whatever is accepted is a whole answer. Never a 5xx."""
    path, place, _ = where
    body = changed(more | ENDPOINTS[path][1], place, value)
    reply = real_server.post_json(path, body)
    assert reply.status < 500
    if reply.code in {"2001", "2002", "2003", "2004", "2005", "2006", "2007", "2008", "2009", "2011", "2012"}:
        named = reply.json["respMsg"].split(":")[0]
        root = place.split(".")[0].split("[")[0]
        # A card's expiry is given by two fields, of which the other one may be the one that is told.
        assert named.startswith(root) or place.startswith(named), (place, reply.body)


@settings(max_examples=150, suppress_health_check=list(HealthCheck), database=None)
@given(path=st.sampled_from(list(ENDPOINTS)), cut=st.integers(0, 400), noise=st.binary(max_size=6))
def test_damaged_bytes_are_answered_by_the_book(real_server: Wire, path: str, cut: int, noise: bytes) -> None:
    """A valid body with a few bytes overwritten anywhere."""
    body = json.dumps(ENDPOINTS[path][1]).encode()
    reply = real_server.post(path, body[:cut] + noise + body[cut + len(noise) :])
    assert reply.status < 500
    assert reply.code
