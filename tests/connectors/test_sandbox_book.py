"""The book's contract, and the sums read off it."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from polygate.connectors.sandbox import Book, Entry, Taken, taken_minor
from polygate.connectors.sandbox.book import Kind, State
from tests.connectors.memory_book import MemoryBook

pytestmark = pytest.mark.anyio

CHARGE = Entry(
    merchant_id=1,
    attempt_id=10,
    kind=Kind.CHARGE,
    amount_minor=10_000,
    currency="USD",
    state=State.APPROVED,
    capture=True,
    reference="r",
    created_ms=1_000,
    changed_ms=1_000,
)


@pytest.fixture
def book() -> Book:
    return MemoryBook()


def under(attempt: int, kind: Kind = Kind.REFUND, minor: int = 100) -> Entry:
    return replace(CHARGE, attempt_id=attempt, original_id=10, kind=kind, amount_minor=minor, capture=False)


async def test_a_key_is_entered_once(book: Book) -> None:
    """The second entry under a key is refused and the first one kept; another merchant's is another key."""
    assert await book.enter(CHARGE)
    assert not await book.enter(replace(CHARGE, amount_minor=1))
    assert await book.enter(replace(CHARGE, merchant_id=2))
    assert await book.read(1, 10) == CHARGE
    assert await book.read(1, 11) is None


async def test_the_second_writer_is_told(book: Book) -> None:
    """Two read version 1; the later amendment is refused, not merged."""
    await book.enter(CHARGE)

    assert await book.amend(replace(CHARGE, payer_choice="pass"), expected_version=1)
    assert not await book.amend(replace(CHARGE, payer_choice="fail"), expected_version=1)
    assert await book.read(1, 10) == replace(CHARGE, payer_choice="pass", version=2)


async def test_what_is_not_there_cannot_be_amended(book: Book) -> None:
    """Amending never adds."""
    assert not await book.amend(CHARGE, expected_version=1)
    assert await book.read(1, 10) is None


async def test_an_entry_under_a_charge_bumps_it_and_nothing_else_of_it(book: Book) -> None:
    """The original that is passed in names the row; its other content is not written."""
    await book.enter(CHARGE)

    assert await book.enter_under(under(20), replace(CHARGE, amount_minor=1), expected_version=1)
    assert await book.read(1, 10) == replace(CHARGE, version=2)
    assert await book.about(1, 10) == [under(20)]


async def test_an_entry_under_a_charge_that_moved_on_is_refused_whole(book: Book) -> None:
    """Neither the entry nor the version is written, whether the version or the key is the obstacle."""
    await book.enter(CHARGE)
    await book.enter_under(under(20), CHARGE, expected_version=1)

    assert not await book.enter_under(under(21), CHARGE, expected_version=1)
    assert not await book.enter_under(under(20), CHARGE, expected_version=2)
    assert await book.about(1, 10) == [under(20)]
    assert await book.read(1, 10) == replace(CHARGE, version=2)


async def test_of_many_entries_at_one_version_one_is_made(book: Book) -> None:
    """Sums checked at a version hold afterwards."""
    await book.enter(CHARGE)

    entered = await asyncio.gather(*(book.enter_under(under(20 + n), CHARGE, expected_version=1) for n in range(32)))

    assert sum(entered) == 1
    assert len(await book.about(1, 10)) == 1


async def test_entries_about_a_charge_come_in_order(book: Book) -> None:
    """Ordered by attempt, whatever the order of entry, and of this merchant's charge alone."""
    await book.enter(CHARGE)
    for attempt in (30, 20, 25):
        await book.enter(under(attempt))
    await book.enter(replace(under(26), merchant_id=2))
    await book.enter(replace(under(27), original_id=11))

    assert [entry.attempt_id for entry in await book.about(1, 10)] == [20, 25, 30]


def test_sums_count_what_took_effect() -> None:
    """By merchant and currency: sales, captures, reversals and refunds; no holds, declines, waits or tombstones."""
    entries = [
        CHARGE,
        replace(CHARGE, attempt_id=11, capture=False),
        replace(CHARGE, attempt_id=12, state=State.DECLINED, decline="no_reason"),
        replace(CHARGE, attempt_id=13, state=State.AWAITING),
        replace(CHARGE, attempt_id=14, kind=Kind.TOMBSTONE, state=State.NEVER, amount_minor=0),
        replace(CHARGE, attempt_id=15, currency="JPY", amount_minor=7),
        replace(CHARGE, attempt_id=16, merchant_id=2, amount_minor=5),
        under(20, Kind.CAPTURE, 4_000),
        under(21, Kind.REVERSE, 300),
        under(22, Kind.REFUND, 50),
    ]

    sums = taken_minor(entries, now_ms=5_000)

    assert sums == {
        (1, "USD"): Taken(charged_minor=10_000, captured_minor=4_000, reversed_minor=300, refunded_minor=50),
        (1, "JPY"): Taken(charged_minor=7),
        (2, "USD"): Taken(charged_minor=5),
    }
    assert sums[1, "USD"].net_minor == 13_650


def test_what_is_processing_counts_once_it_is_due() -> None:
    """To the millisecond; what is bound to be declined never counts."""
    late = replace(CHARGE, state=State.PROCESSING, due_ms=6_000)
    doomed = replace(under(20), state=State.PROCESSING, due_ms=6_000, decline="no_reason")

    assert taken_minor([late, doomed], now_ms=5_999) == {}
    assert taken_minor([late, doomed], now_ms=6_000) == {(1, "USD"): Taken(charged_minor=10_000)}
