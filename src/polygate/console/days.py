"""The last days where the reader is, cut so that statistics can be added up for each of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from polygate.core.statistics import DAY_MS, SPAN_MS

_EPOCH: Final = date(1970, 1, 1)


class Stretch(msgspec.Struct, frozen=True):
    """Days in a row that all begin as long before those of UTC."""

    from_ms: int
    until_ms: int
    offset_ms: int


def last_days(count: int, zone: str, *, now_ms: int) -> list[date]:
    """Today and the days before it, the oldest first."""
    today = datetime.fromtimestamp(now_ms / 1_000, ZoneInfo(zone)).date()
    return [today - timedelta(days=back) for back in reversed(range(count))]


def stretches(days: list[date], zone: str) -> list[Stretch]:
    """Where the clocks change, a day has 23 or 25 hours and is a stretch of its own."""
    begins = [_begin_ms(day, zone) for day in [*days, days[-1] + timedelta(days=1)]]
    cut = []
    for day, begin, end in zip(days, begins, begins[1:], strict=False):
        plain = (day - _EPOCH).days * DAY_MS - begin
        cut.append((plain if end - begin == DAY_MS else None, begin, end, plain))
    found = []
    for _, together in groupby(cut, key=lambda each: each[0] if each[0] is not None else each[1]):
        same = list(together)
        found.append(Stretch(same[0][1], same[-1][2], same[0][3]))
    return found


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - _EPOCH).days


def _begin_ms(day: date, zone: str) -> int:
    """When a day begins, to the half hour in which it does."""
    begin = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return int(begin.timestamp() * 1_000) // SPAN_MS * SPAN_MS
