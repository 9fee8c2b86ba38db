"""Due rows are handed out once: to one of any number of workers, the most overdue first, and back after a while."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import msgspec
import pytest

from polygate.core.attempts import Attempt
from polygate.core.payments import Payment
from polygate.core.webhooks import Webhook
from polygate.store.contract import Change, Insert, Stale, Update
from polygate.store.opened import Store
from tests.store.samples import next_version, some

pytestmark = pytest.mark.anyio

NOW = 1_000_000


async def put(store: Store, *rows: Any) -> None:
    await store.submit(Change((), rows))


def numbers(webhooks: list[Webhook]) -> list[int]:
    return sorted(webhook.webhook_id for webhook in webhooks)


@pytest.mark.parametrize("row_type", [Attempt, Payment, Webhook])
async def test_a_claimed_row_comes_whole_and_put_off(store: Store, row_type: type[Any]) -> None:
    """Every kind of row with a due time can be claimed, and comes back as it is then stored."""
    row = some(row_type, due_ms=NOW)
    await put(store, row)

    claimed = await store.claim(row_type, now_ms=NOW, until_ms=NOW + 5, limit=10)

    assert [msgspec.structs.replace(row, due_ms=NOW + 5)] == claimed


async def test_only_what_is_due_is_claimed(store: Store) -> None:
    """Neither what falls due in a millisecond, nor what never does."""
    await put(store, some(Webhook, 1, due_ms=NOW), some(Webhook, 2, due_ms=NOW + 1), some(Webhook, 3, due_ms=0))

    claimed = await store.claim(Webhook, now_ms=NOW, until_ms=NOW + 5, limit=10)

    assert numbers(claimed) == [1]


async def test_those_due_longest_are_claimed_first(store: Store) -> None:
    """Where more are due than a worker takes, the most overdue do not wait behind the others."""
    await put(store, *(some(Webhook, number, due_ms=NOW - (number * 37) % 101) for number in range(1, 101)))
    most_overdue_first = sorted(range(1, 101), key=lambda number: -((number * 37) % 101))

    for place in range(0, 100, 20):
        claimed = await store.claim(Webhook, now_ms=NOW, until_ms=NOW + 5, limit=20)
        assert sorted(most_overdue_first[place : place + 20]) == numbers(claimed)
    assert await store.claim(Webhook, now_ms=NOW, until_ms=NOW + 5, limit=20) == []


async def test_merchants_to_pass_over_are_left_alone(store: Store) -> None:
    """Their rows stay due for the next round."""
    await put(store, *(some(Webhook, number, merchant_id=number % 3, due_ms=NOW - 1) for number in range(1, 13)))

    claimed = await store.claim(Webhook, now_ms=NOW, until_ms=NOW + 5, limit=10, passing_over=[0, 2])
    rest = await store.claim(Webhook, now_ms=NOW, until_ms=NOW + 5, limit=10)

    assert numbers(claimed) == [1, 4, 7, 10]
    assert numbers(rest) == [2, 3, 5, 6, 8, 9, 11, 12]


async def test_a_claim_that_its_worker_did_not_honor_runs_out(store: Store) -> None:
    """A row whose worker died is due again at the time it was put off to, not before."""
    await put(store, some(Webhook, due_ms=NOW))
    await store.claim(Webhook, now_ms=NOW, until_ms=NOW + 5, limit=10)

    assert await store.claim(Webhook, now_ms=NOW + 4, until_ms=NOW + 9, limit=10) == []
    assert numbers(await store.claim(Webhook, now_ms=NOW + 5, until_ms=NOW + 10, limit=10)) == [1]


async def test_a_claim_leaves_the_version_alone(store: Store) -> None:
    """A decision made on the row before the claim is as good as one made after it."""
    webhook = some(Webhook, due_ms=NOW)
    await store.submit(Change((Insert(webhook),)))
    await store.claim(Webhook, now_ms=NOW, until_ms=NOW + 5, limit=1)

    await store.submit(Change((Update(next_version(webhook, due_ms=0)),)))

    assert await store.claim(Webhook, now_ms=NOW + 5, until_ms=NOW + 10, limit=1) == []


async def test_each_row_is_claimed_by_one_of_many_workers(store: Store, other_store: Store) -> None:
    """Twenty claims at once from two processes: nothing twice, nothing forgotten, and no worker more than its limit."""
    await put(store, *(some(Webhook, number, due_ms=NOW) for number in range(1, 401)))

    claims = await asyncio.gather(
        *(
            (store, other_store)[worker % 2].claim(Webhook, now_ms=NOW, until_ms=NOW + 5, limit=15)
            for worker in range(20)
        )
    )

    assert all(len(claimed) <= 15 for claimed in claims)
    while more := await store.claim(Webhook, now_ms=NOW, until_ms=NOW + 5, limit=15):
        claims.append(more)
    claimed = Counter(number for each in claims for number in numbers(each))
    assert Counter(range(1, 401)) == claimed


async def test_claims_and_decisions_about_the_same_rows_do_not_block_each_other(
    store: Store, other_store: Store
) -> None:
    """While one process claims rows, another one decides about them: each decision stands or is told it was late."""
    rows = [some(Webhook, number, due_ms=NOW) for number in range(1, 201)]
    await asyncio.gather(*(store.submit(Change((Insert(row),))) for row in rows))

    async def claim() -> None:
        for round_no in range(10):
            await other_store.claim(Webhook, now_ms=NOW + round_no, until_ms=NOW + round_no + 1, limit=50)

    async def decide() -> None:
        for version in range(2, 6):
            changed = [msgspec.structs.replace(row, version=version, tries=version) for row in rows]
            told = await asyncio.gather(
                *(store.submit(Change((Update(row),))) for row in (*changed, *changed)), return_exceptions=True
            )
            assert sum(1 for each in told if each is None) == 200
            assert all(each is None or isinstance(each, Stale) for each in told)

    async with asyncio.timeout(20):
        await asyncio.gather(claim(), decide())
    found = await store.fetch("SELECT COUNT(*) FROM webhooks WHERE version = 5 AND tries = 5")
    assert found == [(200,)]
