"""`python -m bench`: measure in rounds, show how far it is, print the tables, and fail if a figure is not to be had."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench import machine, pgbench, servers
from bench.load import CALLERS_MAX
from bench.plan import Case, Part, Plan
from bench.report import Report
from bench.samples import Key, Result, Sample

QUICK_SECONDS = 2.0
_WIDTH_OF_FILES = 180


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 if every figure counts."""
    asked = _asked(arguments)
    if not Path("/proc/stat").exists():
        print("The benchmark needs Linux: it reads from /proc who uses the processors.", file=sys.stderr)
        return 2
    parts = set(map(Part, asked.only or Part))
    plan = Plan(seconds=asked.seconds, callers=asked.callers, quick=asked.quick)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OF_FILES)
    with ExitStack() as stack:
        needs_postgres = not parts.isdisjoint({Part.POSTGRES, Part.PGBENCH})
        postgres = stack.enter_context(servers.postgres()) if needs_postgres else None
        cases = plan.cases(parts, postgres, pgbench.recorded() if Part.PGBENCH in parts else None)
        samples = _run(cases, asked.rounds, console)
    report = Report(
        results={key: Result(tuple(of_key)) for key, of_key in samples.items()},
        machine=machine.facts(),
        durable=plan.durable,
        seconds=asked.seconds,
        rounds=asked.rounds,
    )
    report.print_to(console)
    if asked.report:
        asked.report.write_text(report.markdown())
    return 1 if report.faults else 0


def _run(cases: Sequence[Case], rounds: int, console: Console) -> dict[Key, list[Sample]]:
    samples: defaultdict[Key, list[Sample]] = defaultdict(list)
    columns = (
        TextColumn("{task.description}", justify="left"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=rounds * len(cases))
        for number in range(1, rounds + 1):
            for case in cases:
                progress.update(bar, description=f"round {number}: {case.key.subject}, {case.key.callers} callers")
                sample = case.run()
                samples[case.key].append(sample)
                progress.console.print(_line(number, sample), highlight=False)
                progress.advance(bar)
    return samples


def _line(number: int, sample: Sample) -> str:
    remarks = [f"others used {sample.usage.others:.2f} cores"] if sample.usage.is_noisy else []
    return (
        f"{number}  {sample.key.subject:36} {sample.key.callers:3}  {sample.per_second:8,.0f}/s"
        f"  p50 {sample.p50_ms:7.2f} ms  p99 {sample.p99_ms:7.1f} ms  {'; '.join([*remarks, *sample.faults])}"
    )


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, help="measured time of each sample (default: 5)")
    parser.add_argument("--rounds", type=int, help="samples of each figure (default: 3)")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that all is well")
    parser.add_argument("--only", action="append", choices=[str(part) for part in Part], help="may be given repeatedly")
    parser.add_argument("--callers", type=_callers, help="comma-separated (default: 1,16,64)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the tables as Markdown")
    asked = parser.parse_args(arguments)
    asked.seconds = asked.seconds or (QUICK_SECONDS if asked.quick else 5.0)
    asked.rounds = asked.rounds or (1 if asked.quick else 3)
    if not 0 < asked.seconds <= 60 or not 1 <= asked.rounds <= 20:
        parser.error("up to 60 seconds and 20 rounds")
    return asked


def _callers(text: str) -> tuple[int, ...]:
    callers = tuple(int(part) for part in text.split(","))
    if not all(1 <= number <= CALLERS_MAX for number in callers):
        raise argparse.ArgumentTypeError(f"1 to {CALLERS_MAX} callers")
    return callers


if __name__ == "__main__":
    sys.exit(main())
