"""The callers: a process of its own that posts payments over kept connections, and hears the webhooks about them.

It must not be the bottleneck: requests are bytes made beforehand around the order number, and of an answer only what
counts is read. `python -m bench.load` takes a `Task` as JSON on its standard input. On its standard output it says when
the measured time begins and when it ends, and then, as JSON, what it counted.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from array import array
from collections import Counter
from ipaddress import ip_address
from typing import Annotated, Final, cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from bench.payment import PATH, body_around_order_number, order_number

BEGIN: Final = b"begin\n"
END: Final = b"end\n"
CALLERS_MAX: Final = 256
_LAST_ANSWERS_S: Final = 30.0

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PAID: Final = b'"orderStatus":"successed"'
_HEARD: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Task(msgspec.Struct, frozen=True):
    base_url: str
    authorization: str
    callers: Annotated[int, msgspec.Meta(ge=1, le=CALLERS_MAX)]
    warmup_s: Annotated[float, msgspec.Meta(ge=0, le=10)]
    seconds: Annotated[float, msgspec.Meta(gt=0, le=60)]
    hears_webhooks: bool = False
    """Whether the payments name the callers' own address for their webhooks."""


class Count(msgspec.Struct, frozen=True):
    """What came back. Only `latencies_ms` and `webhooks` are of the measured time alone."""

    paid: list[int]
    """The numbers of all orders that were answered as captured."""
    latencies_ms: list[float]
    """Of the answers as captured."""
    webhooks: int
    statuses: dict[int, int]
    """HTTP status → answers."""
    otherwise: int
    """Answers that said anything but captured."""
    first_otherwise: str
    unanswered: int


class Tally:
    """What all callers of a task share: the request, the next order's number, the time, the counts."""

    def __init__(self, task: Task, notify_url: str) -> None:
        before, self._after = body_around_order_number(notify_url)
        head = (
            f"POST {PATH} HTTP/1.1\r\n"
            f"Host: {urlsplit(task.base_url).netloc}\r\n"
            f"Authorization: {task.authorization}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(before) + len(order_number(0)) + len(self._after)}\r\n\r\n"
        )
        self._before = head.encode() + before
        self._next = 1
        self.begin_at = time.perf_counter() + task.warmup_s
        self.end_at = self.begin_at + task.seconds
        self.paid = array("q")
        self.latencies_ms = array("d")
        self.statuses: Counter[int] = Counter()
        self.otherwise: list[str] = []
        self.asking = 0
        """Callers whose answer is still to come."""
        self.unanswered = 0
        self.all_answered = asyncio.Event()

    def next_order(self) -> tuple[int, bytes]:
        """Its number and the request for it."""
        number = self._next
        self._next += 1
        return number, b"%b%b%b" % (self._before, order_number(number).encode(), self._after)

    def answered(self, order: int, asked_at: float, status: int, body: bytes) -> None:
        now = time.perf_counter()
        self.statuses[status] += 1
        if _PAID not in body:
            self.otherwise.append(f"{status} {body[:300].decode(errors='replace')}")
            return
        self.paid.append(order)
        if self.begin_at <= now < self.end_at:
            self.latencies_ms.append((now - asked_at) * 1_000)

    def rests(self) -> None:
        """One caller asks no more."""
        self.asking -= 1
        if not self.asking:
            self.all_answered.set()


class Caller(asyncio.Protocol):
    """One connection; one request at a time until the time is over."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._received = bytearray()
        self._order = 0
        self._asked_at = 0.0
        self._resting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it.
        self._tally.asking += 1
        self._ask()

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        head = received.find(b"\r\n\r\n") + 4
        if head < 4 or (length := _LENGTH.search(received, 0, head)) is None:
            return
        if len(received) < head + int(length[1]):
            return
        status, body = int(received[9:12]), bytes(received[head:])
        received.clear()
        self._tally.answered(self._order, self._asked_at, status, body)
        if time.perf_counter() < self._tally.end_at:
            self._ask()
        else:
            self._resting = True
            self._tally.rests()
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._resting:
            self._tally.unanswered += 1
            self._tally.rests()

    def _ask(self) -> None:
        self._order, request = self._tally.next_order()
        self._asked_at = time.perf_counter()
        self._transport.write(request)


class Receiver(asyncio.Protocol):
    """A merchant's end of a webhook: receives one, says so, and notes when."""

    def __init__(self, heard_at: array[float]) -> None:
        self._heard_at = heard_at
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it.

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        head = received.find(b"\r\n\r\n") + 4
        length = _LENGTH.search(received, 0, head) if head >= 4 else None
        if length is not None and len(received) >= head + int(length[1]):
            self._heard_at.append(time.perf_counter())
            self._transport.write(_HEARD)
            self._transport.close()


async def call(task: Task) -> Count:
    """Do a task. Raises OSError if the server cannot be reached."""
    loop = asyncio.get_running_loop()
    server = urlsplit(task.base_url)
    if server.hostname is None or server.port is None or not ip_address(server.hostname).is_loopback:
        raise ValueError("the callers speak to this machine only")
    heard_at = array("d")
    receiver = await loop.create_server(lambda: Receiver(heard_at), "127.0.0.1", 0)
    notify_url = f"http://127.0.0.1:{receiver.sockets[0].getsockname()[1]}/" if task.hears_webhooks else ""
    tally = Tally(task, notify_url)
    for number in (tally.begin_at, tally.end_at):
        loop.call_later(number - time.perf_counter(), _say, BEGIN if number == tally.begin_at else END)
    for _ in range(task.callers):
        await loop.create_connection(lambda: Caller(tally), server.hostname, server.port)
    try:
        async with asyncio.timeout(task.warmup_s + task.seconds + _LAST_ANSWERS_S):
            await tally.all_answered.wait()
    except TimeoutError:
        tally.unanswered += tally.asking
    receiver.close()
    return Count(
        paid=tally.paid.tolist(),
        latencies_ms=tally.latencies_ms.tolist(),
        webhooks=sum(tally.begin_at <= at < tally.end_at for at in heard_at),
        statuses=dict(tally.statuses),
        otherwise=len(tally.otherwise),
        first_otherwise=tally.otherwise[0] if tally.otherwise else "",
        unanswered=tally.unanswered,
    )


def _say(what: bytes) -> None:
    sys.stdout.buffer.write(what)
    sys.stdout.buffer.flush()


def main() -> None:
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        _say(msgspec.json.encode(runner.run(call(task))))


if __name__ == "__main__":
    main()
