"""Statistics are exact at every moment: counted or not yet, by one worker or two, they are what a plain count says."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any, Final

import msgspec
import pytest

from polygate.core.facts import Fact, FactKind
from polygate.core.ids import IdSequence, MerchantId, first_at
from polygate.core.merchants import Merchant
from polygate.core.payments import CaptureMode, Payment
from polygate.core.payouts import COUNTING_LAG_MS
from polygate.core.people import NO_MERCHANT
from polygate.core.refunds import Refund
from polygate.core.statistics import COUNTED, DAY_MS, SPAN_MS, Figure, figures
from polygate.operations.count_facts import count_facts, note_all_counted
from polygate.store import statistics
from polygate.store.contract import Change, Insert
from polygate.store.opened import Store
from polygate.store.statistics import Leader
from tests.store.samples import MERCHANT, some

pytestmark = pytest.mark.anyio

OURS: Final = MerchantId(MERCHANT)
THEIRS: Final = MerchantId(8)
START_MS: Final = 1_772_000_000_000 // DAY_MS * DAY_MS
DAYS: Final = 3
END_MS: Final = START_MS + DAYS * DAY_MS
INDIA_MS: Final = 11 * SPAN_MS
"""Five and a half hours."""

Rows = list[Any]


class History:
    """Payments of two merchants over three days, made at random, and what a plain count of their facts comes to."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._ids = IdSequence(1)
        self.rows: Rows = [some(Merchant, 1, merchant_id=OURS), some(Merchant, 2, merchant_id=THEIRS)]
        self.happened: list[tuple[Fact, Payment, int]] = []

    def add(self, count: int, *, from_ms: int = START_MS, until_ms: int = END_MS) -> Rows:
        """More payments, and their rows."""
        rows: Rows = []
        for at_ms in sorted(self._random.randrange(from_ms, until_ms) for _ in range(count)):
            rows += self._payment(at_ms)
        self.rows += rows
        return rows

    def _payment(self, at_ms: int) -> Rows:
        one = self._random
        payment = some(
            Payment,
            1,
            merchant_id=one.choice([OURS, OURS, THEIRS]),
            payment_id=self._ids.take(at_ms),
            method=one.choice(["card", "upi"]),
            currency=one.choice(["USD", "INR"]),
            capture_mode=one.choice(list(CaptureMode)),
            amount_minor=one.randrange(1, 2**40),
            captured_minor=one.randrange(1, 2**40),
            decline=one.choice(["insufficient_funds", "no_reason"]),
        )
        payment = msgspec.structs.replace(payment, order_no=f"o{payment.payment_id}")
        rows: Rows = [payment]
        kinds = one.choice(
            [
                [FactKind.PAYMENT_AUTHORIZED, FactKind.PAYMENT_CAPTURED],
                [FactKind.PAYMENT_CAPTURED, FactKind.REFUND_SUCCEEDED, FactKind.REFUND_FAILED],
                [FactKind.PAYMENT_FAILED],
                [FactKind.PAYMENT_CANCELED],
                [FactKind.PAYMENT_EXPIRED],
            ]
        )
        for kind in [FactKind.PAYMENT_REQUESTED, *kinds]:
            at_ms += one.randrange(5_000)
            refund_id = 0
            amount = payment.captured_minor if kind is FactKind.PAYMENT_CAPTURED else payment.amount_minor
            if kind in {FactKind.REFUND_SUCCEEDED, FactKind.REFUND_FAILED}:
                refund_id = self._ids.take(at_ms)
                amount = one.randrange(1, 1_000)
                refund = some(Refund, 1, merchant_id=payment.merchant_id, refund_id=refund_id, amount_minor=amount)
                rows.append(msgspec.structs.replace(refund, payment_id=payment.payment_id, number=f"r{refund_id}"))
            fact = Fact(payment.merchant_id, self._ids.take(at_ms), payment.payment_id, refund_id, at_ms, kind, {})
            rows.append(fact)
            if kind in COUNTED:
                self.happened.append((fact, payment, amount))
        return rows

    def plainly(self, *, merchant_id: MerchantId, from_ms: int, until_ms: int, offset_ms: int = 0) -> list[Figure]:
        """One after the other."""
        counts: Counter[tuple[Any, ...]] = Counter()
        amounts: Counter[tuple[Any, ...]] = Counter()
        for fact, payment, amount in self.happened:
            if merchant_id not in {NO_MERCHANT, fact.merchant_id}:
                continue
            if from_ms <= fact.at_ms < until_ms:
                held = payment.capture_mode is CaptureMode.MANUAL and payment.method == "card"
                why = payment.decline if fact.kind is FactKind.PAYMENT_FAILED else ""
                day = (fact.at_ms + offset_ms) // DAY_MS
                key = (day, fact.kind, payment.method, payment.currency, held, why)
                counts[key] += 1
                amounts[key] += amount
        return [
            Figure(day, kind, method, currency, held, why, counts[key], amounts[key])
            for key in sorted(counts)
            for day, kind, method, currency, held, why in (key,)
        ]


