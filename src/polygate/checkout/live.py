"""News for a waiting page as server-sent events: the phase at once, and again whenever it changes.

Whatever process a change was made by, it is in the order's row, so that is where a stream looks every second. It tells
only that there is something new: what that is, the page shows when it is loaded anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from polygate.checkout.pages import PRIVATE
from polygate.checkout.phases import RESULTS, Phase, Seen, is_overdue, look
from polygate.operations.context import Context
from polygate.store.contract import Busy, Unavailable

_EVENT_STREAM: Final = "text/event-stream"
# Proxies that collect an answer before they hand it on would keep the news back.
_HEADERS: Final = {**PRIVATE, "X-Accel-Buffering": "no"}
_RETRY: Final = "retry: 1000\n\n"
_HEARTBEAT: Final = ":\n\n"


class Live:
    """The open streams of one process. All times are in seconds.

    A stream ends after `life_s`, and the browser opens another: one that nobody reads any more cannot stay for good.
    Beyond `streams_max` the answer is 503, and the page asks for its header instead.
    """

    def __init__(
        self,
        context: Context,
        *,
        streams_max: int = 256,
        life_s: float = 180.0,
        heartbeat_s: float = 10.0,
        pause_s: float = 1.0,
    ) -> None:
        self._context = context
        self._streams_max = streams_max
        self._life_s = life_s
        self._heartbeat_s = heartbeat_s
        self._pause_s = pause_s
        self._open = 0

    def follow(self, request: Request, seen: Seen) -> Response:
        """A stream about one order, until it has a result."""
        if self._open >= self._streams_max:
            return Response(status_code=503, headers={**_HEADERS, "Retry-After": "5"})
        if request.method == "HEAD":
            return Response(media_type=_EVENT_STREAM, headers=_HEADERS)
        return StreamingResponse(self._events(seen), media_type=_EVENT_STREAM, headers=_HEADERS)

    async def _events(self, seen: Seen) -> AsyncIterator[str]:
        # Counted from here on, because an answer whose browser has gone is never iterated, and would not be uncounted.
        self._open += 1
        try:
            now = asyncio.get_running_loop().time
            ends_at = now() + self._life_s
            quiet_since = now()
            told: Phase | None = None
            yield _RETRY
            while True:
                if seen.phase is not told:
                    told, quiet_since = seen.phase, now()
                    yield f"data: {told}\n\n"
                elif now() - quiet_since >= self._heartbeat_s:
                    quiet_since = now()
                    yield _HEARTBEAT
                if told in RESULTS or now() >= ends_at or self._context.stopping.is_set():
                    return
                await self._pause()
                seen = await self._again(seen)
        finally:
            self._open -= 1

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s):
                await self._context.stopping.wait()

    async def _again(self, seen: Seen) -> Seen:
        """The order as it stands. Nothing about it, and no attempt, changes without its version."""
        before = seen.payment
        try:
            payment = await self._context.reads.payment(before.merchant_id, before.payment_id)
            if payment and payment.version == before.version and not is_overdue(self._context, seen):
                return seen
            return await look(self._context, before.merchant_id, before.payment_id) or seen
        except (Busy, Unavailable):
            return seen  # The store will be back; so will the browser, should that take longer than a stream lives.
