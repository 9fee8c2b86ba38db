"""A gateway in its two shapes: one process over SQLite, two processes over PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.books import Books
from tests.support.server import Demo, Server, demo_server, second_server

STORES: Final = ("sqlite", "postgres")
DOCTOR_TIMEOUT_S: Final = 60


class House:
    """All API processes over one database. The first one is the demo that knows the credentials."""

    def __init__(self, servers: Sequence[Server], demo: Demo, database_url: str, directory: Path) -> None:
        self.servers: Final = tuple(servers)
        self.directory: Final = directory
        self.demo: Final = demo
        self.database_url: Final = database_url
        self.books: Final = Books(database_url)

    @property
    def base_urls(self) -> list[str]:
        return [server.base_url for server in self.servers]

    def see_doctor(self) -> None:
        """Fail unless `polygate doctor` finds that all is well."""
        place = ["--data-dir", str(self.directory), "--database-url", self.database_url]
        done = subprocess.run(
            [sys.executable, "-m", "polygate", "doctor", *place],
            capture_output=True,
            text=True,
            check=False,
            timeout=DOCTOR_TIMEOUT_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def sqlite_house(directory: Path, *, environment: Mapping[str, str] | None = None) -> Iterator[House]:
    with demo_server(directory, environment=environment) as (server, demo):
        yield House([server], demo, f"sqlite:///{directory / 'polygate.db'}", directory)


@contextmanager
def postgres_house(
    directory: Path, database_url: str, *, environment: Mapping[str, str] | None = None
) -> Iterator[House]:
    """`database_url` is that of an empty database."""
    with (
        demo_server(directory, database_url=database_url, environment=environment) as (first, demo),
        second_server(directory, database_url=database_url, environment=environment) as second,
    ):
        yield House([first, second], demo, database_url, directory)
