"""A loop: claim what is due, work on it side by side, wait for a wake-up or the next round."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import structlog

from polygate.store.contract import StoreError

_log = structlog.get_logger(__name__)

PAUSE_S: Final = 0.5
"""How long a round waits if nothing wakes it."""
_PAUSE_AFTER_FAULT_S: Final = 2.0

Item = TypeVar("Item")
Round = Callable[[], Awaitable[int]]
"""Does what is due and says how much that was."""


async def repeat(name: str, one_round: Round, wake: asyncio.Event, *, pause_s: float = PAUSE_S) -> None:
    """Run rounds until canceled. A fault ends its round only, never the loop."""
    while True:
        try:
            wake.clear()
            if await one_round():
                continue
            await _wait(wake, pause_s)
        except StoreError as error:
            _log.warning("round_without_store", job=name, error=str(error))
            await asyncio.sleep(_PAUSE_AFTER_FAULT_S)
        except Exception:
            _log.exception("round_failed", job=name)
            await asyncio.sleep(_PAUSE_AFTER_FAULT_S)


async def _wait(wake: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await wake.wait()
    except TimeoutError:
        return


async def each(items: Sequence[Item], work: Callable[[Item], Awaitable[None]], *, name: str) -> None:
    """Work on items side by side; one that fails is logged and comes up again when its claim runs out."""

    async def guarded(item: Item) -> None:
        try:
            await work(item)
        except StoreError as error:
            _log.warning("work_put_off", job=name, error=str(error))
        except Exception:
            _log.exception("work_failed", job=name)

    await asyncio.gather(*(guarded(item) for item in items))
