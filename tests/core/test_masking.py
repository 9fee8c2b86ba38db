"""Masked messages: no card number, code, key or token survives, wherever it was; everything else can still be read."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.core.cards import passes_luhn
from polygate.core.masking import ENCRYPTED, TEXT_MAX_LENGTH, masked_body, masked_query, masked_text, masked_value

CARD: Final = "4444333322221111"
CARDS: Final = (
    CARD,
    "5555555555554444",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "6222021234567890123",
)
SECRET_NAMES: Final = (
    *("cvc", "cvv", "CVV2", "cvn", "card_cvc", "securityCode", "security_code", "cardVerificationCode", "pin"),
    *("expiryMonth", "expiryYear", "expMonth", "cardExpiry", "validThru", "secret", "appSecret", "secretKey"),
    *("access_key", "accessKey", "accessToken", "token", "paymentToken", "Authorization", "sign", "paySign"),
    *("password", "cavv", "signature", "apiKey", "key", "x-signature"),
)


def at_any_depth(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """JSON that has `leaf` in it somewhere, among other things."""
    other = st.none() | st.booleans() | st.integers(0, 999) | st.text("abcXYZ äé-_.", max_size=20)
    names = st.text("abcdefgXYZ_", min_size=1, max_size=12).filter(lambda name: name.lower() != "data")

    def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of(
            st.tuples(names, inner, st.dictionaries(names, other, max_size=3)).map(lambda t: {**t[2], t[0]: t[1]}),
            st.tuples(st.lists(other, max_size=3), inner).map(lambda t: [*t[0], t[1]]),
            inner.map(json.dumps),
        )

    return st.recursive(leaf, around, max_leaves=4)


def numbers() -> st.SearchStrategy[str]:
    """Card numbers of every scheme, right to the last digit."""
    shapes = st.sampled_from([("4", 16), ("4", 13), ("4", 19), ("51", 16), ("2221", 16), ("34", 15), ("3528", 16),
                              ("62", 16), ("62", 19), ("6011", 16), ("36", 14)])  # fmt: skip

    def complete(shape: tuple[str, int], digits: str) -> str:
        prefix, length = shape
        begun = prefix + digits[: length - len(prefix) - 1]
        return next(begun + last for last in "0123456789" if passes_luhn(begun + last))

    return st.builds(complete, shapes, st.text("0123456789", min_size=18, max_size=18))


def written(number: str) -> st.SearchStrategy[Any]:
    """As people and programs write it."""
    groups = [number[at : at + 4] for at in range(0, len(number), 4)]
    return st.sampled_from(
        [number, int(number), " ".join(groups), "-".join(groups), f"my card {number}, please", f"x{number}y",
         f"https://shop.example.com/pay?pan={number}&a=1"]
    )  # fmt: skip


def bare(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


@given(st.data())
def test_no_card_number_survives(data: st.DataObject) -> None:
    """In any field, at any depth, in JSON within texts, in groups, as a number, or as a field's name."""
    number = data.draw(numbers())
    body = data.draw(at_any_depth(written(number)))
    assert number not in bare(masked_body(json.dumps(body).encode()))
    assert number not in bare(masked_value(body))
    assert number not in bare(masked_body(json.dumps({number: body}).encode()))
    assert number not in bare(masked_query(f"a={number}&{number}=b&card={number}"))


@given(st.sampled_from(SECRET_NAMES), st.data())
def test_nothing_survives_under_a_name_that_says_secret(name: str, data: st.DataObject) -> None:
    """Whatever it is, and whatever it is in."""
    hidden = data.draw(st.text("123456789", min_size=3, max_size=3) | st.just("hush"))
    value = data.draw(st.sampled_from([hidden, [hidden], {"inner": hidden}, {"a": [{"b": hidden}]}]))
    body = data.draw(at_any_depth(st.just({name: value})))
    assert hidden not in masked_body(json.dumps(body).encode())
    assert hidden not in masked_query(f"{name}={hidden}")


