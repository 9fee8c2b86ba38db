"""Block lists and policies are at hand for every payment, and read no more often than once a second."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from polygate.core.ids import MerchantId
from polygate.core.risk import RiskPolicy
from polygate.operations.risk_rules import RiskRules
from polygate.store.reads import Reads
from tests.support.house import MovableClock


class Settings:
    """A database in which one merchant has a policy of its own and nothing is blocked."""

    def __init__(self) -> None:
        self.per_card = 1
        self.reads = 0

    async def fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        await asyncio.sleep(0)
        if "FROM blocks" in sql:
            return []
        self.reads += 1
        return [(7, f'{{"per_card":{self.per_card}}}')]


async def test_many_payments_share_one_read() -> None:
    """Fifty at once, and all that follow within the second."""
    settings, clock = Settings(), MovableClock()
    rules = RiskRules(Reads(settings), clock)

    await asyncio.gather(*(rules.in_force() for _ in range(50)))
    clock.move(milliseconds=999)
    await rules.in_force()

    assert settings.reads == 1


async def test_a_change_is_seen_after_a_second() -> None:
    """No sooner is promised, and no later is good enough."""
    settings, clock = Settings(), MovableClock()
    rules = RiskRules(Reads(settings), clock)
    assert (await rules.in_force()).policy(MerchantId(7)).per_card == 1
    settings.per_card = 2

    clock.move(seconds=1)

    assert (await rules.in_force()).policy(MerchantId(7)).per_card == 2
    assert (await rules.in_force()).policy(MerchantId(8)) == RiskPolicy()


async def test_a_clock_that_was_set_back_is_no_reason_to_wait() -> None:
    """What was read in the future is read again."""
    settings, clock = Settings(), MovableClock()
    rules = RiskRules(Reads(settings), clock)
    await rules.in_force()

    clock.move(hours=-1)
    await rules.in_force()

    assert settings.reads == 2
