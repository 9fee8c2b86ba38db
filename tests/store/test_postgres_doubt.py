"""A connection that breaks during a commit: the answer is what became of the change, never a guess."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest

from polygate.core.facts import Fact
from polygate.core.payments import Payment
from polygate.core.refunds import Refund
from polygate.store.contract import Change, Insert, Stale, Taken, Update
from polygate.store.opened import Store
from tests.store.samples import next_version, same_number, some
from tests.store.stores import postgres_store, store_at
from tests.store.wire import Cut, Wire, wire_to

pytestmark = pytest.mark.anyio


@pytest.fixture
async def beside(emptied_postgres_url: str) -> AsyncIterator[Store]:
    """Another process, whose connections hold."""
    async with store_at(emptied_postgres_url) as store:
        yield store


@pytest.fixture
async def wired(emptied_postgres_url: str) -> AsyncIterator[tuple[Wire, Store]]:
    """A store and the wire it hangs on. Its next change is the first of its connection."""
    with TemporaryDirectory() as folder:  # The path of a socket must be short.
        async with (
            wire_to(emptied_postgres_url, Path(folder)) as (wire, near),
            postgres_store(near, patience_s=3) as store,
        ):
            yield wire, store


async def counted(store: Store) -> tuple[int, ...]:
    """How many payments, refunds and facts there are."""
    (found,) = await store.fetch(
        "SELECT (SELECT COUNT(*) FROM payments), (SELECT COUNT(*) FROM refunds), (SELECT COUNT(*) FROM facts)"
    )
    return found


@pytest.mark.parametrize("where", Cut)
async def test_a_change_is_written_once_wherever_its_commit_was_cut(
    wired: tuple[Wire, Store], beside: Store, where: Cut
) -> None:
    """Landed or not, and even if the server commits only after we came back: once, and the caller is told so."""
    wire, store = wired
    wire.cut(where)

    async with asyncio.timeout(5):
        await store.submit(Change((Insert(some(Payment)),), (some(Fact),)))
        await wire.was_cut.wait()

    assert await counted(beside) == (1, 0, 1)


@pytest.mark.parametrize("where", Cut)
async def test_losers_of_a_batch_stay_losers_wherever_its_commit_was_cut(
    wired: tuple[Wire, Store], beside: Store, where: Cut
) -> None:
    """Two equal updates in one batch: after the break both rows look as if they had won, and only one has."""
    wire, store = wired
    payment = some(Payment)
    await beside.submit(Change((Insert(payment),)))
    wire.cut(where)

    async with asyncio.timeout(5):
        told = await asyncio.gather(
            store.submit(Change((Update(next_version(payment)),), (some(Fact, 1),))),
            store.submit(Change((Update(next_version(payment)),), (some(Fact, 2),))),
            store.submit(Change((Insert(same_number(Payment, 2, payment)),))),
            store.submit(Change((Insert(some(Refund)), Update(next_version(payment))), (some(Fact, 3),))),
            return_exceptions=True,
        )

    assert [type(None), Stale, Taken, Stale] == [type(each) for each in told]
    assert await beside.fetch("SELECT fact_id FROM facts") == [(1,)]
    assert await counted(beside) == (1, 0, 1)


async def test_a_change_that_was_overwritten_meanwhile_has_been_written(
    wired: tuple[Wire, Store], beside: Store
) -> None:
    """Another process moves the payment on before we are back: ours took effect all the same."""
    wire, store = wired
    payment = some(Payment)

    async def move_on() -> None:
        await beside.submit(Change((Update(next_version(payment, captured_minor=5)),), (some(Fact, 2),)))

    wire.cut(Cut.AFTER, meanwhile=move_on)

    async with asyncio.timeout(5):
        await store.submit(Change((Insert(payment),), (some(Fact, 1),)))

    assert next_version(payment, captured_minor=5) == await beside.reads.payment(
        payment.merchant_id, payment.payment_id
    )
    assert await counted(beside) == (1, 0, 2)


async def test_an_update_that_was_overwritten_meanwhile_has_been_written(
    wired: tuple[Wire, Store], beside: Store
) -> None:
    """The same for a refund accepted on a payment that is changed again at once: it is not refused as a repeat."""
    wire, store = wired
    payment = some(Payment)
    await beside.submit(Change((Insert(payment),)))
    reserved = next_version(payment, refunding_minor=5)

    async def move_on() -> None:
        await beside.submit(Change((Update(next_version(reserved)),), (some(Fact, 2),)))

    wire.cut(Cut.AFTER, meanwhile=move_on)

    async with asyncio.timeout(5):
        await store.submit(Change((Update(reserved), Insert(some(Refund))), (some(Fact, 1),)))

    assert await counted(beside) == (1, 1, 2)


async def test_a_change_is_not_taken_for_one_that_looks_the_same(wired: tuple[Wire, Store], beside: Store) -> None:
    """Ours was rolled back, and another process wrote the very same row with postings of its own: ours lost."""
    wire, store = wired
    payment = some(Payment)
    await beside.submit(Change((Insert(payment),)))

    async def write_the_same() -> None:
        await beside.submit(Change((Update(next_version(payment)),), (some(Fact, 2),)))

    wire.cut(Cut.BEFORE, meanwhile=write_the_same)

    async with asyncio.timeout(5):
        with pytest.raises(Stale):
            await store.submit(Change((Update(next_version(payment)),), (some(Fact, 1),)))

    assert await beside.fetch("SELECT fact_id FROM facts") == [(2,)]


async def test_an_insert_is_not_taken_for_one_that_looks_the_same(wired: tuple[Wire, Store], beside: Store) -> None:
    """The same for a new row."""
    wire, store = wired

    async def write_the_same() -> None:
        await beside.submit(Change((Insert(some(Payment)),), (some(Fact, 2),)))

    wire.cut(Cut.BEFORE, meanwhile=write_the_same)

    async with asyncio.timeout(5):
        with pytest.raises(Taken):
            await store.submit(Change((Insert(some(Payment)),), (some(Fact, 1),)))

    assert await beside.fetch("SELECT fact_id FROM facts") == [(2,)]


async def test_a_row_that_was_only_claimed_meanwhile_has_been_written(wired: tuple[Wire, Store], beside: Store) -> None:
    """A claim changes a row without a version of its own."""
    wire, store = wired
    payment = some(Payment, due_ms=10)

    async def claim() -> None:
        assert [msgspec.structs.replace(payment, due_ms=99)] == await beside.claim(
            Payment, now_ms=10, until_ms=99, limit=1
        )

    wire.cut(Cut.AFTER, meanwhile=claim)

    async with asyncio.timeout(5):
        await store.submit(Change((Insert(payment),)))

    assert await counted(beside) == (1, 0, 0)
