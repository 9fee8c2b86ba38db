"""No clear card number anywhere (architecture, section 4, rule 8): every text of every table is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

import msgspec

from polygate.assembly.doctor.finding import Tally
from polygate.assembly.doctor.snapshot import Snapshot
from polygate.core.cards import looks_like_card, mask

SPARED: Final = frozenset(
    {
        *("order_no", "orderNo", "refundNumber", "refundOrderNo", "merchantTradeNo"),  # The merchant's own numbers.
        *("phone", "mobile"),  # Some telephone numbers are as long as the shortest card number.
        *("tracking_no", "trackingNo"),  # The carrier's.
        *("account", "bankAccount", "sourceNo", "merchantSourceNo"),  # Numbers of bank accounts, and of orders.
        *("merchant_no", "mercId", "app_id", "appId", "website_id"),  # Random digits that we made.
        *("access_key_hash", "fingerprint", "network_transaction_id"),  # Hexadecimal, or digits of the card network.
    }
)
"""Columns and JSON fields whose values may look like a card number by chance or by the merchant's choice."""

_SPARED_HERE: Final = frozenset(
    {
        *(("refunds", "number"), ("facts", "number"), ("webhooks", "number")),  # A refund's or a payout's.
        ("payouts", "number"),
        ("blocks", "value"),  # A blocked card's fingerprint.
        ("audit_entries", "about"),  # What was changed, often an app or a merchant by its number.
        *(("shipments", "url"), ("facts", "url")),  # Of a parcel's page, with the carrier's number in it.
        ("used_nonces", "nonce"),  # What callers made up by chance.
    }
)
"""Likewise, in these tables: elsewhere a field of that name may hold a card's."""

_CANDIDATE: Final = re.compile(r"(?<![0-9])(?:[2-68][0-9]{12,15}|[2-68][0-9]{18})(?![0-9])")
"""A maximal run of digits that begins like some scheme. Times in milliseconds begin with 1 until 2033."""

_HEXADECIMAL: Final = re.compile(r"(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{32,}(?![0-9a-z])", re.IGNORECASE)
"""Digests and keys. One in ten thousand signatures has the digits of a card in it, by chance."""

_WITHOUT_TEXT: Final = frozenset({"bigint", "integer", "boolean"})


async def check_card_numbers(snapshot: Snapshot, tally: Tally) -> None:
    """Rule 8: card numbers live in the vault only, and there they are sealed.

    The database itself is asked which tables and columns it has, so that none is forgotten.
    """
    columns = await snapshot.columns()
    tables = 0
    for table, group in groupby(columns, key=lambda column: column[0]):
        tables += 1
        names = [(name, kind.lower() not in _WITHOUT_TEXT) for _, name, kind in group]
        await _scan(snapshot, tally, table, names)
    tally.note = f"{tables} tables; order and refund numbers are the merchant's own and left out"


async def _scan(snapshot: Snapshot, tally: Tally, table: str, names: list[tuple[str, bool]]) -> None:
    """Read the texts of one table; its first numeric columns tell which row is meant."""
    texts = [name for name, is_text in names if is_text]
    keys = [name for name, is_text in names if not is_text and name.endswith("_id")][:2]
    if not texts:
        return
    chosen = ", ".join(f'"{name}"' for name in (*keys, *texts))
    async for chunk in snapshot.chunks(f'SELECT {chosen} FROM "{table}"'):
        tally.looked_at += len(chunk) * len(texts)
        for row in chunk:
            values = [_text(value) for value in row[len(keys) :]]
            if not any(looks_like_card(number) for number in _CANDIDATE.findall("\n".join(values))):
                continue  # Nearly always: only the others are worth taking apart.
            for name, value in zip(texts, values, strict=True):
                for where, number in _numbers(table, name, value):
                    which = " ".join(f"{key} {row[place]}" for place, key in enumerate(keys))
                    tally.fault(f"{table}.{where} {mask(number)} ({which or 'no key'})")


def _numbers(table: str, column: str, text: str) -> Iterator[tuple[str, str]]:
    """Where in a text a card number stands, and the number."""
    for field, part in _fields(column, text):
        if field in SPARED or (table, field) in _SPARED_HERE:
            continue
        for number in _CANDIDATE.findall(_HEXADECIMAL.sub("", part)):
            if looks_like_card(number):
                yield (column if field == column else f"{column} {field!r}"), number


def _fields(column: str, text: str) -> Iterator[tuple[str, str]]:
    """The values in a column by the name of their JSON field; the whole column where it is not JSON."""
    if text[:1] in {"{", "["}:
        try:
            yield from _leaves(column, msgspec.json.decode(text))
        except msgspec.DecodeError:
            yield column, text
    else:
        yield column, text


def _leaves(field: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, inner in value.items():
                yield field, name
                yield from _leaves(name, inner)
        case list():
            for inner in value:
                yield from _leaves(field, inner)
        case _:
            yield field, str(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
