"""Attempts that are due, and payments whose time is over."""

from __future__ import annotations

import asyncio
from typing import Final

from polygate.core.attempts import Attempt
from polygate.core.payments import Payment
from polygate.jobs.rounds import each, repeat, side_by_side
from polygate.operations.ask_again import ask_again
from polygate.operations.context import Context
from polygate.operations.expire import expire

_CLAIM: Final = 64
_CLAIM_LIFE_MS: Final = 15_000
"""Longer than any acquirer's deadline: whoever claimed it is done or dead by then."""


async def ask_again_round(context: Context) -> int:
    """Send the planned attempts, inquire about those in doubt."""
    now_ms = context.clock()
    due = await context.store.claim(Attempt, now_ms=now_ms, until_ms=now_ms + _CLAIM_LIFE_MS, limit=_CLAIM)
    await each(due, lambda attempt: ask_again(context, attempt), name="ask_again")
    return len(due)


async def expire_round(context: Context) -> int:
    """Close unpaid orders whose time is over, release old authorizations."""
    now_ms = context.clock()
    due = await context.store.claim(Payment, now_ms=now_ms, until_ms=now_ms + _CLAIM_LIFE_MS, limit=_CLAIM)
    await each(due, lambda payment: expire(context, payment), name="expire")
    return len(due)


async def run(context: Context) -> None:
    """Until canceled."""
    await side_by_side(
        repeat("ask_again", lambda: ask_again_round(context), context.work_waits),
        repeat("expire", lambda: expire_round(context), asyncio.Event()),
    )
