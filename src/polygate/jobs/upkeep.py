"""Housekeeping: what nobody needs any more is forgotten."""

from __future__ import annotations

import asyncio
from typing import Final

from polygate.core.calls import CALLS_KEPT_DAYS
from polygate.core.ids import first_at
from polygate.core.people import IDLE_MS, SESSION_MS
from polygate.jobs.rounds import repeat
from polygate.operations.context import Context

_PAUSE_S: Final = 600.0
_DAY_MS: Final = 86_400_000
_CALLS_AT_ONCE: Final = 500
_TOKENS_KEPT_MS: Final = 86_400_000
"""A day after its end a token is still recognized, so that its holder is told that it expired."""
_NONCES_KEPT_MS: Final = 900_000
"""Longer than a signed call can be repeated: its timestamp may be five minutes ahead or behind."""
_UNUSED_CARDS_KEPT_MS: Final = 14_400 * 60_000 + 86_400_000
"""A day longer than the longest checkout session: until then the payer may still be authenticating."""
_RISK_KEPT_MS: Final = 86_400_000
"""Longer than any limit looks back, for an operator who wants to look too."""
_GUESSES_KEPT_MS: Final = 86_400_000
"""Longer than any lock lasts; until then the next lock is longer than the last."""


async def upkeep_round(context: Context, *, calls_kept_days: int = CALLS_KEPT_DAYS) -> int:
    """0 unless more calls are left over; everything else can wait for the next round."""
    now_ms = context.clock()
    await context.store.forget_tokens(now_ms - _TOKENS_KEPT_MS)
    await context.store.forget_nonces(now_ms - _NONCES_KEPT_MS)
    await context.store.forget_unused_cards(now_ms - _UNUSED_CARDS_KEPT_MS)
    await context.store.forget_risk_events(now_ms - _RISK_KEPT_MS)
    await context.store.forget_ended_blocks(now_ms - _RISK_KEPT_MS)
    await context.store.forget_previous_keys(now_ms)
    await context.store.forget_sessions(unused_since_ms=now_ms - IDLE_MS, begun_before_ms=now_ms - SESSION_MS)
    await context.store.forget_guesses(now_ms - _GUESSES_KEPT_MS)
    # In lots: nobody's commit has to wait for a day's worth of them.
    forgotten = await context.store.forget_calls(first_at(now_ms - calls_kept_days * _DAY_MS), at_most=_CALLS_AT_ONCE)
    return forgotten // _CALLS_AT_ONCE


async def run(context: Context, *, calls_kept_days: int) -> None:
    """Until canceled."""

    async def one_round() -> int:
        return await upkeep_round(context, calls_kept_days=calls_kept_days)

    await repeat("upkeep", one_round, asyncio.Event(), pause_s=_PAUSE_S)
