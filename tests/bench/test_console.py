"""The console's benchmark asks what it says it asks. How fast anything is, no test says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_a_short_history_is_filled_counted_and_asked_about() -> None:
    """Two thousand payments on SQLite: every question has its line, and is answered."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.console", "--payments", "2000", "--only", "sqlite"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = re.findall(r"^\| ([^|]+) \| [\d.]+ \(\d+\) \|$", done.stdout, re.MULTILINE)
    asked = ("payments: newest page", "payments: a week, failed, upi", "search: bank's reference", "figures of 30 days")
    assert set(asked) <= set(lines)
    assert len(lines) > 35
