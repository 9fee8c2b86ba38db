"""Subscriptions that are due."""

from __future__ import annotations

import asyncio
from typing import Final

from polygate.core.subscriptions import Subscription
from polygate.jobs.rounds import each, repeat
from polygate.operations.charge_subscription import bring_forward
from polygate.operations.context import Context

_CLAIM: Final = 64
_CLAIM_LIFE_MS: Final = 15_000


async def renewal_round(context: Context) -> int:
    """Charge what is due, look at charges without a result."""
    now_ms = context.clock()
    due = await context.store.claim(Subscription, now_ms=now_ms, until_ms=now_ms + _CLAIM_LIFE_MS, limit=_CLAIM)
    await each(due, lambda subscription: bring_forward(context, subscription), name="subscriptions")
    return len(due)


async def run(context: Context) -> None:
    """Until canceled."""
    await repeat("subscriptions", lambda: renewal_round(context), asyncio.Event())