QUESTIONS: Final[list[dict[str, Any]]] = [
    {"merchant_id": OURS, "from_ms": START_MS, "until_ms": END_MS},
    {"merchant_id": THEIRS, "from_ms": START_MS, "until_ms": END_MS},
    {"merchant_id": OURS, "from_ms": START_MS + 3 * SPAN_MS, "until_ms": END_MS - 9 * SPAN_MS},
    {
        "merchant_id": OURS,
        "from_ms": START_MS + DAY_MS - INDIA_MS,
        "until_ms": END_MS - INDIA_MS,
        "offset_ms": INDIA_MS,
    },
    {"merchant_id": NO_MERCHANT, "from_ms": START_MS + 5 * SPAN_MS, "until_ms": END_MS, "offset_ms": -5 * SPAN_MS},
]


async def is_exact(store: Store, history: History) -> None:
    """Every question is answered as a plain count answers it."""
    for question in QUESTIONS:
        when = {name: question[name] for name in ("from_ms", "until_ms")}
        found: list[Figure] = []
        for currency in (await store.statistics.business(question["merchant_id"], **when)).currencies:
            business = await store.statistics.business(question["merchant_id"], **when, currency=currency)
            found += figures(business.days, **when, offset_ms=question.get("offset_ms", 0))
        assert sorted(found, key=_order) == history.plainly(**question)


def _order(figure: Figure) -> tuple[Any, ...]:
    return figure.day, figure.kind, figure.method, figure.currency, figure.held, figure.why


async def counted(store: Store, merchant_id: MerchantId) -> int:
    found = await store.statistics.counted((merchant_id,))
    return found[merchant_id].counted_to if found else 0


@pytest.mark.parametrize("chunk", [statistics.CHUNK, 17])
async def test_figures_are_exact_before_while_and_after_facts_are_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """Whatever part of them is counted already."""
    monkeypatch.setattr(statistics, "CHUNK", chunk)
    history = History(1)
    history.add(80)
    await store.submit(Change((), tuple(history.rows)))

    await is_exact(store, history)
    for day in range(1, DAYS + 1):
        at_ms = START_MS + day * DAY_MS
        while await count_facts(store, (OURS, THEIRS), now_ms=at_ms):
            await is_exact(store, history)
        await is_exact(store, history)
        await note_all_counted(store, now_ms=at_ms)
        await is_exact(store, history)
    assert await store.fetch("SELECT count(*) FROM business_days") == [(3 * 2 * DAYS,)]


