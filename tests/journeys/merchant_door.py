"""The Merchant API's verbs: cards of an app in test mode, where the security code decides (section 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import pytest

from polygate.assembly import House
from polygate.client import ApiError, AsyncMerchantClient, Money, Secret
from polygate.client.merchant import Address, Browser, Card, Order, PaymentNotification, ProductInfo, RefundOrder
from polygate.operations.new_accounts import NewApp, NewMerchant
from tests.journeys.door import NUMBER, PRICE, Door
from tests.journeys.journeys import CURRENCY, Ends
from tests.support.house import BASE_URL, MovableClock
from tests.support.moody_receiver import Notification

APPROVES, CHALLENGES, DECLINES = "123", "701", "801"


class MerchantDoor(Door):
    name = "merchant"
    words: ClassVar[Mapping[Ends, object]] = {Ends.PAID: 100, Ends.DECLINED: 101, Ends.EXPIRED: 103}

    def __init__(
        self, house: House, clock: MovableClock, merchant: NewMerchant, app: NewApp, *, notify_url: str
    ) -> None:
        super().__init__(house, clock, merchant, app, notify_url=notify_url)
        self.client: Final = AsyncMerchantClient(
            BASE_URL, merchant_no=merchant.merchant.merchant_no, secret_key=merchant.secret_key, http=self.http
        )

    async def told(self, *, is_payout: bool) -> object:
        (row,) = (await self.client.list_orders(transaction_id=NUMBER)).data
        assert row == await self.client.find_order(row.unique_id)
        return row.code

    def heard(self, notification: Notification) -> object:
        said = self.client.verify_notification(notification.body)
        return said.code if isinstance(said, PaymentNotification) else None

    async def take(self, _minor: int) -> None:
        assert (await self.client.payment(self._order(APPROVES))).is_paid

    async def take_again(self, _minor: int) -> None:
        with pytest.raises(ApiError, match="501"):
            await self.client.payment(self._order(APPROVES))

    async def challenge(self, _minor: int) -> None:
        answer = await self.client.payment(self._order(CHALLENGES, secure=True))
        assert answer.code == 301
        await self.at_issuer(answer.redirect_url)

    async def decline(self, _minor: int) -> None:
        assert (await self.client.payment(self._order(DECLINES))).code == 101

    async def open(self, _minor: int) -> None:
        self._page = (await self.client.checkout_payment(self._order())).redirect_url

    async def fill_in(self, _minor: int) -> None:
        await self.at_page(self._page)

    async def refund(self, minor: int) -> None:
        (row,) = (await self.client.list_orders(transaction_id=NUMBER)).data
        await self.client.refund(
            RefundOrder(
                unique_id=row.unique_id, amount=Money(minor, CURRENCY), refund_transaction_id=self._next("back")
            )
        )

    def _order(self, cvv: str = "", *, secure: bool | None = None) -> Order:
        card = Card(
            card_number=Secret("4300000000000000"), expired_year="35", expired_month="12", cardholder="Amy Lee",
            cvv=Secret(cvv),
        )  # fmt: skip
        return Order(
            transaction_id=NUMBER,
            amount=PRICE,
            app_id=self.app.app.app_id,
            transaction_ip="203.0.113.9",
            callback_url="https://shop.example/return",
            notification_url=self.notify_url,
            product_infos=(ProductInfo(product_name="Lamp"),),
            billing_address=Address(country="IN"),
            card=card if cvv else None,
            secure=secure,
            browser=Browser(user_agent="Test/1") if secure else None,
        )
