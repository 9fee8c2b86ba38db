"""The figures as tables: for a terminal, and as Markdown for a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from bench.pgbench import Style
from bench.plan import FLOOR, UNHEARD, Part, pgbench_subject
from bench.samples import Key, Result, Spread

HOW_TO_READ: Final = (
    "Medians over the rounds, the least and the most in parentheses. An asterisk marks figures of rounds in which "
    "processes that are no part of the benchmark were busy.",
    "sqlite, postgres: one `polygate demo` process on a fresh database with every feature on, webhooks delivered to "
    "the callers while they pay. It is killed at the end, and every answered payment is looked up.",
    "pgbench 2T: the two commits of a payment with the gateway's own rows (the intention; the result with postings, "
    "facts and outbox row). 3T: also the sandbox acquirer's own book, which the gateway's figures always include.",
    "G is the best of pgbench 2T statement by statement, Gp of 2T pipelined, G3 and Gp3 the same of 3T. F is the bare "
    "HTTP server: it reads and checks the same request, and does nothing.",
    "CPU is what the server and the database used for each payment, delivery of its webhook included. Cores are those "
    "of the server / the database / the callers / everybody else.",
)


class Grid(msgspec.Struct, frozen=True):
    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


class Report(msgspec.Struct, frozen=True):
    results: Mapping[Key, Result]
    machine: Mapping[str, str]
    durable: Mapping[str, Mapping[str, str]]
    """Store → the settings that were read back from it."""
    seconds: float
    rounds: int

    @property
    def faults(self) -> list[str]:
        return [
            f"{key.subject}, {key.callers} callers: {fault}"
            for key, result in self.results.items()
            for sample in result.samples
            for fault in sample.faults
        ]

    def print_to(self, console: Console) -> None:
        for grid in self._grids():
            table = Table(*grid.heads, title=grid.title, title_justify="left")
            for row in grid.rows:
                table.add_row(*row)
            console.print(table)
        for line in HOW_TO_READ:
            console.print(f"- {line}", highlight=False)
        for fault in self.faults:
            console.print(f"[red]Does not count[/red]: {fault}", highlight=False)

    def markdown(self) -> str:
        lines = ["# Benchmark", "", f"{self.rounds} rounds of {self.seconds:g} s for each figure.", ""]
        for grid in self._grids():
            rows = (grid.heads, tuple("---" for _ in grid.heads), *grid.rows)
            lines += [f"## {grid.title}", "", *(f"| {' | '.join(row)} |" for row in rows), ""]
        lines += [f"- {line}" for line in HOW_TO_READ]
        lines += [f"- Does not count: {fault}" for fault in self.faults]
        return "\n".join([*lines, ""])

    def _grids(self) -> Iterator[Grid]:
        counted = {key: result for key, result in self.results.items() if result.counted}
        yield Grid("Figures", _HEADS, [_row(key, result) for key, result in counted.items()])
        if ratios := list(_ratios(counted)):
            yield Grid("Ratios", ("what", "value"), ratios)
        read_back = (
            (f"{store}, read back", ", ".join(f"{name} = {value}" for name, value in settings.items()))
            for store, settings in self.durable.items()
        )
        yield Grid("Machine", ("what", "value"), [*self.machine.items(), *read_back])


_HEADS: Final = ("what", "callers", "payments/s", "p50 ms", "p99 ms", "webhooks/s", "CPU us", "cores")


def _row(key: Key, result: Result) -> tuple[str, ...]:
    cores = [result.cores(process) for process in ("server", "database", "callers")]
    return (
        key.subject,
        str(key.callers),
        _told(result.per_second, 0) + ("*" if result.is_noisy else ""),
        _told(result.p50_ms, 2),
        _told(result.p99_ms, 1),
        _told(result.webhooks_per_second, 0) if result.webhooks_per_second.most else "",
        f"{_cpu_us(result):,.0f}",
        " / ".join(f"{each:.2f}" for each in [*cores, result.others]),
    )


def _told(spread: Spread, digits: int) -> str:
    middle = f"{spread.middle:,.{digits}f}"
    if spread.least == spread.most:
        return middle
    return f"{middle} ({spread.least:,.{digits}f}-{spread.most:,.{digits}f})"


def _cpu_us(result: Result) -> float:
    return (result.cores("server") + result.cores("database")) / result.per_second.middle * 1_000_000


_G: Final = pgbench_subject(Style.STATEMENTS, with_acquirer=False)
_PGBENCH: Final = {
    "G": _G,
    "Gp": pgbench_subject(Style.PIPELINED, with_acquirer=False),
    "G3": pgbench_subject(Style.STATEMENTS, with_acquirer=True),
    "Gp3": pgbench_subject(Style.PIPELINED, with_acquirer=True),
}


def _ratios(counted: Mapping[Key, Result]) -> Iterator[tuple[str, str]]:
    """Those of which both sides were measured."""
    most = max((key.callers for key in counted), default=0)

    def rate(subject: str) -> float:
        result = counted.get(Key(subject, most))
        return result.per_second.middle if result else 0.0

    for name, subject in _PGBENCH.items():
        best = max((each.per_second.middle for key, each in counted.items() if key.subject == subject), default=0.0)
        yield from _ratio(f"postgres / {name}, {most} callers", rate(Part.POSTGRES), best)
        yield from _ratio(f"postgres{UNHEARD} / {name}, {most} callers", rate(Part.POSTGRES + UNHEARD), best)
    yield from _ratio(f"sqlite / postgres, {most} callers", rate(Part.SQLITE), rate(Part.POSTGRES))
    for part in (Part.SQLITE, Part.POSTGRES):
        yield from _ratio(f"{part} / F, {most} callers", rate(part), rate(FLOOR))
    lone, lone_pgbench = counted.get(Key(Part.POSTGRES, 1)), counted.get(Key(_G, 1))
    if lone and lone_pgbench:
        name = "median latency: postgres / pgbench 2T, 1 caller"
        yield from _ratio(name, lone.p50_ms.middle, lone_pgbench.p50_ms.middle)
    crowd, crowd_pgbench = counted.get(Key(Part.POSTGRES, most)), counted.get(Key(_G, most))
    if crowd and crowd_pgbench:
        name = f"99th percentile: postgres / pgbench 2T, {most} callers"
        yield from _ratio(name, crowd.p99_ms.middle, crowd_pgbench.p99_ms.middle)
        yield from _ratio(f"CPU: postgres / pgbench 2T, {most} callers", _cpu_us(crowd), _cpu_us(crowd_pgbench))


def _ratio(name: str, above: float, below: float) -> Iterator[tuple[str, str]]:
    if above and below:
        yield name, f"{above / below:.2f}"
