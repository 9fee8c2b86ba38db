"""What every operation works with. Time, randomness and identifiers come from here, so that tests can move them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final

from polygate.connectors.contract import Connector
from polygate.connectors.transport import Transport
from polygate.core.ids import IdSequence
from polygate.core.payments import REFUND_WINDOW_DAYS
from polygate.core.routing import Offer
from polygate.operations.links import Links
from polygate.operations.rates import UNBOUNDED, Rate
from polygate.operations.risk_rules import RiskRules
from polygate.store.opened import Store
from polygate.store.vault import Vault

Clock = Callable[[], int]
"""The time in milliseconds since 1970."""


def wall_clock() -> int:
    return time.time_ns() // 1_000_000


class Context:
    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        transport: Transport,
        connectors: Mapping[str, Connector],
        links: Links,
        ids: IdSequence,
        clock: Clock = wall_clock,
        app_rate: Rate = UNBOUNDED,
        address_rate: Rate = UNBOUNDED,
        refund_window_days: int = REFUND_WINDOW_DAYS,
    ) -> None:
        self.store: Final = store
        self.reads: Final = store.reads
        self.vault: Final = vault
        self.transport: Final = transport
        self.connectors: Final = connectors
        self.links: Final = links
        self.app_rate: Final = app_rate
        """How often an app may ask."""
        self.address_rate: Final = address_rate
        """How often somebody who has not shown yet who they are may ask, by address."""
        self.refund_window_days: Final = refund_window_days
        """How long after the capture a refund may be asked for."""
        self.risk_rules: Final = RiskRules(store.reads, clock)
        self.clock: Final = clock
        self._ids = ids
        self.work_waits: Final = asyncio.Event()
        """Set when an attempt was planned for the jobs to send."""
        self.webhooks_wait: Final = asyncio.Event()
        """Set when a webhook was committed: its delivery need not wait for the next round."""
        self.stopping: Final = asyncio.Event()
        """Set when the process is about to end: answers that would go on for minutes end now."""

    def mint(self) -> int:
        """The next identifier."""
        return self._ids.take(self.clock())

    def connector(self, acquirer: str) -> Connector:
        return self.connectors[acquirer]

    def offers(self) -> Mapping[str, Offer]:
        """What each acquirer collects, in the order of preference."""
        return {name: connector.offer for name, connector in self.connectors.items()}

    def timeout_ms(self, acquirer: str) -> int:
        """How long an acquirer may take to answer."""
        return int(self.connectors[acquirer].timeout_s * 1_000)
