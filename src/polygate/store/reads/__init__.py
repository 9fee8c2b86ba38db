"""Every question the product asks the store, by name and subject. The SQL is plain enough to serve both databases."""

from __future__ import annotations

from polygate.store.reads.books import BookReads
from polygate.store.reads.calls import CallReads
from polygate.store.reads.merchants import Caller, MerchantReads
from polygate.store.reads.payments import PaymentReads
from polygate.store.reads.payouts import PayoutReads
from polygate.store.reads.people import PeopleReads
from polygate.store.reads.questions import Row
from polygate.store.reads.risk import RiskReads
from polygate.store.reads.subscriptions import SubscriptionReads
from polygate.store.reads.webhooks import WebhookReads
from polygate.store.vault import DataKey

__all__ = ["Caller", "Reads", "Row"]


class Reads(
    MerchantReads,
    PaymentReads,
    PayoutReads,
    SubscriptionReads,
    BookReads,
    WebhookReads,
    CallReads,
    RiskReads,
    PeopleReads,
):
    """All of them, as operations have them at hand."""

    async def data_keys(self) -> list[DataKey]:
        return await self._many(DataKey, "1 = 1 ORDER BY created_ms")

    async def ping(self) -> None:
        """Raises Unavailable if the database does not answer."""
        await self._rows.fetch("SELECT 1", ())
