"""Block lists: what stops whom, and until when."""

from __future__ import annotations

from typing import Any, Final

import pytest

from polygate.core.blocks import ALL_MERCHANTS, Block, BlockKind, BlockList, Traces, block_value
from polygate.core.ids import MerchantId

OURS: Final = MerchantId(7)
THEIRS: Final = MerchantId(8)
NOW_MS: Final = 1_750_000_000_000
PAYER: Final = Traces("f1a9", "203.0.113.9", "Amy@Example.com ", "us")


def block(kind: BlockKind, value: str, **changes: Any) -> Block:
    fields: dict[str, Any] = {"merchant_id": ALL_MERCHANTS, "block_id": 1, "shown": value, "why": "", "created_ms": 1}
    return Block(kind=kind, value=value, until_ms=changes.pop("until_ms", 0), **(fields | changes))


def hits(*blocks: Block, traces: Traces = PAYER, now_ms: int = NOW_MS) -> int:
    return len(BlockList(blocks).hits(OURS, traces, now_ms=now_ms))


@pytest.mark.parametrize(
    ("kind", "value", "count"),
    [
        (BlockKind.CARD, "f1a9", 1),
        (BlockKind.CARD, "f1a8", 0),
        (BlockKind.ADDRESS, "203.0.113.9", 1),
        (BlockKind.ADDRESS, "203.0.113.0/24", 1),
        (BlockKind.ADDRESS, "203.0.114.0/24", 0),
        (BlockKind.ADDRESS, "2001:db8::/32", 0),
        (BlockKind.EMAIL, "amy@example.com", 1),
        (BlockKind.EMAIL, "bob@example.com", 0),
        (BlockKind.COUNTRY, "US", 1),
        (BlockKind.COUNTRY, "CN", 0),
    ],
)
def test_a_block_stops_what_it_names(kind: BlockKind, value: str, count: int) -> None:
    """However the payer spells it."""
    assert hits(block(kind, value)) == count


def test_nothing_told_is_nothing_blocked() -> None:
    """A payment that brings no card, address, e-mail address or country is under none of the blocks."""
    blocks = [block(BlockKind.CARD, ""), block(BlockKind.EMAIL, ""), block(BlockKind.ADDRESS, "0.0.0.0/8")]
    assert hits(*blocks, traces=Traces()) == 0


def test_a_merchants_block_is_its_own() -> None:
    """One for all merchants stops everybody's payments."""
    assert hits(block(BlockKind.COUNTRY, "US", merchant_id=THEIRS)) == 0
    assert hits(block(BlockKind.ADDRESS, "203.0.113.9", merchant_id=THEIRS)) == 0
    assert hits(block(BlockKind.COUNTRY, "US", merchant_id=OURS), block(BlockKind.COUNTRY, "US")) == 2


def test_a_block_ends_when_its_time_is_over() -> None:
    """To the millisecond; without an end it never does."""
    ending = block(BlockKind.CARD, "f1a9", until_ms=NOW_MS)
    assert (hits(ending, now_ms=NOW_MS - 1), hits(ending)) == (1, 0)


def test_an_ipv4_payer_is_the_same_on_a_socket_that_speaks_both() -> None:
    """`::ffff:203.0.113.9` is 203.0.113.9."""
    assert hits(block(BlockKind.ADDRESS, "203.0.113.0/24"), traces=Traces(address="::ffff:203.0.113.9")) == 1


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (BlockKind.ADDRESS, " 203.0.113.9 ", "203.0.113.9"),
        (BlockKind.ADDRESS, "203.0.113.9/32", "203.0.113.9"),
        (BlockKind.ADDRESS, "2001:DB8:0::/48", "2001:db8::/48"),
        (BlockKind.EMAIL, " Amy@Example.COM", "amy@example.com"),
        (BlockKind.COUNTRY, "us", "US"),
    ],
)
def test_every_value_has_one_spelling(kind: BlockKind, text: str, value: str) -> None:
    """The one it is compared in."""
    assert block_value(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        (BlockKind.ADDRESS, "203.0.113", "must be an address"),
        (BlockKind.ADDRESS, "203.0.113.9/24", "must be an address"),
        (BlockKind.ADDRESS, "0.0.0.0/0", "would stop everybody"),
        (BlockKind.ADDRESS, "::/0", "would stop everybody"),
        (BlockKind.EMAIL, "amy", "must be an address"),
        (BlockKind.EMAIL, "@example.com", "must be an address"),
        (BlockKind.EMAIL, "amy lee@example.com", "must be an address"),
        (BlockKind.COUNTRY, "USA", "two letters"),
        (BlockKind.COUNTRY, "4Z", "two letters"),
        (BlockKind.CARD, "4444333322221111", "fingerprint"),
    ],
)
def test_what_cannot_be_meant_is_refused(kind: BlockKind, text: str, said: str) -> None:
    """A slip must not stop everybody, nor a card number be kept."""
    with pytest.raises(ValueError, match=said):
        block_value(kind, text)
