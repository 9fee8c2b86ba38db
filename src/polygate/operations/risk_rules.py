"""What operators have set about risk: block lists and merchants' policies, at hand for every payment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from polygate.core.blocks import BlockList
from polygate.core.ids import MerchantId
from polygate.core.risk import RiskPolicy
from polygate.store.reads import Reads

FRESH_MS: Final = 1_000
"""How long they are used before they are read again: what an operator changes takes effect within this time."""
_DEFAULT: Final = RiskPolicy()


class InForce(msgspec.Struct, frozen=True):
    blocks: BlockList
    policies: Mapping[MerchantId, RiskPolicy]
    """Of the merchants who have one of their own."""

    def policy(self, merchant_id: MerchantId) -> RiskPolicy:
        return self.policies.get(merchant_id, _DEFAULT)


class RiskRules:
    """Read at most once a second, and not by every payment: most are never checked, and must not pay for it."""

    def __init__(self, reads: Reads, clock: Callable[[], int]) -> None:
        self._reads = reads
        self._clock = clock
        self._in_force: InForce | None = None
        self._read_ms = 0
        self._reading = asyncio.Lock()

    async def in_force(self) -> InForce:
        """Raises Unavailable."""
        if (known := self._known()) is not None:
            return known
        async with self._reading:
            if (known := self._known()) is not None:
                return known
            # The time before the read: a block added meanwhile may have been missed.
            now_ms = self._clock()
            blocks, policies = await self._reads.blocks(), await self._reads.risk_policies()
            self._in_force, self._read_ms = InForce(BlockList(blocks), policies), now_ms
            return self._in_force

    def _known(self) -> InForce | None:
        age_ms = self._clock() - self._read_ms
        return self._in_force if 0 <= age_ms < FRESH_MS else None
