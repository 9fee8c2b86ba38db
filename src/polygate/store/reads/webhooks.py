"""The outbox, and every try to deliver."""

from __future__ import annotations

from polygate.core.ids import MerchantId, PaymentId
from polygate.core.webhooks import Webhook, WebhookTry
from polygate.store.reads.questions import Questions


class WebhookReads(Questions):
    async def webhook(self, merchant_id: MerchantId, webhook_id: int) -> Webhook | None:
        return await self._one(Webhook, "merchant_id = %s AND webhook_id = %s", merchant_id, webhook_id)

    async def webhook_by_id(self, webhook_id: int) -> Webhook | None:
        """Whoever's webhook has an id; for operators only."""
        return await self._one(Webhook, "webhook_id = %s", webhook_id)

    async def webhooks(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[Webhook]:
        return await self._many(
            Webhook, "merchant_id = %s AND payment_id = %s ORDER BY webhook_id", merchant_id, payment_id
        )

    async def last_status(self, merchant_id: MerchantId, payment_id: int) -> int:
        """The HTTP status of the latest try to tell of a payment or payout; 0 before, and where none came back."""
        found = await self._rows.fetch(
            "SELECT t.status FROM webhook_tries t JOIN webhooks w ON w.merchant_id = t.merchant_id "
            "AND w.webhook_id = t.webhook_id WHERE w.merchant_id = %s AND w.payment_id = %s "
            "ORDER BY t.at_ms DESC, t.webhook_id DESC, t.try_no DESC LIMIT 1",
            (merchant_id, payment_id),
        )
        return int(found[0][0]) if found else 0

    async def webhook_tries(self, merchant_id: MerchantId, webhook_id: int) -> list[WebhookTry]:
        return await self._many(
            WebhookTry, "merchant_id = %s AND webhook_id = %s ORDER BY try_no", merchant_id, webhook_id
        )
