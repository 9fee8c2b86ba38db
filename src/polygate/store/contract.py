"""The one contract of both databases.

Operations hand the store a `Change`: plain rows, decided by the core. A change takes effect as a whole or not at
all, and `submit` returns only once it is durable.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import msgspec


class Insert(msgspec.Struct, frozen=True):
    """A guard: a new row. The change loses with `Taken` where one of the table's unique keys exists already."""

    row: Any


class Update(msgspec.Struct, frozen=True):
    """A guard: the row's next version. The change loses with `Stale` where the stored version is not the one before."""

    row: Any


class Change(msgspec.Struct, frozen=True):
    """Rows that take effect together. `puts` are written only if every guard holds; of two of one key the last stands.

    A change that breaks a rule of the database (a posting of nothing, text that it cannot hold) is a mistake of ours:
    it fails with the driver's own error, and alone.
    """

    guards: tuple[Insert | Update, ...]
    puts: tuple[Any, ...] = ()


class StoreError(Exception):
    """Nothing of the change took effect, unless the subclass says otherwise."""


class Taken(StoreError):
    """A unique key of a row to insert exists already."""

    def __init__(self, row: Any) -> None:
        super().__init__(f"{type(row).__name__} exists already")
        self.row = row


class Stale(StoreError):
    """Somebody else changed the row first: read it again and decide again."""

    def __init__(self, row: Any) -> None:
        super().__init__(f"{type(row).__name__} changed meanwhile")
        self.row = row


class Busy(StoreError):
    """Too many changes are waiting already. Refused before anything was persisted."""


class Unavailable(StoreError):
    """The database cannot be reached. The change may have taken effect if the connection broke while it committed, and
    the database did not come back in time to tell."""


class TooLong(StoreError):
    """A read for people took longer than anybody waits for it. Asking for less may help."""


Fetch = Callable[[str, Sequence[Any]], Awaitable[list[tuple[Any, ...]]]]
"""Runs SQL that has `%s` for each parameter."""


class Rows(Protocol):
    """How a dialect runs a read. SQL has `%s` for each parameter."""

    async def fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """All rows. Raises Unavailable."""
        ...


class Database(Rows, Protocol):
    """A dialect: reads, and writes one batch of changes in one durable transaction."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        ...

    async def fetch_shared(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Like `fetch`, for what many ask at once: they may share one read, which knows of all that was told to anybody
        before they asked."""
        ...

    async def fetch_apart(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Like `fetch`, for lists and figures that people look at: payments do not wait meanwhile.

        Raises TooLong, too.
        """
        ...

    def submit(self, change: Change) -> Any:
        """An awaitable that is done when the change is durable. Raises Taken, Stale, Busy or Unavailable."""
        ...

    async def claim(
        self, row_type: type[Any], *, now_ms: int, until_ms: int, limit: int, passing_over: Sequence[int] = ()
    ) -> list[Any]:
        """Take rows that are due and put them off to `until_ms`, so that no other worker takes them meanwhile.

        Those due longest are taken, in no particular order, leaving out the merchants to pass over. A row whose worker
        dies is due again at `until_ms`. Raises Unavailable.
        """
        ...

    async def execute(self, sql: str, params: Sequence[Any]) -> int:
        """One statement of housekeeping, never of money; returns how many rows it touched. Raises Unavailable."""
        ...

    async def close(self) -> None: ...
