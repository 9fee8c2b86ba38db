"""The languages of the original documents' samples: how a program in each is run, and where it comes from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

from tests.support.packages import apt_install, one_at_a_time, succeeds

PROGRAMS: Final = Path(__file__).parent / "programs"
REQUESTS: Final = Path(__file__).parent / "requests"
RUN_TIMEOUT_S: Final = 100


class Runtime(msgspec.Struct, frozen=True):
    """How to run one sample program."""

    program: str
    command: tuple[str, ...]
    """What runs the program, whose path follows."""
    check: tuple[str, ...]
    """Ends well where the language and the library of its sample are installed."""
    packages: tuple[str, ...] = ()
    """The system's packages that bring them."""

    def is_ready(self) -> bool:
        """Whether it can run here, if need be after installing it once."""
        with one_at_a_time("runtimes"):
            return succeeds(*self.check) or (
                bool(self.packages) and apt_install(*self.packages) and succeeds(*self.check)
            )

    def run(self, environment: dict[str, str]) -> str:
        """What the program printed. Fails with what it complained about."""
        done = subprocess.run(
            [*self.command, str(PROGRAMS / self.program)],
            capture_output=True,
            text=True,
            check=False,
            timeout=RUN_TIMEOUT_S,
            env={**os.environ, "REQUESTS": str(REQUESTS), **environment},
        )
        assert done.returncode == 0, f"{self.program}: {done.stdout}\n{done.stderr}"
        return done.stdout


RUNTIMES: Final = {
    "shell": Runtime("client.sh", ("sh",), ("curl", "--version"), ("curl",)),
    "Go": Runtime("client.go", ("go", "run"), ("go", "version"), ("golang-go",)),
    "Java": Runtime(
        "Client.java", ("java", "-XX:TieredStopAtLevel=1"), ("javac", "-version"), ("default-jdk-headless",)
    ),
    "JavaScript": Runtime("client.js", ("node",), ("node", "--eval", "fetch.name"), ("nodejs",)),
    "PHP": Runtime(
        "client.php",
        ("php",),
        ("php", "-r", "require 'GuzzleHttp/autoload.php';"),
        ("php-cli", "php-guzzlehttp-guzzle"),
    ),
    "Python": Runtime("client.py", (sys.executable,), (sys.executable, "-c", "import requests")),
    "Ruby": Runtime("client.rb", ("ruby",), ("ruby", "-e", "require 'rest-client'"), ("ruby", "ruby-rest-client")),
}
"""Java is compiled as it starts; Go keeps what it compiled in its own cache."""
