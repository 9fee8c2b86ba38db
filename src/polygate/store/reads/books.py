"""The ledger and the timeline."""

from __future__ import annotations

from polygate.core.facts import Fact
from polygate.core.ids import MerchantId, PaymentId
from polygate.core.ledger import PostingRow
from polygate.store.reads.questions import Questions


class BookReads(Questions):
    async def balances(self, merchant_id: MerchantId) -> dict[tuple[str, str], int]:
        """(account, currency) → credits less debits in minor units, summed from the postings."""
        sums = await self._rows.fetch(
            "SELECT account, currency, SUM(amount) FROM ("
            "SELECT credit AS account, currency, amount_minor AS amount FROM postings WHERE merchant_id = %s "
            "UNION ALL SELECT debit, currency, -amount_minor FROM postings WHERE merchant_id = %s"
            ") AS sides GROUP BY account, currency",
            (merchant_id, merchant_id),
        )
        return {(account, currency): int(total) for account, currency, total in sums}

    async def postings(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[PostingRow]:
        return await self._many(
            PostingRow, "merchant_id = %s AND payment_id = %s ORDER BY posting_id", merchant_id, payment_id
        )

    async def facts(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[Fact]:
        return await self._many(Fact, "merchant_id = %s AND payment_id = %s ORDER BY fact_id", merchant_id, payment_id)
