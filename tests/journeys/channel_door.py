"""The Channel API's verbs: collections by UPI, and payouts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import pytest

from polygate.assembly import House
from polygate.client import ApiError, AsyncChannelClient, Money
from polygate.client.channel import AccountDetail, CreditOrder, DebitOrder
from polygate.operations.new_accounts import NewApp, NewMerchant
from tests.journeys.door import NUMBER, OPENING, PRICE, Door
from tests.journeys.journeys import Ends
from tests.support.house import BASE_URL, MovableClock
from tests.support.moody_receiver import Notification


class ChannelDoor(Door):
    name = "channel"
    words: ClassVar[Mapping[Ends, object]] = {
        Ends.PAID: 30,
        Ends.DECLINED: 40,
        Ends.CANCELED: 40,
        Ends.EXPIRED: 40,
        Ends.RETURNED: 50,
    }

    def __init__(
        self, house: House, clock: MovableClock, merchant: NewMerchant, app: NewApp, *, notify_url: str
    ) -> None:
        super().__init__(house, clock, merchant, app, notify_url=notify_url)
        self.client: Final = AsyncChannelClient(
            BASE_URL, merchant_id=merchant.merchant.merchant_no, access_key=merchant.access_key, http=self.http
        )

    async def told(self, *, is_payout: bool) -> object:
        if is_payout:
            return (await self.client.query_debit(source_no=NUMBER)).order.process_code
        return (await self.client.query_credit(source_no=NUMBER)).order.process_code

    def heard(self, notification: Notification) -> object:
        return self.client.verify_notification(notification.body).order.process_code

    async def take(self, _minor: int) -> None:
        await self._collect("pass")

    async def take_again(self, _minor: int) -> None:
        with pytest.raises(ApiError, match="1201"):
            await self.client.create_credit(self._credit())

    async def decline(self, _minor: int) -> None:
        await self._collect("fail")

    async def walk_away(self, _minor: int) -> None:
        await self._collect("cancel")

    async def open(self, _minor: int) -> None:
        await self.client.create_credit(self._credit())

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
        credit = await self.client.create_credit(
            CreditOrder(amount=PRICE, source_no=NUMBER, callback_url=self.notify_url)
        )
        await self.at_wallet(credit.order.cashier_link.removesuffix("/page"), choice)

    def _credit(self) -> CreditOrder:
        return CreditOrder(amount=PRICE, source_no=NUMBER, callback_url=self.notify_url)

    def _debit(
        self, number: str = NUMBER, amount: Money = PRICE, *, name: str = "Asha Rao", to: str = "asha@bank"
    ) -> DebitOrder:
        payee = AccountDetail(account_name=name, bank_account=to, account_type="2")
        return DebitOrder(amount=amount, source_no=number, callback_url=self.notify_url, payee_account_detail=payee)
