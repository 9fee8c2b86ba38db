"""A plain socket to a real server: every byte of a request is the test's own."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import sqlite3
import time
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from tests.gateway_api.answers import STATUS
from tests.support.server import Demo, Server, Shop

TIMEOUT_S: Final = 10
KEPT_S: Final = 3
"""Less than the server keeps an idle connection."""


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        answer = json.loads(self.body)
        assert isinstance(answer, dict)
        return answer

    @property
    def code(self) -> str:
        """The `respCode`, whose HTTP status must be the answer's."""
        code = str(self.json["respCode"])
        assert self.status == STATUS[code], f"{code} with HTTP {self.status}"
        return code


class Wire:
    def __init__(self, server: Server, demo: Demo, directory: Path) -> None:
        self.server: Final = server
        self.shop: Final = Shop(server.base_url, demo)
        self.port: Final = int(server.base_url.rpartition(":")[2])
        self.token: Final = str(self.shop.http.headers["Authorization"])
        self._database: Final = directory / "polygate.db"
        self._kept = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        self._used_at_s = 0.0

    def close(self) -> None:
        self._kept.close()
        self.shop.http.close()

    def post(self, path: str, body: bytes, **headers: str) -> Reply:
        """One request over the connection that is kept for all of them; underscores in names are dashes."""
        named = {"Authorization": self.token, "Content-Type": "application/json"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        if time.monotonic() - self._used_at_s > KEPT_S:
            self._kept.close()  # The next request opens it again.
        self._kept.request("POST", f"/gateway/v1/{path}", body, named)
        reply = _reply(self._kept.getresponse())
        self._used_at_s = time.monotonic()
        return reply

    def post_json(self, path: str, body: object) -> Reply:
        """Lone surrogates go out as escapes, and what Python calls NaN is no JSON: give bytes for that."""
        return self.post(path, json.dumps(body, allow_nan=False).encode())

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT_S)

    def send(self, *parts: bytes, method: str = "POST") -> Reply | None:
        """Raw bytes on a connection of their own, and the first answer to them; None where there was none."""
        with self.connect() as raw:
            try:
                for part in parts:
                    raw.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                pass  # Answered and closed before everything was sent.
            return read(raw, method=method)

    def head(self, line: str, *headers: str, length: int | None = None) -> bytes:
        """Request line and headers, with the token; `length` is the Content-Length."""
        lines = [line, "Host: gateway", f"Authorization: {self.token}", *headers]
        lines += [] if length is None else [f"Content-Length: {length}"]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def asked(self, sql: str) -> Any:
        """The first value that a query of the database gives, as another process sees it."""
        with sqlite3.connect(f"file:{self._database}?mode=ro", uri=True) as database:
            return database.execute(sql).fetchone()[0]

    def rows(self) -> dict[str, int]:
        """How many rows each table has, as another process sees it.

        Tokens are issued and calls are logged; and the jobs go on with what earlier tests began.
        """
        others = {"tokens", "nodes", "calls", "webhook_tries", "counted_facts", "statistics"}
        with sqlite3.connect(f"file:{self._database}?mode=ro", uri=True) as database:
            names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {
                name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                for name in names
                if name not in others
            }


def read(raw: socket.socket, *, method: str = "POST") -> Reply | None:
    """The next answer; None if the connection ends without one."""
    with contextlib.closing(http.client.HTTPResponse(raw, method=method)) as response:
        try:
            response.begin()
            return _reply(response)
        except (http.client.BadStatusLine, ConnectionResetError):
            return None


def read_all(raw: socket.socket, count: int) -> list[dict[str, Any]]:
    """The bodies of several answers on one connection, in their order."""
    with raw.makefile("rb") as stream:
        answers = []
        for _ in range(count):
            head = http.client.parse_headers(_after_line(stream))
            answers.append(json.loads(stream.read(int(head["content-length"]))))
        return answers


def _after_line(stream: BinaryIO) -> BinaryIO:
    assert stream.readline().startswith(b"HTTP/1.1 ")
    return stream


def _reply(response: http.client.HTTPResponse) -> Reply:
    return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
