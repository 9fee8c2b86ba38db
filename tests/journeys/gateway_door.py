"""The Gateway API's verbs: cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import pytest

from polygate.assembly import House
from polygate.client import ApiError, AsyncGatewayClient, Money, Secret
from polygate.client.gateway import (
    Browser,
    Card,
    CashierOrder,
    DeviceInfo,
    Method,
    PaymentNotification,
    PaymentOrder,
    RefundOrder,
)
from polygate.operations.new_accounts import NewApp, NewMerchant
from tests.journeys.door import NUMBER, PRICE, Door
from tests.journeys.journeys import CURRENCY, Ends
from tests.support.house import BASE_URL, MovableClock
from tests.support.moody_receiver import Notification


class GatewayDoor(Door):
    name = "gateway"
    words: ClassVar[Mapping[Ends, object]] = {
        Ends.PAID: "successed",
        Ends.DECLINED: "failed",
        Ends.RESERVED: "authorized",
        Ends.VOIDED: "canceled",
        Ends.EXPIRED: "expired",
    }

    def __init__(
        self, house: House, clock: MovableClock, merchant: NewMerchant, app: NewApp, *, notify_url: str
    ) -> None:
        super().__init__(house, clock, merchant, app, notify_url=notify_url)
        self.client: Final = AsyncGatewayClient(
            BASE_URL, app_id=app.app.app_id, secret=app.secret, http=self.http, clock=clock
        )

    async def told(self, *, is_payout: bool) -> object:
        return (await self.client.query(order_no=NUMBER)).order.order_status

    def heard(self, notification: Notification) -> object:
        said = self.client.verify_notification(notification.headers, notification.body)
        return said.order_status if isinstance(said, PaymentNotification) else None

    async def take(self, _minor: int) -> None:
        assert (await self.client.payment(self._order())).is_paid

    async def take_again(self, _minor: int) -> None:
        with pytest.raises(ApiError, match="3002"):
            await self.client.payment(self._order())

    async def challenge(self, _minor: int) -> None:
        answer = await self.client.payment(self._order("4000000000003220", three_ds_mode="standard"))
        await self.at_issuer(answer.pay_url)

    async def decline(self, _minor: int) -> None:
        assert (await self.client.payment(self._order("4000000000000002"))).is_declined

    async def open(self, _minor: int) -> None:
        order = CashierOrder(amount=PRICE, order_no=NUMBER, expiry_time=30, notification_url=self.notify_url)
        self._page = (await self.client.cashier_order(order)).redirect_url

    async def fill_in(self, _minor: int) -> None:
        await self.at_page(self._page)

    async def reserve(self, _minor: int) -> None:
        answer = await self.client.payment(self._order(capture_method="manual"))
        assert answer.order_status == "authorized"

    async def capture(self, minor: int) -> None:
        await self.client.capture(capture_amount=Money(minor, CURRENCY), order_no=NUMBER)

    async def void(self, _minor: int) -> None:
        await self.client.cancel(order_no=NUMBER)

    async def refund(self, minor: int) -> None:
        order = RefundOrder(
            amount=Money(minor, CURRENCY),
            client_ip="::1",
            notification_url=self.notify_url,
            order_no=NUMBER,
            reason="x",
            refund_number=self._next("back"),
        )
        await self.client.refund(order)

    def _order(
        self, number: str = "4444333322221111", *, capture_method: str = "", three_ds_mode: str = ""
    ) -> PaymentOrder:
        card = Card(
            card_no=Secret(number), cvc=Secret("401"), expiry_month="12", expiry_year="2035", first_name="Amy",
            last_name="Lee", capture_method=capture_method,
        )  # fmt: skip
        device = DeviceInfo(client_ip="203.0.113.9", language="en-US", browser=Browser(user_agent="Test/1"))
        return PaymentOrder(
            amount=PRICE,
            order_no=NUMBER,
            method=Method.CARD,
            card=card,
            device_info=device,
            notification_url=self.notify_url,
            three_ds_mode=three_ds_mode,
        )
