"""Paid payouts that may still come back."""

from __future__ import annotations

import asyncio
from typing import Final

from polygate.core.payouts import Payout
from polygate.jobs.rounds import each, repeat
from polygate.operations.context import Context
from polygate.operations.pay_out import look_for_return

_CLAIM: Final = 64
_CLAIM_LIFE_MS: Final = 15_000


async def return_round(context: Context) -> int:
    """Ask about the paid payouts that are due for it."""
    now_ms = context.clock()
    due = await context.store.claim(Payout, now_ms=now_ms, until_ms=now_ms + _CLAIM_LIFE_MS, limit=_CLAIM)
    await each(due, lambda payout: look_for_return(context, payout), name="payout_returns")
    return len(due)


async def run(context: Context) -> None:
    """Until canceled."""
    await repeat("payout_returns", lambda: return_round(context), asyncio.Event())
