"""Stands around the front doors and hears every call: nothing of it is kept from the door, and nothing is held up.

Each answer carries `X-Request-Id`, under which the call is found in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import perf_counter_ns
from typing import Final

from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from polygate.core.calls import CallLogMode, CallWords
from polygate.operations.call_log import BODY_MAX_BYTES, CallLog, Heard
from polygate.operations.caller_notes import take_notes

HEADER: Final = b"x-request-id"


def watched(routes: Iterable[BaseRoute], *, protocol: str, words: CallWords, log: CallLog) -> Iterator[BaseRoute]:
    """A protocol's routes, each call of which is heard from now on."""
    for route in routes:
        if isinstance(route, Route | Mount):
            route.app = CallWatch(route.app, protocol, words, log)
        yield route


class CallWatch:
    """An ASGI application around a door."""

    def __init__(self, door: ASGIApp, protocol: str, words: CallWords, log: CallLog) -> None:
        self._door = door
        self._protocol = protocol
        self._words = words
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call_id = self._log.next_id()
        header = HEADER, str(call_id).encode()
        if self._log.mode is CallLogMode.OFF:
            await self._door(scope, receive, _with_header(send, header))
            return
        call = self._begun(scope, call_id)
        asked, answered = _Body(), _Body()

        async def hearing_receive() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                asked.take(message.get("body", b""))
            return message

        async def hearing_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), header]}
            elif message["type"] == "http.response.body":
                answered.take(message.get("body", b""))
            await send(message)

        notes, began_ns = take_notes(scope), perf_counter_ns()
        try:
            await self._door(scope, hearing_receive, hearing_send)
        finally:
            call.duration_us = (perf_counter_ns() - began_ns) // 1_000
            call.request, call.answer = asked.whole(), answered.whole()
            call.merchant, call.opened = notes.merchant, notes.opened
            call.app_id, call.merchant_no = notes.app_id, notes.merchant_no
            self._log.hear(call)

    def _begun(self, scope: Scope, call_id: int) -> Heard:
        client = scope.get("client")
        return Heard(
            call_id=call_id,
            at_ms=self._log.now_ms(),
            protocol=self._protocol,
            words=self._words,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            address=client[0] if client else "",
        )


class _Body:
    """The parts of a body as they pass, up to a bound."""

    __slots__ = ("_parts", "_size")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def take(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= BODY_MAX_BYTES:
            self._parts.append(part)
        else:
            self._parts.clear()

    def whole(self) -> bytes | None:
        return b"".join(self._parts) if self._size <= BODY_MAX_BYTES else None


def _with_header(send: Send, header: tuple[bytes, bytes]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), header]}
        await send(message)

    return sending
