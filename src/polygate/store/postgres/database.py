"""PostgreSQL: two writer connections that commit batches, a small pool that reads."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from polygate.store.contract import Change, Insert, Stale, StoreError, Taken, Unavailable, Update
from polygate.store.rows import Table, claim_sql, table_of
from polygate.store.writer import GroupWriter

BATCH_MAX: Final = 64
WRITERS: Final = 2
_READERS_MAX: Final = 8
_CONNECT_TIMEOUT_S: Final = 5
_RECONNECT_FOR_S: Final = 8.0
_RETRIES_MAX: Final = 10

_TYPES: Final = {"int": "int8", "str": "text", "bool": "bool", "bytes": "bytea"}

_WRITER_SETTINGS: Final = (
    # A grouped UPDATE ... FROM unnest() on tables that were never analyzed is planned as a scan of the whole table.
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET plan_cache_mode = force_generic_plan",
    "SET jit = off",
    "SET synchronous_commit = on",
)


class PostgresDatabase:
    dialect: Final = "postgresql"

    def __init__(self, url: str) -> None:
        self._pool = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=_READERS_MAX,
            timeout=_CONNECT_TIMEOUT_S,
            kwargs={"autocommit": True, "connect_timeout": _CONNECT_TIMEOUT_S},
            open=False,
        )
        self._writers = [_Writer(url) for _ in range(WRITERS)]
        self._group = GroupWriter([writer.commit for writer in self._writers], batch_max=BATCH_MAX)

    async def open(self) -> None:
        """Raises Unavailable if the database cannot be reached."""
        await self._pool.open()
        await self.fetch("SELECT 1", ())

    async def fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """One retry on a fresh connection: the pool may still hold one the server has closed."""
        try:
            return await self._fetch(sql, params)
        except Unavailable:
            return await self._fetch(sql, params)

    async def _fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(sql, params)
                return await cursor.fetchall()
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            raise Unavailable(type(error).__name__) from error

    def submit(self, change: Change) -> asyncio.Future[None]:
        return self._group.submit(change)

    async def claim(
        self, row_type: type[Any], *, now_ms: int, until_ms: int, limit: int, passing_over: Sequence[int] = ()
    ) -> list[Any]:
        table = table_of(row_type)
        sql = claim_sql(table, passing_over=len(passing_over), lock="FOR UPDATE SKIP LOCKED")
        return [table.decode(row) for row in await self.fetch(sql, (until_ms, now_ms, *passing_over, limit))]

    async def close(self) -> None:
        await self._group.close()
        for writer in self._writers:
            await writer.close()
        await self._pool.close()


class _Writer:
    """One connection that writes batches, and finds its way back after the server was away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection[Any] | None = None

    async def commit(self, changes: Sequence[Change]) -> list[StoreError | None]:
        """Serialization failures and deadlocks are tried again: nothing outside the database happened in between."""
        for _ in range(_RETRIES_MAX):
            connection = await self._connected()
            try:
                return await _write(connection, changes)
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
                continue
            except (psycopg.OperationalError, psycopg.InterfaceError):
                # The commit may or may not have happened. Looking at the rows tells.
                await self.close()
                return await self._settle(changes)
        raise Unavailable("the database kept refusing to serialize")

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _settle(self, changes: Sequence[Change]) -> list[StoreError | None]:
        """After a lost connection: what landed is done, the rest is written again, each on its own."""
        results: list[StoreError | None] = []
        for change in changes:
            try:
                connection = await self._connected()
                if await _landed(connection, change):
                    results.append(None)
                else:
                    results.extend(await _write(connection, [change]))
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                await self.close()
                results.append(Unavailable(type(error).__name__))
            except Unavailable as error:
                results.append(error)
        return results

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is not None and not self._connection.closed:
            return self._connection
        give_up_at = asyncio.get_running_loop().time() + _RECONNECT_FOR_S
        while True:
            try:
                self._connection = await AsyncConnection.connect(
                    self._url, autocommit=True, prepare_threshold=0, connect_timeout=_CONNECT_TIMEOUT_S
                )
                for setting in _WRITER_SETTINGS:
                    await self._connection.execute(setting)
            except psycopg.OperationalError as error:
                if asyncio.get_running_loop().time() > give_up_at:
                    raise Unavailable(type(error).__name__) from error
                await asyncio.sleep(0.2)
            else:
                return self._connection


