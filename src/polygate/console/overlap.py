"""How long a key that is replaced goes on: what may be chosen in the console."""

from __future__ import annotations

from typing import Final

from polygate.console.visit import Visit
from polygate.core.merchants import OVERLAP_HOURS

HOURS: Final = (0, 1, OVERLAP_HOURS, 72, 168)
_HOUR_MS: Final = 3_600_000


def choices(visit: Visit) -> list[tuple[str, str]]:
    """For a form, in words."""
    named = {0: visit.words("overlap.none"), 1: visit.words("overlap.hour")}
    return [(str(hours), named.get(hours) or visit.words("overlap.hours", hours=hours)) for hours in HOURS]


def chosen_ms(visit: Visit) -> int:
    """What the form says, in milliseconds; the usual overlap where it says nothing that may be chosen."""
    named = visit.form("overlap")
    return next((hours for hours in HOURS if str(hours) == named), OVERLAP_HOURS) * _HOUR_MS
