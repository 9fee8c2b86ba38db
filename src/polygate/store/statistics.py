"""Counting facts into statistics, and reading figures that are exact to this moment.

The half hours that are counted are a table; what happened since is counted from the facts themselves, in the same
statement, so that nothing is counted twice or left out while a job counts on.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from polygate.core.facts import FactKind
from polygate.core.ids import MerchantId, first_at
from polygate.core.payouts import COUNTING_LAG_MS
from polygate.core.statistics import COUNTED, DAY_MS, SPAN_MS, Counted, Figure, Statistic
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
_ABOUT: Final = (
    "facts f CROSS JOIN payments p LEFT JOIN refunds r ON r.merchant_id = f.merchant_id AND r.refund_id = f.refund_id"
)
_SAME: Final = f"p.merchant_id = f.merchant_id AND p.payment_id = f.payment_id AND f.kind IN ({_KINDS})"
"""Facts and what they are about, which does not change any more, as far as it is counted. Crossed, because then no
planner begins with all payments."""


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
            f"SELECT f.at_ms / {SPAN_MS} * {SPAN_MS} AS since_ms, f.kind, p.method, p.currency, "
            f"{_HELD} AS held, {_WHY} AS why, count(*), sum({_AMOUNT}) FROM {_ABOUT} "
            f"WHERE {_SAME} AND f.merchant_id = %s AND f.fact_id > %s AND f.fact_id <= %s "
            "GROUP BY 1, 2, 3, 4, 5, 6",
            (merchant_id, after, last),
        )
        statistics = (_statistic(merchant_id, row) for row in rows)
        return Count(tuple(statistics), last, count == CHUNK)

    async def kept(self, merchant_id: MerchantId, *, from_ms: int, until_ms: int) -> list[Statistic]:
        """The half hours that begin from a time on and until another, both included."""
        table = table_of(Statistic)
        found = await self._fetch(
            f"SELECT {table.column_list} FROM {table.name} "
            "WHERE merchant_id = %s AND since_ms >= %s AND since_ms <= %s",
            (merchant_id, from_ms, until_ms),
        )
        return [table.decode(row) for row in found]

    async def figures(
        self, *, merchant_id: MerchantId | None, from_ms: int, until_ms: int, offset_ms: int = 0
    ) -> list[Figure]:
        """What happened from a time on and before another, by days that begin `offset_ms` before those of UTC.

        The times and the offset are whole half hours. Of one merchant, or (for operators only) of all. Raises
        Unavailable or TooLong.
        """
        whose, who = ("AND {}.merchant_id = %s", (merchant_id,)) if merchant_id is not None else ("", ())
        earliest = first_at(from_ms - COUNTING_LAG_MS)
        rows = await self._fetch(
            "SELECT day, kind, method, currency, held, why, sum(n), sum(amount_minor) FROM ("
            f"SELECT (s.since_ms + %s) / {DAY_MS} AS day, s.kind, s.method, s.currency, s.held, s.why, s.count AS n, "
            "s.amount_minor FROM statistics s "
            f"WHERE s.since_ms >= %s AND s.since_ms < %s {whose.format('s')} "
            f"UNION ALL SELECT (f.at_ms + %s) / {DAY_MS}, f.kind, p.method, p.currency, {_HELD}, {_WHY}, 1, {_AMOUNT} "
            "FROM merchants m LEFT JOIN counted_facts c ON c.merchant_id = m.merchant_id "
            f"CROSS JOIN {_ABOUT} WHERE {_SAME} AND f.merchant_id = m.merchant_id "
            "AND f.fact_id > CASE WHEN c.counted_to > %s THEN c.counted_to ELSE %s END "
            "AND f.at_ms >= %s AND f.at_ms < %s "
            f"{whose.format('m')}"
            ") AS happened GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6",
            (
                *(offset_ms, from_ms, until_ms, *who),
                *(offset_ms, earliest, earliest, from_ms, until_ms, *who),
            ),
        )
        return [
            Figure(day, FactKind(kind), method, currency, bool(held), why, int(n), int(amount))
            for day, kind, method, currency, held, why, n, amount in rows
        ]


def _statistic(merchant_id: MerchantId, row: tuple[Any, ...]) -> Statistic:
    since_ms, kind, method, currency, held, why, count, amount_minor = row
    return Statistic(
        merchant_id=merchant_id,
        since_ms=since_ms,
        kind=kind,
        method=method,
        currency=currency,
        held=bool(held),
        why=why,
        count=count,
        amount_minor=int(amount_minor),
    )
