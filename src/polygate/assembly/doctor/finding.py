"""What a check found: how much it looked at, and what does not hold."""

from __future__ import annotations

from typing import Final

import msgspec

FIRST: Final = 5
"""How many faults are told in words; all are counted."""


class Finding(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The result of one check."""

    check: str
    looked_at: int
    of: str
    """What was counted, e.g. `postings`."""
    faults: int = 0
    first: tuple[str, ...] = ()
    """The first faults, each naming its row."""
    note: str = ""
    """What else a reader should know, whether the check holds or not."""
    skipped: bool = False
    """Nothing was looked at; `note` says why."""

    @property
    def holds(self) -> bool:
        return not self.faults


class Tally:
    """Counts while a check works."""

    def __init__(self, check: str, of: str) -> None:
        self._check = check
        self._of = of
        self._faults = 0
        self._first: list[str] = []
        self._skipped = False
        self.looked_at = 0
        self.note = ""

    def fault(self, said: str) -> None:
        self._faults += 1
        if len(self._first) < FIRST:
            self._first.append(said)

    def leave_out(self, why: str) -> None:
        self._skipped = True
        self.note = why

    def finding(self) -> Finding:
        return Finding(
            check=self._check,
            looked_at=self.looked_at,
            of=self._of,
            faults=self._faults,
            first=tuple(self._first),
            note=self.note,
            skipped=self._skipped,
        )
