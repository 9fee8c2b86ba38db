"""Clock values on the wire: all in UTC+08:00 (section 1.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

ZONE: Final = timezone(timedelta(hours=8))


def date_time(at_ms: int) -> str:
    """`2025-06-09T10:15:31+08:00`"""
    return _at(at_ms).isoformat(timespec="seconds")


def plain_time(at_ms: int) -> str:
    """`2025-06-09 10:15:31`"""
    return _at(at_ms).strftime("%Y-%m-%d %H:%M:%S")


def _at(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms // 1_000, UTC).astimezone(ZONE)
