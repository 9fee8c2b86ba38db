"""What a merchant has available, read so that what is taken of it on this knowledge is there."""

from __future__ import annotations

import msgspec

from polygate.core import ids
from polygate.core.ids import MerchantId
from polygate.core.payouts import COUNTING_LAG_MS, Balance, Reserve
from polygate.operations.context import Context


class Funds(msgspec.Struct, frozen=True):
    """A merchant's money in one currency at one moment, in minor units."""

    available_minor: int
    """Free to be paid out."""
    held_minor: int
    """Held back of it for payouts and refunds under way, fees included."""

    @property
    def total_minor(self) -> int:
        return self.available_minor + self.held_minor


async def funds_of(context: Context, merchant_id: MerchantId, currency: str) -> Funds:
    """What there is. Nothing may be taken on this knowledge: for that there is `balance_of`."""
    kept = await context.reads.reserve(merchant_id, currency)
    counted_minor, counted_to = (kept.counted_minor, kept.counted_to) if kept else (0, 0)
    since, paying, refunding = await context.reads.funds(merchant_id, currency, after=counted_to)
    return Funds(counted_minor + since, paying + refunding)


async def balance_of(context: Context, merchant_id: MerchantId, currency: str) -> Balance:
    """The available balance and its guard.

    The guard is read first: whoever takes money meanwhile changes it, and then a decision on this balance loses. Money
    that comes in meanwhile only adds to it.
    """
    kept = await context.reads.reserve(merchant_id, currency)
    reserve = kept or Reserve(merchant_id, currency, 0, 0, version=0)
    counted_to = max(ids.first_at(context.clock() - COUNTING_LAG_MS), reserve.counted_to)
    counted_minor = reserve.counted_minor + await context.reads.available(
        merchant_id, currency, after=reserve.counted_to, up_to=counted_to
    )
    recent_minor = await context.reads.available(merchant_id, currency, after=counted_to, up_to=ids.LAST)
    following = Reserve(merchant_id, currency, counted_minor, counted_to, version=reserve.version + 1)
    return Balance(following, counted_minor + recent_minor)
