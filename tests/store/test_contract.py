"""What every database promises about a change: all of it or none, and each one answered on its own."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
import pytest

from polygate.core.attempts import Attempt
from polygate.core.facts import Fact
from polygate.core.ledger import PostingRow
from polygate.core.merchants import Token
from polygate.core.payments import OrderDetails, Payment
from polygate.core.refunds import Refund
from polygate.core.webhooks import Webhook
from polygate.store.contract import Busy, Change, Insert, Stale, Taken, Unavailable, Update
from polygate.store.engine import connected
from polygate.store.opened import Store, open_store
from polygate.store.rows import table_of, tables
from polygate.store.writer import WAITING_MAX
from tests.store.samples import MERCHANT, next_version, same_number, some, unique_keys

pytestmark = pytest.mark.anyio


async def answers(*waiting: Any) -> list[Any]:
    """What each change is told; None for one that took effect."""
    return await asyncio.gather(*waiting, return_exceptions=True)


def kinds(told: Sequence[Any]) -> list[Any]:
    return [None if each is None else type(each) for each in told]


async def kept(store: Store, row_type: type[Any]) -> list[Any]:
    table = table_of(row_type)
    found = await store.fetch(f"SELECT {table.column_list} FROM {table.name} ORDER BY {', '.join(table.key)}")
    return [table.decode(values) for values in found]


# --- one change ----------------------------------------------------------------------------------------------------


async def test_a_write_is_read_as_soon_as_it_returns(store: Store) -> None:
    """No read is older than the last write that returned."""
    payment = some(Payment)
    await store.submit(Change((Insert(payment),)))

    for _ in range(20):
        payment = next_version(payment)
        await store.submit(Change((Update(payment),)))
        assert payment == await store.reads.payment(payment.merchant_id, payment.payment_id)


async def test_a_write_is_seen_by_another_process_as_soon_as_it_returns(store: Store, other_store: Store) -> None:
    """What one process has answered, every other one knows."""
    payment = some(Payment)

    await store.submit(Change((Insert(payment),)))

    assert payment == await other_store.reads.payment(payment.merchant_id, payment.payment_id)


async def test_guards_and_puts_are_written_together(store: Store) -> None:
    """State, postings and facts of one change are there at once."""
    payment, posting, fact = some(Payment), some(PostingRow), some(Fact)

    await store.submit(Change((Insert(payment),), (posting, fact)))

    assert ([payment], [posting], [fact]) == (
        await kept(store, Payment),
        await kept(store, PostingRow),
        await kept(store, Fact),
    )


async def test_every_unique_key_is_taken_once(store: Store, database_url: str) -> None:
    """Insert loses where the primary key or any other unique key exists, whatever else the row says."""
    with connected(database_url) as connection:
        keys = unique_keys(connection)
    for table in tables():
        for key in keys[table.name]:
            first = some(table.row_type, 1, merchant_id=1)
            same = msgspec.structs.replace(
                some(table.row_type, 2, merchant_id=2), **{column: getattr(first, column) for column in key}
            )
            await asyncio.gather(store.submit(Change((Insert(first),))), return_exceptions=True)

            with pytest.raises(Taken) as caught:
                await store.submit(Change((Insert(same),), (some(Fact, 99),)))

            assert caught.value.row == same, f"{table.name}: {key}"
    assert await kept(store, Fact) == [some(Fact, 1, merchant_id=1)]


async def test_of_two_rows_with_one_key_submitted_at_once_one_is_taken(store: Store, database_url: str) -> None:
    """The same in one batch: exactly one of two rows takes a key, and it is the one that is kept."""
    with connected(database_url) as connection:
        keys = unique_keys(connection)
    number = 10
    for table in tables():
        for key in keys[table.name]:
            number += 2
            first = some(table.row_type, number, merchant_id=number)
            same = msgspec.structs.replace(
                some(table.row_type, number + 1, merchant_id=number + 1),
                **{column: getattr(first, column) for column in key},
            )

            told = await answers(*(store.submit(Change((Insert(row),))) for row in (first, same)))

            assert Counter([None, Taken]) == Counter(kinds(told)), f"{table.name}: {key}"
            winner, loser = (first, same) if told[0] is None else (same, first)
            found = await kept(store, table.row_type)
            assert (winner in found, loser in found) == (True, False), f"{table.name}: {key}"


@pytest.mark.parametrize("version", [1, 3, 4, -1])
async def test_an_update_of_any_version_but_the_next_is_stale(store: Store, version: int) -> None:
    """Only who has seen the stored version may write the one after it."""
    payment = some(Payment)
    await store.submit(Change((Insert(payment),)))
    changed = msgspec.structs.replace(payment, version=version, captured_minor=5)

    with pytest.raises(Stale) as caught:
        await store.submit(Change((Update(changed),), (some(Fact),)))

    assert caught.value.row == changed
    assert [payment] == await kept(store, Payment)
    assert await kept(store, Fact) == []


async def test_an_update_of_a_row_that_is_not_there_is_stale(store: Store) -> None:
    """An update never makes a row."""
    with pytest.raises(Stale):
        await store.submit(Change((Update(some(Payment, version=2)),)))

    assert await kept(store, Payment) == []


async def test_an_update_leaves_what_is_fixed(store: Store) -> None:
    """The amount asked for and the order number never change, even if a decision says so."""
    payment = some(Payment, amount_minor=100)
    await store.submit(Change((Insert(payment),)))

    await store.submit(Change((Update(next_version(payment, amount_minor=1, order_no="other", captured_minor=7)),)))

    assert [next_version(payment, captured_minor=7)] == await kept(store, Payment)


@pytest.mark.parametrize("lost", [Taken, Stale])
async def test_two_guards_hold_together_or_not_at_all(store: Store, lost: type[Exception]) -> None:
    """Where the second guard loses, what the first one wrote is gone again."""
    payment, refund = some(Payment), some(Refund)
    await store.submit(Change((Insert(payment),)))
    await store.submit(Change((Insert(refund),)))
    second = Insert(some(Refund, number=refund.number)) if lost is Taken else Update(next_version(next_version(refund)))

    with pytest.raises(lost):
        await store.submit(Change((Update(next_version(payment)), second), (some(Fact),)))

    assert ([payment], [refund], []) == (
        await kept(store, Payment),
        await kept(store, Refund),
        await kept(store, Fact),
    )


async def test_two_guards_that_hold_are_both_written(store: Store) -> None:
    """A refund is accepted by inserting it and bumping its payment."""
    payment, refund, fact = some(Payment), some(Refund), some(Fact)
    await store.submit(Change((Insert(payment),)))

    await store.submit(Change((Update(next_version(payment)), Insert(refund)), (fact,)))

    assert ([next_version(payment)], [refund], [fact]) == (
        await kept(store, Payment),
        await kept(store, Refund),
        await kept(store, Fact),
    )


async def test_a_put_replaces_the_row_that_is_there(store: Store) -> None:
    """Attempts are put: new ones appear, known ones are replaced."""
    attempt = some(Attempt)
    await store.submit(Change((), (attempt, some(Attempt, 2))))

    await store.submit(Change((), (msgspec.structs.replace(attempt, said="declined"),)))

    assert [msgspec.structs.replace(attempt, said="declined"), some(Attempt, 2)] == await kept(store, Attempt)


async def test_the_last_of_two_puts_of_one_row_stands(store: Store) -> None:
    """One decision may carry an attempt twice: as it was heard, and as it was closed right after."""
    heard = some(Attempt, said="heard")
    abandoned = msgspec.structs.replace(heard, said="abandoned")

    await store.submit(Change((Insert(some(Payment)),), (heard, some(Attempt, 2), abandoned)))

    assert [abandoned, some(Attempt, 2)] == await kept(store, Attempt)


# --- many changes --------------------------------------------------------------------------------------------------


async def test_a_change_that_loses_fails_alone(store: Store) -> None:
    """In one batch, the neighbors of losers are written whole, and nothing of the losers is."""
    there, taken = some(Payment, 1), some(Payment, 2)
    await store.submit(Change((Insert(there),)))
    await store.submit(Change((Insert(taken),)))
    changes = [
        Change((Insert(some(Payment, 10)),), (some(Fact, 10),)),
        Change((Insert(same_number(Payment, 11, taken)),), (some(Fact, 11),)),
        Change((Insert(some(Payment, 12)),), (some(Fact, 12),)),
        Change((Update(next_version(next_version(there))),), (some(Fact, 13),)),
        Change((Insert(some(Payment, 14)), Update(next_version(next_version(taken)))), (some(Fact, 14),)),
        Change((Update(next_version(there)),), (some(Fact, 15),)),
    ]

    told = await answers(*(store.submit(change) for change in changes))

    assert [None, Taken, None, Stale, Stale, None] == kinds(told)
    assert [payment.payment_id for payment in await kept(store, Payment)] == [1, 2, 10, 12]
    assert [fact.fact_id for fact in await kept(store, Fact)] == [10, 12, 15]


BROKEN = {
    "a posting of nothing": (
        some(PostingRow, 5, amount_minor=0),
        sqlite3.IntegrityError,
        psycopg.errors.CheckViolation,
    ),
    "a posting to itself": (
        some(PostingRow, 5, debit="a", credit="a"),
        sqlite3.IntegrityError,
        psycopg.errors.CheckViolation,
    ),
    "history written again": (some(Fact, 1), sqlite3.IntegrityError, psycopg.errors.UniqueViolation),
    "a number of 65 bits": (some(Fact, 5, at_ms=2**63), OverflowError, psycopg.errors.NumericValueOutOfRange),
    "half a character": (some(Token, 5, app_id="\ud83d"), UnicodeEncodeError, UnicodeEncodeError),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_broken_change_fails_alone(store: Store, what: str) -> None:
    """A mistake of ours fails with the driver's own error; its neighbors in the batch do not suffer for it."""
    row, *errors = BROKEN[what]
    await store.submit(Change((Insert(some(Payment)),), (some(Fact),)))
    good = [Change((Insert(some(Payment, number)),), (some(Fact, number),)) for number in (2, 3)]
    broken = Change((Insert(some(Payment, 4)),), (some(Attempt, 4), row))

    told = await answers(*(store.submit(change) for change in (good[0], broken, good[1])))

    assert isinstance(told.pop(1), tuple(errors))
    assert told == [None, None]
    assert [payment.payment_id for payment in await kept(store, Payment)] == [1, 2, 3]
    assert [fact.fact_id for fact in await kept(store, Fact)] == [1, 2, 3]
    assert await kept(store, Attempt) == []


