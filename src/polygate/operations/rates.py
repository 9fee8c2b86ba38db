"""How often each caller may ask, so that none of them can take the whole house for itself."""

from __future__ import annotations

from math import ceil
from typing import Final

_REMEMBERED: Final = 10_000
"""Callers of whom a count is kept. Whoever has been quiet longest is forgotten first."""


class Rate:
    """A bound on each caller: `per_second` in the long run, `burst_s` seconds' worth at once. 0 a second is no bound.

    It counts what this process serves; several processes allow that much each. Kept is one number for each caller: the
    time until which everything it asked for would have kept it busy at the even pace (the generic cell rate algorithm).
    """

    def __init__(self, per_second: float, *, burst_s: int) -> None:
        self._pace_ms: Final = 1_000 / per_second if per_second else 0.0
        self._ahead_ms: Final = burst_s * 1_000
        self._busy_until: Final[dict[str, float]] = {}

    def wait_ms(self, caller: str, now_ms: int) -> int:
        """0 if the caller may ask now, which is counted; else how long until it may."""
        if not self._pace_ms:
            return 0
        # Nobody can honestly be further ahead: after the clock was set back, that would shut callers out.
        before = min(max(self._busy_until.pop(caller, 0.0), now_ms), now_ms + self._ahead_ms)
        after = before + self._pace_ms
        too_soon_ms = after - now_ms - self._ahead_ms
        self._busy_until[caller] = before if too_soon_ms > 0 else after
        if len(self._busy_until) > _REMEMBERED:
            del self._busy_until[next(iter(self._busy_until))]
        return ceil(too_soon_ms) if too_soon_ms > 0 else 0


UNBOUNDED: Final = Rate(0, burst_s=0)