async def _write(connection: AsyncConnection[Any], changes: Sequence[Change]) -> list[StoreError | None]:
    """One batch, one transaction: guards in bulk, then the rows of those that held."""
    async with connection.transaction():
        results = await _guard_in_bulk(connection, changes)
        for place, change in enumerate(changes):
            if len(change.guards) > 1:
                results[place] = await _guard_together(connection, change)
        puts: defaultdict[Table, list[list[Any]]] = defaultdict(list)
        for change, lost in zip(changes, results, strict=True):
            if lost is None:
                for row in change.puts:
                    table = table_of(type(row))
                    puts[table].append(table.encode(row))
        if puts:
            async with connection.pipeline():
                for table, rows in puts.items():
                    await _execute(connection, _put_sql(table), _by_column(rows))
    return results


async def _guard_in_bulk(connection: AsyncConnection[Any], changes: Sequence[Change]) -> list[StoreError | None]:
    """The changes with one guard, one statement for each table and kind."""
    results: list[StoreError | None] = [None] * len(changes)
    groups: defaultdict[tuple[type, Table], list[int]] = defaultdict(list)
    for place, change in enumerate(changes):
        if len(change.guards) == 1:
            guard = change.guards[0]
            groups[type(guard), table_of(type(guard.row))].append(place)
    for (kind, table), places in groups.items():
        # In the order of their keys, so that two writers never wait for each other.
        rows = {place: table.encode(changes[place].guards[0].row) for place in places}
        places.sort(key=lambda place: table.key_of(rows[place]))
        columns = _by_column([[place, *rows[place]] for place in places])
        held = {row[0] for row in await _execute(connection, _guard_sql(kind, table), columns)}
        for place in places:
            if place not in held:
                row = changes[place].guards[0].row
                results[place] = Taken(row) if kind is Insert else Stale(row)
    return results


async def _guard_together(connection: AsyncConnection[Any], change: Change) -> StoreError | None:
    """Several guards of one change: all hold, or none was."""
    lost: StoreError | None = None
    try:
        async with connection.transaction():
            for guard in change.guards:
                table = table_of(type(guard.row))
                columns = _by_column([[0, *table.encode(guard.row)]])
                if not await _execute(connection, _guard_sql(type(guard), table), columns):
                    lost = Taken(guard.row) if isinstance(guard, Insert) else Stale(guard.row)
                    raise psycopg.Rollback
    except psycopg.errors.UniqueViolation:
        lost = Taken(change.guards[0].row)
    return lost


async def _landed(connection: AsyncConnection[Any], change: Change) -> bool:
    """Whether a change whose commit was cut off took effect: its first guard's row is there as written."""
    row = change.guards[0].row
    table = table_of(type(row))
    keys = " AND ".join(f"{column} = %s" for column in table.key)
    sql = f"SELECT {table.column_list} FROM {table.name} WHERE {keys}"
    encoded = table.encode(row)
    cursor = await connection.execute(sql, table.key_of(encoded))
    found = await cursor.fetchone()
    return found is not None and table.encode(table.decode(found)) == encoded


async def _execute(
    connection: AsyncConnection[Any], sql: str, columns: Sequence[Sequence[Any]]
) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(sql, columns)
    return await cursor.fetchall() if cursor.description else []


def _by_column(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _arrays(table: Table) -> str:
    return ", ".join(f"%b::{_TYPES[kind]}[]" for kind in table.kinds)


@cache
def _guard_sql(kind: type, table: Table) -> str:
    """Returns the place of each row whose guard held. Two rows for the same key: one of them holds."""
    keys = " AND ".join(f"t.{column} = u.{column}" for column in table.key)
    source = f"unnest(%b::int8[], {_arrays(table)}) AS u (place, {table.column_list})"
    if kind is Update:
        sets = ", ".join(f"{column} = u.{column}" for column in table.changing)
        return (
            f"UPDATE {table.name} AS t SET {sets} FROM {source} "
            f"WHERE {keys} AND t.version = u.version - 1 RETURNING u.place"
        )
    return (
        f"WITH u AS (SELECT * FROM {source}), t AS ("
        f"INSERT INTO {table.name} ({table.column_list}) SELECT {table.column_list} FROM u "
        f"ON CONFLICT DO NOTHING RETURNING {', '.join(table.key)}) "
        f"SELECT u.place FROM u JOIN t ON {keys}"
    )


@cache
def _put_sql(table: Table) -> str:
    insert = f"INSERT INTO {table.name} ({table.column_list}) SELECT * FROM unnest({_arrays(table)})"
    if table.append_only:
        return insert
    sets = ", ".join(f"{column} = excluded.{column}" for column in table.changing)
    return f"{insert} ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {sets}"
