"""The doors of one house, each with the verbs that its API offers, carried out by our own typed clients."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import ClassVar, Final
from urllib.parse import urlsplit

import httpx
import pytest

from polygate.assembly import House
from polygate.client import ApiError, AsyncChannelClient, AsyncGatewayClient, Money, Secret
from polygate.client.channel import AccountDetail, CreditOrder, DebitOrder
from polygate.client.gateway import Browser, Card, CashierOrder, DeviceInfo, Method, PaymentOrder, RefundOrder
from polygate.jobs.payments import ask_again_round, expire_round
from polygate.jobs.payouts import return_round
from polygate.operations.credentials import NewApp, NewMerchant
from tests.journeys.journeys import CURRENCY, PRICE_MINOR, Ends
from tests.support.house import BASE_URL, MovableClock

PRICE: Final = Money(PRICE_MINOR, CURRENCY)
OPENING: Final = Money(10 * PRICE_MINOR, CURRENCY)
NUMBER: Final = "order-1"
"""Of the payment or payout that a journey is about."""


class Door:
    """One merchant at one door. A verb that the API has not raises AttributeError."""

    name: ClassVar[str]
    words: ClassVar[Mapping[Ends, object]]
    """How this door tells of each end."""

    def __init__(self, house: House, clock: MovableClock, merchant: NewMerchant, app: NewApp) -> None:
        self.house: Final = house
        self.clock: Final = clock
        self.merchant: Final = merchant
        self.app: Final = app
        self.http: Final = httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url=BASE_URL)
        self._numbers = count(1)

    async def told(self, *, is_payout: bool) -> object:
        """What the API says of the journey's payment or payout."""
        raise NotImplementedError

    async def wait(self, _minor: int) -> None:
        """Longer than any order stays open."""
        self.clock.move(hours=3)
        await expire_round(self.house.context)

    async def work(self) -> None:
        """What the jobs do until nothing is left to do."""
        for _ in range(3):
            await ask_again_round(self.house.context)
            self.clock.move(seconds=6)
        while await return_round(self.house.context):
            self.clock.move(seconds=10)

    async def at_wallet(self, link: str, choice: str) -> None:
        """Open the wallet from its link and press a button."""
        opened = await self.http.get(_path(link))
        assert opened.status_code == 303, opened.text
        pressed = await self.http.post(
            _path(opened.headers["location"]), data={"choice": choice}, follow_redirects=True
        )
        assert pressed.status_code == 200, pressed.text

    async def at_issuer(self, pay_url: str) -> None:
        """Pass the challenge, and come back."""
        issuer = await self.http.get(_path(pay_url))
        assert issuer.status_code == 303, issuer.text
        back = await self.http.post(_path(issuer.headers["location"]), data={"choice": "pass"})
        assert back.status_code == 303, back.text
        await self.http.get(_path(back.headers["location"]))

    def _next(self, word: str) -> str:
        return f"{word}-{next(self._numbers)}"


def _path(url: str) -> str:
    return urlsplit(url)._replace(scheme="", netloc="").geturl()


class GatewayDoor(Door):
    name = "gateway"
    words: ClassVar[Mapping[Ends, object]] = {
        Ends.PAID: "successed",
        Ends.DECLINED: "failed",
        Ends.RESERVED: "authorized",
        Ends.VOIDED: "canceled",
        Ends.EXPIRED: "expired",
    }

    def __init__(self, house: House, clock: MovableClock, merchant: NewMerchant, app: NewApp) -> None:
        super().__init__(house, clock, merchant, app)
        self.client: Final = AsyncGatewayClient(
            BASE_URL, app_id=app.app.app_id, secret=app.secret, http=self.http, clock=clock
        )

    async def told(self, *, is_payout: bool) -> object:
        return (await self.client.query(order_no=NUMBER)).order.order_status

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
        await self.client.cashier_order(CashierOrder(amount=PRICE, order_no=NUMBER, expiry_time=30))

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
            three_ds_mode=three_ds_mode,
        )


class ChannelDoor(Door):
    name = "channel"
    words: ClassVar[Mapping[Ends, object]] = {
        Ends.PAID: 30,
        Ends.DECLINED: 40,
        Ends.CANCELED: 40,
        Ends.EXPIRED: 40,
        Ends.RETURNED: 50,
    }

    def __init__(self, house: House, clock: MovableClock, merchant: NewMerchant, app: NewApp) -> None:
        super().__init__(house, clock, merchant, app)
        self.client: Final = AsyncChannelClient(
            BASE_URL, merchant_id=merchant.merchant.merchant_no, access_key=merchant.access_key, http=self.http
        )

    async def told(self, *, is_payout: bool) -> object:
        if is_payout:
            return (await self.client.query_debit(source_no=NUMBER)).order.process_code
        return (await self.client.query_credit(source_no=NUMBER)).order.process_code

    async def take(self, _minor: int) -> None:
        await self._collect("pass")

    async def take_again(self, _minor: int) -> None:
        with pytest.raises(ApiError, match="1201"):
            await self.client.create_credit(CreditOrder(amount=PRICE, source_no=NUMBER))

    async def decline(self, _minor: int) -> None:
        await self._collect("fail")

    async def walk_away(self, _minor: int) -> None:
        await self._collect("cancel")

    async def open(self, _minor: int) -> None:
        await self.client.create_credit(CreditOrder(amount=PRICE, source_no=NUMBER))

    async def pay_out(self, _minor: int) -> None:
        await self.client.create_debit(self._debit())

    async def pay_out_again(self, _minor: int) -> None:
        with pytest.raises(ApiError, match="1201"):
            await self.client.create_debit(self._debit())

    async def pay_out_to_nobody(self, _minor: int) -> None:
        await self.client.create_debit(self._debit(to="notfound@bank"))

    async def pay_out_and_back(self, _minor: int) -> None:
        await self.client.create_debit(self._debit(name="REVERSE Rao"))

    async def pay_out_too_much(self, _minor: int) -> None:
        await self.client.create_debit(self._debit("order-2", OPENING))

    async def _collect(self, choice: str) -> None:
        credit = await self.client.create_credit(CreditOrder(amount=PRICE, source_no=NUMBER))
        await self.at_wallet(credit.order.cashier_link.removesuffix("/page"), choice)

    def _debit(
        self, number: str = NUMBER, amount: Money = PRICE, *, name: str = "Asha Rao", to: str = "asha@bank"
    ) -> DebitOrder:
        payee = AccountDetail(account_name=name, bank_account=to, account_type="2")
        return DebitOrder(amount=amount, source_no=number, payee_account_detail=payee)


DOORS: Final[Mapping[str, type[Door]]] = {door.name: door for door in (GatewayDoor, ChannelDoor)}
