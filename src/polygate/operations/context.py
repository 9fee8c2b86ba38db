"""What every operation works with. Time, randomness and identifiers come from here, so that tests can move them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final
from weakref import WeakValueDictionary

import msgspec

from polygate.connectors.contract import Connector
from polygate.connectors.transport import Transport
from polygate.core.ids import IdSequence, MerchantId
from polygate.core.payments import REFUND_WINDOW_DAYS
from polygate.core.routing import Offer, PayoutOffer
from polygate.operations.links import Links
from polygate.operations.rates import UNBOUNDED, Rate
from polygate.operations.risk_rules import RiskRules
from polygate.store.opened import Store
from polygate.store.vault import Vault


class ChannelRules(msgspec.Struct, frozen=True):
    """How this gateway runs the Channel API."""

    currency: str = "INR"
    """Its orders are all in one currency."""
    credit_life_ms: int = 30 * 60_000
    """How long a payer may take."""
    plain_calls: bool = True
    """Whether calls that are not encrypted (V1) are answered."""


_USUAL: Final = ChannelRules()

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
        exact_ids: IdSequence,
        channel: ChannelRules = _USUAL,
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
        self.channel: Final = channel
        self._ids = ids
        self._exact_ids = exact_ids
        self._turns: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()
        self.work_waits: Final = asyncio.Event()
        """Set when an attempt was planned for the jobs to send."""
        self.webhooks_wait: Final = asyncio.Event()
        """Set when a webhook was committed: its delivery need not wait for the next round."""
        self.stopping: Final = asyncio.Event()
        """Set when the process is about to end: answers that would go on for minutes end now."""

    def mint(self) -> int:
        """The next identifier."""
        return self._ids.take(self.clock())

    def mint_exact(self) -> int:
        """An identifier that is exact in every JSON reader, for orders of an API that writes it as a number."""
        return self._exact_ids.take(self.clock())

    def connector(self, acquirer: str) -> Connector:
        return self.connectors[acquirer]

    def offers(self) -> Mapping[str, Offer]:
        """What each acquirer collects, in the order of preference."""
        return {name: connector.offer for name, connector in self.connectors.items()}

    def payout_offers(self) -> Mapping[str, PayoutOffer]:
        """What each acquirer pays out, in the order of preference."""
        return {name: connector.payout_offer for name, connector in self.connectors.items()}

    def turn(self, merchant_id: MerchantId, currency: str) -> asyncio.Lock:
        """For whoever takes from a balance: of many at once all but one would lose. The database decides all the
        same; a turn only spares it the losers."""
        return self._turns.setdefault((merchant_id, currency), asyncio.Lock())

    def timeout_ms(self, acquirer: str) -> int:
        """How long an acquirer may take to answer."""
        return int(self.connectors[acquirer].timeout_s * 1_000)
