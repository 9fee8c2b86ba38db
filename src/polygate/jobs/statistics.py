"""Statistics: what has happened is counted, so that looking at it stays quick."""

from __future__ import annotations

import asyncio
from typing import Final

from polygate.jobs.rounds import repeat
from polygate.operations.context import Context
from polygate.operations.count_facts import count_facts, note_all_counted

_PAUSE_S: Final = 60.0
_MERCHANTS: Final = 100
"""Counted together, in one commit."""


async def count_round(context: Context) -> int:
    """Count a chunk of each merchant's facts; returns how many merchants have more."""
    now_ms = context.clock()
    unfinished = 0
    after = 0
    while merchants := await context.reads.merchants(after=after, limit=_MERCHANTS):
        unfinished += await count_facts(context.store, [each.merchant_id for each in merchants], now_ms=now_ms)
        after = merchants[-1].merchant_id
    if not unfinished:
        await note_all_counted(context.store, now_ms=now_ms)
    return unfinished


async def run(context: Context) -> None:
    """Until canceled."""
    await repeat("statistics", lambda: count_round(context), asyncio.Event(), pause_s=_PAUSE_S)
