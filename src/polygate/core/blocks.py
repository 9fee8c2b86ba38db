"""Block lists: cards, addresses, e-mail addresses and countries that operators take no payments from."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from polygate.core import addresses
from polygate.core.ids import MerchantId

ALL_MERCHANTS: Final = MerchantId(0)


class BlockKind(StrEnum):
    CARD = "card"
    ADDRESS = "address"
    """An internet address or a network."""
    EMAIL = "email"
    COUNTRY = "country"
    """The country of the billing address."""


class Block(msgspec.Struct, frozen=True):
    merchant_id: MerchantId
    """Whose payments it stops; `ALL_MERCHANTS` for everybody's."""
    block_id: int
    kind: BlockKind
    value: str
    """What payments are compared with: a card's fingerprint, otherwise what `block_value` makes of it."""
    shown: str
    """The value as people may see it."""
    why: str
    created_ms: int
    until_ms: int
    """When it ends; 0 for never."""

    def is_over(self, now_ms: int) -> bool:
        return 0 < self.until_ms <= now_ms


class Traces(msgspec.Struct, frozen=True):
    """What a payment tells of its payer; empty where it does not."""

    fingerprint: str = ""
    address: str = ""
    email: str = ""
    country: str = ""


def block_value(kind: BlockKind, text: str) -> str:
    """The one spelling of an address, an e-mail address or a country. Raises ValueError, saying what it must be."""
    match kind:
        case BlockKind.ADDRESS:
            return _network(text)
        case BlockKind.EMAIL:
            return _email(text)
        case BlockKind.COUNTRY:
            return _country(text)
        case BlockKind.CARD:
            raise ValueError("a card is known by its fingerprint alone")


class BlockList:
    """All blocks, ready to be asked about one payment after another."""

    def __init__(self, blocks: Iterable[Block] = ()) -> None:
        self._by_value: Final = {(block.merchant_id, block.kind, block.value): block for block in blocks}
        networks = (value for _, kind, value in self._by_value if kind is BlockKind.ADDRESS)
        self._prefix_lengths: Final = frozenset(map(addresses.prefix_length, networks))
        """A few sizes are looked up, however many networks there are."""

    def hits(self, merchant_id: MerchantId, traces: Traces, *, now_ms: int) -> tuple[Block, ...]:
        """The blocks that stop a merchant's payment, in no particular order."""
        if not self._by_value:
            return ()
        owners = (ALL_MERCHANTS, merchant_id)
        told = (
            (BlockKind.CARD, traces.fingerprint),
            (BlockKind.EMAIL, spelled(traces.email)),
            (BlockKind.COUNTRY, traces.country.upper()),
            *((BlockKind.ADDRESS, each) for each in addresses.networks_around(traces.address, self._prefix_lengths)),
        )
        found = [self._by_value.get((owner, kind, value)) for kind, value in told if value for owner in owners]
        return tuple(block for block in found if block is not None and not block.is_over(now_ms))


def spelled(email: str) -> str:
    """Mail servers could tell capital letters apart, and none does."""
    return email.strip().casefold()


def _network(text: str) -> str:
    try:
        network = addresses.network(text)
    except ValueError:
        raise ValueError("must be an address like 203.0.113.9 or a network like 203.0.113.0/24") from None
    if network.endswith("/0"):
        raise ValueError("would stop everybody")
    return network


def _email(text: str) -> str:
    email = spelled(text)
    name, at, domain = email.rpartition("@")
    if not (name and at and domain and email.isprintable() and " " not in email):
        raise ValueError("must be an address like amy@example.com")
    return email


def _country(text: str) -> str:
    country = text.strip().upper()
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise ValueError("must be a country code of two letters, like US")
    return country
