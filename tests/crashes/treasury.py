"""A merchant who collects and pays out by the Channel API while the gateway dies, and what must be left of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from decimal import Decimal
from itertools import count
from typing import Any, Final

import httpx
import msgspec

from tests.support.crowd import CUT, Crowd
from tests.support.houses import House

ENDS: Final = {"Asha Rao": {"paid"}, "FAIL Rao": {"failed"}, "REVERSE Rao": {"paid", "returned", "failed"}}
"""By the receiver's name. That a payout came back is heard some time later; or before anybody heard that it was paid,
which is then a failure."""
OPENING: Final = Decimal(1_000_000)
_TOO_MUCH: Final = "99999999"
_ACCEPTED, _TAKEN, _TOO_SMALL, _FAULT = 0, 1201, 1203, 9999


class Ordered(msgspec.Struct):
    """One number, and the `code` of each call about it; None for a call that was not answered."""

    number: str
    amount: str
    name: str = ""
    """The receiver's, of payouts."""
    codes: list[int | None] = []
    page: str = ""
    """The payer's, of collections."""

    def may_be(self) -> set[bool]:
        """Whether it may exist: what was accepted does, what was refused does not, and of the rest nobody knows."""
        if {_ACCEPTED, _TAKEN} & {*self.codes}:
            return {True}
        return {False} if set(self.codes) == {_TOO_SMALL} else {True, False}

    def ends(self) -> set[str]:
        """The states it may end in, if it exists. A collection can have failed before anybody was told of its page."""
        if self.name:
            return ENDS[self.name]
        return {"captured"} if _ACCEPTED in self.codes else {"captured", "failed"}


class Treasury:
    def __init__(self, house: House, crowd: Crowd, seed: int) -> None:
        self.payouts: Final[list[Ordered]] = []
        self.collections: Final[list[Ordered]] = []
        self.faults: Final[list[str]] = []
        self.stopping = False
        self._crowd = crowd
        self._headers = {"Authorization": house.demo.merchant["accessKey"]}
        self._random = random.Random(seed)
        self._numbers = (f"treasury-{seed}-{n:05d}" for n in count(1))

    async def work(self, clerks: int) -> None:
        """Until told to stop, or until each of them was cut off."""
        await asyncio.gather(*(self._clerk(n) for n in range(clerks)))

    async def _clerk(self, process: int) -> None:
        while not self.stopping:
            ways = (self.pay_out, self.pay_out_twice, self.pay_out_too_much, self.collect)
            order = await self._random.choices(ways, (6, 2, 1, 4))[0](process)
            if None in order.codes:
                return

    async def pay_out(self, process: int) -> Ordered:
        order = self.ordered()
        await self._send(order, process)
        return order

    async def pay_out_twice(self, process: int) -> Ordered:
        """The same number on two processes at once."""
        order = self.ordered()
        await asyncio.gather(self._send(order, process), self._send(order, process + 1))
        if order.codes.count(_ACCEPTED) > 1:
            self.faults.append(f"{order.number} was accepted twice")
        return order

    async def pay_out_too_much(self, process: int) -> Ordered:
        order = self.ordered()
        order.amount = _TOO_MUCH
        await self._send(order, process)
        return order

    async def collect(self, process: int) -> Ordered:
        """And pay at the wallet, on another process."""
        order = Ordered(next(self._numbers), self._amount())
        self.collections.append(order)
        result = await self._call(order, process, "Credit/Set", "")
        if result is not None:
            order.page = result["channelCreditOrderSimpleInfo"]["cashierLink"].removesuffix("/page")
            await self._unless_cut(order, pay(self._crowd, order, process + 1))
        return order

    def ordered(self) -> Ordered:
        """A payout that is about to be ordered, by whichever API."""
        name = self._random.choices(tuple(ENDS), (6, 2, 2))[0]
        order = Ordered(next(self._numbers), self._amount(), name)
        self.payouts.append(order)
        return order

    def _amount(self) -> str:
        return f"{self._random.randrange(1, 100)}.{self._random.randrange(20, 100)}"

    async def _send(self, order: Ordered, process: int) -> None:
        receiver = f'{{"accountName":"{order.name}","bankAccount":"rao@bank","accountType":"2"}}'
        await self._call(order, process, "Debit/Set", f',"payeeAccountDetail":{receiver}')

    async def _call(self, order: Ordered, process: int, path: str, more: str) -> dict[str, Any] | None:
        """The result, None where there is none. The amount is written as it stands."""
        body = f'{{"amount":{order.amount},"sourceNo":"{order.number}"{more}}}'
        client = self._crowd.clients[process % len(self._crowd.clients)]
        headers = self._headers | {"Content-Type": "application/json"}
        asking = client.post(f"/api/channel/{path}", content=body, headers=headers)
        response = await self._unless_cut(order, asking)
        if response is None:
            return None
        answer = response.json()
        order.codes.append(answer["code"])
        if answer["code"] not in {_ACCEPTED, _TAKEN, _TOO_SMALL} and "retry-after" not in response.headers:
            self.faults.append(f"{path} {order.number}: {response.text}")
        result: dict[str, Any] | None = answer["result"]
        return result

    async def _unless_cut(self, order: Ordered, asking: Awaitable[httpx.Response]) -> httpx.Response | None:
        try:
            return await asking
        except CUT:
            order.codes.append(None)
            return None


