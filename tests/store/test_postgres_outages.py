"""PostgreSQL stops as in a crash, in the middle of everything, and comes back: nothing is lost or half there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Literal

import psycopg
import pytest

from polygate.core.facts import Fact
from polygate.core.ledger import PostingRow
from polygate.core.payments import Payment
from polygate.store.contract import Change, Insert, Unavailable, Update
from polygate.store.migrate import migrate
from polygate.store.opened import Store
from tests.store.samples import next_version, some
from tests.store.stores import postgres_store
from tests.support.postgres import PostgresServer, own_server

pytestmark = pytest.mark.anyio

PATIENCE_S = 0.7


@pytest.fixture(scope="module")
def migrated_server() -> Iterator[PostgresServer]:
    """Ours to stop; every test leaves it running."""
    with own_server() as server:
        migrate(server.url())
        yield server


@pytest.fixture
def server(migrated_server: PostgresServer) -> PostgresServer:
    with psycopg.connect(migrated_server.url(), autocommit=True) as connection:
        connection.execute("TRUNCATE payments, facts, postings")
    return migrated_server


class Stream:
    """Shops that write one payment after the other: first its row, then its capture with a posting and a fact."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last = 0
        self.stopped = False
        self.told: dict[tuple[int, int], str] = {}
        """By payment and version: what became of the change, as far as its caller was told."""

    async def shop(self) -> None:
        while not self.stopped:
            self._last += 1
            payment = some(Payment, self._last)
            if await self._write(payment, Change((Insert(payment),))):
                captured = next_version(payment)
                number = payment.payment_id
                await self._write(captured, Change((Update(captured),), (some(PostingRow, number), some(Fact, number))))

    async def _write(self, payment: Payment, change: Change) -> bool:
        try:
            await self._store.submit(change)
        except Unavailable:
            told = "unavailable"
        else:
            told = "written"
        self.told[payment.payment_id, payment.version] = told
        return told == "written"

    def written(self) -> int:
        return sum(1 for told in self.told.values() if told == "written")

    async def goes_on(self) -> None:
        """Until a hundred more changes were written."""
        enough = self.written() + 100
        while self.written() < enough:  # noqa: ASYNC110 - A test may look every now and then.
            await asyncio.sleep(0.01)


async def check_against_the_books(stream: Stream, store: Store) -> None:
    versions = dict(await store.fetch("SELECT payment_id, version FROM payments"))
    postings = {number for (number,) in await store.fetch("SELECT posting_id FROM postings")}
    facts = {number for (number,) in await store.fetch("SELECT fact_id FROM facts")}

    captured = {payment_id for payment_id, version in versions.items() if version == 2}
    assert captured == postings == facts, "a change is half there"
    for (payment_id, version), told in stream.told.items():
        if told == "written":
            assert versions.get(payment_id, 0) >= version, f"version {version} of payment {payment_id} is lost"
    tried = {payment_id for payment_id, _ in stream.told}
    assert versions.keys() <= tried, "a payment appeared from nowhere"


async def test_a_crash_in_the_middle_of_a_stream_of_writes_loses_nothing(server: PostgresServer) -> None:
    """Twice a short one that callers only notice as a delay, then one that outlasts their patience.

    What returned is there; what was Unavailable is wholly there or not at all; the stream goes on by itself.
    """
    async with postgres_store(server.url(), patience_s=PATIENCE_S) as store:
        stream = Stream(store)
        shops = [asyncio.create_task(stream.shop()) for _ in range(24)]
        async with asyncio.timeout(40):
            for away_s in (0.0, 0.0, 2 * PATIENCE_S):
                await stream.goes_on()
                await asyncio.to_thread(server.stop, "immediate")
                await asyncio.sleep(away_s)
                await asyncio.to_thread(server.start)
            await stream.goes_on()
            stream.stopped = True
            await asyncio.gather(*shops)

        assert "unavailable" in stream.told.values()
        await check_against_the_books(stream, store)


async def test_nothing_hangs_while_the_server_is_away(server: PostgresServer) -> None:
    """Reads, writes and claims all give up in time, however many there are, and work again at once afterwards."""
    async with postgres_store(server.url(), patience_s=PATIENCE_S) as store:
        await store.submit(Change((Insert(some(Payment, 1)),)))
        await asyncio.to_thread(server.stop, "immediate")
        began = time.monotonic()
        try:
            told = await asyncio.gather(
                *(store.submit(Change((Insert(some(Payment, number)),))) for number in range(2, 1_002)),
                *(store.reads.ping() for _ in range(20)),
                *(store.claim(Payment, now_ms=1, until_ms=2, limit=1) for _ in range(20)),
                return_exceptions=True,
            )
            took_s = time.monotonic() - began
        finally:
            await asyncio.to_thread(server.start)

        assert {Unavailable} == {type(each) for each in told}
        assert took_s < PATIENCE_S + 3
        began = time.monotonic()
        await store.reads.ping()
        await store.submit(Change((Insert(some(Payment, 2)),)))
        assert time.monotonic() - began < 3
        assert await store.fetch("SELECT payment_id FROM payments ORDER BY payment_id") == [(1,), (2,)]


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_between_two_requests_is_not_noticed(
    server: PostgresServer, mode: Literal["fast", "immediate"]
) -> None:
    """Every connection the store holds is dead by then, however many; nobody is told."""
    async with postgres_store(server.url(), patience_s=5 * PATIENCE_S) as store:
        await asyncio.gather(*(store.fetch("SELECT pg_sleep(0.05)") for _ in range(30)))
        await asyncio.gather(*(store.submit(Change((Insert(some(Fact, number)),))) for number in range(1, 201)))
        await asyncio.to_thread(server.stop, mode)
        await asyncio.to_thread(server.start)

        await store.reads.ping()
        await store.submit(Change((Insert(some(Fact, 201)),)))
        await asyncio.gather(*(store.submit(Change((Insert(some(Fact, number)),))) for number in range(202, 401)))

        assert await store.fetch("SELECT COUNT(*) FROM facts") == [(400,)]


async def test_readers_who_wait_are_served_as_soon_as_the_server_is_back(server: PostgresServer) -> None:
    """An outage leaves no pause behind it, however long the pool has been trying."""
    async with postgres_store(server.url(), patience_s=20) as store:
        await asyncio.to_thread(server.stop, "immediate")
        waiting = asyncio.gather(*(store.fetch("SELECT 1") for _ in range(30)))
        await asyncio.sleep(3.5)
        assert not waiting.done()
        await asyncio.to_thread(server.start)
        back = time.monotonic()

        assert await waiting == [[(1,)]] * 30
        assert time.monotonic() - back < 2


async def test_closing_while_the_server_is_away_ends(server: PostgresServer) -> None:
    """A shutdown during an outage answers those who wait and leaves."""
    async with postgres_store(server.url(), patience_s=PATIENCE_S) as store:
        await asyncio.to_thread(server.stop, "immediate")
        try:
            waiting = [
                asyncio.ensure_future(store.submit(Change((Insert(some(Fact, number)),)))) for number in range(1, 301)
            ]
            await asyncio.sleep(0)
            async with asyncio.timeout(5 * PATIENCE_S):
                await store.close()
            told = await asyncio.gather(*waiting, return_exceptions=True)
        finally:
            await asyncio.to_thread(server.start)

        assert {Unavailable} == {type(each) for each in told}