async def test_two_workers_count_everything_once(
    store: Store, other_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They run into each other all the time, while more payments are made."""
    monkeypatch.setattr(statistics, "CHUNK", 5)
    history = History(2)
    history.add(40, until_ms=END_MS - 90_000)
    await store.submit(Change((), tuple(history.rows)))

    async def work(worker: Store) -> None:
        for _ in range(40):
            await count_facts(worker, (OURS,), now_ms=END_MS - 60_000 + COUNTING_LAG_MS)
            await asyncio.sleep(0)

    async def pay() -> None:
        for _ in range(10):
            await store.submit(Change((), tuple(history.add(2, from_ms=END_MS - 30_000, until_ms=END_MS - 20_000))))
            await asyncio.sleep(0.01)

    await asyncio.gather(work(store), work(other_store), pay())
    await is_exact(store, history)
    assert await counted(store, OURS) == max(
        row.fact_id
        for row in history.rows
        if isinstance(row, Fact) and row.merchant_id == OURS and row.fact_id <= first_at(END_MS - 60_000)
    )


async def test_figures_are_exact_while_somebody_counts(
    store: Store, other_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither twice nor not at all, at whatever moment one looks."""
    monkeypatch.setattr(statistics, "CHUNK", 3)
    history = History(6)
    history.add(60)
    await store.submit(Change((), tuple(history.rows)))

    async def count() -> None:
        while await count_facts(other_store, (OURS,), now_ms=END_MS + DAY_MS):
            pass

    counting = asyncio.create_task(count())
    while not counting.done():
        await is_exact(store, history)
    await counting


async def test_young_facts_are_left_for_later(store: Store) -> None:
    """An older one may still be on its way: it is counted when it is there, and exactly once."""
    history = History(4)
    rows = history.add(30)
    late = [row for row in rows if isinstance(row, Fact)][:10]
    there = [row for row in history.rows if row not in late]
    await store.submit(Change((), tuple(there)))
    youngest = max(fact.fact_id for fact in late)
    now_ms = min(fact.at_ms for fact in late) + COUNTING_LAG_MS

    while await count_facts(store, (OURS,), now_ms=now_ms):
        pass
    assert await counted(store, OURS) < youngest
    await store.submit(Change((), tuple(late)))
    while await count_facts(store, (OURS,), now_ms=END_MS + DAY_MS):
        pass
    await is_exact(store, history)


async def test_a_count_that_lost_writes_nothing(store: Store) -> None:
    """Somebody else counted as far: the half hours stay as they are."""
    history = History(5)
    history.add(10)
    await store.submit(Change((), tuple(history.rows)))
    taken = asyncio.Event()
    submit = store.submit

    async def late(change: Change) -> None:
        if not taken.is_set():
            taken.set()
            assert await count_facts(store, (OURS,), now_ms=END_MS + DAY_MS) == 0
        await submit(change)

    store.submit = late  # type: ignore[method-assign]
    assert await count_facts(store, (OURS,), now_ms=END_MS + DAY_MS) == 1
    await is_exact(store, history)
    assert [each.version for each in (await store.statistics.counted((OURS, NO_MERCHANT))).values()] == [1, 1]


async def test_nothing_new_writes_nothing(store: Store) -> None:
    """A shop that sleeps costs no commits."""
    merchant = some(Merchant, 1, merchant_id=OURS)
    await store.submit(Change((Insert(merchant),)))

    assert await count_facts(store, (OURS,), now_ms=END_MS) == 0
    await note_all_counted(store, now_ms=END_MS)
    assert await store.statistics.counted((OURS, NO_MERCHANT)) == {}


async def test_the_merchants_with_most_come_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what happened within the time alone, counted or not."""
    monkeypatch.setattr(statistics, "CHUNK", 40)
    history = History(7)
    history.add(60)
    await store.submit(Change((), tuple(history.rows)))
    from_ms, until_ms = START_MS + 7 * SPAN_MS, END_MS - 3 * SPAN_MS

    async def are_exact() -> None:
        found = await store.statistics.leaders("USD", from_ms=from_ms, until_ms=until_ms, limit=5)
        expected = {}
        for merchant_id in (OURS, THEIRS):
            plain = history.plainly(merchant_id=merchant_id, from_ms=from_ms, until_ms=until_ms)
            own = [each for each in plain if each.currency == "USD"]
            expected[merchant_id] = Leader(
                merchant_id,
                paid=sum(each.count for each in own if each.kind is FactKind.PAYMENT_CAPTURED),
                volume_minor=sum(each.amount_minor for each in own if each.kind is FactKind.PAYMENT_CAPTURED),
                refunded_minor=sum(each.amount_minor for each in own if each.kind is FactKind.REFUND_SUCCEEDED),
                approvals=sum(each.approvals for each in own),
                declines=sum(each.declines for each in own),
            )
        assert found == sorted(expected.values(), key=lambda each: each.volume_minor, reverse=True)

    await are_exact()
    for day in range(1, DAYS + 2):
        while await count_facts(store, (OURS, THEIRS), now_ms=START_MS + day * DAY_MS):
            await are_exact()
        await are_exact()
