"""Writes what the log of calls has heard. Runs wherever calls are answered, with or without the other jobs."""

from __future__ import annotations

import asyncio
from typing import Final

from polygate.jobs.rounds import repeat
from polygate.operations.call_log import CallLog

_PAUSE_S: Final = 1.0


async def run(log: CallLog) -> None:
    """Until canceled."""

    async def one_round() -> int:
        """Always 0: what is left over waits for the next round, so that the log takes a bounded part of the time."""
        await log.write()
        return 0

    await repeat("calls", one_round, asyncio.Event(), pause_s=_PAUSE_S)
