"""`polygate doctor`: proves on the real data that what must always hold does hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from polygate.cli import opened, printed

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from polygate.assembly.doctor import Finding


def doctor(
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Prove the invariants of ledger, payments, outbox and vault. Changes nothing; safe beside a running server.

    Exit status 0 if all hold, 1 if one does not, 2 for a mistake in command or settings. The vault is looked at where a
    master key is given: in the data directory, or as POLYGATE_MASTER_KEY.
    """
    from polygate.assembly.doctor import examine

    place = opened.place(data_dir, database_url)
    with _progress() as progress:
        findings = opened.run(examine(place.database_url, place.master_key(), progress))
    if as_json:
        printed.json([{"holds": finding.holds, **_fields(finding)} for finding in findings])
    else:
        _print(findings)
    if not all(finding.holds for finding in findings):
        raise typer.Exit(1)


class _Shown:
    """The checks' progress as one bar on stderr."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("looking")

    def expect(self, rows: int) -> None:
        self._bar.update(self._task, total=rows)

    def begin(self, check: str) -> None:
        self._bar.update(self._task, description=check)

    def advance(self, rows: int) -> None:
        self._bar.advance(self._task, rows)


@contextmanager
def _progress() -> Iterator[_Shown]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    on_stderr = Console(stderr=True)
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=on_stderr, transient=True, disable=not on_stderr.is_terminal) as bar:
        yield _Shown(bar)


def _print(findings: list[Finding]) -> None:
    from rich.text import Text

    rows = []
    for finding in findings:
        if finding.skipped:
            result = Text("left out", style="yellow")
        else:
            result = Text("ok", style="green") if finding.holds else Text("FAILED", style="bold red")
        said = list(finding.first)
        if finding.faults > len(said):
            said.append(f"and {finding.faults - len(said)} more")
        if finding.note:
            said.append(finding.note)
        rows.append(
            (finding.check, f"{finding.looked_at:,} {finding.of}", result, Text("\n".join(map(printed.plain, said))))
        )
    printed.table(("check", "looked at", "result", ""), rows, right=("looked at",))


def _fields(finding: Finding) -> dict[str, object]:
    import msgspec

    fields: dict[str, object] = msgspec.to_builtins(finding)
    return fields
