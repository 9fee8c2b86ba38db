"""SQLite: one writer on a thread of its own, reads on the event loop (they take microseconds).

What people look at (lists, figures) may take longer, and is read on a thread of its own.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, TypeVar

from polygate.store.contract import Change, Insert, Stale, StoreError, Taken, TooLong, Unavailable, Update
from polygate.store.rows import Table, claim_sql, puts_by_table, table_of
from polygate.store.writer import GroupWriter

BATCH_MAX: Final = 512
_BUSY_TIMEOUT_S: Final = 10.0
_APART_S: Final = 5.0
"""How long a read apart may take."""
_STEPS: Final = 20_000
"""Of SQLite's virtual machine, some milliseconds: how often a read apart looks at the clock."""

_Answer = TypeVar("_Answer")


class SqliteDatabase:
    """Opens on an event loop; the file must have been migrated."""

    dialect: Final = "sqlite"

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._reader = connect(path)
        self._reader.execute("PRAGMA query_only = ON")
        self._this_turn: dict[tuple[str, tuple[Any, ...]], list[tuple[Any, ...]]] = {}
        self._apart_thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-apart")
        self._apart = connect(path)
        self._apart.execute("PRAGMA query_only = ON")
        self._connection = connect(path)
        self._writer = GroupWriter([self._commit], batch_max=BATCH_MAX)

    async def fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        with _reachable():
            return _returned(self._reader, _placeholders(sql), params)

    async def fetch_shared(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Whoever asks the same in one turn of the event loop gets one answer: nobody is told of a change meanwhile.

        Under load many requests begin in one turn, and every read after a commit finds its pages anew.
        """
        # `fetch` reads without a pause, so that no answer is written down after the turn's have been cleared.
        question = sql, tuple(params)
        if not self._this_turn:
            asyncio.get_running_loop().call_soon(self._this_turn.clear)
        if question not in self._this_turn:
            self._this_turn[question] = await self.fetch(sql, params)
        return self._this_turn[question]

    async def fetch_apart(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        with _reachable():
            return await asyncio.get_running_loop().run_in_executor(
                self._apart_thread, _returned_in_time, self._apart, _placeholders(sql), params
            )

    def submit(self, change: Change) -> asyncio.Future[None]:
        return self._writer.submit(change)

    async def claim(
        self, row_type: type[Any], *, now_ms: int, until_ms: int, limit: int, passing_over: Sequence[int] = ()
    ) -> list[Any]:
        table = table_of(row_type)
        sql = claim_sql(table, passing_over=len(passing_over))
        rows = await self._on_thread(_returned, sql, (now_ms, *passing_over, limit, until_ms))
        return [table.decode(row) for row in rows]

    async def execute(self, sql: str, params: Sequence[Any]) -> int:
        return await self._on_thread(_touched, sql, params)

    async def close(self) -> None:
        await self._writer.close()
        self._thread.shutdown()
        self._apart_thread.shutdown()
        self._reader.close()
        self._apart.close()
        self._connection.close()

    async def _on_thread(
        self, run: Callable[[sqlite3.Connection, str, Sequence[Any]], _Answer], sql: str, params: Sequence[Any]
    ) -> _Answer:
        """A claim or housekeeping, between two batches. Raises Unavailable."""
        with _reachable():
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, unsynced, run, self._connection, _placeholders(sql), params
            )

    async def _commit(self, changes: Sequence[Change]) -> list[StoreError | None]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, write, self._connection, changes)


def connect(path: Path) -> sqlite3.Connection:
    """Raises Unavailable."""
    with _reachable():
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_TIMEOUT_S)
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: an answered payment survives a power cut. Group commit makes it affordable.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
    return connection


@contextmanager
def _reachable() -> Iterator[None]:
    """Raises Unavailable for trouble with the file (busy, full, unreadable), TooLong for a read that was ended; a
    mistake in the SQL stays one."""
    try:
        yield
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        if code == sqlite3.SQLITE_ERROR:
            raise
        if code == sqlite3.SQLITE_INTERRUPT:
            raise TooLong(f"no answer in {_APART_S:g} seconds") from error
        raise Unavailable(str(error)) from error


def _returned(connection: sqlite3.Connection, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    return connection.execute(sql, params).fetchall()


def _returned_in_time(connection: sqlite3.Connection, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    until = time.monotonic() + _APART_S
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    return _returned(connection, sql, params)


def _touched(connection: sqlite3.Connection, sql: str, params: Sequence[Any]) -> int:
    return connection.execute(sql, params).rowcount


def unsynced(
    run: Callable[[sqlite3.Connection, str, Sequence[Any]], _Answer],
    connection: sqlite3.Connection,
    sql: str,
    params: Sequence[Any],
) -> _Answer:
    """Payments need not wait until the disk has a claim: one that a power cut takes back is due again at once, which is
    as good."""
    connection.execute("PRAGMA synchronous = NORMAL")
    try:
        return run(connection, sql, params)
    finally:
        connection.execute("PRAGMA synchronous = FULL")


def write(connection: sqlite3.Connection, changes: Sequence[Change]) -> list[StoreError | None]:
    """One batch, one transaction. Raises Unavailable; then, as with any other error, nothing was written."""
    with _reachable():
        connection.execute("BEGIN IMMEDIATE")
        try:
            results = [_guard_all(connection, change) for change in changes]
            for table, rows in puts_by_table(changes, results).items():
                connection.executemany(_put_sql(table), rows)
            connection.execute("COMMIT")
        except BaseException:
            # A full disk may have rolled the transaction back already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    return results


def _guard_all(connection: sqlite3.Connection, change: Change) -> StoreError | None:
    if len(change.guards) == 1:
        return _guard(connection, change.guards[0])
    connection.execute("SAVEPOINT guards")
    for guard in change.guards:
        if (lost := _guard(connection, guard)) is not None:
            connection.execute("ROLLBACK TO guards")
            connection.execute("RELEASE guards")
            return lost
    connection.execute("RELEASE guards")
    return None


def _guard(connection: sqlite3.Connection, guard: Insert | Update) -> StoreError | None:
    row = guard.row
    table = table_of(type(row))
    values = table.encode(row)
    if isinstance(guard, Insert):
        return None if connection.execute(_insert_sql(table), values).rowcount == 1 else Taken(row)
    params = [*_changing_and_key(table)(values), row.version - 1]
    return None if connection.execute(_update_sql(table), params).rowcount == 1 else Stale(row)


@cache
def _changing_and_key(table: Table) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Picks what `_update_sql` asks for from a row's values."""
    return itemgetter(*map(table.columns.index, (*table.changing, *table.key)))


@cache
def _insert_sql(table: Table) -> str:
    marks = ", ".join("?" * len(table.columns))
    return f"INSERT INTO {table.name} ({table.column_list}) VALUES ({marks}) ON CONFLICT DO NOTHING"


@cache
def _update_sql(table: Table) -> str:
    sets = ", ".join(f"{column} = ?" for column in table.changing)
    keys = " AND ".join(f"{column} = ?" for column in table.key)
    return f"UPDATE {table.name} SET {sets} WHERE {keys} AND version = ?"


@cache
def _put_sql(table: Table) -> str:
    marks = ", ".join("?" * len(table.columns))
    insert = f"INSERT INTO {table.name} ({table.column_list}) VALUES ({marks})"
    if table.append_only:
        return insert
    sets = ", ".join(f"{column} = excluded.{column}" for column in table.changing)
    return f"{insert} ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {sets}"


@cache
def _placeholders(sql: str) -> str:
    return sql.replace("%s", "?")
