"""One server for one SQLite file."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from polygate.store.contract import Unavailable
from polygate.store.sqlite.lock import AlreadyServed, serving

HOLDER = """
import sys
from pathlib import Path
from polygate.store.sqlite.lock import serving

with serving(Path(sys.argv[1])):
    print("serving", flush=True)
    sys.stdin.read()
"""


def test_a_second_server_is_refused(tmp_path: Path) -> None:
    """With a message that says what to do instead."""
    path = tmp_path / "polygate.db"
    with serving(path), pytest.raises(AlreadyServed, match=r"polygate\.db; .*PostgreSQL"), serving(path):
        pytest.fail("both servers hold the file")


def test_the_file_is_free_after_its_server(tmp_path: Path) -> None:
    """One after the other is fine."""
    for _ in range(2):
        with serving(tmp_path / "polygate.db"):
            pass


def test_other_files_are_free(tmp_path: Path) -> None:
    """Two shops on one machine have two files."""
    with serving(tmp_path / "one.db"), serving(tmp_path / "two.db"):
        pass


def test_a_file_is_the_same_by_any_of_its_names(tmp_path: Path) -> None:
    """A link to the file does not open a second door."""
    path, link = tmp_path / "polygate.db", tmp_path / "elsewhere.db"
    path.touch()
    link.symlink_to(path)
    with serving(path), pytest.raises(AlreadyServed), serving(link):
        pytest.fail("both servers hold the file")


def test_another_process_is_refused_until_the_holder_is_killed(tmp_path: Path) -> None:
    """The lock lives in the operating system: no file has to be removed by hand after a crash."""
    path = tmp_path / "polygate.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "serving\n"
        with pytest.raises(AlreadyServed), serving(path):
            pytest.fail("both servers hold the file")

        holder.send_signal(signal.SIGKILL)
        holder.wait()

        with serving(path):
            pass


def test_a_folder_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    """No traceback for a mistyped path."""
    with pytest.raises(Unavailable, match="No such file or directory"), serving(tmp_path / "nowhere" / "polygate.db"):
        pytest.fail("there is nothing to hold")
