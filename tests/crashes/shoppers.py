"""Customers who do everything one can do with a card payment, and remember what they were told."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, Final

import httpx
import msgspec

from tests.support.bodies import payment_body
from tests.support.crowd import CARD_FORM, Crowd

SILENT_CARD: Final = "4000000000000119"
CHALLENGED_CARD: Final = "4000000000003220"
DECLINED_CARDS: Final = ("4000000000000002", "4000000000009995", "4000000000000127")
REFUSED_CENTS: Final = ".13"
KEEPS: Final = {
    "address": {"city": "Seattle", "country": "US", "line1": "109 Test Rd", "postcode": "98102", "state": "WA"},
    "storedcredentials": "store",
}
_PAUSE_S: Final = 0.05

ABSENT: Final = "absent"
"""The state of an order that the gateway does not know."""
_PAID: Final = {"successed": "captured", "authorized": "authorized", "failed": "failed"}


class Told(msgspec.Struct):
    """One call about an order: what was asked, and the answer, or None where none came back."""

    call: str
    answer: dict[str, Any] | None
    duration_s: float = 0.0
    fault: str = ""
    """Anything else than an answer of the contract, 503 or a cut connection."""


class Order(msgspec.Struct):
    """What one customer knows about one order."""

    order_no: str
    hopes: str
    """The state of the payment if its card is charged: captured, authorized or failed."""
    told: list[Told] = []
    refunds: dict[str, bool] = {}
    """Refund number → whether its acceptance was answered."""

    @property
    def last(self) -> dict[str, Any]:
        """The latest answer; empty if there was none."""
        return self.told[-1].answer or {}

    def possible(self) -> set[str]:
        """The states that agree with every answer, while the gateway is still at work."""
        if self.hopes == "regretted":
            return _after_both(self.told)
        states = {ABSENT}
        for told in self.told:
            states = _after(told, self.hopes)
        return states

    def final(self) -> set[str]:
        """Those that are left once nothing is in doubt; `pending` then means that the payer has to act."""
        return self.possible() - {"capturing", "voiding"}


def _after(told: Told, hopes: str) -> set[str]:
    answer = told.answer
    code = answer["respCode"] if answer else ""
    in_doubt = answer is None or code == "9002"
    match told.call:
        case "payment" if answer is None:
            return {ABSENT, "pending", hopes, "failed"}
        case "payment" if in_doubt:
            return {"pending", hopes, "failed"}
        case "payment" if answer and answer["orderStatus"] == "pending":
            return {"pending"}
        case "payment" if answer:
            return {_PAID[answer["orderStatus"]]}
        case "capture":
            return {"authorized", "capturing", "captured"} if in_doubt else {"captured"}
        case "cancel":
            return {"authorized", "voiding", "canceled"} if in_doubt else {"canceled"}
        case "cashier/order":
            return {ABSENT, "created"} if in_doubt else {"created"}
        case "form":
            return {"created", "pending", "captured", "failed"} if in_doubt else {"pending", "captured"}
        case "refund":
            return {"captured"}
        case _:
            return {"pending", "captured"}


def _after_both(told: Sequence[Told]) -> set[str]:
    """The states after a payment and its cancel at the same time."""
    canceled = {(each.answer or {}).get("respCode") for each in told if each.call == "cancel"}
    paid = {(each.answer or {}).get("orderStatus") for each in told if each.call == "payment"}
    if canceled == {"0000"}:
        return {"canceled"}
    if paid == {"successed"} or canceled == {"3008"}:
        return {"captured"}
    # Neither was answered, or the cancel did not find the order yet.
    return {ABSENT, "pending", "captured", "canceled", "failed"}


class Shoppers:
    """A number of customers who shop until they are told to stop, or until their connection is cut."""

    def __init__(self, crowd: Crowd, seed: int) -> None:
        self.orders: Final[list[Order]] = []
        self.stopping = False
        self.silent_cards = True
        self.stay = False
        """Whether to shop on where a call was not answered."""
        self._crowd = crowd
        self._random = random.Random(seed)
        self._numbers = count(1)
        self._prefix = f"crash-{seed}-"

    async def shop(self, callers: int) -> None:
        await asyncio.gather(*(self._customer(n) for n in range(callers)))

    async def _customer(self, process: int) -> None:
        while not self.stopping:
            order = await self._one_order(process)
            if order.told[-1].answer is None:
                if not self.stay:
                    return
                await asyncio.sleep(_PAUSE_S)

    async def _one_order(self, process: int) -> Order:
        dice = self._random.random()
        order = Order(f"{self._prefix}{next(self._numbers):06d}", "captured")
        self.orders.append(order)
        if dice < 0.30:
            await self._pay(order, process)
            if order.last.get("orderStatus") == "successed":
                await self._refund(order, process)
        elif dice < 0.55:
            order.hopes = "authorized"
            await self._pay(order, process, capture="manual")
            if order.last.get("orderStatus") == "authorized":
                await self._settle(order, process)
        elif dice < 0.65:
            order.hopes = "failed"
            await self._pay(order, process, card_no=self._random.choice(DECLINED_CARDS))
        elif dice < 0.70 and self.silent_cards:
            await self._pay(order, process, card_no=SILENT_CARD)
        elif dice < 0.80:
            await self._authenticate(order, process)
        elif dice < 0.85:
            await self._regret(order, process)
        elif dice < 0.90:
            await self._subscribe(order, process)
        else:
            await self._checkout(order, process)
        return order

    async def _pay(self, order: Order, process: int, **changes: Any) -> None:
        await self._call(order, process, "payment", payment_body(order.order_no, **changes))

    async def _regret(self, order: Order, process: int) -> None:
        """Cancels while the payment is still being taken."""
        taking = asyncio.create_task(self._pay(order, process))
        await asyncio.sleep(self._random.random() * _PAUSE_S)
        order.hopes = "regretted"
        await asyncio.gather(taking, self._call(order, process + 1, "cancel", {"orderNo": order.order_no}))

    async def _subscribe(self, order: Order, process: int) -> None:
        """Lets the card be kept, and is charged again, each time with another expiry."""
        await self._pay(order, process, billing=KEEPS)
        identifier = order.last.get("transactionIdentifier")
        for n in range(self._random.randrange(4) if identifier else 0):
            later = Order(f"{order.order_no}-{n}", "captured")
            self.orders.append(later)
            body = {"amount": "9.99", "orderNo": later.order_no, "transactionIdentifier": identifier}
            body |= {"expiryMonth": "01", "expiryYear": str(2036 + n)}
            client = self._crowd.clients[process % len(self._crowd.clients)]
            if not await self._told(later, "payment", client.post("/gateway/v1/subscriptionPayment", json=body)):
                return

    async def _refund(self, order: Order, process: int) -> None:
        """Up to three, some of which the acquirer refuses."""
        for n in range(self._random.randrange(4)):
            amount = self._random.choice(("30.00", "9.99", f"12{REFUSED_CENTS}"))
            number = f"{order.order_no}-{n}-{amount}"
            body = {"amount": amount, "clientIp": "203.0.113.9", "orderNo": order.order_no, "reason": "returned"}
            order.refunds[number] = False
            if not await self._call(order, process, "refund", body | {"refundNumber": number}):
                return
            order.refunds[number] = True

    async def _settle(self, order: Order, process: int) -> None:
        dice = self._random.random()
        if dice < 0.5:
            body = {"captureAmount": self._random.choice(("100.00", "60.00")), "orderNo": order.order_no}
            await self._call(order, process, "capture", body)
        elif dice < 0.8:
            await self._call(order, process, "cancel", {"orderNo": order.order_no})

    async def _authenticate(self, order: Order, process: int) -> None:
        await self._pay(order, process, card_no=CHALLENGED_CARD)
        if "payUrl" in order.last:
            await self._walk(order, process, order.last["payUrl"])

    async def _walk(self, order: Order, process: int, pay_url: str) -> None:
        """Through the challenge and back; the last step is the one that takes the money."""
        try:
            back = await self._crowd.authenticate(pay_url)
        except (httpx.TransportError, AssertionError):
            order.told.append(Told("challenge", None))
            return
        await self._browse(order, process, "return", back)

    async def _checkout(self, order: Order, process: int) -> None:
        body = {"amount": "25.00", "currency": "USD", "orderNo": order.order_no}
        if await self._call(order, process, "cashier/order", body):
            await self._browse(order, process, "form", order.last["redirectUrl"], form=CARD_FORM)

    async def _call(self, order: Order, process: int, path: str, body: dict[str, Any]) -> bool:
        """Whether it was answered."""
        client = self._crowd.clients[process % len(self._crowd.clients)]
        return await self._told(order, path, client.post(f"/gateway/v1/{path}", json=body))

    async def _browse(
        self, order: Order, process: int, step: str, url: str, *, form: dict[str, str] | None = None
    ) -> None:
        await self._told(order, step, self._crowd.browse(url, process=process, form=form))

    async def _told(self, order: Order, call: str, asking: Any) -> bool:
        told = Told(call, None)
        order.told.append(told)
        started = time.monotonic()
        try:
            response: httpx.Response = await asking
        except httpx.TransportError as error:
            if self.stay:
                told.fault = f"{call}: {type(error).__name__}"
            return False
        finally:
            told.duration_s = time.monotonic() - started
        if response.status_code == 503:
            if response.headers["content-type"] == "application/json" and response.json()["respCode"] != "9003":
                told.fault = f"{call}: {response.text}"
            return False
        if response.status_code in {302, 303} or (response.status_code == 200 and call == "return"):
            told.answer = {"respCode": "0000"}
        elif response.status_code == 200 and call not in {"form", "return"}:
            told.answer = response.json()
            expected = {"9002"} if order.hopes != "regretted" else {"9002", "3001", "3008"}
            if told.answer and told.answer["respCode"][0] not in "04" and told.answer["respCode"] not in expected:
                told.fault = f"{call}: {response.text}"
        else:
            told.fault = f"{call}: {response.status_code} {response.text[:200]}"
        return told.answer is not None


def contradictions(
    orders: Iterable[Order], payments: dict[str, str], refunds: dict[str, str], *, at_last: bool
) -> Sequence[str]:
    """What the database says against what was answered: order number → payment state, refund number → state."""
    found = []
    for order in orders:
        possible = order.final() if at_last else order.possible()
        state = payments.get(order.order_no, ABSENT)
        if state not in possible:
            calls = [(told.call, (told.answer or {}).get("respCode")) for told in order.told]
            found.append(f"{order.order_no} is {state}, told {calls}: expected {sorted(possible)}")
        for number, accepted in order.refunds.items():
            if accepted and number not in refunds:
                found.append(f"refund {number} was accepted and is gone")
            done = "failed" if number.endswith(REFUSED_CENTS) else "succeeded"
            if at_last and number in refunds and refunds[number] != done:
                found.append(f"refund {number} is {refunds[number]}: expected {done}")
    return found
