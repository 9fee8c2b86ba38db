"""What every operation works with. Time, randomness and identifiers come from here, so that tests can move them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import tzinfo
from typing import Final, Protocol
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

import msgspec

from polygate.connectors.contract import Connector
from polygate.connectors.transport import Transport
from polygate.core.ids import IdSequence, MerchantId, is_long, lengthened
from polygate.core.merchants import Merchant
from polygate.core.payments import REFUND_WINDOW_DAYS, Payment
from polygate.core.routing import Offer, PayoutOffer
from polygate.core.webhooks import Webhook
from polygate.operations.check_books import Books
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


class MerchantRules(msgspec.Struct, frozen=True):
    """How this gateway runs the Merchant API."""

    time_zone: str = "UTC"
    """Of every time that is written or read, by its IANA name."""
    order_life_ms: int = 2 * 3_600_000
    """How long a payer may take."""

    @property
    def zone(self) -> tzinfo:
        """The same, to reckon with."""
        return ZoneInfo(self.time_zone)


class SignedRules(msgspec.Struct, frozen=True):
    """How this gateway runs the Signed API."""

    payment_life_ms: int = 30 * 60_000
    """How long a payer may take."""
    public_urls: tuple[str, ...] = ()
    """Where callers reach us, without slashes at the end: what they may have signed besides what we see ourselves."""
    wants_user_agent: bool = False
    """Whether calls without a `User-Agent` are refused."""


_USUAL: Final = ChannelRules()
_USUAL_MERCHANT: Final = MerchantRules()
_USUAL_SIGNED: Final = SignedRules()

Clock = Callable[[], int]
"""The time in milliseconds since 1970."""

WhyDeaf = Callable[[str], Awaitable[str]]
"""Why nobody listens at an address, in a few words; empty if somebody does."""


async def _nobody_asked(_: str) -> str:
    return ""


class WriteWebhook(Protocol):
    """Writes the body of a webhook of one API, as the payment stands after the event that is about to be written."""

    def __call__(
        self, context: Context, webhook: Webhook, *, merchant: Merchant, payment: Payment
    ) -> Awaitable[bytes]: ...


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
        merchant: MerchantRules = _USUAL_MERCHANT,
        writers: Mapping[str, WriteWebhook] | None = None,
        signed: SignedRules = _USUAL_SIGNED,
        clock: Clock = wall_clock,
        app_rate: Rate = UNBOUNDED,
        address_rate: Rate = UNBOUNDED,
        refund_window_days: int = REFUND_WINDOW_DAYS,
        why_deaf: WhyDeaf = _nobody_asked,
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
        self.why_deaf: Final = why_deaf
        """Asked about an address before it is kept for callbacks."""
        self.refund_window_days: Final = refund_window_days
        """How long after the capture a refund may be asked for."""
        self.risk_rules: Final = RiskRules(store.reads, clock)
        self.books: Final = Books(store, clock)
        self.clock: Final = clock
        self.channel: Final = channel
        self.merchant: Final = merchant
        self.writers: Final = writers or {}
        """For APIs whose webhooks are written, and signed, with the event they tell of."""
        self.signed: Final = signed
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

    def mint_long(self) -> int:
        """An identifier of 19 digits, for orders of an API that prescribes as many."""
        return lengthened(self.mint())

    def mint_like(self, identifier: int) -> int:
        """One of the form that another has, for what belongs to the same order."""
        return self.mint_long() if is_long(identifier) else self.mint()

    def connector(self, acquirer: str) -> Connector:
        return self.connectors[acquirer]

    def offers(self, *, is_test: bool) -> Mapping[str, Offer]:
        """What each acquirer collects, in the order of preference: simulated ones in test mode, and only then."""
        return {
            name: connector.offer for name, connector in self.connectors.items() if connector.is_simulated is is_test
        }

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
