"""Numbers of 32 digits: when it was made, in UTC+08:00, and our identifier (signed contract, 1.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from polygate.core.ids import made_at_ms

LENGTH: Final = 32
ZONE: Final = timezone(timedelta(hours=8))
_ID_DIGITS: Final = 18


def number(identifier: int) -> str:
    """`paymentNo`, `payoutNo` or `refundNo`."""
    made = datetime.fromtimestamp(made_at_ms(identifier) // 1_000, UTC).astimezone(ZONE)
    return f"{made:%Y%m%d%H%M%S}{identifier:0{_ID_DIGITS}d}"


def identifier(text: str) -> int:
    """What a number names; 0 for a text that is none."""
    if len(text) != LENGTH or not (text.isascii() and text.isdigit()):
        return 0
    found = int(text[-_ID_DIGITS:])
    return found if number(found) == text else 0