@pytest.mark.parametrize("what", ["a number of 65 bits", "half a character"])
async def test_a_broken_guard_fails_alone(store: Store, what: str) -> None:
    """The same where the mistake is in the guard itself."""
    row, *errors = BROKEN[what]

    told = await answers(*(store.submit(Change((Insert(each),))) for each in (some(Payment, 2), row, some(Payment, 3))))

    assert isinstance(told.pop(1), tuple(errors))
    assert told == [None, None]
    assert [payment.payment_id for payment in await kept(store, Payment)] == [2, 3]


async def test_five_hundred_at_once_are_answered_one_by_one(store: Store) -> None:
    """Winners and losers of every kind, mixed: each is told its own result, and the books say the same."""
    rng = random.Random(5)
    there = [some(Payment, number) for number in range(1, 101)]
    await asyncio.gather(*(store.submit(Change((Insert(payment),))) for payment in there))
    expected: list[type[Exception] | None] = []
    guards: tuple[Insert | Update, ...]
    result: type[Exception] | None
    changes: list[Change] = []
    for number in range(1_000, 1_500):
        fact = some(Fact, number)
        old = there[number % 100]
        match number % 5:
            case 0:
                guards, result = (Insert(some(Payment, number)),), None
            case 1:
                guards, result = (Insert(same_number(Payment, number, old)),), Taken
            case 2:
                guards, result = (Update(next_version(next_version(old))),), Stale
            case 3:
                guards, result = (Insert(some(Payment, number)), Insert(some(Refund, number))), None
            case _:
                guards, result = (Insert(some(Refund, number)), Update(next_version(next_version(old)))), Stale
        changes.append(Change(guards, (fact,)))
        expected.append(result)
    order = list(range(500))
    rng.shuffle(order)

    told = await answers(*(store.submit(changes[place]) for place in order))

    assert [expected[place] for place in order] == kinds(told)
    winners = [1_000 + place for place, result in enumerate(expected) if result is None]
    assert winners == [fact.fact_id for fact in await kept(store, Fact)]
    assert winners == [payment.payment_id for payment in await kept(store, Payment)][100:]


