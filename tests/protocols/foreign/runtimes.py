"""Other people's implementations: small programs in other languages, written from the published rules alone.

Each reads one JSON object on standard input and prints one line. Where a language is missing and cannot be installed,
its tests are skipped; OpenSSL must be there.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import msgspec
import pytest

from tests.support.packages import apt_install, one_at_a_time, succeeds

PROGRAMS: Final = Path(__file__).parent
RUN_TIMEOUT_S: Final = 60


class Runtime(msgspec.Struct, frozen=True):
    """A language: what runs its programs, how they end, and what brings it."""

    command: tuple[str, ...]
    ending: str
    check: tuple[str, ...]
    packages: tuple[str, ...]

    def is_ready(self) -> bool:
        """Whether it can run here, if need be after installing it once."""
        with one_at_a_time("runtimes"):
            return succeeds(*self.check) or (apt_install(*self.packages) and succeeds(*self.check))

    def need(self) -> None:
        """Skips the test where the language is missing and cannot be installed."""
        if not self.is_ready():
            pytest.skip(f"{self.packages[0]} is not installed")

    def run(self, program: str, question: object) -> str:
        """What the program answers."""
        self.need()
        done = subprocess.run(
            [*self.command, str(PROGRAMS / f"{program}{self.ending}")],
            input=msgspec.json.encode(question),
            capture_output=True,
            check=False,
            timeout=RUN_TIMEOUT_S,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()


RUNTIMES: Final = {
    "Node": Runtime(("node",), ".js", ("node", "--eval", "require('crypto')"), ("nodejs",)),
    "PHP": Runtime(("php",), ".php", ("php", "-r", "exit(extension_loaded('openssl') ? 0 : 1);"), ("php-cli",)),
}
CURL: Final = Runtime(("curl",), "", ("curl", "--version"), ("curl",))


def openssl(*arguments: str, given: bytes) -> bytes:
    """What the command line of OpenSSL makes of its input."""
    done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=False, timeout=RUN_TIMEOUT_S)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
