"""What is blocked, how strict merchants are, and what is counted."""

from __future__ import annotations

import msgspec

from polygate.core.blocks import Block, BlockKind
from polygate.core.ids import MerchantId
from polygate.core.outcomes import Decline
from polygate.core.risk import Counts, RiskPolicy
from polygate.store.reads.questions import Questions


class RiskReads(Questions):
    async def blocks(self) -> list[Block]:
        """All that operators have blocked, oldest first."""
        return await self._many(Block, "1 = 1 ORDER BY block_id")

    async def block(self, block_id: int) -> Block | None:
        return await self._one(Block, "block_id = %s", block_id)

    async def block_on(self, merchant_id: MerchantId, kind: BlockKind, value: str) -> Block | None:
        return await self._one(Block, "kind = %s AND value = %s AND merchant_id = %s", kind.value, value, merchant_id)

    async def risk_policies(self) -> dict[MerchantId, RiskPolicy]:
        """Those of the merchants who do not live with the defaults."""
        rows = await self._rows.fetch("SELECT merchant_id, risk FROM merchants WHERE risk <> '{}'", ())
        return {MerchantId(merchant_id): msgspec.json.decode(risk, type=RiskPolicy) for merchant_id, risk in rows}

    async def risk_counts(
        self,
        merchant_id: MerchantId,
        *,
        fingerprint: str,
        client_ip: str,
        app_id: str,
        since_ms: int,
        per_card: int,
        per_address: int,
        per_app: int,
    ) -> Counts:
        """A merchant's checked payments that were not stopped; more than a limit is not counted.

        Without a fingerprint (a wallet) or an address nothing is counted for it.
        """
        recent = "e.merchant_id = %s AND e.at_ms > %s AND NOT e.stopped"
        of = f"SELECT count(*) FROM (SELECT 1 FROM risk_events e WHERE {recent} AND e.{{}} = %s LIMIT %s) AS counted"
        found = await self._rows.fetch(
            f"SELECT ({of.format('fingerprint')}), ({of.format('client_ip')}), ({of.format('app_id')}), "
            # An order on the hosted page has several tries and one decline, which counts for each of them. No join:
            # before PostgreSQL has statistics it would read all of the merchant's payments.
            f"(SELECT count(*) FROM risk_events e WHERE {recent} AND e.fingerprint = %s AND (SELECT p.decline "
            "FROM payments p WHERE p.merchant_id = e.merchant_id AND p.payment_id = e.payment_id) NOT IN ('', %s)), "
            "(SELECT count(DISTINCT e.fingerprint) FROM risk_events e "
            f"WHERE {recent} AND e.client_ip = %s AND e.fingerprint NOT IN ('', %s))",
            (
                *(merchant_id, since_ms, fingerprint or None, per_card),
                *(merchant_id, since_ms, client_ip or None, per_address),
                *(merchant_id, since_ms, app_id, per_app),
                *(merchant_id, since_ms, fingerprint or None, Decline.CANCELED_BY_PAYER.value),
                *(merchant_id, since_ms, client_ip or None, fingerprint),
            ),
        )
        return Counts(*found[0])
