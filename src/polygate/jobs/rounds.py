"""A loop: claim what is due, work on it side by side, wait for a wake-up or the next round."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar

import structlog

from polygate.store.contract import StoreError

_log = structlog.get_logger(__name__)

PAUSE_S: Final = 0.5
"""How long a round waits if nothing wakes it."""
_PAUSE_AFTER_FAULT_S: Final = 2.0
_CANCEL_AGAIN_S: Final = 1.0

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


async def side_by_side(*loops: Coroutine[Any, Any, None]) -> None:
    """Run loops until canceled, or until one of them fails; none is left running afterwards."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        await end(*tasks)


async def end(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks until they are over: a cancellation can get lost in a wait that ends at the same moment."""
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=_CANCEL_AGAIN_S)


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
