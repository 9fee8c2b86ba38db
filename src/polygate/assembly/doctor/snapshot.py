"""One view of the whole database for all checks: what commits while they work is not seen, and nothing is written.

Beside a running server every check would otherwise meet halves: a payment read before its capture, the posting after.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Final, Protocol
from urllib.parse import quote

import psycopg

from polygate.operations.context import Clock
from polygate.store.contract import Rows, Unavailable
from polygate.store.direct import sqlite_path
from polygate.store.reads import Reads

CHUNK_ROWS: Final = 2_000
"""Rows in memory at a time, of each table a check reads."""
_CONNECT_TIMEOUT_S: Final = 5

OnRows = Callable[[int], None]
"""Hears how many more rows were read."""


class View(Rows, Protocol):
    """How a dialect shows its consistent view."""

    def chunks(self, sql: str, params: Sequence[Any] = ()) -> AsyncIterator[list[tuple[Any, ...]]]:
        """The rows of a query, a few thousand at a time."""
        ...

    async def columns(self) -> list[tuple[str, str, str]]:
        """Table, column and declared type of everything the database itself says it keeps, in order."""
        ...


class Snapshot:
    """A view, the time it was fixed at (ms since 1970), and the product's own questions asked of it."""

    def __init__(self, view: View, *, now_ms: int, on_rows: OnRows) -> None:
        self._view = view
        self._on_rows = on_rows
        self.now_ms: Final = now_ms
        self.reads: Final = Reads(view)

    async def fetch(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return await self._view.fetch(sql, params)

    async def columns(self) -> list[tuple[str, str, str]]:
        return await self._view.columns()

    async def chunks(self, sql: str, params: Sequence[Any] = ()) -> AsyncIterator[list[tuple[Any, ...]]]:
        """The rows of a query, never all of them in memory."""
        async for chunk in self._view.chunks(sql, params):
            yield chunk
            self._on_rows(len(chunk))
            await asyncio.sleep(0)  # A check must not keep Ctrl-C waiting until it is done.


@asynccontextmanager
async def open_snapshot(url: str, *, clock: Clock, on_rows: OnRows = lambda _: None) -> AsyncIterator[Snapshot]:
    """Raises Unavailable if the database cannot be reached, at once or halfway."""
    path = sqlite_path(url)
    opened = _postgres(url) if path is None else _sqlite(str(path))
    try:
        async with opened as view:
            yield Snapshot(view, now_ms=clock(), on_rows=on_rows)
    except (sqlite3.OperationalError, psycopg.OperationalError) as error:
        raise Unavailable(str(error).strip().splitlines()[0]) from error


class _SqliteView:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql.replace("%s", "?"), params).fetchall()

    async def chunks(self, sql: str, params: Sequence[Any] = ()) -> AsyncIterator[list[tuple[Any, ...]]]:
        cursor = self._connection.execute(sql.replace("%s", "?"), params)
        while chunk := cursor.fetchmany(CHUNK_ROWS):
            yield chunk

    async def columns(self) -> list[tuple[str, str, str]]:
        return await self.fetch(
            "SELECT t.name, c.name, c.type FROM sqlite_master t, pragma_table_info(t.name) c "
            "WHERE t.type = 'table' ORDER BY t.name, c.cid",
            (),
        )


@asynccontextmanager
async def _sqlite(path: str) -> AsyncIterator[View]:
    connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM sqlite_master").fetchall()  # The view is fixed by the first read.
        yield _SqliteView(connection)
    finally:
        connection.close()


class _PostgresView:
    def __init__(self, connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
        self._connection = connection
        self._cursors = count(1)

    async def fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        return await (await self._connection.execute(sql, params)).fetchall()

    async def chunks(self, sql: str, params: Sequence[Any] = ()) -> AsyncIterator[list[tuple[Any, ...]]]:
        async with self._connection.cursor(name=f"chunks_{next(self._cursors)}") as cursor:
            await cursor.execute(sql, params, binary=True)
            while chunk := await cursor.fetchmany(CHUNK_ROWS):
                yield chunk

    async def columns(self) -> list[tuple[str, str, str]]:
        return await self.fetch(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position",
            (),
        )


@asynccontextmanager
async def _postgres(url: str) -> AsyncIterator[View]:
    async with await psycopg.AsyncConnection.connect(url, connect_timeout=_CONNECT_TIMEOUT_S) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        await connection.set_read_only(True)
        await connection.execute("SELECT 1")  # Likewise.
        yield _PostgresView(connection)
