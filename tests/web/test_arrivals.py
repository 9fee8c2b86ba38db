"""Requests that do not arrive, or have no end: whoever sends them is hung up on, and everybody else is served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from polygate.web.arrivals import HEAD_MAX_BYTES, BoundedArrivals
from tests.support.house import eventually
from tests.support.server import free_port

TIMEOUT_S = 30


class Impatient(BoundedArrivals):
    arrival_s: ClassVar[float] = 1.0


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(f"{len(body)} bytes")(scope, receive, send)


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that waits for a second."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(echo, port=port, http=Impatient, lifespan="off", log_level="critical"))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await serving


async def answer(reader: asyncio.StreamReader) -> bytes:
    """Everything until the server hangs up; that may be while there is still something on its way to it."""
    async with asyncio.timeout(TIMEOUT_S):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"HTTP/1.1 408 "),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1234", b""),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n", b""),
    ],
    ids=["nothing", "half a head", "half a body", "half a chunked body"],
)
async def test_what_does_not_arrive_is_not_waited_for(sent: bytes, said: bytes) -> None:
    """A byte now and then does not help: the time is that of the whole request."""
    async with connected() as (reader, writer):
        writer.write(sent)
        await asyncio.sleep(0.5)
        if sent:
            writer.write(b"1")
        assert (await answer(reader)).startswith(said)


@pytest.mark.anyio
@pytest.mark.parametrize("line", [b"X: " + b"x" * 10_000, b"X: 1"], ids=["few", "many"])
async def test_a_head_has_an_end(line: bytes) -> None:
    """Whether it comes in one piece or in many, and whether one header is long or there are many of them."""
    async with connected() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n")
        for _ in range(2 * HEAD_MAX_BYTES // len(line)):
            writer.write(line + b"\r\n")
        writer.write(b"\r\n")
        assert b" 200 " not in await answer(reader)


@pytest.mark.anyio
async def test_requests_in_pieces_are_served_one_after_the_other() -> None:
    """Each has its own time, and so have answers that take longer."""
    async with connected() as (reader, writer):
        for _ in range(3):
            for part in (b"POST / HTTP/1.1\r\nHo", b"st: a\r\nContent-Length: 4\r\n\r\n12", b"34"):
                writer.write(part)
                await asyncio.sleep(0.05)
            assert b"200 OK" in await reader.readuntil(b"4 bytes")
            await asyncio.sleep(0.3)
