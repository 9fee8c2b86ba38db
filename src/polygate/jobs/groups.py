"""Tries to pay for something that another try has paid."""

from __future__ import annotations

import asyncio
from typing import Final

from polygate.core.groups import PaidGroup
from polygate.jobs.rounds import each, repeat
from polygate.operations.close_others import close_others
from polygate.operations.context import Context

_CLAIM: Final = 64
_CLAIM_LIFE_MS: Final = 15_000


async def close_round(context: Context) -> int:
    """Close the tries that came second."""
    now_ms = context.clock()
    due = await context.store.claim(PaidGroup, now_ms=now_ms, until_ms=now_ms + _CLAIM_LIFE_MS, limit=_CLAIM)
    await each(due, lambda group: close_others(context, group), name="groups")
    return len(due)


async def run(context: Context) -> None:
    """Until canceled."""
    await repeat("groups", lambda: close_round(context), asyncio.Event())
