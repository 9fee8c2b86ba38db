"""Running `polygate` as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

TIMEOUT_S: Final = 60


class Ran(msgspec.Struct, frozen=True):
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.out)


class Command:
    """`polygate` in a directory, with options that go at the end of every command line."""

    def __init__(self, directory: Path, *, options: tuple[str, ...] = (), **settings: str) -> None:
        self._directory = directory
        self._options = options
        self._environment = _environment(settings)

    def __call__(self, *words: str, typed: str = "") -> Ran:
        """The command's end, whatever it is; `typed` is its standard input."""
        with self.start(*words, stdin=subprocess.PIPE) as process:
            try:
                out, err = process.communicate(typed, timeout=TIMEOUT_S)
            finally:
                process.kill()  # Without effect on one that has ended.
        return Ran(process.returncode, out, err)

    def succeed(self, *words: str, typed: str = "") -> Ran:
        ran = self(*words, typed=typed)
        assert ran.status == 0, ran
        return ran

    def start(self, *words: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "polygate", *words, *self._options],
            cwd=self._directory,
            env=self._environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The tests' own, without settings of a gateway that the developer may run."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POLYGATE_")}
    return clean | dict(settings)
