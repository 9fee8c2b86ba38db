"""The real command in processes of its own, on data that the real gateway wrote."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.doctor.story import Told, demo_dir


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """As in a terminal: tests that run in the background are told to ignore Ctrl-C, and so would what they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def data_dir(told: Told, tmp_path: Path) -> Path:
    """A demo's data directory with a copy of the story."""
    return demo_dir(told, tmp_path / "demo")


@pytest.fixture
def polygate(data_dir: Path, tmp_path: Path) -> Command:
    """The command on that directory."""
    return Command(tmp_path, options=("--data-dir", str(data_dir)))


@pytest.fixture
def bare(tmp_path: Path) -> Command:
    """The command in an empty directory, without any options or settings."""
    empty = tmp_path / "empty"
    empty.mkdir()
    return Command(empty)
