"""Statistics: how many payments ended how, and what they came to, counted from the facts.

Facts are counted by the half hour in which they happened, so that days can be cut in nearly every time zone.
"""

from __future__ import annotations

from typing import Final

import msgspec

from polygate.core.facts import FactKind
from polygate.core.ids import MerchantId

SPAN_MS: Final = 1_800_000
DAY_MS: Final = 86_400_000

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
    """The facts of one kind in one half hour about payments that are alike."""

    merchant_id: MerchantId
    since_ms: int
    """When the half hour begins."""
    kind: str
    """One of `COUNTED`."""
    method: str
    currency: str
    held: bool
    """Whether the payment was authorized first and captured later, on purpose."""
    why: str
    """A `Decline`, for payments that failed."""
    count: int
    amount_minor: int
    """For captures what was captured, for refunds what was refunded, otherwise what was asked."""


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
        kept, count=kept.count + more.count, amount_minor=kept.amount_minor + more.amount_minor
    )
