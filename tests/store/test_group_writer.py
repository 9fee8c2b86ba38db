"""Group commit by itself, on a database that is played: what makes up a batch, and who is told what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from polygate.core.facts import Fact
from polygate.store.contract import Busy, Change, Insert, StoreError, Taken, Unavailable
from polygate.store.writer import GroupWriter
from tests.store.samples import some

pytestmark = pytest.mark.anyio

Answer = Callable[[Change], StoreError | None]


def change(number: int) -> Change:
    return Change((Insert(some(Fact, number)),))


def number_of(written: Change) -> int:
    return int(written.guards[0].row.fact_id)


class Database:
    """Honors `polygate.store.writer.Commit`, one batch at a time, each when the test lets it."""

    def __init__(self, answer: Answer = lambda _: None) -> None:
        self.answer = answer
        self.batches: list[list[int]] = []
        self.free = asyncio.Event()
        self.free.set()

    async def commit(self, changes: Sequence[Change]) -> list[StoreError | None]:
        self.batches.append([number_of(each) for each in changes])
        await self.free.wait()
        return [self.answer(each) for each in changes]


@asynccontextmanager
async def writing(
    *databases: Database, batch_max: int = 100, waiting_max: int = 1_000, turn_s: float = 60
) -> AsyncIterator[GroupWriter]:
    commits = [each.commit for each in databases]
    writer = GroupWriter(commits, batch_max=batch_max, waiting_max=waiting_max, turn_s=turn_s)
    yield writer
    for each in databases:
        each.free.set()
    async with asyncio.timeout(3):
        await writer.close()


async def settled() -> None:
    """Everything that can run has run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_lone_change_goes_at_once() -> None:
    """Without any timer: it is in its database after a turn or two of the event loop."""
    database = Database()
    async with writing(database) as writer:
        done = writer.submit(change(1))
        await settled()
        assert done.done()

    assert database.batches == [[1]]


async def test_a_batch_is_what_queued_while_the_last_one_was_written() -> None:
    """In the order in which it came, and never more than the limit."""
    database = Database()
    async with writing(database, batch_max=4) as writer:
        database.free.clear()
        first = writer.submit(change(1))
        await settled()
        rest = [writer.submit(change(number)) for number in range(2, 9)]
        await settled()
        assert database.batches == [[1]]
        database.free.set()
        await asyncio.gather(first, *rest)

    assert database.batches == [[1], [2, 3, 4, 5], [6, 7, 8]]


async def test_connections_take_turns_so_that_batches_grow() -> None:
    """While one writes, the other waits for what comes: two small batches cost twice as much as a large one."""
    one, two = Database(), Database()
    async with writing(one, two) as writer:
        one.free.clear()
        two.free.clear()
        submitted = []
        for number in (1, 2, 3):
            submitted.append(writer.submit(change(number)))
            await settled()
        assert [*one.batches, *two.batches] == [[1]]
        one.free.set()
        two.free.set()
        await asyncio.gather(*submitted)

    assert sorted([one.batches, two.batches]) == [[[1]], [[2, 3]]]


async def test_a_batch_that_is_held_up_is_overtaken() -> None:
    """Behind a locked row or a slow disk, the other connection goes on; when both are stuck, the rest waits."""
    one, two = Database(), Database()
    async with writing(one, two, turn_s=0) as writer:
        one.free.clear()
        two.free.clear()
        submitted = []
        for number in (1, 2, 3, 4):
            submitted.append(writer.submit(change(number)))
            await settled()
        assert sorted([*one.batches, *two.batches]) == [[1], [2]]
        one.free.set()
        two.free.set()
        await asyncio.gather(*submitted)

    assert sorted([*one.batches, *two.batches]) == [[1], [2], [3, 4]]


async def test_each_change_is_told_its_own_result() -> None:
    """Losers lose; their neighbors do not."""
    database = Database(lambda each: Taken(each.guards[0].row) if number_of(each) % 2 else None)
    async with writing(database) as writer:
        told = await asyncio.gather(*(writer.submit(change(n)) for n in range(1, 5)), return_exceptions=True)

    assert [Taken, type(None), Taken, type(None)] == [type(each) for each in told]


async def test_a_broken_change_is_found_by_writing_one_by_one() -> None:
    """An error nobody expected is blamed on one change: all others are written."""

    def answer(each: Change) -> None:
        if number_of(each) == 2:
            raise ZeroDivisionError

    database = Database(answer)
    async with writing(database) as writer:
        told = await asyncio.gather(*(writer.submit(change(n)) for n in (1, 2, 3)), return_exceptions=True)
        await writer.submit(change(4))

    assert [type(None), ZeroDivisionError, type(None)] == [type(each) for each in told]
    assert database.batches == [[1, 2, 3], [1], [2], [3], [4]]


