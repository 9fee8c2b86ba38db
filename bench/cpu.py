"""Who used the processors meanwhile: our own processes by name, and everybody else, in cores."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import msgspec

NOISY_CORES: Final = 0.15
"""A sample during which others used more than this is marked as noisy."""

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_KERNEL: Final = 2
"""The parent of the kernel's own threads. They write to the disk for us, so they are nobody's noise."""


class _Process(msgspec.Struct, frozen=True):
    parent: int
    ticks: int
    """Its own, and those of its children that have ended."""


class Usage(msgspec.Struct, frozen=True):
    """Cores used on average between two readings."""

    ours: dict[str, float]
    others: float
    """Used by processes that are no part of the benchmark, or taken by a machine below a virtual one."""

    @property
    def is_noisy(self) -> bool:
        return self.others > NOISY_CORES


class Reading:
    """The counters of all processes at one moment."""

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._busy = _busy()
        self._processes = _processes()

    def until(self, later: Reading, ours: Mapping[str, int]) -> Usage:
        """What was used from this reading to a later one.

        `ours` names processes of the benchmark. The descendants of each count as its own, and all of this process's
        descendants are the benchmark's, named or not.
        """
        per_tick = _TICK_S / (later._at - self._at)
        of_benchmark = {_KERNEL, os.getpid(), *ours.values()}
        outermost = [pid for pid in of_benchmark if not self._is_below(pid, of_benchmark - {pid})]
        others = later._busy - self._busy - sum(later._ticks(pid) - self._ticks(pid) for pid in outermost)
        return Usage(
            ours={name: (later._ticks(pid) - self._ticks(pid)) * per_tick for name, pid in ours.items()},
            others=max(others, 0) * per_tick,
        )

    def _ticks(self, pid: int) -> int:
        """Of a process and its descendants."""
        process = self._processes.get(pid)
        if process is None:
            return 0
        children = (child for child, each in self._processes.items() if each.parent == pid)
        return process.ticks + sum(map(self._ticks, children))

    def _is_below(self, pid: int, ancestors: Collection[int]) -> bool:
        process = self._processes.get(pid)
        return process is not None and (process.parent in ancestors or self._is_below(process.parent, ancestors))


def parent_of(pid: int) -> int:
    return _processes()[pid].parent


def children_of(pid: int) -> set[int]:
    return {child for child, each in _processes().items() if each.parent == pid}


def _busy() -> int:
    user, nice, system, _idle, _iowait, _irq, _softirq, stolen = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return user + nice + system + stolen


def _processes() -> dict[int, _Process]:
    found = {}
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in parentheses, may itself hold spaces and parentheses.
            fields = (directory / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # It has ended meanwhile.
            continue
        found[int(directory.name)] = _Process(parent=int(fields[1]), ticks=sum(map(int, fields[11:15])))
    return found
