"""A merchant's end of the webhooks: takes everything in, answers 200 and `OK`, keeps what came."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import msgspec


class Notification(msgspec.Struct, frozen=True):
    headers: Mapping[str, str]
    raw: bytes

    @property
    def notify_id(self) -> str:
        body: dict[str, Any] = msgspec.json.decode(self.raw)
        return str(body["notifyId"])


class Receiver(ThreadingHTTPServer):
    """Listens on a loopback port; `url` is where to send to."""

    daemon_threads = True
    request_queue_size = 1_024

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: Final[list[Notification]] = []
        self.url: Final = f"http://127.0.0.1:{self.server_port}/notify"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that is killed in the middle of its request is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        raw = self.rfile.read(length)
        if len(raw) < length:  # The sender was killed in the middle of its sentence: nothing was received.
            return
        self.server.received.append(Notification(dict(self.headers), raw))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    def log_message(self, *_: object) -> None:
        """Keeps the test's output clean."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        try:
            yield listening
        finally:
            listening.shutdown()
            thread.join()
