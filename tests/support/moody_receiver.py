"""A merchant's server on loopback that can be as unpleasant as real ones: the path of the URL says how."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, NamedTuple


class Notification(NamedTuple):
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(self.body)
        return fields


Behavior = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Receiver:
    """Answers 200 with `respCode` 0000, except on paths that `behave` has told otherwise."""

    def __init__(self) -> None:
        self.port = 0
        self.received: Final[list[Notification]] = []
        self._behaviors: Final[dict[str, Behavior]] = {}
        self._arrived = asyncio.Event()
        self._serving: Final[set[asyncio.Task[None]]] = set()

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def behave(self, path: str, behavior: Behavior) -> str:
        """From now on the path behaves like this; its URL."""
        self._behaviors[path] = behavior
        return self.url(path)

    def at(self, path: str) -> list[Notification]:
        return [notification for notification in self.received if notification.path == path]

    async def arrived(self, count: int, path: str | None = None, *, timeout_s: float = 8.0) -> list[Notification]:
        """Wait until so many came, on one path or on all."""
        async with asyncio.timeout(timeout_s):
            while True:
                seen = self.received if path is None else self.at(path)
                if len(seen) >= count:
                    return seen
                self._arrived.clear()
                await self._arrived.wait()

    async def end(self) -> None:
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, EOFError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *lines = head.rstrip().split("\r\n")
            method, path, _ = line.split(" ")
            assert method == "POST"
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            assert len(headers) == len(lines), f"a header came twice: {lines}"
            body = await reader.readexactly(int(headers["content-length"]))
            self.received.append(Notification(path, headers, body))
            self._arrived.set()
            await self._behaviors.get(path, answering())(reader, writer)


def answering(status: str = "200 OK", body: bytes = b'{"respCode":"0000","respMsg":"success"}', *more: str) -> Behavior:
    async def behavior(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", *more]
        if not status.startswith("204"):
            lines.append(f"Content-Length: {len(body)}")
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()

    return behavior


async def hanging(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Reads everything and never says a word."""
    while await reader.read(65_536):
        pass


async def dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An answer of one byte every few milliseconds, for as long as somebody listens."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def resetting(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def closing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads everything and hangs up."""


async def babbling(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Something that is not HTTP."""
    writer.write(b"220 mail.example.com ESMTP\r\n")
    await writer.drain()


def changing(*behaviors: Behavior) -> Behavior:
    """One after the other, the last one for ever."""
    left = list(behaviors)

    async def behavior(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(reader, writer)

    return behavior


@contextlib.asynccontextmanager
async def receiving(port: int = 0) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.accept, "127.0.0.1", port)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        async with server:
            yield receiver
            server.close()
            await receiver.end()
    finally:
        await receiver.end()
