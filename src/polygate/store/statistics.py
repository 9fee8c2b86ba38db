"""Counting facts into statistics, and reading figures that are exact to this moment.

What was counted is kept by days; what happened since is counted from the facts themselves.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from typing import Any, Final

import msgspec

from polygate.core.facts import FactKind
from polygate.core.ids import MerchantId, first_at
from polygate.core.payouts import COUNTING_LAG_MS
from polygate.core.people import NO_MERCHANT
from polygate.core.statistics import (
    COUNTED,
    DAY_MS,
    SPAN_MS,
    SPANS,
    SUMS,
    BusinessDay,
    Counted,
    Line,
    business_day,
    within,
)
from polygate.store.contract import Fetch
from polygate.store.rows import table_of

CHUNK: Final = 20_000
"""Facts that one round counts."""

_KINDS: Final = ", ".join(f"'{kind}'" for kind in COUNTED)
_HELD: Final = "(p.capture_mode = 'manual' AND p.method = 'card')"
_WHY: Final = f"CASE WHEN f.kind = '{FactKind.PAYMENT_FAILED}' THEN p.decline ELSE '' END"
_AMOUNT: Final = (
    f"CASE WHEN f.refund_id > 0 THEN r.amount_minor WHEN f.kind = '{FactKind.PAYMENT_CAPTURED}' THEN p.captured_minor "
    "ELSE p.amount_minor END"
)
_LIKE: Final = (
    f"f.merchant_id, f.at_ms / {SPAN_MS} AS span, p.currency, f.kind, p.method, {_HELD} AS held, {_WHY} AS why, "
    f"count(*), sum({_AMOUNT})"
)
_ABOUT: Final = (
    "facts f CROSS JOIN payments p LEFT JOIN refunds r ON r.merchant_id = f.merchant_id AND r.refund_id = f.refund_id"
)
_SAME: Final = f"p.merchant_id = f.merchant_id AND p.payment_id = f.payment_id AND f.kind IN ({_KINDS})"
"""Facts and what they are about, which does not change any more, as far as it is counted. Crossed, because then no
planner begins with all payments."""

_DAYS: Final = table_of(BusinessDay)
_GUARDS: Final = table_of(Counted)
_LIKELY: Final = 2
"""So many times more merchants are looked at than are shown: by a part of a day their order may change."""


class Count(msgspec.Struct, frozen=True):
    """Facts that were counted, up to an identifier."""

    days: tuple[BusinessDay, ...]
    counted_to: int
    is_full: bool
    """Whether there is more to count."""


class Business(msgspec.Struct, frozen=True):
    """What happened to payments in one currency, as it was at one moment."""

    currencies: tuple[str, ...]
    """All that something happened in, the most used first."""
    currency: str
    """The one that this is about; empty where nothing happened."""
    days: tuple[BusinessDay, ...]
    """In no order; what was not counted yet is in days of its own."""


class Leader(msgspec.Struct, frozen=True):
    """A merchant's sums in one currency."""

    merchant_id: MerchantId
    paid: int
    volume_minor: int
    refunded_minor: int
    approvals: int
    declines: int


