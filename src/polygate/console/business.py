"""How business goes, of one merchant or of all: figures by day, method and reason in one currency, and their charts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import msgspec

from polygate.console import days as calendar
from polygate.console import shown
from polygate.console.charts import Chart, Point
from polygate.console.visit import Visit
from polygate.core import statistics
from polygate.core.facts import FactKind
from polygate.core.ids import MerchantId
from polygate.core.money import Money
from polygate.core.statistics import DAY_MS, Figure

PERIODS: Final = (7, 30, 90)
_USUAL: Final = 30
_NOTHING: Final = "\N{EN DASH}"
_REASONS: Final = 8
"""Shown of why payments were declined, the most frequent first."""


class ByMethod(msgspec.Struct, frozen=True):
    method: str
    paid: int
    tried: int
    volume_minor: int

    @property
    def rate(self) -> float:
        return self.paid / self.tried if self.tried else 0.0


class Business:
    """Figures of some days in one currency, and what they come to."""

    def __init__(self, figures: Sequence[Figure], currency: str) -> None:
        self.figures: Final = figures
        self.currency: Final = currency
        self.paid = self.volume_minor = self.refunds = self.refunded_minor = self.approved = self.tried = 0
        for figure in figures:
            if figure.kind is FactKind.PAYMENT_CAPTURED:
                self.paid += figure.count
                self.volume_minor += figure.amount_minor
            if figure.kind is FactKind.REFUND_SUCCEEDED:
                self.refunds += figure.count
                self.refunded_minor += figure.amount_minor
            self.approved += figure.approvals
            self.tried += figure.approvals + figure.declines

    @property
    def rate(self) -> float:
        """The share of payments that were approved, of all that were approved or declined."""
        return self.approved / self.tried if self.tried else 0.0

    def by_day(self, days: Sequence[date]) -> list[Business]:
        """Each of the days by itself."""
        found: defaultdict[int, list[Figure]] = defaultdict(list)
        for figure in self.figures:
            found[figure.day].append(figure)
        return [Business(found[calendar.day_number(day)], self.currency) for day in days]

    def by_method(self) -> list[ByMethod]:
        """The most used first."""
        found = []
        for method in dict.fromkeys(figure.method for figure in self.figures):
            own = Business([figure for figure in self.figures if figure.method == method], self.currency)
            if own.tried or own.paid:
                found.append(ByMethod(method, own.approved, own.tried, own.volume_minor))
        return sorted(found, key=lambda each: each.tried, reverse=True)

    def reasons(self) -> list[tuple[str, int]]:
        """Why payments were declined, and how often."""
        counts: Counter[str] = Counter()
        for figure in self.figures:
            if figure.declines:
                counts[figure.why or "no_reason"] += figure.declines
        return counts.most_common(_REASONS)


class Overview(msgspec.Struct, frozen=True):
    """What a page shows of the last days."""

    period: int
    """How many days."""
    from_ms: int
    until_ms: int
    currencies: Sequence[str]
    """The most used first."""
    business: Business
    volume: Chart
    rate: Chart
    refunds: Chart


async def overview(visit: Visit, merchant_id: MerchantId) -> Overview:
    """By the query of the page; `NO_MERCHANT` stands for all merchants together."""
    period = next((each for each in PERIODS if str(each) == visit.query("days")), _USUAL)
    days = calendar.last_days(period, visit.zone, now_ms=visit.now_ms)
    stretches = calendar.stretches(days, visit.zone)
    from_ms, until_ms = stretches[0].from_ms, stretches[-1].until_ms
    found = await visit.context.store.statistics.business(
        merchant_id, from_ms=from_ms, until_ms=until_ms, currency=visit.query("currency")
    )
    figures: list[Figure] = []
    for stretch in stretches:
        own = statistics.figures(
            found.days, from_ms=stretch.from_ms, until_ms=stretch.until_ms, offset_ms=stretch.offset_ms
        )
        # A day with a change of clocks may run over into the next number.
        last = (stretch.until_ms - 1 + stretch.offset_ms) // DAY_MS
        first = (stretch.from_ms + stretch.offset_ms) // DAY_MS
        if stretch.until_ms - stretch.from_ms <= DAY_MS + DAY_MS // 24 and last > first:
            own = [msgspec.structs.replace(figure, day=first) for figure in own]
        figures += own
    business = Business(figures, found.currency)
    by_day = business.by_day(days)

    def money(minor: int) -> str:
        if not business.currency:
            return _NOTHING
        return shown.amount_text(Money(minor, business.currency), visit.words)

    labels = [visit.date(day) for day in days]

    def chart(values: Iterable[tuple[float, str]]) -> Chart:
        return Chart([Point(label, value, text) for label, (value, text) in zip(labels, values, strict=True)])

    return Overview(
        period,
        from_ms,
        until_ms,
        found.currencies,
        business,
        volume=chart((each.volume_minor, money(each.volume_minor)) for each in by_day),
        rate=chart((each.rate, visit.percent(each.rate) if each.tried else _NOTHING) for each in by_day),
        refunds=chart((each.refunded_minor, money(each.refunded_minor)) for each in by_day),
    )
