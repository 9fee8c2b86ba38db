"""A write that returned is on the disk: the settings that make it so are really set, and the files hold it."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from polygate.core.facts import Fact
from polygate.core.payments import Payment
from polygate.store.contract import Change, Insert, Stale, Unavailable, Update
from polygate.store.engine import connected
from polygate.store.sqlite.database import connect, unsynced, write
from tests.store.samples import next_version, some
from tests.store.stores import store_at

pytestmark = pytest.mark.anyio


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_sqlite_waits_for_the_disk_at_every_commit(sqlite_url: str) -> None:
    """A write-ahead log with full synchronization, read back from the connection itself."""
    connection = connect(path_of(sqlite_url))

    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # 2 is FULL.
    connection.close()


def test_sqlite_waits_again_after_a_claim(sqlite_url: str) -> None:
    """Only what need not survive a power cut goes without, also where it fails."""
    connection = connect(path_of(sqlite_url))

    def seen(connection: sqlite3.Connection, sql: str, _: Sequence[Any]) -> Any:
        return connection.execute(sql).fetchone()

    assert unsynced(seen, connection, "PRAGMA synchronous", ()) == (1,)  # 1 is NORMAL.
    with pytest.raises(sqlite3.OperationalError):
        unsynced(seen, connection, "no SQL", ())
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()


async def test_the_files_hold_a_write_when_it_returns(sqlite_url: str, tmp_path: Path) -> None:
    """A copy of the files at that moment, as a crash would leave them, has the row."""
    async with store_at(sqlite_url) as store:
        for number in range(1, 6):
            await store.submit(Change((Insert(some(Payment, number)),), (some(Fact, number),)))
            copy = tmp_path / f"copy-{number}.db"
            for suffix in ("", "-wal"):
                shutil.copy(f"{path_of(sqlite_url)}{suffix}", f"{copy}{suffix}")
            with sqlite3.connect(copy) as connection:
                counted = connection.execute("SELECT (SELECT COUNT(*) FROM payments), (SELECT COUNT(*) FROM facts)")
                assert (number, number) == counted.fetchone()
            connection.close()


KILLED = """
import asyncio, sys
from polygate.core.facts import Fact
from polygate.store.contract import Change, Insert
from tests.store.samples import some
from tests.store.stores import store_at

