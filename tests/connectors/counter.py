"""A counter to order at: the real connector, transport and sandbox acquirer over a book in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from polygate.connectors.contract import Answer, Ask, Charge, Follow, Initiator, WalletOrder
from polygate.connectors.sandbox import CONNECTOR, Entry, SandboxAcquirer, Taken, taken_minor
from polygate.connectors.sandbox.book import Choice
from polygate.connectors.sandbox.connector import SandboxConnector
from polygate.connectors.transport import Transport
from polygate.core.cards import Card, Cryptogram, Secret
from polygate.core.ids import AttemptId, MerchantId
from polygate.core.methods import Method, Product
from polygate.core.money import Money
from polygate.core.outcomes import Authentication, NeedsPayer, Outcome
from tests.connectors.memory_book import MemoryBook

MERCHANT: Final = MerchantId(10_000_000_000_001)
PLAIN_CARD: Final = "4444333322221111"
WALLET_RETURN_URL: Final = "http://pay.example:8080/q/w_abc/return"
RETURN_URL: Final = "http://pay.example:8080/3ds/return/7?t=abc"


class HastyConnector(SandboxConnector):
    """The same connector with less patience, so that tests of silence are quick."""

    timeout_s = 0.3


class Counter:
    """Attempts are numbered 1, 2, 3, ... unless the test says otherwise; the clock moves only when told."""

    def __init__(self) -> None:
        self.now_ms = 1_760_000_000_000
        self.book = MemoryBook()
        self.told: list[tuple[int, int]] = []
        self.acquirer = SandboxAcquirer(self.book, lambda: self.now_ms, tell=self._hear)
        self.asks: list[Ask] = []
        self.connector = CONNECTOR
        self._transport = Transport({"sandbox": self._overheard})
        self._attempts = 0

    def attempt(self) -> AttemptId:
        self._attempts += 1
        return AttemptId(self._attempts)

    async def charge(
        self,
        card: str = PLAIN_CARD,
        minor: int = 10_000,
        currency: str = "USD",
        *,
        attempt: int | None = None,
        cvc: str | None = "123",
        capture: bool = True,
        three_ds: str = "auto",
        own: Authentication | None = None,
        fraud_check: bool = False,
        return_url: str = RETURN_URL,
        billing: Mapping[str, Any] | None = None,
        expiry: tuple[int, int] | None = (2031, 6),
        cryptogram: Cryptogram | None = None,
        first_reference: str = "",
    ) -> Outcome:
        year, month = expiry or (None, None)
        order = Charge(
            merchant=MERCHANT,
            attempt=self.attempt() if attempt is None else AttemptId(attempt),
            amount=Money(minor, currency),
            card=Card(Secret(card), "Amy", "Lee", Secret(cvc) if cvc else None, month, year),
            capture=capture,
            three_ds=three_ds,
            authentication=own,
            fraud_check=fraud_check,
            statement="SHOP",
            client_ip="203.0.113.9",
            return_url=return_url,
            billing=billing,
            initiator=Initiator.MERCHANT if first_reference else Initiator.PAYER,
            first_reference=first_reference,
            cryptogram=cryptogram,
        )
        return await self._transport.run(self.connector, self.connector.authorize(order))

    async def collect(
        self,
        method: Method = Method.WECHAT,
        product: Product = Product.QR_CODE,
        minor: int = 10_000,
        currency: str = "SGD",
        *,
        attempt: int | None = None,
        code: str | None = None,
        description: str = "table 7",
    ) -> Outcome:
        order = WalletOrder(
            merchant=MERCHANT,
            attempt=self.attempt() if attempt is None else AttemptId(attempt),
            amount=Money(minor, currency),
            method=method,
            product=product,
            code=Secret(code) if code else None,
            payer_id="o1",
            app_id="wx1",
            store="P1",
            credit_allowed=True,
            description=description,
            client_ip="203.0.113.9",
            return_url=WALLET_RETURN_URL,
            expires_ms=self.now_ms + 1_800_000,
        )
        return await self._transport.run(self.connector, self.connector.collect(order))

    async def complete(self, attempt: int) -> Outcome:
        order = _follow(attempt, attempt, Money(0, "USD"))
        return await self._transport.run(self.connector, self.connector.complete(order))

    async def inquire(self, attempt: int, currency: str = "USD") -> Outcome:
        order = _follow(attempt, attempt, Money(0, currency))
        return await self._transport.run(self.connector, self.connector.inquire(order))

    async def capture(self, original: int, minor: int, *, attempt: int | None = None) -> Outcome:
        order = _follow(self.attempt() if attempt is None else attempt, original, Money(minor, "USD"))
        return await self._transport.run(self.connector, self.connector.capture(order))

    async def void(self, original: int, currency: str = "USD", *, attempt: int | None = None) -> Outcome:
        order = _follow(self.attempt() if attempt is None else attempt, original, Money(10_000, currency))
        return await self._transport.run(self.connector, self.connector.void(order))

    async def close(self, original: int, currency: str = "SGD", *, attempt: int | None = None) -> Outcome:
        order = _follow(self.attempt() if attempt is None else attempt, original, Money(10_000, currency))
        return await self._transport.run(self.connector, self.connector.close(order))

    async def refund(self, original: int, minor: int, currency: str = "USD", *, attempt: int | None = None) -> Outcome:
        order = _follow(self.attempt() if attempt is None else attempt, original, Money(minor, currency))
        return await self._transport.run(self.connector, self.connector.refund(order))

    async def choose(self, outcome: Outcome, choice: Choice) -> Entry | None:
        """What the payer does on the page that an outcome sends the browser to."""
        assert isinstance(outcome, NeedsPayer)
        page = urlsplit(outcome.url)
        merchant, attempt = page.path.split("/")[-2:]
        return await self.acquirer.choose(int(merchant), int(attempt), parse_qs(page.query)["key"][0], choice)

    def entry(self, attempt: int) -> Entry:
        return self.book.entries[MERCHANT, attempt]

    def taken(self, currency: str = "USD") -> Taken:
        """The acquirer's sums for the merchant, now."""
        return taken_minor(self.book.entries.values(), now_ms=self.now_ms).get((MERCHANT, currency), Taken())

    async def _hear(self, merchant: int, attempt: int) -> None:
        self.told.append((merchant, attempt))

    async def _overheard(self, ask: Ask) -> Answer:
        self.asks.append(ask)
        return await self.acquirer.answer(ask)


def _follow(attempt: int, original: int, amount: Money) -> Follow:
    return Follow(
        merchant=MERCHANT, attempt=AttemptId(attempt), original=AttemptId(original), reference="", amount=amount
    )
