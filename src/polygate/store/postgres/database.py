"""PostgreSQL: two connections that commit batches in turn, a small pool that reads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool

from polygate.store.contract import Change, Unavailable
from polygate.store.postgres.shared import SharedReads
from polygate.store.postgres.writer import Writer
from polygate.store.rows import claim_sql, table_of
from polygate.store.writer import GroupWriter

BATCH_MAX: Final = 256
WRITERS: Final = 2
PATIENCE_S: Final = 8.0
"""How long reads and writes wait for a server that is away, e.g. restarting, before they are Unavailable."""
_READERS_MAX: Final = 8
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


class PostgresDatabase:
    dialect: Final = "postgresql"

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S) -> None:
        """Opens on an event loop."""
        conninfo = make_conninfo("", **(_NETWORK | conninfo_to_dict(url)))
        self._pool = AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=_READERS_MAX,
            timeout=patience_s,
            # By itself the pool would double its pauses, and a long outage leave a long one behind it.
            reconnect_timeout=_RECONNECT_S,
            reconnect_failed=AsyncConnectionPool.check,
            kwargs={"autocommit": True},
            open=False,
        )
        self._shared = SharedReads(lambda question: self.fetch(*question))
        self._writers = [Writer(conninfo, patience_s=patience_s) for _ in range(WRITERS)]
        self._group = GroupWriter([writer.commit for writer in self._writers], batch_max=BATCH_MAX)

    async def open(self) -> None:
        """Raises Unavailable if the database cannot be reached."""
        await self._pool.open()
        try:
            await self.fetch("SELECT 1", ())
        except BaseException:
            await self.close()
            raise

    async def fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Tried again where the connection broke: the pool may hold nothing but some the server has closed."""
        with _reachable():
            for _ in range(_READERS_MAX + 1):
                async with self._pool.connection() as connection:
                    try:
                        return await (await connection.execute(sql, params)).fetchall()
                    except psycopg.OperationalError:
                        if not connection.broken:
                            raise
        raise Unavailable("every connection broke")

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


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise Unavailable(type(error).__name__) from error
