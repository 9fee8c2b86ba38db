"""Running `polygate` as a user does."""

from __future__ import annotations

import io
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

TIMEOUT_S: Final = 60
STREAMS: Final = ("in", "out", "err")
_PROCESSES: Final = multiprocessing.get_context("forkserver")
"""Commands that are only to end are forked off one that has imported everything: Python takes longer to start than most
of them to run, and there are hundreds."""
_PROCESSES.set_forkserver_preload(
    ["polygate.cli.main", "polygate.assembly.doctor", "polygate.store.migrate", "rich.table"]
)


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
        with TemporaryDirectory() as folder:
            streams = Path(folder)
            (streams / "in").write_text(typed)
            arguments = [*words, *self._options]
            process = _PROCESSES.Process(target=_run, args=(arguments, self._directory, self._environment, streams))
            process.start()
            process.join(TIMEOUT_S)
            assert process.exitcode is not None, f"{arguments} did not end"
            return Ran(process.exitcode, *((streams / name).read_text() for name in STREAMS[1:]))

    def succeed(self, *words: str, typed: str = "") -> Ran:
        ran = self(*words, typed=typed)
        assert ran.status == 0, ran
        return ran

    def start(self, *words: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        """The command under way, from its very beginning."""
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


def _run(arguments: list[str], directory: Path, environment: dict[str, str], streams: Path) -> None:
    """In the new process."""
    from polygate.cli.main import main

    for number, name in enumerate(STREAMS):
        with (streams / name).open("rb" if name == "in" else "wb") as file:
            os.dup2(file.fileno(), number)
    sys.stdin, sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.FileIO(number, "r" if number == 0 else "w", closefd=False), write_through=True)
        for number in range(len(STREAMS))
    )
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    sys.argv = ["polygate", *arguments]
    main()
