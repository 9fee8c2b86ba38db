"""A gateway in its two shapes: one process over SQLite, two processes over PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.books import Books
from tests.support.server import Demo, Server, demo_server, second_server

STORES: Final = ("sqlite", "postgres")


class House:
    """All API processes over one database. The first one is the demo that knows the credentials."""

    def __init__(self, servers: Sequence[Server], demo: Demo, database_url: str) -> None:
        self.servers: Final = tuple(servers)
        self.demo: Final = demo
        self.database_url: Final = database_url
        self.books: Final = Books(database_url)

    @property
    def base_urls(self) -> list[str]:
        return [server.base_url for server in self.servers]


@contextmanager
def sqlite_house(directory: Path, *, environment: Mapping[str, str] | None = None) -> Iterator[House]:
    with demo_server(directory, environment=environment) as (server, demo):
        yield House([server], demo, f"sqlite:///{directory / 'polygate.db'}")


@contextmanager
def postgres_house(
    directory: Path, database_url: str, *, environment: Mapping[str, str] | None = None
) -> Iterator[House]:
    """`database_url` is that of an empty database."""
    with (
        demo_server(directory, database_url=database_url, environment=environment) as (first, demo),
        second_server(directory, database_url=database_url, environment=environment) as second,
    ):
        yield House([first, second], demo, database_url)