async def pay(crowd: Crowd, order: Ordered, process: int) -> httpx.Response:
    """In the sandbox's wallet, which the payer's page leads to."""
    opened = await crowd.browse(order.page, process=process)
    if opened.status_code != 303 or "/sandbox/wallet/" not in opened.headers["location"]:
        return opened  # Paid already.
    return await crowd.browse(opened.headers["location"], process=process, form={"choice": "pass"})


def assert_kept(house: House, treasury: Treasury, *, at_last: bool = False) -> None:
    """What was accepted is there with its amount, what was refused is not, and at last nothing is under way."""
    assert treasury.faults == []
    paid_out = {row["number"]: row for row in house.books.rows("SELECT number, state, amount_minor FROM payouts")}
    collected = {
        row["order_no"]: row
        for row in house.books.rows("SELECT order_no, state, amount_minor FROM payments WHERE protocol = 'channel'")
    }
    for orders, found in ((treasury.payouts, paid_out), (treasury.collections, collected)):
        for order in orders:
            row = found.get(order.number)
            assert (row is not None) in order.may_be(), order
            if row is None:
                continue
            assert row["amount_minor"] == int(Decimal(order.amount) * 100), order
            if at_last:
                assert row["state"] in order.ends(), (order, row["state"])


async def come_back(house: House, crowd: Crowd, treasury: Treasury) -> None:
    """The payers who were cut off pay now, also where the merchant never heard of the page.

    To be called once nothing is in doubt: until then a page may only ask its payer to wait.
    """
    for n, order in enumerate(treasury.collections):
        if not order.page and house.books.rows("SELECT 1 FROM payments WHERE order_no = ?", order.number):
            body = {"sourceNo": order.number}
            headers = {"Authorization": house.demo.merchant["accessKey"]}
            answer = (await crowd.clients[0].post("/api/channel/Credit/Get", json=body, headers=headers)).json()
            order.page = answer["result"]["channelCreditOrderSimpleInfo"]["cashierLink"].removesuffix("/page")
        if order.page:
            assert (await pay(crowd, order, n)).status_code in {200, 303}


async def assert_balanced(house: House, crowd: Crowd) -> None:
    """The balance that the API tells is what came in less what went out, to the cent, and nothing is held any more."""
    headers = {"Authorization": house.demo.merchant["accessKey"]}
    answer = (await crowd.clients[0].get("/api/channel/Merchant/Balance", headers=headers)).json()
    funds = {name: Decimal(str(amount)) for name, amount in answer["result"].items()}
    out = house.books.one("SELECT coalesce(sum(amount_minor), 0) AS minor FROM payouts WHERE state = 'paid'")["minor"]
    came = house.books.one("SELECT coalesce(sum(captured_minor), 0) AS minor FROM payments WHERE protocol = 'channel'")[
        "minor"
    ]
    assert funds["remainBalance"] == funds["balance"] == OPENING + (Decimal(int(came)) - Decimal(int(out))) / 100
    assert funds["frozenBalance"] == 0
