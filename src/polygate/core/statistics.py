"""Statistics: how many payments ended how, and what they came to, counted from the facts.

Facts are counted by the half hour in which they happened, so that days can be cut in nearly every time zone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from operator import add, mul
from typing import Final

import msgspec

from polygate.core.facts import FactKind
from polygate.core.ids import MerchantId

SPAN_MS: Final = 1_800_000
DAY_MS: Final = 86_400_000
SPANS: Final = DAY_MS // SPAN_MS

COUNTED: Final = (
    FactKind.PAYMENT_AUTHORIZED,
    FactKind.PAYMENT_CAPTURED,
    FactKind.PAYMENT_FAILED,
    FactKind.PAYMENT_CANCELED,
    FactKind.PAYMENT_EXPIRED,
    FactKind.REFUND_SUCCEEDED,
    FactKind.REFUND_FAILED,
)


SUMS: Final = ("facts", "paid", "volume_minor", "refunded_minor", "approvals", "declines")
"""The sums that a `BusinessDay` has ready."""


class Line(msgspec.Struct, frozen=True, array_like=True):
    """The facts of one kind about payments that are alike, for each half hour of a day."""

    kind: FactKind
    """One of `COUNTED`."""
    method: str
    held: bool
    """Whether the payment was authorized first and captured later, on purpose."""
    why: str
    """A `Decline`, for payments that failed."""
    counts: tuple[int, ...]
    """One number for each half hour."""
    amounts: tuple[int, ...]
    """Likewise, in minor units: what was captured or refunded, otherwise what was asked."""


class BusinessDay(msgspec.Struct, frozen=True):
    """A merchant's payments in one currency on one day of UTC: what happened to them, by half hours and in sums."""

    merchant_id: MerchantId
    """`NO_MERCHANT` for what happened to all of them together."""
    day: int
    """Days since 1970."""
    currency: str
    facts: int
    """How many were counted."""
    paid: int
    """Captured payments."""
    volume_minor: int
    """What they came to."""
    refunded_minor: int
    approvals: int
    declines: int
    lines: tuple[Line, ...]

    @property
    def sums(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in SUMS}


class Counted(msgspec.Struct, frozen=True):
    """How far a merchant's facts are counted; whoever counts on has to change this row."""

    merchant_id: MerchantId
    counted_to: int
    """An identifier of a fact; old enough that no older one can still be on its way into the books. For all merchants
    together: nobody's facts up to it are left to be counted."""
    version: int = 1


class Figure(msgspec.Struct, frozen=True):
    """Facts of one kind on one day about payments that are alike."""

    day: int
    """Days since 1970 in the time zone that was asked for."""
    kind: FactKind
    method: str
    currency: str
    held: bool
    why: str
    count: int
    amount_minor: int

    @property
    def approvals(self) -> int:
        """How many of them say that an issuer or wallet said yes: an authorization, or a sale in one step."""
        return self.count if _is_approval(self.kind, held=self.held) else 0

    @property
    def declines(self) -> int:
        return self.count if self.kind is FactKind.PAYMENT_FAILED else 0


def _is_approval(kind: FactKind, *, held: bool) -> bool:
    return kind is FactKind.PAYMENT_AUTHORIZED or (kind is FactKind.PAYMENT_CAPTURED and not held)


def business_day(merchant_id: MerchantId, day: int, currency: str, lines: Iterable[Line]) -> BusinessDay:
    """Lines of one day with their sums; those of one kind about payments that are alike become one."""
    alike: dict[tuple[FactKind, str, bool, str], Line] = {}
    sums: Counter[str] = Counter()
    for line in lines:
        key = line.kind, line.method, line.held, line.why
        alike[key] = _together(alike[key], line) if key in alike else line
        count, amount_minor = sum(line.counts), sum(line.amounts)
        sums["facts"] += count
        if line.kind is FactKind.PAYMENT_CAPTURED:
            sums["paid"] += count
            sums["volume_minor"] += amount_minor
        if line.kind is FactKind.REFUND_SUCCEEDED:
            sums["refunded_minor"] += amount_minor
        if line.kind is FactKind.PAYMENT_FAILED:
            sums["declines"] += count
        if _is_approval(line.kind, held=line.held):
            sums["approvals"] += count
    return BusinessDay(
        merchant_id,
        day,
        currency,
        **{name: sums[name] for name in SUMS},
        lines=tuple(alike.values()),
    )


def _together(one: Line, other: Line) -> Line:
    return msgspec.structs.replace(
        one,
        counts=tuple(map(add, one.counts, other.counts)),
        amounts=tuple(map(add, one.amounts, other.amounts)),
    )


def within(day: BusinessDay, *, from_ms: int, until_ms: int) -> BusinessDay:
    """What of it happened from a time on and before another; both are whole half hours."""
    first, end = ((at_ms - day.day * DAY_MS) // SPAN_MS for at_ms in (from_ms, until_ms))
    inside = [first <= place < end for place in range(SPANS)]

    def cut(line: Line) -> Line:
        counts, amounts = (tuple(map(mul, numbers, inside)) for numbers in (line.counts, line.amounts))
        return msgspec.structs.replace(line, counts=counts, amounts=amounts)

    return business_day(day.merchant_id, day.day, day.currency, map(cut, day.lines))


def figures(days: Iterable[BusinessDay], *, from_ms: int, until_ms: int, offset_ms: int = 0) -> list[Figure]:
    """What happened from a time on and before another, by days that begin `offset_ms` before those of UTC.

    The times and the offset are whole half hours.
    """
    sums: dict[tuple[int, str, FactKind, str, bool, str], list[int]] = {}
    for each in days:
        begin_ms = each.day * DAY_MS
        first = max((from_ms - begin_ms) // SPAN_MS, 0)
        end = min((until_ms - begin_ms) // SPAN_MS, SPANS)
        # Where the other zone's next day begins.
        midnight = SPANS - (begin_ms + offset_ms) % DAY_MS // SPAN_MS
        for start, stop in ((first, min(midnight, end)), (max(midnight, first), end)):
            if start >= stop:
                continue
            day = (begin_ms + start * SPAN_MS + offset_ms) // DAY_MS
            for line in each.lines:
                if count := sum(line.counts[start:stop]):
                    key = day, each.currency, line.kind, line.method, line.held, line.why
                    total = sums.get(key)
                    if total is None:
                        total = sums[key] = [0, 0]
                    total[0] += count
                    total[1] += sum(line.amounts[start:stop])
    return [
        Figure(day, kind, method, currency, held, why, count, amount_minor)
        for (day, currency, kind, method, held, why), (count, amount_minor) in sums.items()
    ]
