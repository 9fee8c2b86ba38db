"""Sales by the Merchant API and payouts by the Signed API while the gateway dies, and what must be left of them."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final, TypeVar

import msgspec

from polygate.client import ApiError, AsyncMerchantClient, AsyncSignedClient, Money, NetworkUnknown, NotSent, Secret
from polygate.client.merchant import Address, Card, Order, ProductInfo, RefundOrder
from polygate.client.signed import PayoutMethod, PayoutOrder
from polygate.protocols.signed import is_signed, read_header
from tests.crashes.orders import ABSENT, REFUSED_CENTS
from tests.crashes.treasury import Treasury
from tests.support.crowd import CUT, Crowd
from tests.support.houses import House
from tests.support.receiver import Notification, Receiver

PRICE: Final = Money(4_990, "USD")
ENDS: Final = {"123": "captured", "900": "failed"}
"""By the security code."""
TOLD_WITHIN_S: Final = 30.0
_SAID: Final = {100: "captured", 101: "failed"}
_ACCEPTED: Final = 110
_UNANSWERED: Final = (NotSent, NetworkUnknown, *CUT)

Answer = TypeVar("Answer")
Receivers = tuple[Receiver, Receiver]
"""The one hears of sales, the other of payouts."""


class Sale(msgspec.Struct):
    """One transaction, and what was answered about it; None where nothing was."""

    number: str
    security_code: str
    code: int | None = None
    refunds: dict[str, int | None] = {}

    def states(self, *, at_last: bool) -> set[str]:
        if self.code is not None:
            return {_SAID[self.code]}
        return {ABSENT, ENDS[self.security_code], "failed"} | (set() if at_last else {"pending"})


class OtherDoors:
    def __init__(self, house: House, crowd: Crowd, treasury: Treasury, receivers: Receivers, seed: int) -> None:
        """Payouts are noted with those of the treasury. `receivers` hear of sales, and of payouts."""
        self.sales: Final[list[Sale]] = []
        self.faults: Final[list[str]] = []
        self.stopping = False
        self._treasury = treasury
        self._app_id = house.demo.app["appId"]
        self._random = random.Random(seed)
        self._numbers = (f"doors-{seed}-{n:05d}" for n in count(1))
        self._urls = [receiver.url for receiver in receivers]
        places = list(zip(house.base_urls, crowd.clients, strict=True))
        merchant_no, key = house.demo.merchant["merchantNo"], Secret(house.demo.merchant["secretKey"])
        self._shops = [AsyncMerchantClient(url, merchant_no=merchant_no, secret_key=key, http=at) for url, at in places]
        secret = Secret(house.demo.app["appSecret"])
        self._banks = [AsyncSignedClient(url, app_id=self._app_id, secret=secret, http=at) for url, at in places]

    async def work(self, clerks: int) -> None:
        """Until told to stop, or until each of them was cut off."""
        await asyncio.gather(*(self._clerk(n) for n in range(clerks)))

    async def _clerk(self, process: int) -> None:
        ways: tuple[Callable[[int], Awaitable[bool]], ...] = (self._sell, self._pay_out)
        while not self.stopping and await self._random.choice(ways)(process):
            pass

    async def _sell(self, process: int) -> bool:
        """And give some of it back; whether everything was answered."""
        shop = self._shops[process % len(self._shops)]
        sale = Sale(next(self._numbers), self._random.choices(tuple(ENDS), (4, 1))[0])
        self.sales.append(sale)
        sold = await self._unless_cut(sale.number, shop.payment(self._order(sale)))
        if sold is None:
            return False
        sale.code = sold.code
        for amount in ("9.99", f"12{REFUSED_CENTS}")[: self._random.randrange(3) if sold.is_paid else 0]:
            number = f"{sale.number}-{amount}"
            sale.refunds[number] = None
            order = RefundOrder(unique_id=sold.unique_id, amount=amount, refund_transaction_id=number)
            given = await self._unless_cut(number, shop.refund(order))
            if given is None:
                return False
            sale.refunds[number] = given.code
        return True

    async def _pay_out(self, process: int) -> bool:
        payout = self._treasury.ordered()
        payee = PayoutMethod(type="UPI", vpa="rao@bank", payee_name=payout.name)
        amount = Money(int(payout.amount.replace(".", "")), "INR")
        order = PayoutOrder(
            merchant_trade_no=payout.number,
            amount=amount,
            description="x",
            payout_method=payee,
            notify_url=self._urls[1],
        )
        made = await self._unless_cut(payout.number, self._banks[process % len(self._banks)].create_payout(order))
        payout.codes.append(None if made is None else 0)
        return made is not None

    def _order(self, sale: Sale) -> Order:
        card = Card(
            card_number=Secret("4300000000000000"),
            expired_year="35",
            expired_month="12",
            cardholder="DANA REYES",
            cvv=Secret(sale.security_code),
        )
        return Order(
            transaction_id=sale.number,
            amount=PRICE,
            app_id=self._app_id,
            transaction_ip="203.0.113.9",
            callback_url="https://shop.example/return",
            notification_url=self._urls[0],
            product_infos=(ProductInfo(product_name="Shirt", currency="USD", price="49.90", quantity=1),),
            card=card,
            billing_address=Address(
                first_name="Dana",
                last_name="Reyes",
                email="dana@example.com",
                phone="2025550123",
                country="US",
                state="WA",
                city="Seattle",
                address="109 Test Rd",
                zip_code="98102",
            ),
        )

    async def _unless_cut(self, number: str, asking: Awaitable[Answer]) -> Answer | None:
        try:
            return await asking
        except _UNANSWERED:
            return None
        except ApiError as refused:
            self.faults.append(f"{number}: {refused}")
            return None


def assert_kept(house: House, doors: OtherDoors, *, at_last: bool = False) -> None:
    """Whatever was answered is in the database as answered, or further on."""
    assert doors.faults == []
    sold = {row["order_no"]: row["state"] for row in house.books.rows("SELECT order_no, state FROM payments")}
    given = {row["number"]: row["state"] for row in house.books.rows("SELECT number, state FROM refunds")}
    for sale in doors.sales:
        state = sold.get(sale.number, ABSENT)
        assert state in sale.states(at_last=at_last), (sale, state)
        for number, code in sale.refunds.items():
            assert number in given or code is None, (sale, number)
            if at_last and number in given:
                assert given[number] == ("failed" if number.endswith(REFUSED_CENTS) else "succeeded"), (sale, number)


def assert_told(house: House, receivers: Receivers) -> None:
    """All that both APIs had to tell has come as it was written, and signed; that a payout came back, only one of the
    other APIs can tell."""
    key = Secret(house.demo.merchant["secretKey"])
    shop = AsyncMerchantClient(house.base_urls[0], merchant_no=house.demo.merchant["merchantNo"], secret_key=key)
    secret = Secret(house.demo.app["appSecret"])

    def from_bank(said: Notification) -> None:
        proof = read_header(said.headers["Authorization"])
        assert is_signed(proof, secret=secret, method="POST", url=receivers[1].url.encode(), body=said.raw)

    checks: dict[str, Callable[[Notification], object]] = {
        "merchant": lambda said: shop.verify_notification(said.raw),
        "signed": from_bank,
    }
    for (protocol, check), receiver in zip(checks.items(), receivers, strict=True):
        house.books.webhooks_due()
        give_up_at = time.monotonic() + TOLD_WITHIN_S
        waiting = "SELECT count(*) AS n FROM webhooks WHERE protocol = ? AND state = 'waiting'"
        while left := house.books.one(waiting, protocol)["n"]:
            assert time.monotonic() < give_up_at, f"{left} notifications of the {protocol} API still wait"
            time.sleep(0.2)
        told = house.books.rows("SELECT body, state FROM webhooks WHERE protocol = ? AND url <> ''", protocol)
        written = {row["body"].encode() for row in told if row["state"] == "delivered"}
        heard = {said.raw for said in receiver.received}
        assert len(written) > 10, f"the {protocol} API hardly told anything: {Counter(row['state'] for row in told)}"
        assert {row["state"] for row in told} <= {"delivered", "in_answer", "replaced", "no_address"}
        assert written <= heard, f"{len(written - heard)} notifications of the {protocol} API never came"
        for said in receiver.received:
            check(said)
