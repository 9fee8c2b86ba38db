"""Payouts, and what is there to be paid out."""

from __future__ import annotations

from collections.abc import Sequence

from polygate.core.ids import MerchantId, PayoutId
from polygate.core.methods import SETTLED_AT_ONCE
from polygate.core.payouts import Payout, Reserve
from polygate.store.reads.questions import Questions, identifier


class PayoutReads(Questions):
    async def payout(self, merchant_id: MerchantId, payout_id: PayoutId) -> Payout | None:
        return await self._one(Payout, "merchant_id = %s AND payout_id = %s", merchant_id, payout_id)

    async def payout_by_number(self, merchant_id: MerchantId, protocol: str, app_id: str, number: str) -> Payout | None:
        where = "number = %s AND merchant_id = %s AND protocol = %s AND app_id = %s"
        return await self._one(Payout, where, number, merchant_id, protocol, app_id)

    async def payouts_among(self, merchant_id: MerchantId, identifiers: Sequence[int]) -> frozenset[int]:
        """Which of these are payouts of a merchant."""
        if not identifiers:
            return frozenset()
        places = ", ".join(["%s"] * len(identifiers))
        found = await self._rows.fetch(
            f"SELECT payout_id FROM payouts WHERE merchant_id = %s AND payout_id IN ({places})",
            (merchant_id, *identifiers),
        )
        return frozenset(int(payout_id) for (payout_id,) in found)

    async def reserve(self, merchant_id: MerchantId, currency: str) -> Reserve | None:
        return await self._one(Reserve, "merchant_id = %s AND currency = %s", merchant_id, currency)

    async def available(self, merchant_id: MerchantId, currency: str, *, after: int, up_to: int) -> int:
        """What the postings with identifiers above `after` and up to `up_to` did to the available balance, in minor
        units."""
        found = await self._rows.fetch(
            "SELECT COALESCE(SUM(CASE WHEN credit = 'merchant:available' THEN amount_minor ELSE -amount_minor END), 0) "
            "FROM postings WHERE merchant_id = %s AND currency = %s AND posting_id > %s AND posting_id <= %s "
            "AND (credit = 'merchant:available' OR debit = 'merchant:available')",
            (merchant_id, currency, after, up_to),
        )
        return int(found[0][0])

    async def funds(self, merchant_id: MerchantId, currency: str, *, after: int) -> tuple[int, int, int]:
        """In minor units, all at one moment: what postings above `after` did to the available balance, what payouts
        under way hold of it, and what refunds under way do."""
        instant = sorted(SETTLED_AT_ONCE)
        found = await self._rows.fetch(
            "SELECT (SELECT COALESCE(SUM(CASE WHEN credit = 'merchant:available' THEN amount_minor "
            "ELSE -amount_minor END), 0) FROM postings WHERE merchant_id = %s AND currency = %s AND posting_id > %s "
            "AND (credit = 'merchant:available' OR debit = 'merchant:available')), "
            "(SELECT COALESCE(SUM(amount_minor + fee_minor), 0) FROM payouts "
            "WHERE merchant_id = %s AND currency = %s AND state IN ('waiting', 'sent')), "
            "(SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds r JOIN payments p "
            "ON p.merchant_id = r.merchant_id AND p.payment_id = r.payment_id WHERE r.merchant_id = %s "
            f"AND r.currency = %s AND r.state = 'accepted' AND p.method IN ({', '.join(['%s'] * len(instant))}))",
            (merchant_id, currency, after, merchant_id, currency, merchant_id, currency, *instant),
        )
        available, paying, refunding = (int(minor) for minor in found[0])
        return available, paying, refunding

    async def payouts_numbered(self, number: str) -> list[Payout]:
        """Whoever's payouts carry a number, ours, a merchant's or a bank's; for operators only."""
        if our_id := identifier(number):
            found = await self._many(Payout, "payout_id = %s", our_id)
            if found:
                return found
        found = await self._many(Payout, "number = %s ORDER BY payout_id LIMIT 20", number)
        if found:
            return found
        return await self._many(Payout, "reference = %s AND reference <> '' ORDER BY +payout_id LIMIT 20", number)

    async def payout_referenced(self, reference: str, *, but: PayoutId) -> Payout | None:
        """Another one that was paid under a bank's number, whoever's it is; for operators only."""
        where = "reference = %s AND reference <> '' AND +payout_id <> %s ORDER BY +payout_id LIMIT 1"
        return await self._one(Payout, where, reference, but)
