"""Statistics: how many payments ended how, and what they came to, counted from the facts.

Facts are counted by the half hour in which they happened, so that days can be cut in nearly every time zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import add
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


class Statistic(msgspec.Struct, frozen=True):
    """The facts of one kind on one day of UTC about payments that are alike, for each half hour of the day."""

    merchant_id: MerchantId
    day: int
    """Days since 1970."""
    kind: str
    """One of `COUNTED`."""
    method: str
    currency: str
    held: bool
    """Whether the payment was authorized first and captured later, on purpose."""
    why: str
    """A `Decline`, for payments that failed."""
    counts: tuple[int, ...]
    """One number for each half hour."""
    amounts: tuple[int, ...]
    """Likewise, in minor units: what was captured or refunded, otherwise what was asked."""


class Counted(msgspec.Struct, frozen=True):
    """How far a merchant's facts are counted; whoever counts on has to change this row."""

    merchant_id: MerchantId
    counted_to: int
    """An identifier of a fact; old enough that no older one can still be on its way into the books."""
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
        sold = self.kind is FactKind.PAYMENT_CAPTURED and not self.held
        return self.count if sold or self.kind is FactKind.PAYMENT_AUTHORIZED else 0

    @property
    def declines(self) -> int:
        return self.count if self.kind is FactKind.PAYMENT_FAILED else 0


def added(kept: Statistic, more: Statistic) -> Statistic:
    """Two of one key together."""
    return msgspec.structs.replace(
        kept,
        counts=tuple(map(add, kept.counts, more.counts)),
        amounts=tuple(map(add, kept.amounts, more.amounts)),
    )


def by_day(statistic: Statistic, *, from_ms: int, until_ms: int, offset_ms: int) -> Iterator[Figure]:
    """Its figures of the days of another time zone, between two times; all of them are whole half hours."""
    begin_ms = statistic.day * DAY_MS
    first = max((from_ms - begin_ms) // SPAN_MS, 0)
    end = min((until_ms - begin_ms) // SPAN_MS, SPANS)
    # Where the other zone's next day begins.
    midnight = SPANS - (begin_ms + offset_ms) % DAY_MS // SPAN_MS
    for start, stop in ((first, min(midnight, end)), (max(midnight, first), end)):
        if start < stop and (count := sum(statistic.counts[start:stop])):
            yield Figure(
                day=(begin_ms + start * SPAN_MS + offset_ms) // DAY_MS,
                kind=FactKind(statistic.kind),
                method=statistic.method,
                currency=statistic.currency,
                held=statistic.held,
                why=statistic.why,
                count=count,
                amount_minor=sum(statistic.amounts[start:stop]),
            )
