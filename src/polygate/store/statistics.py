"""Counting facts into statistics, and reading figures that are exact to this moment.

What is counted is a table; what happened since is counted from the facts themselves, in the same
statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from polygate.core.facts import FactKind
from polygate.core.ids import MerchantId, first_at
from polygate.core.payouts import COUNTING_LAG_MS
from polygate.core.statistics import COUNTED, DAY_MS, SPAN_MS, SPANS, Counted, Figure, Statistic, by_day
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
_LIKE: Final = f"f.at_ms / {SPAN_MS} AS span, f.kind, p.method, p.currency, {_HELD} AS held, {_WHY} AS why"
_ABOUT: Final = (
    "facts f CROSS JOIN payments p LEFT JOIN refunds r ON r.merchant_id = f.merchant_id AND r.refund_id = f.refund_id"
)
_SAME: Final = f"p.merchant_id = f.merchant_id AND p.payment_id = f.payment_id AND f.kind IN ({_KINDS})"
"""Facts and what they are about, which does not change any more, as far as it is counted. Crossed, because then no
planner begins with all payments."""


_TABLE: Final = table_of(Statistic)


class Count(msgspec.Struct, frozen=True):
    """Facts that were counted, up to an identifier."""

    statistics: tuple[Statistic, ...]
    counted_to: int
    is_full: bool
    """Whether there is more to count."""


class Statistics:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def counted(self, merchant_id: MerchantId) -> Counted | None:
        table = table_of(Counted)
        found = await self._fetch(
            f"SELECT {table.column_list} FROM {table.name} WHERE merchant_id = %s", (merchant_id,)
        )
        return table.decode(found[0]) if found else None

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
            f"SELECT {_LIKE}, count(*), sum({_AMOUNT}) FROM {_ABOUT} "
            f"WHERE {_SAME} AND f.merchant_id = %s AND f.fact_id > %s AND f.fact_id <= %s GROUP BY 1, 2, 3, 4, 5, 6",
            (merchant_id, after, last),
        )
        return Count(tuple(_statistics(merchant_id, rows)), last, count == CHUNK)

    async def kept(self, merchant_id: MerchantId, *, first_day: int, last_day: int) -> list[Statistic]:
        """Those of some days of UTC."""
        found = await self._fetch(
            f"SELECT {_TABLE.column_list} FROM statistics WHERE merchant_id = %s AND day >= %s AND day <= %s",
            (merchant_id, first_day, last_day),
        )
        return [_TABLE.decode(row) for row in found]

    async def figures(
        self, merchant_id: MerchantId, *, from_ms: int, until_ms: int, offset_ms: int = 0
    ) -> list[Figure]:
        """What happened from a time on and before another, by days that begin `offset_ms` before those of UTC.

        The times and the offset are whole half hours. Raises Unavailable or TooLong.
        """
        while True:
            before = await self.counted(merchant_id)
            rows = await self._rows(merchant_id, before.counted_to if before else 0, from_ms=from_ms, until_ms=until_ms)
            if await self.counted(merchant_id) == before:
                break
            # A job counted on meanwhile: what was read twice or not at all, nobody knows.
        width = len(_TABLE.columns)
        counted = [_TABLE.decode(row[:width]) for row in rows if not row[width]]
        recent = _statistics(merchant_id, [(*row[1:7], *row[width:]) for row in rows if row[width]])
        sums: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
        for statistic in (*counted, *recent):
            for each in by_day(statistic, from_ms=from_ms, until_ms=until_ms, offset_ms=offset_ms):
                total = sums[each.day, each.kind, each.method, each.currency, each.held, each.why]
                total[0] += each.count
                total[1] += each.amount_minor
        return [
            Figure(day, kind, method, currency, held, why, count, amount_minor)
            for (day, kind, method, currency, held, why), (count, amount_minor) in sorted(sums.items())
        ]

    async def _rows(
        self, merchant_id: MerchantId, counted_to: int, *, from_ms: int, until_ms: int
    ) -> list[tuple[Any, ...]]:
        """What is counted of some days, and the facts above an identifier, as they are at one moment."""
        # The identifier is a value, so that planners know how little lies above it.
        above = max(counted_to, first_at(from_ms - COUNTING_LAG_MS))
        return await self._fetch(
            f"SELECT {_TABLE.column_list}, 0, 0 FROM statistics WHERE merchant_id = %s AND day >= %s AND day <= %s "
            f"UNION ALL SELECT f.merchant_id, {_LIKE}, '', '', count(*), sum({_AMOUNT}) FROM {_ABOUT} "
            f"WHERE {_SAME} AND f.merchant_id = %s AND f.fact_id > %s AND f.at_ms >= %s AND f.at_ms < %s "
            "GROUP BY 1, 2, 3, 4, 5, 6, 7",
            (
                *(merchant_id, from_ms // DAY_MS, (until_ms - 1) // DAY_MS),
                *(merchant_id, above, from_ms, until_ms),
            ),
        )


def _statistics(merchant_id: MerchantId, rows: Iterable[tuple[Any, ...]]) -> list[Statistic]:
    """Counts of half hours, put together to days."""
    days: dict[tuple[Any, ...], tuple[list[int], list[int]]] = {}
    for span, kind, method, currency, held, why, count, amount_minor in rows:
        day, place = divmod(span, SPANS)
        counts, amounts = days.setdefault((day, kind, method, currency, bool(held), why), ([0] * SPANS, [0] * SPANS))
        counts[place] += count
        amounts[place] += int(amount_minor)
    return [
        Statistic(merchant_id, day, kind, method, currency, held, why, tuple(counts), tuple(amounts))
        for (day, kind, method, currency, held, why), (counts, amounts) in days.items()
    ]
