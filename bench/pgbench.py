"""PostgreSQL's own load tool with the gateway's own statements: the measure of what this database can do.

Every transaction of a recorded payment becomes one of the script, guarded by the same version, committed on its own.
The values travel as parameters of prepared statements, as they do from the gateway; identifiers grow with time and are
unique over all clients. What pgbench does not do: speak HTTP, read and check a request, encrypt, read the token,
decide, deliver the webhook.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from bench.cpu import Reading
from bench.gates import of_script
from bench.measure import WARMUP_S, sample_of
from bench.samples import Key, Sample
from bench.servers import Postgres
from bench.statements import Recording, Transaction, record
from polygate.store.migrate import migrate
from tests.support.books import Books
from tests.support.postgres import fresh_database

CLIENTS_MAX: Final = 256
_IDS_PER_PAYMENT: Final = 16
_TAIL_S: Final = 0.5


class Style(StrEnum):
    STATEMENTS = "statement by statement"
    """A round trip for each statement, as most applications do it."""
    PIPELINED = "pipelined"
    """A round trip for each transaction."""


class Script(msgspec.Struct, frozen=True):
    """A pgbench script, and the variables it is started with."""

    text: str
    variables: dict[str, str]
    statements: int
    """In one payment, without BEGIN and COMMIT."""
    transactions: int


def script(recording: Recording, style: Style, *, with_acquirer: bool) -> Script:
    """Two transactions for a payment, or three `with_acquirer`: with the entry in the sandbox acquirer's own book."""
    chosen = [each for each in recording.transactions if with_acquirer or not each.is_of_acquirer]
    variables = _Variables(recording)
    blocks = [_block(each, variables, style) for each in chosen]
    return Script(
        text="\n".join([*variables.setting(), *blocks, ""]),
        variables=variables.given,
        statements=sum(len(each.statements) for each in chosen),
        transactions=len(chosen),
    )


class _Variables:
    """How recorded values are named in a script: a payment's own are computed, all others are given once."""

    def __init__(self, recording: Recording) -> None:
        self._own: dict[Any, str] = {identifier: f"id{n}" for n, identifier in enumerate(recording.identifiers)}
        if len(self._own) > _IDS_PER_PAYMENT:
            raise ValueError(f"a payment has {len(self._own)} identifiers, room is for {_IDS_PER_PAYMENT}")
        self._own[recording.order_no] = "order_no"
        self.given = {"payments": "0", "base": str(max(recording.identifiers) + 1)}
        self._given_names: dict[str, str] = {}

    def setting(self) -> Iterator[str]:
        """The commands that give the next payment its identifiers."""
        yield "\\set payments :payments + 1"
        yield f"\\set id0 :base + (:payments * {CLIENTS_MAX} + :client_id) * {_IDS_PER_PAYMENT}"
        for name in list(self._own.values())[1:]:
            number = "0" if name == "order_no" else name.removeprefix("id")
            yield f"\\set {name} :id0 + {number}"

    def name(self, value: Any) -> str:
        """What stands for a value in the SQL."""
        if value in self._own and not isinstance(value, bool):
            return f":{self._own[value]}"
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if not text:
            return "''"  # pgbench cannot be given an empty variable.
        name = self._given_names.setdefault(text, f"value{len(self._given_names)}")
        self.given[name] = text
        return f":{name}"


def _block(transaction: Transaction, variables: _Variables, style: Style) -> str:
    lines = ["BEGIN;"]
    for statement in transaction.statements:
        values = iter(statement.values)
        lines.append(re.sub(r"\?", lambda _, values=values: variables.name(next(values)), statement.sql) + ";")  # type: ignore[misc]
    lines.append("COMMIT;")
    if style is Style.PIPELINED:
        lines = ["\\startpipeline", *lines, "\\endpipeline"]
    return "\n".join(lines)


def recorded() -> Recording:
    return asyncio.run(record())


def measure(key: Key, what: Script, *, postgres: Postgres, seconds: float) -> Sample:
    """One sample of a script on a fresh database; the books are looked at afterwards."""
    with fresh_database(postgres.url) as url, TemporaryDirectory(prefix="polygate-bench-") as directory:
        migrate(url)
        file = Path(directory) / "payment.sql"
        file.write_text(what.text)
        command = [
            str(postgres.pgbench),
            *("--no-vacuum", "--protocol=prepared", "--jobs=1", f"--client={key.callers}"),
            f"--time={round(WARMUP_S + seconds + _TAIL_S)}",
            *("--log", f"--log-prefix={directory}/log", f"--file={file}"),
            *(f"--define={name}={value}" for name, value in what.variables.items()),
            url,
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            time.sleep(WARMUP_S)
            begin_at, begin = time.time(), Reading()
            time.sleep(seconds)
            end_at, end = time.time(), Reading()
            said, _ = process.communicate()
        usage = begin.until(end, {"server": process.pid, "database": postgres.pid})
        if process.returncode:
            raise RuntimeError(f"pgbench failed:\n{said}")
        done = _log(Path(directory))
        faults = tuple(of_script(Books(url), len(done)))
    within = [latency_ms for ended_at, latency_ms in done if begin_at <= ended_at < end_at]
    return sample_of(key, within, seconds=end_at - begin_at, usage=usage, faults=faults)


def _log(directory: Path) -> Sequence[tuple[float, float]]:
    """When each payment was done (seconds since 1970), and how long it took in milliseconds."""
    [log] = directory.glob("log.*")
    done = []
    for line in log.read_text().splitlines():
        _client, _number, took_us, _script, ended_s, ended_us = line.split()[:6]
        done.append((int(ended_s) + int(ended_us) / 1_000_000, int(took_us) / 1_000))
    return done
