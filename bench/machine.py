"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

from polygate import __version__

_SYNCS = 200


def facts() -> dict[str, str]:
    directory = Path(tempfile.gettempdir())
    return {
        "Polygate": __version__,
        "processor": f"{os.cpu_count()} cores, {_processor()}",
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "disk": f"{_file_system(directory)} under {directory}, a durable write takes {_sync_us(directory):.0f} us",
        "Python": f"{platform.python_version()}, uvicorn {version('uvicorn')}, psycopg {version('psycopg')}",
        "SQLite": sqlite3.sqlite_version,
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _file_system(directory: Path) -> str:
    """Of the mount point that is nearest above the directory."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    return max((point, kind) for point, kind in mounts if directory.resolve().is_relative_to(point))[1]


def _sync_us(directory: Path) -> float:
    """The median time of writing 4 KiB so that they survive a power cut, in microseconds."""
    took = []
    with tempfile.TemporaryFile(dir=directory) as file:
        for _ in range(_SYNCS):
            started = time.perf_counter()
            os.pwrite(file.fileno(), bytes(4_096), 0)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - started)
    return median(took) * 1_000_000
