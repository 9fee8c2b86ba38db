"""Customers who do everything one can do with a card."""

from __future__ import annotations

import asyncio
import random
from typing import Any, Final

from tests.crashes.orders import Order, Told
from tests.crashes.rules import by_card, regretted
from tests.crashes.till import Till, refund_amounts
from tests.support.bodies import payment_body
from tests.support.crowd import CARD_FORM, CUT

SILENT_CARD: Final = "4000000000000119"
CHALLENGED_CARD: Final = "4000000000003220"
DECLINED_CARDS: Final = ("4000000000000002", "4000000000009995", "4000000000000127")
KEEPS: Final = {
    "address": {"city": "Seattle", "country": "US", "line1": "109 Test Rd", "postcode": "98102", "state": "WA"},
    "storedcredentials": "store",
}
REGRET_REFUSALS: Final = frozenset({"3001", "3008"})
_REGRET_S: Final = 0.05


class CardCustomers:
    def __init__(self, till: Till, dice: random.Random) -> None:
        self._till = till
        self._random = dice

    async def buy(self, process: int) -> Order:
        """Pay, and send some of it back."""
        order = await self._pay("captured", process)
        if order.last.get("orderStatus") == "successed":
            await self._till.refund(order, process, refund_amounts(self._throws(3)))
        return order

    async def reserve(self, process: int) -> Order:
        """Authorize; the merchant captures, cancels or leaves it at that."""
        order = await self._pay("authorized", process, capture="manual")
        dice = self._random.random()
        if order.last.get("orderStatus") == "authorized" and dice < 0.5:
            body = {"captureAmount": self._random.choice(("100.00", "60.00")), "orderNo": order.order_no}
            await self._till.call(order, process, "capture", body)
        elif order.last.get("orderStatus") == "authorized" and dice < 0.8:
            await self._till.call(order, process, "cancel", {"orderNo": order.order_no})
        return order

    async def be_declined(self, process: int) -> Order:
        return await self._pay("failed", process, card_no=self._random.choice(DECLINED_CARDS))

    async def meet_silence(self, process: int) -> Order:
        """The acquirer answers half a minute later."""
        return await self._pay("captured", process, card_no=SILENT_CARD)

    async def authenticate(self, process: int) -> Order:
        """Through the challenge and back; the last step is the one that takes the money."""
        order = await self._pay("captured", process, card_no=CHALLENGED_CARD)
        if "payUrl" not in order.last:
            return order
        try:
            back = await self._till.crowd.authenticate(order.last["payUrl"])
        except (*CUT, AssertionError):
            order.told.append(Told("challenge", None))
            return order
        await self._till.browse(order, process, "return", back)
        return order

    async def regret(self, process: int) -> Order:
        """Cancels while the payment is still being taken."""
        order = self._till.order("captured", regretted, refusals=REGRET_REFUSALS)
        taking = asyncio.create_task(self._till.call(order, process, "payment", payment_body(order.order_no)))
        await asyncio.sleep(self._random.random() * _REGRET_S)
        await self._till.call(order, process + 1, "cancel", {"orderNo": order.order_no})
        await taking
        return order

    async def subscribe(self, process: int) -> Order:
        """Lets the card be kept, and is charged again, each time with another expiry."""
        order = await self._pay("captured", process, billing=KEEPS)
        identifier = order.last.get("transactionIdentifier")
        for n in range(self._random.randrange(4) if identifier else 0):
            order = self._till.order("captured", by_card)
            body = {"amount": "9.99", "orderNo": order.order_no, "transactionIdentifier": identifier}
            body |= {"expiryMonth": "01", "expiryYear": str(2036 + n)}
            if not await self._till.call(order, process, "subscriptionPayment", body, step="payment"):
                break
        return order

    async def stay_away(self, process: int) -> Order:
        """The merchant charges without the payer."""
        order = self._till.order("captured", by_card)
        body = payment_body(order.order_no, billing=KEEPS)
        del body["paymentMethodType"]
        await self._till.call(order, process, "mitPayment", body, step="payment")
        return order

    async def check_out(self, process: int) -> Order:
        """Pays on the hosted page."""
        order = self._till.order("captured", by_card)
        body = {"amount": "25.00", "currency": "USD", "orderNo": order.order_no}
        if await self._till.call(order, process, "cashier/order", body):
            await self._till.browse(order, process, "form", order.last["redirectUrl"], form=CARD_FORM)
        return order

    async def _pay(self, hopes: str, process: int, **changes: Any) -> Order:
        order = self._till.order(hopes, by_card)
        await self._till.call(order, process, "payment", payment_body(order.order_no, **changes))
        return order

    def _throws(self, at_most: int) -> list[float]:
        return [self._random.random() for _ in range(self._random.randrange(at_most + 1))]