def keys() -> list[str]:
    """One of each kind that we make."""
    token = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return [
        *(secrets.token_hex(16), secrets.token_hex(32), secrets.token_hex(17).upper()),
        *(f"at_{token}", f"cs_{token}", f"w_{token}", f"p_{token}"),
    ]


@given(st.data())
def test_keys_and_tokens_survive_nowhere(data: st.DataObject) -> None:
    """Also in the wrong field, in an address, or as a field's name."""
    key = data.draw(st.sampled_from(keys()))
    body = data.draw(at_any_depth(st.sampled_from([key, f"Bearer {key}", f"http://x/q/{key}/page?t={key}#{key}"])))
    assert key not in masked_body(json.dumps(body).encode())
    assert key not in masked_body(json.dumps({key: 1, "b": body}).encode())
    assert key not in masked_text(f"no such token: {key}")
    assert key not in masked_query(f"orderNo={key}&{key}=1")


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_whatever_comes_is_masked_without_a_fault(body: bytes) -> None:
    masked = masked_body(body)
    assert bool(masked.encode()) == bool(body)
    assert CARD not in masked
    assert "\0" not in masked


@pytest.mark.parametrize(
    "body",
    [
        b'{"cvc":"123","cardNo":"4444333322221111",}',
        b"cvv=123&cardNo=4444333322221111&token=at_abc",
        b'<card number="4444333322221111" cvv="123"/>',
        b'{"cardNo": 4444333322221111, "cvc": 123',
        b"[" * 100_000 + b'"4444333322221111", 123',
    ],
)
def test_of_what_is_no_json_only_the_form_is_shown(body: bytes) -> None:
    """Nobody can tell its fields apart, so nothing of them is told."""
    masked = masked_body(body)
    assert not any(character.isalnum() for character in masked)
    assert masked[0] == body.decode()[0].translate(str.maketrans("c", "·"))


def test_what_a_developer_needs_is_left() -> None:
    body = {
        "orderNo": "order-1", "amount": "100.00", "mercId": "10000000000016", "appId": 100000000000016,
        "card": {"cardNo": CARD, "cvc": "123", "expiryMonth": "12", "firstName": "Amy"},
        "phone": {"number": "2065550100"}, "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "paymentNo": "20240514151238000008000010970004", "transactionIdentifier": "1" * 33,
        "bankAccount": "50100012345678", "frontUrl": "https://shop.example.com/back?a=1", "expired": 30,
        "tokenAmount": "1.00", "ok": True, "none": None, "rate": 1.5,
    }  # fmt: skip
    said = msgspec.json.decode(masked_body(json.dumps(body).encode()))
    assert said["card"] == {"cardNo": "444433******1111", "cvc": "***", "expiryMonth": "***", "firstName": "Amy"}
    assert said["bankAccount"] == "***5678"
    changed = {"card", "bankAccount"}
    assert {n: v for n, v in said.items() if n not in changed} == {n: v for n, v in body.items() if n not in changed}


@pytest.mark.parametrize("number", CARDS)
def test_a_mistyped_number_in_a_cards_field_is_hidden(number: str) -> None:
    """It is one digit away from somebody's card."""
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    for name in ("cardNo", "number", "cardNumber", "pan", "card_number"):
        assert wrong not in bare(masked_body(json.dumps({name: wrong}).encode()))


def test_an_envelope_stays_closed() -> None:
    """Its `data` shows nothing; an object of that name is shown like any other."""
    assert masked_body(b'{"data":"pGuCMKcLOjVtQxqCC1gMmxTarukQ"}') == f'{{"data":"{ENCRYPTED}"}}'
    assert masked_body(b'{"data":{"status":"PAID"}}') == '{"data":{"status":"PAID"}}'


def test_fields_that_become_equal_do_not_hide_each_other() -> None:
    assert masked_body(b'{"4444333322221111":1,"5555555555554444":2}') == '"***"'


def test_only_so_much_is_kept() -> None:
    masked = masked_body(json.dumps(["abc"] * 10_000).encode())
    assert len(masked) == TEXT_MAX_LENGTH + 1
    assert masked.endswith("…")
