"""Many who ask the same at once share a read that begins after each of them asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from polygate.store.postgres.shared import Answer, Question, SharedReads

TOKEN: Question = ("SELECT holder", (1,))
OTHER: Question = ("SELECT holder", (2,))


class Table:
    """One value, read slowly: a read sees the value of the moment it begins."""

    def __init__(self) -> None:
        self.value = "live"
        self.reads = 0
        self.broken = False

    async def read(self, _: tuple[str, Sequence[Any]]) -> Answer:
        self.reads += 1
        seen = self.value
        await asyncio.sleep(0.01)
        if self.broken:
            raise ConnectionError
        return [(seen,)]


async def test_fifty_who_ask_at_once_share_one_read() -> None:
    """Nobody waits for a read of his own."""
    table = Table()
    shared = SharedReads(table.read)

    answers = await asyncio.gather(*(shared.read(TOKEN) for _ in range(50)))

    assert (answers, table.reads) == ([[("live",)]] * 50, 1)


async def test_what_is_asked_after_a_change_sees_the_change() -> None:
    """A read under way began too early for whoever asks now."""
    table = Table()
    shared = SharedReads(table.read)
    early = asyncio.create_task(shared.read(TOKEN))
    await asyncio.sleep(0.001)

    table.value = "revoked"
    late = await asyncio.gather(shared.read(TOKEN), shared.read(TOKEN))

    assert await early == [("live",)]
    assert [*late] == [[("revoked",)]] * 2
    assert table.reads == 2


async def test_different_questions_do_not_wait_for_each_other() -> None:
    """Each question has its own reads."""
    table = Table()
    shared = SharedReads(table.read)

    await asyncio.gather(shared.read(TOKEN), shared.read(OTHER))

    assert table.reads == 2


async def test_a_failed_read_fails_for_all_who_shared_it_and_for_nobody_later() -> None:
    """The next one asks anew."""
    table = Table()
    shared = SharedReads(table.read)
    table.broken = True
    failed = await asyncio.gather(*(shared.read(TOKEN) for _ in range(3)), return_exceptions=True)
    table.broken = False

    assert [type(answer) for answer in failed] == [ConnectionError] * 3
    assert await shared.read(TOKEN) == [("live",)]


async def test_a_caller_who_goes_away_takes_nothing_from_the_others() -> None:
    """The read goes on for those who stay."""
    table = Table()
    shared = SharedReads(table.read)
    leaving, staying = (asyncio.create_task(shared.read(TOKEN)) for _ in range(2))
    await asyncio.sleep(0.001)
    leaving.cancel()

    assert await staying == [("live",)]
    with pytest.raises(asyncio.CancelledError):
        await leaving