class Statistics:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    # --- counting ---

    async def counted(self, merchants: Sequence[MerchantId]) -> dict[MerchantId, Counted]:
        """How far facts are counted, of those of the merchants of whom any are."""
        marks = ", ".join(["%s"] * len(merchants))
        rows = await self._fetch(
            f"SELECT {_GUARDS.column_list} FROM {_GUARDS.name} WHERE merchant_id IN ({marks})", merchants
        )
        found: list[Counted] = [_GUARDS.decode(row) for row in rows]
        return {each.merchant_id: each for each in found}

    async def counted_furthest(self) -> int:
        """The newest fact that is counted."""
        rows = await self._fetch(
            f"SELECT COALESCE(max(counted_to), 0) FROM {_GUARDS.name} WHERE merchant_id <> %s", (NO_MERCHANT,)
        )
        return int(rows[0][0])

    async def count(self, merchant_id: MerchantId, *, after: int, up_to: int) -> Count | None:
        """The next facts with identifiers above `after` and up to `up_to`; None if there are none."""
        found = await self._fetch(
            "SELECT count(*), max(fact_id) FROM (SELECT fact_id FROM facts "
            "WHERE merchant_id = %s AND fact_id > %s AND fact_id <= %s ORDER BY fact_id LIMIT %s) AS next_facts",
            (merchant_id, after, up_to, CHUNK),
        )
        count, last = found[0]
        if not count:
            return None
        rows = await self._fetch(
            f"SELECT {_LIKE} FROM {_ABOUT} "
            f"WHERE {_SAME} AND f.merchant_id = %s AND f.fact_id > %s AND f.fact_id <= %s GROUP BY 1, 2, 3, 4, 5, 6, 7",
            (merchant_id, after, last),
        )
        return Count(tuple(_days(rows)), last, count == CHUNK)

    async def kept(
        self, merchant_id: MerchantId, *, first_day: int, last_day: int, currency: str = ""
    ) -> list[BusinessDay]:
        """Those of some days of UTC."""
        narrowed, values = ("AND currency = %s", (currency,)) if currency else ("", ())
        rows = await self._fetch(
            f"SELECT {_DAYS.column_list} FROM {_DAYS.name} "
            f"WHERE merchant_id = %s AND day >= %s AND day <= %s {narrowed}",
            (merchant_id, first_day, last_day, *values),
        )
        return [_DAYS.decode(row) for row in rows]

    # --- looking ---

    async def business(self, merchant_id: MerchantId, *, from_ms: int, until_ms: int, currency: str = "") -> Business:
        """What happened from a time on and before another, in a currency if it is one of a merchant's, or in the one
        used most; `NO_MERCHANT` stands for all merchants together. Raises Unavailable or TooLong.
        """
        while True:
            before = await self.counted((merchant_id,))
            counted_to = before[merchant_id].counted_to if before else 0
            recent = _days(await self._recent(merchant_id, counted_to, from_ms=from_ms, until_ms=until_ms))
            if merchant_id == NO_MERCHANT:
                recent = [msgspec.structs.replace(each, merchant_id=NO_MERCHANT) for each in recent]
            first_day, last_day = from_ms // DAY_MS, (until_ms - 1) // DAY_MS
            rows = await self._fetch(
                f"SELECT currency, sum(facts) FROM {_DAYS.name} "
                "WHERE merchant_id = %s AND day >= %s AND day <= %s GROUP BY currency",
                (merchant_id, first_day, last_day),
            )
            used = Counter({each: int(facts) for each, facts in rows})
            for day in recent:
                used[day.currency] += day.facts
            currencies = tuple(each for each, _ in used.most_common())
            chosen = currency if currency in used else next(iter(currencies), "")
            kept = await self.kept(merchant_id, first_day=first_day, last_day=last_day, currency=chosen)
            if await self.counted((merchant_id,)) == before:
                return Business(currencies, chosen, (*kept, *(day for day in recent if day.currency == chosen)))
            # A job counted on meanwhile: what was read twice or not at all, nobody knows.

    async def leaders(self, currency: str, *, from_ms: int, until_ms: int, limit: int) -> list[Leader]:
        """The merchants with the largest volume from a time on and before another, the largest first.

        Raises Unavailable or TooLong.
        """
        first_day, last_day = from_ms // DAY_MS, (until_ms - 1) // DAY_MS
        sums: defaultdict[MerchantId, Counter[str]] = defaultdict(Counter)
        while True:
            before = await self.counted((NO_MERCHANT,))
            counted_to = before[NO_MERCHANT].counted_to if before else 0
            rows = await self._fetch(
                f"SELECT merchant_id, {', '.join(f'sum({name})' for name in SUMS)} FROM {_DAYS.name} "
                "WHERE currency = %s AND day >= %s AND day <= %s AND merchant_id <> %s GROUP BY merchant_id",
                (currency, first_day, last_day, NO_MERCHANT),
            )
            recent = _days(await self._recent(NO_MERCHANT, counted_to, from_ms=from_ms, until_ms=until_ms))
            sums.clear()
            for merchant_id, *numbers in rows:
                sums[merchant_id].update(dict(zip(SUMS, map(int, numbers), strict=True)))
            for day in recent:
                if day.currency == currency:
                    sums[day.merchant_id].update(day.sums)
            # On the days where the time begins and ends, what lies outside of it goes off again.
            likely = sorted(sums, key=lambda each: sums[each]["volume_minor"], reverse=True)[: _LIKELY * limit]
            for day in await self._of_some(likely, currency, {first_day, last_day}):
                sums[day.merchant_id].subtract(day.sums)
                sums[day.merchant_id].update(within(day, from_ms=from_ms, until_ms=until_ms).sums)
            if await self.counted((NO_MERCHANT,)) == before:
                break
        leaders = [Leader(each, **{name: sums[each][name] for name in SUMS if name != "facts"}) for each in likely]
        leaders.sort(key=lambda each: each.volume_minor, reverse=True)
        return [each for each in leaders if sums[each.merchant_id]["facts"]][:limit]

    async def _of_some(self, merchants: Sequence[MerchantId], currency: str, days: Set[int]) -> list[BusinessDay]:
        if not merchants:
            return []
        places = ", ".join(["%s"] * len(merchants)), ", ".join(["%s"] * len(days))
        rows = await self._fetch(
            f"SELECT {_DAYS.column_list} FROM {_DAYS.name} "
            f"WHERE merchant_id IN ({places[0]}) AND day IN ({places[1]}) AND currency = %s",
            (*merchants, *days, currency),
        )
        return [_DAYS.decode(row) for row in rows]

    async def _recent(
        self, merchant_id: MerchantId, counted_to: int, *, from_ms: int, until_ms: int
    ) -> list[tuple[Any, ...]]:
        """The facts that are not counted yet."""
        # The identifier is a value, so that planners know how little lies above it.
        above = max(counted_to, first_at(from_ms - COUNTING_LAG_MS))
        about, whose = _ABOUT, "f.merchant_id = %s"
        who: tuple[MerchantId, ...] = (merchant_id,)
        if merchant_id == NO_MERCHANT:
            # Merchant by merchant, because facts have no order across them.
            about = f"merchants m LEFT JOIN {_GUARDS.name} c ON c.merchant_id = m.merchant_id CROSS JOIN {_ABOUT}"
            whose, who = "f.merchant_id = m.merchant_id AND f.fact_id > COALESCE(c.counted_to, 0)", ()
        return await self._fetch(
            f"SELECT {_LIKE} FROM {about} WHERE {_SAME} AND {whose} AND f.fact_id > %s "
            "AND f.at_ms >= %s AND f.at_ms < %s GROUP BY 1, 2, 3, 4, 5, 6, 7",
            (*who, above, from_ms, until_ms),
        )


def _days(rows: Iterable[tuple[Any, ...]]) -> list[BusinessDay]:
    """Counts of half hours, put together to days."""
    days: dict[tuple[MerchantId, int, str], dict[tuple[Any, ...], tuple[list[int], list[int]]]] = {}
    for merchant_id, span, currency, kind, method, held, why, count, amount_minor in rows:
        day, place = divmod(span, SPANS)
        lines = days.setdefault((merchant_id, day, currency), {})
        counts, amounts = lines.setdefault((kind, method, bool(held), why), ([0] * SPANS, [0] * SPANS))
        counts[place] += count
        amounts[place] += int(amount_minor)
    return [
        business_day(
            *key,
            (
                Line(FactKind(kind), method, held, why, tuple(counts), tuple(amounts))
                for (kind, method, held, why), (counts, amounts) in lines.items()
            ),
        )
        for key, lines in days.items()
    ]
