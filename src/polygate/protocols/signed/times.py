"""How this API writes moments: in UTC+08:00, to the millisecond (section 1.1)."""

from __future__ import annotations

from datetime import UTC, datetime

from polygate.core.dated_numbers import ZONE


def time_text(at_ms: int) -> str | None:
    """Milliseconds since 1970 as `2024-05-14T15:12:38.482+08:00`; None for 0."""
    if not at_ms:
        return None
    at = datetime.fromtimestamp(at_ms // 1_000, UTC).astimezone(ZONE)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1_000:03d}+08:00"
