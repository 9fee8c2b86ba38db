"""Customers who do everything one can do with a wallet, on whichever process happens to be up."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable
from typing import Any, Final

from tests.crashes.orders import Order, Told
from tests.crashes.rules import at_wallet, by_card, has_chosen, switched
from tests.crashes.till import Till, refund_amounts
from tests.support.bodies import payment_body
from tests.support.books import Books
from tests.support.crowd import CARD_FORM, Crowd

WAYS: Final = (
    ("wechat", "qr-code", "SGD"),
    ("payNow", "qr-code", "SGD"),
    ("grabPay", "h5", "SGD"),
    ("alipayPlus", "h5", "USD"),
    ("paypal", "h5", "USD"),
)
CHOICES: Final = {"pass": "captured", "fail": "failed", "cancel": "canceled"}
SCANNED: Final = ("120061098828009406", "120061098828009498", "120061098828009499")
"""Codes that are paid at once, ten seconds later, and never."""
_TOO_LATE: Final = frozenset({"3008"})
_LINK: Final = re.compile(r'href="([^"]+/q/[^"/]+)"')
_A_MOMENT_S: Final = 0.05
_LIFE_S: Final = 1.0


class WalletCustomers:
    def __init__(self, till: Till, dice: random.Random, books: Books) -> None:
        self._till = till
        self._random = dice
        self._books = books
        self._pages: list[tuple[Order, str]] = []
        """The wallet's page of each order that got that far."""

    async def decide(self, process: int) -> Order:
        """Pays, fails or cancels on the wallet's page; returns to the shop or closes the browser."""
        order = self._till.order("", at_wallet)
        order.hopes = CHOICES[self._random.choices(tuple(CHOICES), (6, 2, 2))[0]]
        page = await self._at_wallet(order, process)
        back = await self._press(order, self._elsewhere(process), page) if page else ""
        if back and self._random.random() < 0.5:
            await self._till.browse(order, self._elsewhere(process), "return", back)
        if back and order.hopes == "captured" and self._random.random() < 0.3:
            # The browser may be back before the gateway has heard: only what it says is paid can be refunded.
            query = {"orderNo": order.order_no}
            if await self._till.call(order, process, "query", query) and _is_paid(order):
                await self._till.refund(order, process, refund_amounts([self._random.random()]))
        return order

    async def scan(self, process: int) -> Order:
        """Shows a code, which the merchant scans."""
        code = self._random.choice(SCANNED)
        order = self._till.order("failed" if code.endswith("99") else "captured", by_card)
        await self._open(order, process, "wechat", "pay", "SGD", authCode=code)
        return order

    async def wander_off(self, process: int) -> Order:
        """Looks at the wallet's page and thinks it over."""
        order = self._till.order("captured", at_wallet)
        await self._at_wallet(order, process)
        return order

    async def be_too_slow(self, process: int) -> Order:
        """Pays around the time when the order runs out."""
        order = self._till.order("captured", at_wallet)
        page = await self._at_wallet(order, process)
        if page:
            order.told.append(Told("time over", {"respCode": "0000"}))
            at_ms = time.time_ns() // 1_000_000 + int(self._random.random() * _LIFE_S * 1_000)
            await asyncio.to_thread(self._books.expiring, [order.order_no], at_ms=at_ms)
            await asyncio.sleep(self._random.random() * _LIFE_S * 1.5)
            await self._press(order, self._elsewhere(process), page)
        return order

    async def lose_the_shop(self, process: int) -> Order:
        """Pays while the merchant cancels."""
        order = self._till.order("captured", at_wallet, refusals=_TOO_LATE)
        page = await self._at_wallet(order, process)
        if page:
            canceling = self._till.call(order, process, "cancel", {"orderNo": order.order_no})
            await self._both(self._press(order, self._elsewhere(process), page), canceling)
        return order

    async def change_their_mind(self, process: int) -> Order:
        """Chooses a wallet on the hosted page and leaves it for the card, perhaps having paid in the wallet as well."""
        order = self._till.order("captured", switched)
        body = {"amount": "25.00", "currency": "USD", "orderNo": order.order_no}
        if not await self._till.call(order, process, "cashier/order", body):
            return order
        hosted = order.last["redirectUrl"]
        if not await self._till.browse(order, process, "choose wallet", hosted, form={"method": "wechat"}):
            return order
        shown = await self._till.browse(order, process, "look", hosted)
        link = _LINK.search(shown.text) if shown else None
        opened = await self._till.browse(order, process, "open", link[1]) if link else None
        page = opened.headers.get("location", "") if opened else ""
        if page:
            leaving = self._leave(order, process, hosted)
            if self._random.random() < 0.5:
                await self._both(self._press(order, self._elsewhere(process), page), leaving)
            else:
                await leaving
        return order

    async def come_back(self, crowd: Crowd) -> None:
        """Whoever was cut off at the wallet, or had gone away, presses now; every fourth of them never does."""
        for n, (order, page) in enumerate(self._pages):
            if n % 4 and not has_chosen(order.told):
                told = Told("press", None)
                order.told.append(told)
                pressed = await crowd.browse(page, process=n, form={"choice": _button(order)})
                told.answer = {"respCode": "0000", "leads": pressed.headers.get("location", "")}

    async def _open(self, order: Order, process: int, method: str, product: str, currency: str, **more: str) -> bool:
        wallet: dict[str, Any] = {"productType": product, **more}
        body = payment_body(order.order_no, currency=currency, paymentMethodType=method, **{method: wallet})
        return await self._till.call(order, process, "payment", body)

    async def _at_wallet(self, order: Order, process: int) -> str:
        """The page of a new order's wallet; empty if the way there is cut off."""
        if not await self._open(order, process, *self._random.choice(WAYS)) or "payUrl" not in order.last:
            return ""
        place, code = order.last["payUrl"], None
        if not place.startswith("http"):
            place, code = "/sandbox/scan", {"code": place}
        opened = await self._till.browse(order, self._elsewhere(process), "open", place, form=code)
        page = str(opened.headers.get("location", "")) if opened else ""
        if page:
            self._pages.append((order, page))
        return page

    async def _press(self, order: Order, process: int, page: str) -> str:
        """Where the wallet sends its payer back to; empty unless it did as its button says."""
        pressed = await self._till.browse(order, process, "press", page, form={"choice": _button(order)})
        return str(pressed.headers.get("location", "")) if pressed else ""

    async def _leave(self, order: Order, process: int, hosted: str) -> None:
        if await self._till.browse(order, process, "leave", hosted.replace("cashier.html", "choose"), form={}):
            await self._till.browse(order, process, "form", hosted, form=CARD_FORM)

    async def _both(self, one: Awaitable[object], other: Awaitable[object]) -> None:
        """Nearly at once: either may be first."""
        lead_s = (self._random.random() - 0.5) * _A_MOMENT_S
        await asyncio.gather(_after(lead_s, one), _after(-lead_s, other))

    def _elsewhere(self, process: int) -> int:
        """The payer's browser reaches the gateway by its own way."""
        return process + self._random.randrange(2)


async def _after(pause_s: float, doing: Awaitable[object]) -> None:
    await asyncio.sleep(max(pause_s, 0))
    await doing


def _button(order: Order) -> str:
    return next(choice for choice, becomes in CHOICES.items() if becomes == order.hopes)


def _is_paid(order: Order) -> bool:
    return bool(order.last["order"]["orderStatus"] == "successed")
