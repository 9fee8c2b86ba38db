"""A merchant with a balance, and the line to the acquirer that pays it out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from polygate.assembly import House
from polygate.connectors.contract import Answer, Ask
from polygate.core.attempts import Attempt
from polygate.core.ids import MerchantId
from polygate.core.money import Money
from polygate.core.payouts import Payout, PayoutMethod, PayoutOrder, Receiver
from polygate.jobs.payments import ask_again_round
from polygate.jobs.payouts import return_round
from polygate.operations.balances import Funds, funds_of
from polygate.operations.pay_out import pay_out
from tests.support.house import MovableClock

PRICE: Final = Money(85_000, "INR")
OPENING_MINOR: Final = 200_000
RECEIVER: Final = Receiver(PayoutMethod.UPI, "Ravi K", "ravi@examplebank")

Line = Callable[[Ask], Awaitable[Answer]]


class Bank:
    """A house with a merchant that has 2,000.00 INR, and a line to the acquirer that tests can cut."""

    def __init__(self, house: House, clock: MovableClock, merchant_id: MerchantId, app_id: str) -> None:
        self.context: Final = house.context
        self.clock: Final = clock
        self._ids: Final = merchant_id, app_id
        self._lines = house.context.transport._lines
        self._good: Line = self._lines["sandbox"]

    def speak(self, line: Line) -> None:
        """From now on, this is how the acquirer is reached."""
        self._lines["sandbox"] = line  # type: ignore[index]

    async def reach(self, ask: Ask) -> Answer:
        """The acquirer itself."""
        return await self._good(ask)

    def order(self, number: str = "PO-1", amount: Money = PRICE, receiver: Receiver | None = RECEIVER) -> PayoutOrder:
        merchant_id, app_id = self._ids
        return PayoutOrder(
            merchant_id=merchant_id,
            app_id=app_id,
            protocol="channel",
            number=number,
            amount=amount,
            fee=Money(0, amount.currency),
            receiver=receiver,
            description="",
            attach="",
            notify_url="",
            request={},
        )

    async def pay(self, number: str = "PO-1", *, at_once: bool = False, **changes: object) -> Payout:
        return await pay_out(self.context, self.order(number, **changes), at_once=at_once)  # type: ignore[arg-type]

    async def work(self, seconds: float = 0) -> None:
        """What the jobs do after a while."""
        self.clock.move(seconds=seconds)
        await ask_again_round(self.context)
        await return_round(self.context)

    async def seen(self, payout: Payout) -> Payout:
        found = await self.context.reads.payout(payout.merchant_id, payout.payout_id)
        assert found is not None
        return found

    async def attempts(self, payout: Payout) -> list[Attempt]:
        return await self.context.reads.attempts(payout.merchant_id, payout.payout_id)  # type: ignore[arg-type]

    async def transfers(self) -> list[tuple[str, int]]:
        """What the acquirer's own book says was sent."""
        sql = "SELECT state, amount_minor FROM sandbox_book WHERE kind = 'transfer' ORDER BY attempt_id"
        return [(state, minor) for state, minor in await self.context.store.fetch(sql)]

    async def funds(self) -> Funds:
        return await funds_of(self.context, self._ids[0], PRICE.currency)


UNTOUCHED: Final = Funds(OPENING_MINOR, 0)
HELD: Final = Funds(OPENING_MINOR - PRICE.minor, PRICE.minor)
GONE: Final = Funds(OPENING_MINOR - PRICE.minor, 0)
