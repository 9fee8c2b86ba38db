"""What operators change about risk: a merchant's policy and the block lists. Running servers follow within a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from polygate.core.blocks import Block
from polygate.core.merchants import Merchant
from polygate.core.risk import RiskPolicy
from polygate.store.contract import Change, Insert, Stale, Taken, Update
from polygate.store.opened import Store


async def change_policy(store: Store, merchant: Merchant, change: Callable[[RiskPolicy], RiskPolicy]) -> Merchant:
    """The merchant with the policy as it is after the change, made on whatever it is by then."""
    while True:
        changed = replace(merchant, risk=change(merchant.risk), version=merchant.version + 1)
        try:
            await store.submit(Change((Update(changed),)))
        except Stale:
            merchant = await store.reads.merchant(merchant.merchant_id) or merchant
            continue
        return changed


async def add_block(store: Store, block: Block, *, also: tuple[Any, ...] = ()) -> Block:
    """The block as it is then: of a value that is blocked already, reason and end are replaced.

    `also` are rows that are written with it.
    """
    try:
        await store.submit(Change((Insert(block),), also))
    except Taken:
        first = await store.reads.block_on(block.merchant_id, block.kind, block.value)
        if first is None:
            return await add_block(store, block, also=also)  # Removed in this very moment.
        block = replace(block, block_id=first.block_id, created_ms=first.created_ms)
        await store.submit(Change((), (block, *also)))
    return block


async def end_block(store: Store, block: Block, *, now_ms: int, also: tuple[Any, ...] = ()) -> bool:
    """Whether it was in force until now. `also` are rows that are written with its end."""
    kept = await store.reads.block(block.block_id)
    if kept is None or kept.is_over(now_ms):
        return False
    await store.submit(Change((), (replace(kept, until_ms=now_ms), *also)))
    return True
