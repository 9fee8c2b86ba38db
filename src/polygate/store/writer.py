"""Group commit, the only way to write: whatever queued while the last commit ran is the next transaction.

There is no timer. A lone change commits at once; under load a batch shares one durable commit, and every change in it
is answered on its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from polygate.store.contract import Busy, Change, StoreError, Unavailable

Commit = Callable[[Sequence[Change]], Awaitable[list[StoreError | None]]]
"""Writes a batch in one transaction: None for each change that took effect, else why it lost.

Raises Unavailable if the database is out of reach; anything else it raises is blamed on one of the changes, which are
then written one by one.
"""

WAITING_MAX: Final = 4_096
"""Changes that may wait. At several thousand changes a second that is under a second of work."""

_log = structlog.get_logger(__name__)


class GroupWriter:
    def __init__(self, commits: Sequence[Commit], *, batch_max: int, waiting_max: int = WAITING_MAX) -> None:
        self._waiting: deque[tuple[Change, asyncio.Future[None]]] = deque()
        self._batch_max = batch_max
        self._waiting_max = waiting_max
        self._wake = asyncio.Event()
        self._closing = False
        self._flushers = [asyncio.create_task(self._flush(commit)) for commit in commits]

    def submit(self, change: Change) -> asyncio.Future[None]:
        """Done once the change is durable. Fails with Taken, Stale, Busy or Unavailable."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._closing:
            future.set_exception(Unavailable("the store is closed"))
        elif len(self._waiting) >= self._waiting_max:
            future.set_exception(Busy("too many changes are waiting"))
        else:
            self._waiting.append((change, future))
            self._wake.set()
        return future

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def close(self) -> None:
        """Write what is waiting, then stop."""
        self._closing = True
        self._wake.set()
        await asyncio.gather(*self._flushers, return_exceptions=True)

    async def _flush(self, commit: Commit) -> None:
        while True:
            await self._wake.wait()
            if not self._waiting:
                if self._closing:
                    return
                self._wake.clear()
                continue
            size = min(len(self._waiting), self._batch_max)
            batch = [self._waiting.popleft() for _ in range(size)]
            try:
                _answer(batch, await commit([change for change, _ in batch]))
            except Unavailable as out_of_reach:
                for _, future in batch:
                    _fail(future, out_of_reach)
            except Exception:
                await self._one_by_one(commit, batch)

    async def _one_by_one(self, commit: Commit, batch: Sequence[tuple[Change, asyncio.Future[None]]]) -> None:
        """One of them is broken: the others must not suffer for it."""
        for change, future in batch:
            try:
                _answer([(change, future)], await commit([change]))
            except Exception as error:
                _log.error("change_not_written", error=type(error).__name__, rows=_names(change))
                _fail(future, error)


def _answer(batch: Sequence[tuple[Change, asyncio.Future[None]]], results: Sequence[StoreError | None]) -> None:
    for (_, future), lost in zip(batch, results, strict=True):
        if future.done():  # Its caller went away; the change stands all the same.
            continue
        if lost is None:
            future.set_result(None)
        else:
            future.set_exception(lost)


def _fail(future: asyncio.Future[None], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _names(change: Change) -> list[str]:
    return [type(guard.row).__name__ for guard in change.guards] + [type(row).__name__ for row in change.puts]
