"""One server process for one SQLite file: a second one is refused instead of corrupting the first one's plans."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from polygate.store.contract import StoreError, Unavailable


class AlreadyServed(StoreError):
    """Another server process works on this file."""


@contextmanager
def serving(path: Path) -> Iterator[None]:
    """Hold the file for one server. The operating system lets go of it even if the process is killed.

    Raises AlreadyServed, or Unavailable where no lock file can be made.
    """
    path = path.resolve()
    try:
        lock = path.with_name(path.name + ".lock").open("w")
    except OSError as error:
        raise Unavailable(f"cannot lock {path}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyServed(
                f"another Polygate server works on {path}; SQLite serves one, use PostgreSQL for more"
            ) from None
        yield
