"""Home: how business goes, and what somebody should look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import msgspec
from starlette.responses import Response

from polygate.console import days as calendar
from polygate.console import shown
from polygate.console.charts import Chart, Point
from polygate.console.page import MERCHANT, Page
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.facts import FactKind
from polygate.core.money import Money
from polygate.core.statistics import DAY_MS, Figure

HOME: Final = f"{MERCHANT}/"
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


class Business(msgspec.Struct, frozen=True):
    """Figures of some days in one currency."""

    figures: Sequence[Figure]
    currency: str

    @property
    def volume_minor(self) -> int:
        return self.amount(FactKind.PAYMENT_CAPTURED)

    @property
    def refunded_minor(self) -> int:
        return self.amount(FactKind.REFUND_SUCCEEDED)

    @property
    def paid(self) -> int:
        return self.count(FactKind.PAYMENT_CAPTURED)

    @property
    def refunds(self) -> int:
        return self.count(FactKind.REFUND_SUCCEEDED)

    @property
    def tried(self) -> int:
        return sum(figure.approvals + figure.declines for figure in self.figures)

    @property
    def rate(self) -> float:
        """The share of payments that were approved, of all that were approved or declined."""
        return sum(figure.approvals for figure in self.figures) / self.tried if self.tried else 0.0

    def amount(self, kind: FactKind) -> int:
        return sum(figure.amount_minor for figure in self.figures if figure.kind is kind)

    def count(self, kind: FactKind) -> int:
        return sum(figure.count for figure in self.figures if figure.kind is kind)

    def on(self, day: date) -> Business:
        number = calendar.day_number(day)
        return Business([figure for figure in self.figures if figure.day == number], self.currency)

    def by_method(self) -> list[ByMethod]:
        """The most used first."""
        found = []
        for method in dict.fromkeys(figure.method for figure in self.figures):
            own = Business([figure for figure in self.figures if figure.method == method], self.currency)
            approved = sum(figure.approvals for figure in own.figures)
            if own.tried or own.paid:
                found.append(ByMethod(method, approved, own.tried, own.volume_minor))
        return sorted(found, key=lambda each: each.tried, reverse=True)

    def reasons(self) -> list[tuple[str, int]]:
        """Why payments were declined, and how often."""
        counts: Counter[str] = Counter()
        for figure in self.figures:
            if figure.declines:
                counts[figure.why or "no_reason"] += figure.declines
        return counts.most_common(_REASONS)


async def home(visit: Visit) -> Response:
    period = next((each for each in PERIODS if str(each) == visit.query("days")), _USUAL)
    days = calendar.last_days(period, visit.zone, now_ms=visit.now_ms)
    figures: list[Figure] = []
    for stretch in calendar.stretches(days, visit.zone):
        found = await visit.context.store.statistics.figures(
            visit.merchant_id,
            from_ms=stretch.from_ms,
            until_ms=stretch.until_ms,
            offset_ms=stretch.offset_ms,
        )
        # A day with a change of clocks may run over into the next number.
        last = (stretch.until_ms - 1 + stretch.offset_ms) // DAY_MS
        first = (stretch.from_ms + stretch.offset_ms) // DAY_MS
        if stretch.until_ms - stretch.from_ms <= DAY_MS + DAY_MS // 24 and last > first:
            found = [msgspec.structs.replace(figure, day=first) for figure in found]
        figures += found
    currencies = _currencies(figures)
    currency = visit.query("currency") if visit.query("currency") in currencies else next(iter(currencies), "")
    business = Business([figure for figure in figures if figure.currency == currency], currency)
    by_day = [(day, business.on(day)) for day in days]

    def money(minor: int) -> str:
        return _money(visit, minor, currency)

    def rate(of: Business) -> str:
        return visit.percent(of.rate) if of.tried else _NOTHING

    return visit.show(
        "home/home",
        periods=PERIODS,
        period=period,
        currencies=currencies,
        business=business,
        volume=_chart(visit, ((day, each.volume_minor, money(each.volume_minor)) for day, each in by_day)),
        rate=_chart(visit, ((day, each.rate, rate(each)) for day, each in by_day)),
        refunds=_chart(visit, ((day, each.refunded_minor, money(each.refunded_minor)) for day, each in by_day)),
        concerns=await visit.context.store.attention.concerns(merchant_id=visit.merchant_id, now_ms=visit.now_ms),
        has_payments=bool(figures),
    )


def _currencies(figures: Iterable[Figure]) -> list[str]:
    """Those that there were payments in, the most used first."""
    counts: Counter[str] = Counter()
    for figure in figures:
        counts[figure.currency] += figure.count
    return [currency for currency, _ in counts.most_common()]


def _chart(visit: Visit, values: Iterable[tuple[date, float, str]]) -> Chart:
    return Chart([Point(visit.date(day), value, text) for day, value, text in values])


def _money(visit: Visit, minor: int, currency: str) -> str:
    if not currency:
        return _NOTHING
    return shown.amount_text(Money(minor, currency), visit.words)


PAGES: Final = (Page("GET", HOME, home, Permission.VIEW),)
