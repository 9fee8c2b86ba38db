"""What only PostgreSQL can do to a batch: refuse to serialize it, kill it in a deadlock, make it wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, sql

from polygate.core.facts import Fact
from polygate.core.merchants import Token
from polygate.core.payments import Payment
from polygate.core.webhooks import Webhook
from polygate.store.contract import Change, Insert, Stale, Unavailable, Update
from tests.store.samples import MERCHANT, next_version, some
from tests.store.stores import postgres_store, store_at

pytestmark = pytest.mark.anyio

BUMP = "UPDATE payments SET version = version + 1 WHERE merchant_id = %s AND payment_id = %s"


@asynccontextmanager
async def transaction(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    """Somebody else's, open until the block ends."""
    async with await AsyncConnection.connect(url) as connection:
        yield connection


async def waits_for_a_lock(url: str, how_many: int = 1) -> None:
    """Until so many sessions of the database do."""
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        while True:
            cursor = await connection.execute(
                "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if (await cursor.fetchone() or (0,))[0] >= how_many:
                return
            await asyncio.sleep(0.01)


async def set_for_database(url: str, setting: str, value: str) -> None:
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                sql.Identifier(connection.info.dbname), sql.Identifier(setting), sql.Literal(value)
            )
        )


async def test_a_batch_that_cannot_be_serialized_is_tried_again(migrated_apart: str) -> None:
    """On a database with a stricter isolation, the batch meets a real 40001: its loser loses, its neighbors win."""
    await set_for_database(migrated_apart, "default_transaction_isolation", "repeatable read")
    async with store_at(migrated_apart) as store:
        contended, free = some(Payment, 1), some(Payment, 2)
        await store.submit(Change((Insert(contended),)))
        await store.submit(Change((Insert(free),)))

        async with asyncio.timeout(10), transaction(migrated_apart) as other:
            await other.execute(BUMP, (MERCHANT, 1))
            told = asyncio.gather(
                store.submit(Change((Update(next_version(contended)),), (some(Fact, 1),))),
                store.submit(Change((Update(next_version(free)),), (some(Fact, 2),))),
                return_exceptions=True,
            )
            await waits_for_a_lock(migrated_apart)
            await other.commit()
            assert [Stale, type(None)] == [type(each) for each in await told]

        assert await store.fetch("SELECT fact_id FROM facts") == [(2,)]


async def test_a_batch_killed_in_a_deadlock_is_tried_again(migrated_apart: str) -> None:
    """Two transactions that wait for each other: PostgreSQL kills ours, and its callers never hear of it."""
    async with store_at(migrated_apart) as store:
        payments = [some(Payment, number) for number in (1, 2)]
        await asyncio.gather(*(store.submit(Change((Insert(payment),))) for payment in payments))

        async with asyncio.timeout(10), transaction(migrated_apart) as other:
            # Ours waits first, and whoever has waited for this long looks for a deadlock.
            await other.execute("SET LOCAL deadlock_timeout = '1h'")
            await other.execute(BUMP, (MERCHANT, 2))
            told = asyncio.gather(
                *(
                    store.submit(Change((Update(next_version(each)),), (some(Fact, each.payment_id),)))
                    for each in payments
                ),
                return_exceptions=True,
            )
            await waits_for_a_lock(migrated_apart)
            await other.execute(BUMP, (MERCHANT, 1))
            await other.commit()
            assert [Stale, Stale] == [type(each) for each in await told]

        counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        while await store.fetch(counted) != [(1,)]:  # noqa: ASYNC110 - The server counts them when it finds the time.
            await asyncio.sleep(0.05)
        assert await store.fetch("SELECT fact_id FROM facts") == []


async def test_a_batch_waits_for_a_transaction_that_holds_its_rows(emptied_postgres_url: str) -> None:
    """And what it then finds decides: rolled back, it wins."""
    async with store_at(emptied_postgres_url) as store:
        payment = some(Payment)
        await store.submit(Change((Insert(payment),)))

        async with asyncio.timeout(10), transaction(emptied_postgres_url) as other:
            await other.execute(BUMP, (MERCHANT, 1))
            waiting = asyncio.ensure_future(store.submit(Change((Update(next_version(payment)),))))
            await waits_for_a_lock(emptied_postgres_url)
            # The second writer goes on meanwhile.
            await store.submit(Change((Insert(some(Payment, 2)),)))
            assert not waiting.done()
            await other.rollback()
            await waiting

        assert next_version(payment) == await store.reads.payment(payment.merchant_id, payment.payment_id)


async def test_text_that_postgres_cannot_hold_fails_alone(emptied_postgres_url: str) -> None:
    """A NUL that came past the door: its neighbors in the batch are written."""
    async with store_at(emptied_postgres_url) as store:
        told = await asyncio.gather(
            store.submit(Change((Insert(some(Payment, 1)),), (some(Token, 1),))),
            store.submit(Change((Insert(some(Payment, 2)),), (some(Token, 2, app_id="a\0b"),))),
            store.submit(Change((Insert(some(Payment, 3, order_no="\0")),), (some(Token, 3),))),
            store.submit(Change((Insert(some(Payment, 4)),), (some(Token, 4),))),
            return_exceptions=True,
        )

        assert [each and isinstance(each, psycopg.DataError) for each in told] == [None, True, True, None]
        assert await store.fetch("SELECT payment_id FROM payments ORDER BY payment_id") == [(1,), (4,)]
        assert await store.fetch("SELECT COUNT(*) FROM tokens") == [(2,)]


async def test_a_server_that_became_a_standby_is_unavailable_until_it_is_not(migrated_apart: str) -> None:
    """After a failover the old server only reads: nothing is written, nobody is told of a bug, and it heals."""
    async with postgres_store(migrated_apart, patience_s=0.5) as store:
        await store.submit(Change((Insert(some(Fact, 1)),)))
        async with await AsyncConnection.connect(migrated_apart, autocommit=True) as operator:
            await set_for_database(migrated_apart, "default_transaction_read_only", "on")
            await operator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

            with pytest.raises(Unavailable):
                await store.submit(Change((Insert(some(Fact, 2)),)))
            with pytest.raises(Unavailable):
                await store.claim(Webhook, now_ms=1, until_ms=2, limit=1)

            await operator.execute("SET default_transaction_read_only = off")
            await operator.execute(
                sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(
                    sql.Identifier(operator.info.dbname)
                )
            )
        await store.submit(Change((Insert(some(Fact, 3)),)))

        assert await store.fetch("SELECT fact_id FROM facts ORDER BY fact_id") == [(1,), (3,)]
