"""How long a request may take to arrive, and how large its head may be: bodies are bounded by the doors.

Without these a stranger could hold connections for ever by sending a byte now and then, or fill the memory by a header
that never ends.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from polygate.web.upgrades import DecliningUpgrades

HEAD_MAX_BYTES: Final = 64 * 1024
"""Request line and headers together."""
_ANSWER: Final = b"content-length: 0\r\nconnection: close\r\n\r\n"


class BoundedArrivals(DecliningUpgrades):
    """Hangs up on whoever does not come to the point."""

    arrival_s: ClassVar[float] = 60.0
    """From the first byte of a request, or from the connection, to its last byte."""

    _arriving = False
    _in_head = False
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.call_later(self.arrival_s, self._turn_away, 408)

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._arriving:
            self._no_deadline()
            return
        # Most requests come in one piece and never get here.
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.arrival_s, self._turn_away, 408)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_MAX_BYTES:
                self._turn_away(431)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._arriving = self._in_head = True
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_MAX_BYTES:
            raise ValueError("the head is too large")  # The parser stops, and the caller is told that it is no request.
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._arriving = False
        super().on_message_complete()

    def _turn_away(self, status: int) -> None:
        """Nothing was asked yet, or not all of it: there is no request that could be in doubt."""
        if not self.transport.is_closing():
            if self._in_head:
                self.transport.write(STATUS_LINE[status] + _ANSWER)
            self.transport.close()

    def _no_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
