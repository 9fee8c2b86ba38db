"""Programs that tests run and that Python's own packages do not bring: installed once where they are missing."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

INSTALL_TIMEOUT_S: Final = 600


def apt_install(*packages: str) -> bool:
    """Whether the system's packages could be installed; False where it is no Debian or we may not."""
    if not shutil.which("apt-get"):
        return False
    as_root = () if os.geteuid() == 0 else ("sudo", "-n")
    say(f"installing {', '.join(packages)} with apt-get")
    actions = (("update",), ("install", "--yes", "--no-install-recommends", *packages))
    return all(
        succeeds(*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", *action) for action in actions
    )


def succeeds(*command: str) -> bool:
    """Whether a command is there and ends well, and soon enough."""
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=INSTALL_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def say(message: str) -> None:
    """To whoever waits for the tests, past pytest's capture."""
    print(f"tests: {message}", file=sys.__stderr__, flush=True)


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Let one test process look and install while the others wait for what it finds."""
    lock = Path(tempfile.gettempdir()) / f"polygate-{what}-{os.getuid()}.lock"
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
