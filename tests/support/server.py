"""Real servers for tests: the same command an operator runs, in a process that can be killed and started again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import httpx
import msgspec

from polygate.store.migrate import migrate
from tests.support.bodies import payment_body

START_S: Final = 90.0
"""More than any start takes: on a busy machine it may be long."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A `polygate` process on a loopback port."""

    def __init__(self, arguments: list[str], port: int, *, log: Path, environment: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._environment = {**os.environ, **environment}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.base_url: Final = f"http://127.0.0.1:{port}"

    def start(self) -> None:
        """Returns once it is ready; fails with its log if it ends before that."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "polygate", *self._arguments], stdout=log, stderr=log, env=self._environment
            )
        give_up_at = time.monotonic() + START_S
        while time.monotonic() < give_up_at:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.base_url}/readyz", timeout=2).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"the server did not become ready:\n{self.log}")

    def kill(self) -> None:
        """SIGKILL: no farewell, no flushing."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        if self._process is None or self._process.poll() is not None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=30)

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")


class Demo(msgspec.Struct, rename="camel"):
    """What `demo.json` tells a client."""

    base_url: str
    merchant: dict[str, str]
    app: dict[str, str]
    console: dict[str, str]
    console_operator: dict[str, str]


@cache
def _migrated() -> Path:
    """A database without any rows, made once for each test process: half of what a first start takes, saved."""
    path = Path(mkdtemp(prefix="polygate-demo-")) / "polygate.db"
    migrate(f"sqlite:///{path}")
    return path


@contextlib.contextmanager
def demo_server(
    directory: Path, *, database_url: str | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[Server, Demo]]:
    """`polygate demo` over SQLite in a directory, or over the PostgreSQL database of a URL."""
    port = free_port()
    arguments = ["demo", "--port", str(port), "--data-dir", str(directory)]
    directory.mkdir(parents=True, exist_ok=True)
    if database_url is not None:
        arguments += ["--database-url", database_url]
    elif not (directory / "polygate.db").exists():
        shutil.copy(_migrated(), directory / "polygate.db")
    server = Server(arguments, port, log=directory / "server.log", environment=environment or {})
    server.start()
    try:
        yield server, msgspec.json.decode((directory / "demo.json").read_bytes(), type=Demo)
    finally:
        server.stop()


@contextlib.contextmanager
def faultless_demo(directory: Path, *, database_url: str | None = None) -> Iterator[tuple[Server, Demo]]:
    """A demo whose log has no fault in it when it ends."""
    with demo_server(directory, database_url=database_url) as (server, demo):
        yield server, demo
    for word in ("Traceback", "internal_fault", "Exception in ASGI"):
        assert word not in server.log, server.log


@contextlib.contextmanager
def second_server(
    directory: Path, *, database_url: str, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """`polygate serve` beside a demo, over the same PostgreSQL database and with the same master key."""
    port = free_port()
    settings = {
        "POLYGATE_DATABASE_URL": database_url,
        "POLYGATE_MASTER_KEY_FILE": str(directory / "master.key"),
        "POLYGATE_BASE_URL": f"http://127.0.0.1:{port}",
        "POLYGATE_PORT": str(port),
        "POLYGATE_ALLOW_PRIVATE_WEBHOOKS": "true",
    }
    server = Server(
        ["serve"], port, log=directory / f"server-{port}.log", environment=settings | dict(environment or {})
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Shop:
    """A merchant's client of the Gateway API."""

    def __init__(self, base_url: str, demo: Demo) -> None:
        self.demo: Final = demo
        self.http: Final = httpx.Client(base_url=f"{base_url}/gateway/v1", timeout=30)
        self.refresh()

    def refresh(self) -> None:
        """A new access token."""
        pair = {"appId": self.demo.app["appId"], "secret": self.demo.app["appSecret"]}
        self.http.headers["Authorization"] = self.call("connect/token", pair)["accessToken"]

    def call(self, path: str, body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.post(f"/{path}", json=body).json()
        return answer

    def pay(self, order_no: str, **changes: Any) -> dict[str, Any]:
        return self.call("payment", payment_body(order_no, **changes))