async def test_of_many_updates_to_one_version_exactly_one_wins(store: Store, other_store: Store) -> None:
    """At once in one batch, over several connections and from two processes: one decision stands, whole."""
    payment = some(Payment)
    await store.submit(Change((Insert(payment),)))
    number = 0
    for version in range(2, 6):
        changes = []
        for _ in range(200):
            number += 1
            changed = msgspec.structs.replace(payment, version=version, captured_minor=number)
            changes.append(Change((Update(changed),), (some(Fact, number),)))

        told = await answers(*((store, other_store)[place % 2].submit(each) for place, each in enumerate(changes)))

        assert Counter({None: 1, Stale: 199}) == Counter(kinds(told))
        winner = changes[told.index(None)]
        assert [winner.guards[0].row] == await kept(store, Payment)
        assert [winner.puts[0]] == (await kept(store, Fact))[version - 2 :]


async def test_of_many_inserts_of_one_natural_key_exactly_one_wins(store: Store, other_store: Store) -> None:
    """Forty equal payment calls at two processes: one payment, with what belongs to it."""
    number = {"protocol": "gateway", "order_no": "A-1", "number_scope": ""}
    changes = [
        Change((Insert(some(Payment, n, **number)),), (some(OrderDetails, n), some(Fact, n))) for n in range(1, 41)
    ]

    told = await answers(*((store, other_store)[place % 2].submit(each) for place, each in enumerate(changes)))

    assert Counter({None: 1, Taken: 39}) == Counter(kinds(told))
    winner = told.index(None) + 1
    assert [some(Payment, winner, **number)] == await kept(store, Payment)
    assert [some(Fact, winner)] == await kept(store, Fact)


