"""Where orders are rung up: calls and pages of real servers, with a note of what came of each."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from itertools import count
from typing import Any, Final

import httpx

from tests.crashes.orders import REFUSED_CENTS, Order, Rule, Told
from tests.support.crowd import CUT, Crowd

_MAY_BE_PAGES: Final = frozenset({"look", "open", "press", "return", "choose wallet"})
"""Steps of a browser that may end on a page instead of leading on."""


class Till:
    """`stay` is whether customers shop on where a call was not answered: then a cut connection is a fault."""

    def __init__(self, crowd: Crowd, prefix: str, *, stay: bool) -> None:
        self.orders: Final[list[Order]] = []
        self.crowd: Final = crowd
        self._stay = stay
        self._prefix = prefix
        self._numbers = count(1)

    def order(self, hopes: str, rule: Rule, *, refusals: frozenset[str] = frozenset()) -> Order:
        order = Order(f"{self._prefix}{next(self._numbers):06d}", hopes, rule, refusals)
        self.orders.append(order)
        return order

    async def call(self, order: Order, process: int, path: str, body: dict[str, Any], *, step: str = "") -> bool:
        """Whether it was answered. `step` is what it is noted as, by default its path."""
        client = self.crowd.clients[process % len(self.crowd.clients)]
        return await self._noted(order, step or path, client.post(f"/gateway/v1/{path}", json=body)) is not None

    async def browse(
        self, order: Order, process: int, step: str, url: str, *, form: dict[str, str] | None = None
    ) -> httpx.Response | None:
        """The page or the redirect, None where nothing usable came back."""
        return await self._noted(order, step, self.crowd.browse(url, process=process, form=form))

    async def refund(self, order: Order, process: int, amounts: list[str]) -> None:
        """One after the other, until one is not answered."""
        for n, amount in enumerate(amounts):
            number = f"{order.order_no}-{n}-{amount}"
            body = {"amount": amount, "clientIp": "203.0.113.9", "orderNo": order.order_no, "reason": "returned"}
            order.refunds[number] = False
            if not await self.call(order, process, "refund", body | {"refundNumber": number}):
                return
            order.refunds[number] = True

    async def _noted(self, order: Order, step: str, asking: Awaitable[httpx.Response]) -> httpx.Response | None:
        told = Told(step, None)
        order.told.append(told)
        started = time.monotonic()
        try:
            response = await asking
        except CUT as error:
            if self._stay:
                told.fault = f"{step}: {type(error).__name__}"
            return None
        finally:
            told.duration_s = time.monotonic() - started
        is_json = response.headers.get("content-type", "").startswith("application/json")
        if response.status_code == 503:
            if is_json and response.json().get("respCode", "9003") != "9003":
                told.fault = f"{step}: {response.text}"
        elif response.status_code in {302, 303}:
            told.answer = {"respCode": "0000", "leads": response.headers["location"]}
        elif response.status_code == 200 and step in _MAY_BE_PAGES:
            told.answer = {"respCode": "0000", "leads": ""}
        elif response.status_code == 200 and is_json:
            told.answer = response.json()
            code = response.json()["respCode"]
            if code[0] not in "04" and code not in {"9002", *order.refusals}:
                told.fault = f"{step}: {response.text}"
        else:
            told.fault = f"{step}: {response.status_code} {response.text[:200]}"
        return response if told.answer else None


def refund_amounts(dice: list[float]) -> list[str]:
    """One for each number from 0 to 1, some of which the acquirer refuses."""
    return [("30.00", "9.99", f"12{REFUSED_CENTS}")[int(each * 3)] for each in dice]
