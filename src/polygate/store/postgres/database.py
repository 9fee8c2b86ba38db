"""PostgreSQL: two connections that commit batches in turn, a small pool that reads, a smaller one for reads apart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool

from polygate.store.contract import Change, TooLong, Unavailable
from polygate.store.postgres.shared import SharedReads
from polygate.store.postgres.writer import OUT_OF_REACH, Writer
from polygate.store.rows import claim_sql, table_of
from polygate.store.writer import GroupWriter

BATCH_MAX: Final = 256
WRITERS: Final = 2
PATIENCE_S: Final = 8.0
"""How long reads and writes wait for a server that is away, e.g. restarting, before they are Unavailable."""
_READERS_MAX: Final = 8
_APART_MAX: Final = 2
_APART_S: Final = 5
"""How long a read apart may take."""
_AS_WRITTEN: Final = (
    "SET join_collapse_limit = 1; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
    "SET plan_cache_mode = force_custom_plan; SET jit = off"
)
"""What is read apart goes by indexes, in the order it is written in; planners guess badly how little that is."""
_RECONNECT_S: Final = 0.5

_NETWORK: Final = {
    "connect_timeout": 5,
    # A server that vanishes without a word is noticed in seconds; the system's own defaults wait for hours.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 12_000,
}
"""What the URL may override."""


_Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]
_Configure = Callable[[AsyncConnection[tuple[Any, ...]]], Awaitable[None]]


class PostgresDatabase:
    dialect: Final = "postgresql"

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S) -> None:
        """Opens on an event loop."""
        conninfo = make_conninfo("", **(_NETWORK | conninfo_to_dict(url)))
        self._pool = _pool(conninfo, patience_s, least=1, most=_READERS_MAX, configure=_set_for_reads)
        self._apart = _pool(conninfo, patience_s, least=0, most=_APART_MAX, configure=_set_apart)
        self._shared = SharedReads(lambda question: self.fetch(*question))
        self._writers = [Writer(conninfo, patience_s=patience_s) for _ in range(WRITERS)]
        self._group = GroupWriter([writer.commit for writer in self._writers], batch_max=BATCH_MAX)

    async def open(self) -> None:
        """Raises Unavailable if the database cannot be reached."""
        await self._pool.open()
        await self._apart.open()
        try:
            await self.fetch("SELECT 1", ())
        except BaseException:
            await self.close()
            raise

    async def fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        return await _fetch(self._pool, sql, params)

    async def fetch_apart(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        return await _fetch(self._apart, sql, params)

    async def execute(self, sql: str, params: Sequence[Any]) -> int:
        with _reachable():
            async with self._pool.connection() as connection:
                return (await connection.execute(sql, params)).rowcount

    async def fetch_shared(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        return await self._shared.read((sql, tuple(params)))

    def submit(self, change: Change) -> asyncio.Future[None]:
        return self._group.submit(change)

    async def claim(
        self, row_type: type[Any], *, now_ms: int, until_ms: int, limit: int, passing_over: Sequence[int] = ()
    ) -> list[Any]:
        table = table_of(row_type)
        sql = claim_sql(table, passing_over=len(passing_over), lock="FOR UPDATE SKIP LOCKED")
        return [table.decode(row) for row in await self.fetch(sql, (now_ms, *passing_over, limit, until_ms))]

    async def close(self) -> None:
        await self._group.close()
        for writer in self._writers:
            await writer.close()
        await self._pool.close()
        await self._apart.close()


def _pool(conninfo: str, patience_s: float, *, least: int, most: int, configure: _Configure | None = None) -> _Pool:
    return AsyncConnectionPool(
        conninfo,
        min_size=least,
        max_size=most,
        timeout=patience_s,
        # By itself the pool would double its pauses, and a long outage leave a long one behind it.
        reconnect_timeout=_RECONNECT_S,
        reconnect_failed=AsyncConnectionPool.check,
        kwargs={"autocommit": True},
        configure=configure,
        open=False,
    )


async def _set_for_reads(connection: AsyncConnection[tuple[Any, ...]]) -> None:
    """A claim need not wait for the disk: one that a power cut takes back is due again at once, which is as good."""
    await connection.execute("SET synchronous_commit = off")


async def _set_apart(connection: AsyncConnection[tuple[Any, ...]]) -> None:
    await connection.execute(f"SET statement_timeout = '{_APART_S}s'; {_AS_WRITTEN}")


async def _fetch(pool: _Pool, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Tried again where the connection broke: the pool may hold nothing but some the server has closed."""
    with _reachable():
        for _ in range(pool.max_size + 1):
            async with pool.connection() as connection:
                try:
                    return await (await connection.execute(sql, params)).fetchall()
                except psycopg.errors.QueryCanceled as error:
                    raise TooLong(f"no answer in {_APART_S} seconds") from error
                except psycopg.OperationalError:
                    if not connection.broken:
                        raise
    raise Unavailable("every connection broke")


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except OUT_OF_REACH as error:
        raise Unavailable(type(error).__name__) from error