async def test_two_processes_that_write_the_same_rows_lose_nothing(store: Store, other_store: Store) -> None:
    """Counting up shared rows from both sides, each reading before it decides, ends at the number of decisions."""
    payments = [some(Payment, number, captured_minor=0) for number in range(1, 6)]
    for payment in payments:
        await store.submit(Change((Insert(payment),)))

    async def count_up(by: Store, number: int) -> None:
        for _ in range(5):
            while True:
                seen = await by.reads.payment(MERCHANT, payments[number % 5].payment_id)  # type: ignore[arg-type]
                assert seen is not None
                try:
                    await by.submit(Change((Update(next_version(seen, captured_minor=seen.captured_minor + 1)),)))
                except Stale:
                    continue
                break

    await asyncio.gather(*(count_up(by, number) for by in (store, other_store) for number in range(10)))

    assert [payment.captured_minor for payment in await kept(store, Payment)] == [20] * 5


# --- limits --------------------------------------------------------------------------------------------------------


async def test_beyond_the_bound_a_change_is_refused_before_anything_is_persisted(store: Store) -> None:
    """A queue that only grows would answer nobody in time."""
    submitted = [
        asyncio.ensure_future(store.submit(Change((Insert(some(Webhook, number)),))))
        for number in range(1, WAITING_MAX + 101)
    ]

    told = await answers(*submitted)

    assert [None] * WAITING_MAX + [Busy] * 100 == kinds(told)
    assert len(await kept(store, Webhook)) == WAITING_MAX
    await store.submit(Change((Insert(some(Webhook, WAITING_MAX + 1)),)))


async def test_closing_writes_what_waits(database_url: str) -> None:
    """An orderly shutdown loses nothing it has taken; what comes later is refused."""
    store = await open_store(database_url)
    submitted = [asyncio.ensure_future(store.submit(Change((Insert(some(Fact, n)),)))) for n in range(1, 301)]
    await asyncio.sleep(0)

    await store.close()

    assert await answers(*submitted) == [None] * 300
    with pytest.raises(Unavailable):
        await store.submit(Change((Insert(some(Fact, 301)),)))
    with connected(database_url) as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM facts").scalar_one() == 300


async def test_a_caller_that_goes_away_takes_nobody_with_it(store: Store) -> None:
    """A request that is canceled while its change waits leaves its neighbors' answers alone."""
    submitted = [asyncio.ensure_future(store.submit(Change((Insert(some(Fact, n)),)))) for n in range(1, 31)]
    await asyncio.sleep(0)
    for waiting in submitted[::3]:
        waiting.cancel()

    told = await answers(*submitted)

    assert [asyncio.CancelledError, None, None] * 10 == kinds(told)
    found = {fact.fact_id for fact in await kept(store, Fact)}
    assert {n for n in range(1, 31) if n % 3 != 1} <= found
