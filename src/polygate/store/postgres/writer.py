"""One connection that writes batches, and finds its way back after the server was away."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection

from polygate.store.contract import Busy, Change, Unavailable
from polygate.store.postgres.batch import Results, begin, finish

_RECONNECT_PAUSE_S: Final = 0.2
_TRIES_MAX: Final = 10

_SETTINGS: Final = (
    # A grouped UPDATE ... FROM unnest() on tables that were never analyzed is planned as a scan of the whole table.
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
    "SET plan_cache_mode = force_generic_plan; SET jit = off; "
    "SET synchronous_commit = on; "
    # What a lost connection leaves behind must not keep its rows locked until the network notices.
    "SET idle_in_transaction_session_timeout = '10s'"
)
_SIGN_IN: Final = "INSERT INTO writers (writer_id, batch) VALUES (%s, 0) ON CONFLICT DO NOTHING"
_MARK: Final = "UPDATE writers SET batch = %s WHERE writer_id = %s"
_LATEST: Final = "SELECT batch FROM writers WHERE writer_id = %s FOR UPDATE"

OUT_OF_REACH: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    # A server that was the primary until a moment ago.
    psycopg.errors.ReadOnlySqlTransaction,
)
"""What says nothing about a statement, and all about the server."""


class Writer:
    """Every batch leaves its number in the writer's own row, in the same transaction.

    Where a connection breaks during a commit, that row tells whether the batch took effect. The batch's rows could not:
    others may have changed them since, or have written the very same.
    """

    def __init__(self, conninfo: str, *, patience_s: float) -> None:
        self._conninfo = conninfo
        self._patience_s = patience_s
        self._id = secrets.randbits(63)
        self._batch = 0
        self._connection: AsyncConnection[Any] | None = None

    async def commit(self, changes: Sequence[Change]) -> Results:
        """Raises Unavailable after `patience_s`; only then it is not known whether the changes took effect.

        Serialization failures, deadlocks and batches that were lost with their connection are written again: nothing
        outside the database happened in between.
        """
        for _ in range(_TRIES_MAX):
            connection = await self._connected()
            self._batch += 1
            results = None
            try:
                results = await begin(connection, changes, mark=(_MARK, (self._batch, self._id)))
                await finish(connection, changes, results)
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
                await connection.rollback()
            except OUT_OF_REACH:
                await self.close()
                if results is not None and await self._landed():
                    return results
            except BaseException:
                await connection.rollback()
                raise
            else:
                return results
        raise Busy("the database gave a batch up again and again")

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _landed(self) -> bool:
        """Whether the last batch took effect. Waits while the server still works on it: its mark is locked."""
        while True:
            connection = await self._connected()
            try:
                cursor = await connection.execute(_LATEST, (self._id,))
                return await cursor.fetchone() == (self._batch,)
            except OUT_OF_REACH:
                await self.close()

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is not None and not self._connection.closed:
            return self._connection
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + self._patience_s
        while True:
            try:
                self._connection = await self._connect()
            except OUT_OF_REACH as error:
                if clock() > give_up_at:
                    raise Unavailable(type(error).__name__) from error
                await asyncio.sleep(_RECONNECT_PAUSE_S)
            else:
                return self._connection

    async def _connect(self) -> AsyncConnection[Any]:
        connection = await AsyncConnection.connect(self._conninfo, autocommit=True, prepare_threshold=0)
        try:
            await connection.execute(_SETTINGS, prepare=False)
            await connection.execute(_SIGN_IN, (self._id,))
        except BaseException:
            await connection.close()
            raise
        return connection
