"""What may be remembered of a message: its form and its words, but no card, no code, no key and no token (rule 8).

A value is masked for what its field is called, and for what it looks like wherever it stands. In doubt it is masked.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from polygate.core.cards import is_card_number, mask, without_card_numbers

STARS: Final = "***"
ENCRYPTED: Final = "(encrypted)"
TEXT_MAX_LENGTH: Final = 8_192
"""Characters of a masked message that are kept."""
NAME_MAX_LENGTH: Final = 31
"""Of a field whose name is shown. The shortest of our keys is longer."""


class _Kind(Enum):
    """What a field's name says about its value."""

    PLAIN = auto()
    SECRET = auto()
    CARD = auto()
    ACCOUNT = auto()
    SEALED = auto()


_SECRET_NAMES: Final = re.compile(
    "cvc|cvv|cvn|^csc|^cid$|securitycode|verification(code|value)|^pin$|expir|^exp(month|year)?$|validthru|secret|passw"
    "|token|(access|private|api|app|merchant)key$|^key$|authorization$|cookie|(^|pay)sign$|signature$|cavv|cryptogram"
    "|track[12]$|^otp|^xid$"
)
_CARD_NAMES: Final = re.compile("card(no|num|number)$|^(number|card|[fd]?pan)$|accountnumber$")
_ACCOUNT_NAMES: Final = re.compile("bankaccount|accountno$|iban|^account$|pixkey$")
_SHOWN_ALL_THE_SAME: Final = frozenset({"expired", "expiresin", "expiretime", "expirytime", "tokenamount", "tokentype"})
_FIELD: Final = re.compile(rf"[A-Za-z_$][\w.$-]{{0,{NAME_MAX_LENGTH - 1}}}", re.ASCII)
_RANDOM: Final = re.compile(
    r"(?<![\w-])(?!\d+(?![\w-]))(?![0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-]))[\w-]{32,}", re.ASCII | re.I
)
"""A run that only chance can have made: long, no number, no UUID. Keys and tokens are such, and signatures."""
_LONG_DIGITS: Final = re.compile(r"\d(?:[ -]?\d){12,18}")
_SUSPECT: Final = re.compile(r"[\w-]{32}|\d(?:[ -]?\d){12}", re.ASCII)
"""In every text that has to be looked at more closely."""
_JSON_BEGINS: Final = frozenset('{["')
_SHORT: Final = 11
"""So short a text is no card number, key or token."""


def masked_body(body: bytes) -> str:
    """A message as it may be kept. What is no JSON is shown by its form alone: what could be told of its fields?"""
    if not body:
        return ""
    try:
        said = msgspec.json.decode(body)
        return masked_value(said)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _cut(_form_of(body.decode("utf-8", "replace")))


def masked_value(value: Any) -> str:
    """Likewise of one that was read already: values of JSON, Decimals among them. Raises RecursionError."""
    return _cut(msgspec.json.encode(_masked(value), enc_hook=str).decode())


def masked_query(query: str) -> str:
    """The part of an address behind its question mark."""
    given = parse_qsl(query, keep_blank_values=True)
    fields = ((*_field(name), value) for name, value in given)
    return _cut("&".join(f"{shown}={_masked(value, kind)}" for shown, kind, value in fields))


def masked_text(text: str) -> str:
    """A text without card numbers, keys and tokens, by their looks alone."""
    if len(text) <= _SHORT or not _SUSPECT.search(text):
        return text
    return without_card_numbers(_RANDOM.sub(_begun, text))


def _masked(value: Any, kind: _Kind = _Kind.PLAIN) -> Any:
    if isinstance(value, str):
        return _masked_inside(value) if kind is _Kind.PLAIN else _masked_text(value, kind)
    if isinstance(value, dict):
        if kind is _Kind.SECRET:
            return STARS
        inner = {}
        for name, each in value.items():
            shown, of_field = _field(name)
            inner[shown] = _masked(each, of_field)
        # Two fields of which only stars are left would be one.
        return inner if len(inner) == len(value) else STARS
    if isinstance(value, list):
        return STARS if kind is _Kind.SECRET else [_masked(each, kind) for each in value]
    if value is None or value is True or value is False:
        return value
    # A number: it stays one unless something of it has to go.
    text = str(value)
    shown = _masked_text(text, kind)
    return value if shown == text else shown


def _masked_text(text: str, kind: _Kind) -> str:
    if kind is _Kind.PLAIN:
        return _masked_inside(text)
    if not text:
        return text
    if kind is _Kind.SECRET:
        return STARS
    if kind is _Kind.SEALED:
        return ENCRYPTED
    if kind is _Kind.ACCOUNT:
        return STARS + (text[-4:] if len(text) > 8 and text[-4:].isalnum() else "")
    digits = re.sub("[ -]", "", text)
    return mask(digits) if is_card_number(digits) else _digits_starred(_masked_inside(text))


def _masked_inside(text: str) -> str:
    """A text that may be JSON itself, as wallets write their own."""
    if text.lstrip()[:1] in _JSON_BEGINS:
        return masked_body(text.encode("utf-8", "replace"))
    return masked_text(text)


def _digits_starred(text: str) -> str:
    """In a card number's field what looks like no card's may be one that was mistyped."""
    return _LONG_DIGITS.sub(STARS, text)


def _begun(found: re.Match[str]) -> str:
    return found[0][:4] + STARS


@lru_cache(4_096)
def _field(name: str) -> tuple[str, _Kind]:
    """How a field is called in what is kept, and what its name says about its value."""
    return masked_text(name) if _FIELD.fullmatch(name) else STARS, _kind(name)


def _kind(name: str) -> _Kind:
    plain = re.sub("[^a-z0-9]", "", name.lower())
    if plain in _SHOWN_ALL_THE_SAME:
        return _Kind.PLAIN
    if plain == "data":
        return _Kind.SEALED
    for names, kind in (
        (_SECRET_NAMES, _Kind.SECRET),
        (_CARD_NAMES, _Kind.CARD),
        (_ACCOUNT_NAMES, _Kind.ACCOUNT),
    ):
        if names.search(plain):
            return kind
    return _Kind.PLAIN


def _form_of(text: str) -> str:
    """Punctuation as it was, a dot for everything else."""
    return re.sub(r"[^ -/:-@\[-^`{-~\s]|[\v\f\x1c-\x1f]", "·", text)


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_MAX_LENGTH else f"{text[:TEXT_MAX_LENGTH]}…"
