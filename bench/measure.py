"""One sample: a fresh server on a fresh database, callers beside it, then SIGKILL and a look at the books."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from bench import gates
from bench.cpu import Reading, Usage
from bench.load import BEGIN, END, Count, Task
from bench.samples import Key, Sample
from bench.servers import Front, Postgres, bare_http, gateway
from tests.support.books import Books
from tests.support.postgres import fresh_database

WARMUP_S: Final = 0.5


def measure_gateway(
    key: Key,
    *,
    postgres: Postgres | None,
    seconds: float,
    durable: dict[str, str],
    hears_webhooks: bool = False,
    logs_calls: bool = True,
) -> Sample:
    """On SQLite unless there is a PostgreSQL. What the database says of its durability is added to `durable`."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="polygate-bench-")))
        url = stack.enter_context(fresh_database(postgres.url)) if postgres else None
        front = stack.enter_context(gateway(directory, url, logs_calls=logs_calls))
        others = {"database": postgres.pid} if postgres else {}
        count, usage = _drive(front, key.callers, seconds, hears_webhooks=hears_webhooks, others=others)
        # Whatever was answered must be in the books already; a farewell would give it more time.
        front.kill()
        url = url or f"sqlite:///{directory / 'polygate.db'}"
        faults = [*gates.of_answers(count), *gates.of_books(Books(url), count.paid)]
        durable |= gates.durability(url)
    return _sample(key, count, usage, seconds, faults)


def measure_bare_http(key: Key, *, seconds: float) -> Sample:
    with bare_http() as front:
        count, usage = _drive(front, key.callers, seconds, hears_webhooks=False, others={})
    return _sample(key, count, usage, seconds, list(gates.of_answers(count)))


def _drive(
    front: Front, callers: int, seconds: float, *, hears_webhooks: bool, others: dict[str, int]
) -> tuple[Count, Usage]:
    task = Task(front.base_url, front.authorization, callers, WARMUP_S, seconds, hears_webhooks)
    with subprocess.Popen(
        [sys.executable, "-m", "bench.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(task))
        process.stdin.close()
        _expect(process.stdout.readline(), BEGIN)
        begin = Reading()
        _expect(process.stdout.readline(), END)
        usage = begin.until(Reading(), {"server": front.pid, "callers": process.pid, **others})
        return msgspec.json.decode(process.stdout.read(), type=Count), usage


def _expect(said: bytes, wanted: bytes) -> None:
    if said != wanted:
        raise RuntimeError(f"the callers ended early, saying {said[:200]!r}")


def _sample(key: Key, count: Count, usage: Usage, seconds: float, faults: Sequence[str]) -> Sample:
    return sample_of(
        key,
        count.latencies_ms,
        seconds=seconds,
        usage=usage,
        webhooks_per_second=count.webhooks / seconds,
        faults=tuple(faults),
    )


def sample_of(
    key: Key,
    latencies_ms: Sequence[float],
    *,
    seconds: float,
    usage: Usage,
    faults: tuple[str, ...],
    webhooks_per_second: float = 0.0,
) -> Sample:
    ordered = sorted(latencies_ms)
    return Sample(
        key=key,
        per_second=len(ordered) / seconds,
        p50_ms=percentile(ordered, 0.50),
        p99_ms=percentile(ordered, 0.99),
        usage=usage,
        webhooks_per_second=webhooks_per_second,
        faults=faults,
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the figures that at least this share of them does not exceed; 0 if there are none."""
    return ordered[math.ceil(len(ordered) * share) - 1] if ordered else 0.0