async def test_a_broken_change_by_itself_is_not_tried_twice() -> None:
    """There is nobody else to be spared."""

    def answer(_: Change) -> None:
        raise ZeroDivisionError

    database = Database(answer)
    async with writing(database) as writer:
        with pytest.raises(ZeroDivisionError):
            await writer.submit(change(1))

    assert database.batches == [[1]]


async def test_an_outage_is_told_to_all_who_wait() -> None:
    """Whoever queued behind the batch that found the database away would only wait as long for the same answer."""
    reachable = False

    def answer(_: Change) -> None:
        if not reachable:
            raise Unavailable("away")

    database = Database(answer)
    async with writing(database, batch_max=2) as writer:
        told = await asyncio.gather(*(writer.submit(change(n)) for n in range(1, 8)), return_exceptions=True)
        reachable = True
        await writer.submit(change(8))

    assert [Unavailable] * 7 == [type(each) for each in told]
    assert len({id(each) for each in told}) == 7
    assert database.batches == [[1, 2], [8]]


async def test_an_outage_in_the_search_for_a_broken_change_spares_those_already_written() -> None:
    """What was written is told so, though the database went away before the rest of its batch."""

    def answer(each: Change) -> None:
        if number_of(each) == 2:
            raise ZeroDivisionError
        if number_of(each) == 3:
            raise Unavailable("away")

    database = Database(answer)
    async with writing(database) as writer:
        database.answer = lambda each: answer(each) if len(database.batches) > 1 or number_of(each) == 2 else None
        told = await asyncio.gather(*(writer.submit(change(n)) for n in (1, 2, 3, 4)), return_exceptions=True)

    assert [type(None), ZeroDivisionError, Unavailable, Unavailable] == [type(each) for each in told]


async def test_beyond_the_bound_changes_are_refused_and_never_written() -> None:
    """Those in the queue are written; the bound does not count those under way."""
    database = Database()
    async with writing(database, waiting_max=3) as writer:
        database.free.clear()
        under_way = writer.submit(change(1))
        await settled()
        waiting = [writer.submit(change(number)) for number in (2, 3, 4)]
        assert writer.waiting == 3
        with pytest.raises(Busy):
            await writer.submit(change(5))
        database.free.set()
        await asyncio.gather(under_way, *waiting)

    assert database.batches == [[1], [2, 3, 4]]


@pytest.mark.parametrize("lost", [False, True])
async def test_callers_that_went_away_break_nothing(lost: bool) -> None:
    """Canceled while it waits or while it is written: its change is answered to nobody, its neighbors' as ever."""
    database = Database(lambda each: Taken(each.guards[0].row) if lost else None)
    async with writing(database) as writer:
        database.free.clear()
        first = [writer.submit(change(number)) for number in (1, 2)]
        await settled()
        second = [writer.submit(change(number)) for number in (3, 4)]
        first[0].cancel()
        second[0].cancel()
        database.free.set()
        told = await asyncio.gather(first[1], second[1], return_exceptions=True)

    assert [Taken if lost else type(None)] * 2 == [type(each) for each in told]
    assert database.batches == [[1, 2], [3, 4]]


async def test_closing_writes_what_waits_and_refuses_the_rest() -> None:
    """Nothing that was taken is dropped."""
    database = Database()
    writer = GroupWriter([database.commit], batch_max=2)
    submitted = [writer.submit(change(number)) for number in range(1, 6)]

    async with asyncio.timeout(3):
        await writer.close()

    assert database.batches == [[1, 2], [3, 4], [5]]
    assert all(each.done() and each.exception() is None for each in submitted)
    with pytest.raises(Unavailable):
        await writer.submit(change(6))


async def test_nobody_waits_forever_for_a_writer_that_was_stopped() -> None:
    """A task that is canceled, as at the end of an event loop, answers all it leaves behind."""
    database = Database()
    database.free.clear()
    before = asyncio.all_tasks()
    writer = GroupWriter([database.commit], batch_max=1)
    (flusher,) = asyncio.all_tasks() - before
    submitted = [writer.submit(change(number)) for number in (1, 2)]
    await settled()

    flusher.cancel()

    async with asyncio.timeout(3):
        told = await asyncio.gather(*submitted, return_exceptions=True)
        assert [Unavailable, Unavailable] == [type(each) for each in told]
        with pytest.raises(Unavailable):
            await writer.submit(change(3))
        await writer.close()
