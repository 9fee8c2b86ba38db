"""Statistics: what has happened is counted, so that looking at it stays quick."""

from __future__ import annotations

import asyncio
from typing import Final

from polygate.jobs.rounds import repeat
from polygate.operations.context import Context
from polygate.operations.count_facts import count_facts

_PAUSE_S: Final = 60.0
_MERCHANTS: Final = 100
"""Read at a time."""


async def count_round(context: Context) -> int:
    """Count a chunk of each merchant's facts; returns how many merchants have more."""
    unfinished = 0
    after = 0
    while merchants := await context.reads.merchants(after=after, limit=_MERCHANTS):
        for merchant in merchants:
            unfinished += await count_facts(context.store, merchant.merchant_id, now_ms=context.clock())
        after = merchants[-1].merchant_id
    return unfinished


async def run(context: Context) -> None:
    """Until canceled."""
    await repeat("statistics", lambda: count_round(context), asyncio.Event(), pause_s=_PAUSE_S)
