"""Subscriptions and their renewals."""

from __future__ import annotations

from polygate.core.ids import MerchantId
from polygate.core.payments import Payment
from polygate.core.subscriptions import Subscription
from polygate.store.reads.questions import Questions, identifier


class SubscriptionReads(Questions):
    async def subscription(self, merchant_id: MerchantId, subscription_id: int) -> Subscription | None:
        return await self._one(Subscription, "merchant_id = %s AND subscription_id = %s", merchant_id, subscription_id)

    async def subscriptions_numbered(self, number: str) -> list[Subscription]:
        """Whoever's subscriptions carry a number, ours or that of their first payment; for operators only."""
        if our_id := identifier(number):
            found = await self._many(Subscription, "subscription_id = %s OR payment_id = %s", our_id, our_id)
            if found:
                return found
        return await self._many(Subscription, "number = %s ORDER BY subscription_id LIMIT 20", number)

    async def renewals(self, first: Payment) -> list[Payment]:
        """The payments that charge the first one's card again for the same, oldest first."""
        where = (
            "merchant_id = %s AND group_no = %s AND group_no <> '' AND protocol = %s AND agreement_id = %s "
            "AND keep_card = '' ORDER BY payment_id"
        )
        return await self._many(Payment, where, first.merchant_id, first.group_no, first.protocol, first.agreement_id)
