"""Times on the wire: one zone for everything that is written and read (section 2.2)."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

FORMAT: Final = "%Y-%m-%d %H:%M:%S"

_FIRST_YEAR: Final = 1971
_LAST_YEAR: Final = 9_000
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECOND: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


def shown(at_ms: int, zone: str) -> str:
    """`2026-01-01 01:02:00`"""
    return local(at_ms, zone).strftime(FORMAT)


def local(at_ms: int, zone: str) -> datetime:
    """The wall clock of the zone, to the second."""
    return datetime.fromtimestamp(at_ms // 1_000, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def at_ms(wall: datetime, zone: str) -> int:
    """The moment that the zone's wall clock shows a time, in milliseconds since 1970; of two, the earlier one."""
    return int(wall.replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000


def read(text: str) -> datetime:
    """A day, which is its first moment, or a second of it. Raises ValueError."""
    if not (is_day(text) or _SECOND.fullmatch(text)):
        raise ValueError("neither a day nor a time")
    wall = datetime.fromisoformat(text)
    if not _FIRST_YEAR <= wall.year <= _LAST_YEAR:
        raise ValueError("no order is so old or so young")
    return wall


def is_day(text: str) -> bool:
    return _DAY.fullmatch(text) is not None


def end_of_day(wall: datetime) -> datetime:
    """Its last second."""
    return wall.replace(hour=0, minute=0, second=0) + timedelta(days=1, seconds=-1)


def months_on(wall: datetime, months: int) -> datetime:
    """So many calendar months later, or earlier; a month that lacks the day has its last day instead."""
    years, month = divmod(wall.month - 1 + months, 12)
    year, month = wall.year + years, month + 1
    return wall.replace(year=year, month=month, day=min(wall.day, calendar.monthrange(year, month)[1]))
