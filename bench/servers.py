"""What is measured, as real processes: the gateway on either store, PostgreSQL, and the bare HTTP server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx
import msgspec
import psycopg

from bench.cpu import children_of, parent_of
from bench.floor import READY_PATH
from polygate.core.calls import CallLogMode
from tests.support.postgres import PostgresServer, own_server, running_in
from tests.support.server import Shop, demo_server, free_port

_START_S: Final = 15.0
_POSTGRES_SETTINGS: Final = {
    # Room for a run without checkpoints in its middle; what makes a commit durable stays as it was.
    "max_wal_size": "8GB",
    "shared_buffers": "512MB",
}


class Front(msgspec.Struct, frozen=True):
    """A server that takes payments."""

    base_url: str
    authorization: str
    pid: int
    kill: Callable[[], None]
    """At once, with no chance to write anything more."""


class Postgres(msgspec.Struct, frozen=True):
    url: str
    pid: int
    pgbench: Path


@contextmanager
def postgres(home: Path | None = None) -> Iterator[Postgres]:
    """A PostgreSQL of our own, with its settings for durability as they come; in a directory its data stays there."""
    with running_in(home, stop="fast") if home else own_server() as server:
        _configure(server)
        with psycopg.connect(server.url()) as connection:
            backend = connection.info.backend_pid
            yield Postgres(url=server.url(), pid=parent_of(backend), pgbench=server.bin / "pgbench")


def _configure(server: PostgresServer) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        for name, value in _POSTGRES_SETTINGS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
    server.stop()
    server.start()


@contextmanager
def gateway(directory: Path, database_url: str | None, *, logs_calls: bool = True) -> Iterator[Front]:
    """`polygate demo` with API, pages and background jobs, on a new database; without a URL on SQLite."""
    before = children_of(os.getpid())
    environment = {"POLYGATE_CALL_LOG": CallLogMode.ALL if logs_calls else CallLogMode.OFF}
    with demo_server(directory, database_url=database_url, environment=environment) as (server, demo):
        [pid] = children_of(os.getpid()) - before
        shop = Shop(server.base_url, demo)
        authorization = shop.http.headers["Authorization"]
        shop.http.close()
        yield Front(server.base_url, authorization, pid, server.kill)


@contextmanager
def bare_http() -> Iterator[Front]:
    """The floor below every gateway on this server."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "bench.floor", str(port)]) as process:
        try:
            base_url = f"http://127.0.0.1:{port}"
            _wait_for(f"{base_url}{READY_PATH}")
            yield Front(base_url, "nobody", process.pid, process.kill)
        finally:
            process.kill()


def _wait_for(url: str) -> None:
    give_up_at = time.monotonic() + _START_S
    while time.monotonic() < give_up_at:
        with suppress(httpx.TransportError):
            if httpx.get(url, timeout=2).is_success:
                return
        time.sleep(0.05)
    raise AssertionError(f"{url} did not become ready")
