"""Block lists: cards, addresses, e-mail addresses and countries that no payment is taken from."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from starlette.responses import Response

from polygate.console.page import OPERATOR, Page
from polygate.console.paging import FETCHED, Listing
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.blocks import ALL_MERCHANTS, Block, BlockKind, block_value
from polygate.core.cards import Secret, is_card_number, mask
from polygate.core.ids import MerchantId
from polygate.operations.manage_risk import add_block, end_block

BLOCKS: Final = f"{OPERATOR}/blocks"
WHY_MAX_LENGTH: Final = 128
LASTS: Final = {"day": 24, "week": 168, "month": 720, "year": 8_760, "forever": 0}
"""How long a block may be chosen to last, in hours; 0 for good."""
_HOUR_MS: Final = 3_600_000
_VALUE_MAX_LENGTH: Final = 256


class _Named(NamedTuple):
    value: str
    shown: str


async def blocks(visit: Visit) -> Response:
    kind = visit.query("kind") if visit.query("kind") in set(BlockKind) else ""
    operating = visit.context.store.operating
    found = await operating.blocks(kind=kind, now_ms=visit.now_ms, before=visit.before, limit=FETCHED)
    listing = Listing(found, lambda block: block.block_id)
    owners = await operating.owners(list(listing.rows))
    return visit.show("operator/blocks", listing=listing, owners=owners, kinds=tuple(BlockKind), kind=kind)


async def show_new(visit: Visit) -> Response:
    return _new(visit, {})


async def add(visit: Visit) -> Response:
    """Of what is blocked already, reason and end are replaced. A card's number is neither kept nor shown."""
    faults: dict[str, str] = {}
    kind = next((each for each in BlockKind if each == visit.form("kind")), None)
    named = _named(visit, kind, faults) if kind else None
    if kind is None:
        faults["kind"] = visit.words("blocks.kind_wrong")
    owner = await _owner(visit, faults)
    why = visit.form("why")
    if len(why) > WHY_MAX_LENGTH or not why.isprintable():
        faults["why"] = visit.words("blocks.why_wrong", most=WHY_MAX_LENGTH)
    hours = LASTS.get(visit.form("lasts"))
    if hours is None:
        faults["lasts"] = visit.words("blocks.lasts_wrong")
    if faults or kind is None or named is None or hours is None or owner is None:
        return _new(visit, faults)
    until_ms = visit.now_ms + hours * _HOUR_MS if hours else 0
    block = Block(owner, visit.context.mint(), kind, *named, why, visit.now_ms, until_ms)
    told = visit.entry("block.added", about=named.shown, after=_shown(visit, block), merchant_id=owner)
    await add_block(visit.context.store, block, also=(told,))
    return await visit.go(BLOCKS, "blocks.added", shown=named.shown)


async def remove(visit: Visit) -> Response:
    block = await visit.context.reads.block(visit.identifier("block_id"))
    if block is None:
        return visit.lost("blocks.gone", BLOCKS)
    told = visit.entry("block.removed", about=block.shown, before=_shown(visit, block), merchant_id=block.merchant_id)
    if not await end_block(visit.context.store, block, now_ms=visit.now_ms, also=(told,)):
        return await visit.go(BLOCKS, "blocks.gone", kind="bad")
    return await visit.go(BLOCKS, "blocks.removed", shown=block.shown)


def _new(visit: Visit, faults: dict[str, str]) -> Response:
    """What was typed comes back, save for a card's number."""
    values = {name: visit.form(name) for name in ("kind", "value", "merchant", "why", "lasts")}
    if values["kind"] == BlockKind.CARD or is_card_number(_digits(values["value"])):
        values["value"] = ""
    return visit.show(
        "operator/new_block", 422 if faults else 200, values=values, faults=faults, kinds=tuple(BlockKind), lasts=LASTS
    )


def _named(visit: Visit, kind: BlockKind, faults: dict[str, str]) -> _Named | None:
    if kind is BlockKind.CARD:
        number = _digits(visit.form.secret("value").reveal())
        if is_card_number(number):
            return _Named(visit.context.vault.fingerprint(Secret(number)), mask(number))
    elif len(text := visit.form("value")) <= _VALUE_MAX_LENGTH:
        try:
            value = block_value(kind, text)
        except ValueError:
            pass
        else:
            return _Named(value, value)
    faults["value"] = visit.words(f"blocks.value_wrong_{kind}")
    return None


def _digits(number: str) -> str:
    """A card's number as it is, without what makes it easier to read."""
    return re.sub(r"[\s-]", "", number)


async def _owner(visit: Visit, faults: dict[str, str]) -> MerchantId | None:
    number = visit.form("merchant")
    if not number:
        return ALL_MERCHANTS
    merchant = await visit.context.reads.merchant_by_no(number)
    if merchant is None:
        faults["merchant"] = visit.words("blocks.merchant_wrong")
        return None
    return merchant.merchant_id


def _shown(visit: Visit, block: Block) -> dict[str, object]:
    """For the audit log."""
    until = visit.iso(block.until_ms) if block.until_ms else ""
    return {"kind": block.kind.value, "value": block.shown, "why": block.why, "until": until}


PAGES: Final = (
    Page("GET", BLOCKS, blocks, Permission.OPERATE),
    Page("GET", f"{BLOCKS}/new", show_new, Permission.OPERATE),
    Page("POST", f"{BLOCKS}/new", add, Permission.OPERATE),
    Page("POST", f"{BLOCKS}/{{block_id}}/remove", remove, Permission.OPERATE),
)
