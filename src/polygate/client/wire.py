"""What the four protocols' clients share: writing and reading JSON, headers and amounts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import InvalidOperation
from typing import Any, Final, TypeVar

import msgspec

from polygate.client.calls import Response
from polygate.client.errors import InvalidSignature, NetworkUnknown
from polygate.core.cards import Secret
from polygate.core.money import Money, parse, plain

T = TypeVar("T")

Amount = Money | str
"""Money, or decimal text where the order it belongs to already says in which currency."""

JSON_TYPE: Final = {"Content-Type": "application/json", "Accept": "application/json"}
_PLAIN: Final = re.compile(r"[0-9]+(\.[0-9]+)?")


class Priced:
    """Part of an answer with an amount in decimal text and its currency."""

    __slots__ = ()

    amount: str
    currency: str

    @property
    def money(self) -> Money:
        return parse(self.amount, self.currency)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def decimal_text(amount: Amount) -> str:
    """Raises TypeError for anything but money or text, because a binary float has already lost the amount, and
    ValueError for a text that is no plain decimal number.
    """
    if isinstance(amount, Money):
        return plain(amount)
    if not isinstance(amount, str):
        raise TypeError("an amount is Money or decimal text")
    if not _PLAIN.fullmatch(amount):
        raise ValueError("not a plain decimal number")
    return amount


def encode(body: object) -> bytes:
    """Compact JSON; secrets are written out, so this goes to the gateway and nowhere else."""
    return msgspec.json.encode(body, enc_hook=_reveal)


def members(order: msgspec.Struct, *, amount: Callable[[Any], Mapping[str, object]]) -> dict[str, Any]:
    """What was asked for, under its names on the wire and without what was not given; `amount` writes the amount."""
    given: dict[str, Any] = {}
    for field in msgspec.structs.fields(order):
        value = getattr(order, field.name)
        if field.name == "amount":
            given |= amount(value)
        elif value != field.default:
            given[field.encode_name] = value
    return given


def amount_alone(amount: Amount) -> Mapping[str, object]:
    """For what belongs to an order whose currency is known."""
    return {"amount": decimal_text(amount)}


def decode(response: Response, kind: type[T]) -> T:
    """The answer's JSON. Raises NetworkUnknown if it cannot be read, because then it may have said anything."""
    try:
        return msgspec.json.decode(response.body, type=kind)
    except (msgspec.DecodeError, InvalidOperation, RecursionError, UnicodeDecodeError) as fault:
        raise NetworkUnknown(f"HTTP {response.status} with an answer that cannot be read") from fault


def decode_notification(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Raises InvalidSignature if there is nothing of ours to be read."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, InvalidOperation, RecursionError, UnicodeDecodeError) as fault:
        raise InvalidSignature("not a notification of this protocol") from fault


def header_lines(headers: Mapping[str, str] | Sequence[tuple[str, str]], name: str) -> list[str]:
    """Every line of a header, whatever the case of its name."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [value for key, value in pairs if key.lower() == name.lower()]


def _reveal(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"{type(value).__name__} is not written to the wire")
