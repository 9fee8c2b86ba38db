"""Group commit, the only way to write: whatever queued while the last commit ran is the next transaction.

A lone change commits at once; under load a batch shares one durable commit, and every change in it is answered on its
own. Several connections take turns, since what a batch costs hardly depends on its size: while one writes, the next
batch grows. Only a batch that takes long, because something holds it up, lets the next one overtake it.
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

Raises Unavailable if the database is out of reach; anything else it raises means that nothing was written, and is
blamed on one of the changes, which are then written one by one.
"""

WAITING_MAX: Final = 4_096
"""Changes that may wait. At several thousand changes a second that is under a second of work."""
TURN_S: Final = 0.05
"""How long a connection has to write a batch before another one takes the next. Most need a tenth of it."""

_Waiting = tuple[Change, asyncio.Future[None]]

_log = structlog.get_logger(__name__)


class GroupWriter:
    def __init__(
        self, commits: Sequence[Commit], *, batch_max: int, waiting_max: int = WAITING_MAX, turn_s: float = TURN_S
    ) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._batch_max = batch_max
        self._waiting_max = waiting_max
        self._turn_s = turn_s
        self._turn = asyncio.Lock()
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
        batch: list[_Waiting] = []
        try:
            while True:
                async with _Turn(self._turn) as turn:
                    if not (batch := await self._next()):
                        return
                    turn.end_in(self._turn_s)
                    try:
                        await self._write(commit, batch)
                    except Unavailable as out_of_reach:
                        # Those who wait would only wait as long for the same answer, one batch after another.
                        _fail([*batch, *self._drained()], out_of_reach)
        finally:
            # Only a canceled task leaves somebody waiting, and nobody may wait forever.
            self._closing = True
            _fail([*batch, *self._drained()], Unavailable("the store was closed in the middle of a commit"))

    async def _next(self) -> list[_Waiting]:
        """What queued meanwhile, as soon as there is anything; nothing once the writer closes."""
        while not self._waiting and not self._closing:
            self._wake.clear()
            await self._wake.wait()
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch_max))]

    def _drained(self) -> list[_Waiting]:
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting

    async def _write(self, commit: Commit, batch: Sequence[_Waiting]) -> None:
        """Raises Unavailable. A broken change fails alone: its neighbors are written one by one."""
        try:
            results = await commit([change for change, _ in batch])
        except Unavailable:
            raise
        except Exception as error:
            if len(batch) > 1:
                for each in batch:
                    await self._write(commit, [each])
                return
            change, future = batch[0]
            if not isinstance(error, StoreError):
                _log.error("change_not_written", error=type(error).__name__, rows=_names(change))
            if not future.done():
                future.set_exception(error)
        else:
            _answer(batch, results)


class _Turn:
    """To be entered. Ends with its block, or some time after `end_in`, whichever comes first."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self._timer: asyncio.TimerHandle | None = None
        self._ended = False

    async def __aenter__(self) -> _Turn:
        await self._lock.acquire()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._end()

    def end_in(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._end)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._lock.release()


def _answer(batch: Sequence[_Waiting], results: Sequence[StoreError | None]) -> None:
    for (_, future), lost in zip(batch, results, strict=True):
        if future.done():  # Its caller went away; the change stands all the same.
            continue
        if lost is None:
            future.set_result(None)
        else:
            future.set_exception(lost)


def _fail(batch: Sequence[_Waiting], out_of_reach: Unavailable) -> None:
    for _, future in batch:
        if not future.done():
            # One for each: an exception collects the tracebacks of all to whom it is raised.
            future.set_exception(Unavailable(str(out_of_reach)))


def _names(change: Change) -> list[str]:
    return [type(guard.row).__name__ for guard in change.guards] + [type(row).__name__ for row in change.puts]
