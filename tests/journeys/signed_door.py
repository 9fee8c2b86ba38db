"""The Signed API's verbs: payments by UPI, refunds, and payouts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from polygate.assembly import House
from polygate.client import AsyncSignedClient, Money
from polygate.client.signed import (
    Payer,
    PaymentCreated,
    PaymentOrder,
    PayMethod,
    PayoutMethod,
    PayoutOrder,
    Refund,
    RefundOrder,
)
from polygate.operations.new_accounts import NewApp, NewMerchant
from tests.journeys.door import NUMBER, OPENING, PRICE, Door
from tests.journeys.journeys import CURRENCY, Ends
from tests.support.house import BASE_URL, MovableClock
from tests.support.moody_receiver import Notification


class SignedDoor(Door):
    name = "signed"
    words: ClassVar[Mapping[Ends, object]] = {
        Ends.PAID: "PAID",
        Ends.DECLINED: "FAILED",
        Ends.CANCELED: "CANCELLED",
        Ends.EXPIRED: "EXPIRED",
        # "A final payout never changes again" (section 5.3); the balance tells that it came back.
        Ends.RETURNED: "PAID",
    }
    untold: ClassVar[frozenset[str]] = frozenset({"PayoutReturned"})

    def __init__(
        self, house: House, clock: MovableClock, merchant: NewMerchant, app: NewApp, *, notify_url: str
    ) -> None:
        super().__init__(house, clock, merchant, app, notify_url=notify_url)
        self.client: Final = AsyncSignedClient(
            BASE_URL, app_id=app.app.app_id, secret=app.secret, http=self.http, clock=clock
        )

    async def told(self, *, is_payout: bool) -> object:
        if is_payout:
            return (await self.client.query_payout(merchant_trade_no=NUMBER)).status
        return (await self.client.query_payment(merchant_trade_no=NUMBER)).status

    def heard(self, notification: Notification) -> object:
        said = self.client.verify_notification(notification.headers, notification.body, notify_url=self.notify_url)
        return None if isinstance(said, Refund) else said.status

    async def take(self, _minor: int) -> None:
        await self._pay("pass")

    async def take_again(self, _minor: int) -> None:
        """The same order again is the same payment (section 4.1)."""
        first = await self.client.query_payment(merchant_trade_no=NUMBER)
        assert (await self.client.create_payment(self._order())).payment_no == first.payment_no

    async def decline(self, _minor: int) -> None:
        await self._pay("fail")

    async def walk_away(self, _minor: int) -> None:
        await self._pay("cancel")

    async def open(self, _minor: int) -> None:
        await self.client.create_payment(self._order())

    async def refund(self, minor: int) -> None:
        paid = await self.client.query_payment(merchant_trade_no=NUMBER)
        order = RefundOrder(
            merchant_refund_no=self._next("back"), payment_no=paid.payment_no, amount=Money(minor, CURRENCY),
            description="x", notify_url=self.notify_url,
        )  # fmt: skip
        await self.client.create_refund(order)

    async def pay_out(self, _minor: int) -> None:
        await self.client.create_payout(self._payout())

    async def pay_out_again(self, _minor: int) -> None:
        first = await self.client.query_payout(merchant_trade_no=NUMBER)
        assert (await self.client.create_payout(self._payout())).payout_no == first.payout_no

    async def pay_out_to_nobody(self, _minor: int) -> None:
        await self.client.create_payout(self._payout(to="notfound@bank"))

    async def pay_out_and_back(self, _minor: int) -> None:
        await self.client.create_payout(self._payout(name="REVERSE Rao"))

    async def pay_out_too_much(self, _minor: int) -> None:
        await self.client.create_payout(self._payout("order-2", OPENING))

    async def _pay(self, choice: str) -> None:
        created: PaymentCreated = await self.client.create_payment(self._order())
        assert created.action is not None
        await self.at_wallet(created.action.url.removesuffix("/page"), choice)

    def _order(self) -> PaymentOrder:
        payer = Payer(user_id="7", name="Asha Rao", email="asha@example.com", phone="9876543210")
        return PaymentOrder(
            merchant_trade_no=NUMBER,
            amount=PRICE,
            description="Lamp",
            payer=payer,
            pay_method=PayMethod(type="UPI"),
            notify_url=self.notify_url,
        )

    def _payout(
        self, number: str = NUMBER, amount: Money = PRICE, *, name: str = "Asha Rao", to: str = "asha@bank"
    ) -> PayoutOrder:
        return PayoutOrder(
            merchant_trade_no=number,
            amount=amount,
            description="Withdrawal",
            payout_method=PayoutMethod(type="UPI", vpa=to, payee_name=name),
            notify_url=self.notify_url,
        )