async def main(url, first):
    async with store_at(url) as store:
        async def submit(number):
            for step in range(100_000):
                row = some(Fact, first + number + 10 * step)
                await store.submit(Change((Insert(row),)))
                print(row.fact_id, flush=True)
        await asyncio.gather(*(submit(number) for number in range(10)))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def test_nothing_that_returned_is_lost_when_the_process_is_killed(database_url: str) -> None:
    """Killed in the middle of its writes again and again, it has told of no row that is not there."""
    told: set[int] = set()
    for run in range(2):
        command = [sys.executable, "-c", KILLED, database_url, str(run * 10_000_000 + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(150):
                told.add(int(process.stdout.readline()))
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read()
        told.update(int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n"))

    assert len(told) >= 300
    with connected(database_url) as connection:
        assert set() == told - set(connection.execute(text("SELECT fact_id FROM facts")).scalars())


SEEN_BY_WRITER = """
CREATE TABLE seen (name text, value text);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seen SELECT s.name, current_setting(s.name) FROM unnest(ARRAY[
        'synchronous_commit', 'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'plan_cache_mode', 'jit',
        'idle_in_transaction_session_timeout'
    ]) AS s (name);
    RETURN NEW;
END $$;
CREATE TRIGGER see AFTER INSERT ON facts FOR EACH ROW EXECUTE FUNCTION see();
"""


async def test_postgres_writers_wait_for_the_disk_whatever_the_server_prefers(migrated_apart: str) -> None:
    """Settings as the writing sessions themselves see them, on a database that would rather not wait."""
    with psycopg.connect(migrated_apart, autocommit=True) as connection:
        connection.execute(SEEN_BY_WRITER)
        connection.execute(
            psycopg.sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(
                psycopg.sql.Identifier(connection.info.dbname)
            )
        )
    async with store_at(migrated_apart) as store:
        # More than one batch holds, so that both writers have some.
        await asyncio.gather(*(store.submit(Change((Insert(some(Fact, number)),))) for number in range(1, 201)))

        assert {
            ("synchronous_commit", "on"),
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
            ("plan_cache_mode", "force_generic_plan"),
            ("jit", "off"),
            ("idle_in_transaction_session_timeout", "10s"),
        } == set(await store.fetch("SELECT DISTINCT name, value FROM seen"))
        assert await store.fetch("SELECT COUNT(*) FROM seen") == [(200 * 7,)]
        assert await store.fetch("SELECT current_setting('fsync'), current_setting('full_page_writes')") == [
            ("on", "on")
        ]


async def test_postgres_readers_keep_the_planner_as_it_is(emptied_postgres_url: str) -> None:
    """What helps a batch of updates would hurt a report."""
    async with store_at(emptied_postgres_url) as store:
        await store.submit(Change((Insert(some(Fact)),)))

        for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
            assert await store.fetch(f"SHOW {setting}") == [("on",)]
        assert await store.fetch("SHOW plan_cache_mode") == [("auto",)]


async def test_grouped_updates_find_their_rows_by_key_on_new_tables(migrated_apart: str) -> None:
    """Tables that were never analyzed look empty to the planner; updates must not read a merchant's rows one by one."""
    payments = [some(Payment, number) for number in range(1, 1_501)]
    with psycopg.connect(migrated_apart, autocommit=True) as connection:
        connection.execute("ALTER TABLE payments SET (autovacuum_enabled = off)")
        async with store_at(migrated_apart) as store:
            # Each writer plans its statements once, and finds no rows when it does.
            early = (store.submit(Change((Update(next_version(payment)),))) for payment in payments[:200])
            assert {Stale} == {type(told) for told in await asyncio.gather(*early, return_exceptions=True)}
            await asyncio.gather(*(store.submit(Change((Insert(payment),))) for payment in payments))
            await asyncio.gather(*(store.submit(Change((Update(next_version(payment)),))) for payment in payments))
        _wait_for_the_others_to_go(connection)
        read = connection.execute(
            "SELECT seq_tup_read, (SELECT SUM(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'payments') "
            "FROM pg_stat_user_tables WHERE relname = 'payments'"
        ).fetchone()

    assert read is not None
    assert len(payments) <= sum(read) < 5 * len(payments)


def _wait_for_the_others_to_go(connection: psycopg.Connection[Any]) -> None:
    """A session tells the server all it did before it is gone, which is a moment after we are done with it."""
    others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    give_up_at = time.monotonic() + 10
    while connection.execute(others).fetchone() != (0,):
        assert time.monotonic() < give_up_at, "a session does not end"
        time.sleep(0.02)


async def test_a_full_disk_is_unavailable_and_heals(sqlite_url: str) -> None:
    """Nothing of the change is kept, the connection is not left inside a transaction, and there is no word of a bug."""
    connection = connect(path_of(sqlite_url))
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(Unavailable):
        write(
            connection,
            [Change((Insert(some(Fact, 1)),), tuple(some(Fact, n, data={"x": "y" * 5_000}) for n in range(2, 20)))],
        )
    connection.execute("PRAGMA max_page_count = 1000000")

    assert write(connection, [Change((Insert(some(Fact, 1)),))]) == [None]
    assert connection.execute("SELECT COUNT(*) FROM facts").fetchone() == (1,)
    connection.close()


async def test_a_mistake_in_sql_is_not_taken_for_an_outage(sqlite_url: str) -> None:
    """Unavailable means try again later; a wrong statement will not get better."""
    async with store_at(sqlite_url) as store:
        with pytest.raises(sqlite3.OperationalError):
            await store.fetch("SELECT nonsense FROM facts")


async def test_a_tool_that_writes_beside_the_server_is_waited_for(sqlite_url: str) -> None:
    """The command line may hold the file for a moment; the server's write comes after it, not instead of it."""
    async with store_at(sqlite_url) as store:
        tool = connect(path_of(sqlite_url))
        tool.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(store.submit(Change((Insert(some(Fact)),))))

        await asyncio.sleep(0.3)
        assert not waiting.done()
        tool.execute("COMMIT")

        await asyncio.wait_for(waiting, timeout=3)
        tool.close()
