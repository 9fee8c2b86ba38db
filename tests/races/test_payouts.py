"""What a merchant has is paid out once, however many ask for it at once and whichever process they ask."""

import asyncio
import json
import secrets
import time
from collections import Counter
from decimal import Decimal
from typing import Any, Final

import pytest
from msgspec.structs import replace

from polygate.cli import opened
from polygate.client import ApiError, AsyncSignedClient, Money, Secret
from polygate.client.signed import Payer, PaymentOrder, PayMethod, RefundOrder
from polygate.core.payouts import Payout, PayoutMethod, PayoutOrder, Receiver
from polygate.core.refusals import Refused
from polygate.operations.audit import Actor
from polygate.operations.context import Context
from polygate.operations.new_accounts import create_app, create_merchant
from polygate.operations.pay_by_hand import mark_failed, mark_paid, take_by_hand
from polygate.operations.pay_out import pay_out
from tests.signed_api.client import v2_sign
from tests.support.crowd import Crowd
from tests.support.houses import House

pytestmark = pytest.mark.xdist_group("races")

PAYOUTS: Final = 200
COVERED: Final = 50


class Treasurer:
    """Calls of the Channel API, in turn to each process."""

    def __init__(self, house: House, crowd: Crowd) -> None:
        self._crowd = crowd
        self._headers = {"Authorization": house.demo.merchant["accessKey"]}
        self._urls = house.base_urls
        self._app = house.demo.app

    async def pay(self, source_no: str, amount: str, *, process: int) -> int:
        """The `code` of the answer. The amount is written as it stands, because it must not become a float."""
        receiver = '{"accountName":"Ravi K","bankAccount":"ravi@examplebank","accountType":"2"}'
        body = f'{{"amount":{amount},"sourceNo":"{source_no}","payeeAccountDetail":{receiver}}}'
        client = self._crowd.clients[process % len(self._crowd.clients)]
        headers = self._headers | {"Content-Type": "application/json"}
        answer = await client.post("/api/channel/Debit/Set", content=body, headers=headers)
        return int(answer.json()["code"])

    async def funds(self, process: int = 0) -> dict[str, Decimal]:
        client = self._crowd.clients[process % len(self._crowd.clients)]
        answer: dict[str, Any] = (await client.get("/api/channel/Merchant/Balance", headers=self._headers)).json()
        return {name: Decimal(str(amount)) for name, amount in answer["result"].items()}


class SignedTreasurer(Treasurer):
    """The same calls of the Signed API."""

    async def pay(self, source_no: str, amount: str, *, process: int) -> int:
        """As the Channel API would number the answer."""
        url = f"{self._urls[process % len(self._urls)]}/v2/payout/create"
        payee = {"type": "UPI", "vpa": "ravi@examplebank", "payeeName": "Ravi K"}
        order = {"merchantTradeNo": source_no, "amount": amount, "currency": "INR", "description": "x"}
        body = json.dumps(order | {"payoutMethod": payee, "notifyUrl": "http://127.0.0.1:9/"}).encode()
        now, nonce, app_id = str(time.time_ns() // 1_000_000), secrets.token_hex(16), self._app["appId"]
        sign = v2_sign(app_id, self._app["appSecret"], "POST", url, now, nonce, body=body)
        headers = {"Authorization": f"V2_SHA256 appId={app_id},sign={sign},timestamp={now},nonce={nonce}"}
        client = self._crowd.clients[process % len(self._crowd.clients)]
        answer = (await client.post("/v2/payout/create", content=body, headers=headers)).json()
        return {"OK": 0, "Payout.Balance.Insufficient": 1203}[answer["code"]]


async def test_one_number_sixty_four_times_is_one_payout(house: House, crowd: Crowd, order_no: str) -> None:
    payer = Treasurer(house, crowd)
    before = await payer.funds()
    codes = await asyncio.gather(*(payer.pay(order_no, "5", process=n) for n in range(64)))
    house.books.settle(15)

    assert Counter(codes) == {0: 1, 1201: 63}
    assert before["balance"] - (await payer.funds())["balance"] == 5


async def test_of_two_hundred_payouts_the_fifty_that_are_covered_are_made(
    house: House, crowd: Crowd, order_no: str
) -> None:
    """Exactly fifty, whichever door they come by; and at no moment does anybody see a balance below zero, or one that
    does not add up."""
    payer = Treasurer(house, crowd)
    doors = payer, SignedTreasurer(house, crowd)
    free = (await payer.funds())["remainBalance"]
    amount = (free / COVERED).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    watching = True

    async def watch() -> int:
        looks = 0
        while watching:
            funds = await payer.funds(looks)
            assert funds["remainBalance"] >= 0
            assert funds["balance"] == funds["frozenBalance"] + funds["remainBalance"]
            looks += 1
        return looks

    watcher = asyncio.create_task(watch())
    codes = await asyncio.gather(
        *(doors[n // 2 % 2].pay(f"{order_no}-{n}", str(amount), process=n) for n in range(PAYOUTS))
    )
    house.books.settle(20)
    watching = False

    assert await watcher > 0
    assert Counter(codes) == {0: COVERED, 1203: PAYOUTS - COVERED}
    paid = house.books.rows("SELECT state, amount_minor FROM payouts WHERE number LIKE ?", f"{order_no}-%")
    assert [(row["state"], row["amount_minor"]) for row in paid] == [("paid", int(amount * 100))] * COVERED
    left = await payer.funds()
    assert left == {"balance": free - amount * COVERED, "frozenBalance": 0, "remainBalance": free - amount * COVERED}


REFUNDS: Final = 12
REFUND: Final = Money(100_000, "INR")


async def test_payouts_and_refunds_share_one_balance(house: House, crowd: Crowd, order_no: str) -> None:
    """Transfers are given back out of what can be paid out: of both kinds at once only as much as there is."""
    payer = Treasurer(house, crowd)
    shops = [
        AsyncSignedClient(url, app_id=house.demo.app["appId"], secret=Secret(house.demo.app["appSecret"]), http=client)
        for url, client in zip(house.base_urls, crowd.clients, strict=True)
    ]
    paid = [await paid_transfer(shops[0], crowd, f"{order_no}-{n}") for n in range(REFUNDS)]
    free = (await payer.funds())["remainBalance"]
    amount = ((free - 6_500) / 3).quantize(Decimal("0.01"), rounding="ROUND_DOWN")

    async def refund(n: int, payment_no: str) -> str:
        order = RefundOrder(
            merchant_refund_no=f"{order_no}-{n}", payment_no=payment_no, amount=REFUND, description="race"
        )
        try:
            await shops[n % len(shops)].create_refund(order)
        except ApiError as refused:
            return refused.code
        return "OK"

    refunds, payouts = await asyncio.gather(
        asyncio.gather(*(refund(n, number) for n, number in enumerate(paid))),
        asyncio.gather(*(payer.pay(f"{order_no}-{n}", str(amount), process=n) for n in range(REFUNDS))),
    )
    house.books.settle(20)

    assert set(refunds) <= {"OK", "Refund.Balance.Insufficient"}
    assert set(payouts) <= {0, 1203}
    left = (await payer.funds())["remainBalance"]
    given, sent = refunds.count("OK"), payouts.count(0)
    assert left == free - sent * amount - given * 1_000
    # Whatever was refused would not have fitted any more.
    assert 0 <= left < amount
    assert given == REFUNDS or left < 1_000


TRANSFERS: Final = 12
AMY: Final = Actor(login="amy@gateway.example", role="operator")
RECEIVER: Final = Receiver(PayoutMethod.UPI, "Ravi K", "ravi@examplebank")


async def test_a_transfer_made_by_hand_pays_one_payout(house: House, crowd: Crowd) -> None:
    """Two merchants' payouts are marked with one bank's number at the same instant, each in a process of its own: the
    first has it, and the other operator is told which payout that is."""
    place = opened.place(house.directory, house.database_url)
    async with place.house() as one, place.house() as other:
        offices = [(office.context, await taken_by_hand(office.context)) for office in (one, other)]
        for n in range(TRANSFERS):
            marks = await asyncio.gather(
                *(mark_paid(context, AMY, payouts[n], f"RACE{n:012d}") for context, payouts in offices),
                return_exceptions=True,
            )
            (paid,) = [each for each in marks if isinstance(each, Payout)]
            (refused,) = [each for each in marks if isinstance(each, Refused)]
            assert f"is that of payout {paid.payout_id}" in refused.said
            for context, payouts in offices:
                if payouts[n].payout_id != paid.payout_id:
                    await mark_failed(context, AMY, payouts[n], "no transfer of its own")


async def taken_by_hand(context: Context) -> list[Payout]:
    """Payouts of a new merchant that an operator carries out."""
    opening = (Money(100_000, "INR"),)
    made = await create_merchant(context, name="Shop", mcc="5999", fees={}, opening_balances=opening)
    shop = await create_app(context, made.merchant, name="Shop", methods=("card",))
    order = PayoutOrder(
        merchant_id=made.merchant.merchant_id,
        app_id=shop.app.app_id,
        protocol="channel",
        number="",
        amount=Money(500, "INR"),
        fee=Money(0, "INR"),
        receiver=None,
        description="",
        attach="",
        notify_url="",
        request={},
    )
    orders = [replace(order, number=f"by-hand-{n}") for n in range(TRANSFERS)]
    waiting = [await pay_out(context, order, at_once=False) for order in orders]
    return [await take_by_hand(context, AMY, payout, RECEIVER) for payout in waiting]


async def paid_transfer(shop: AsyncSignedClient, crowd: Crowd, number: str) -> str:
    """The gateway's number of a payment by UPI."""
    order = PaymentOrder(
        merchant_trade_no=number,
        amount=REFUND,
        description="race",
        payer=Payer(user_id="7", name="Asha Rao", email="asha@example.com", phone="9876543210"),
        pay_method=PayMethod(type="UPI"),
        notify_url="https://shop.example/told",
    )
    created = await shop.create_payment(order)
    assert created.action is not None
    wallet = await crowd.browse(created.action.url.removesuffix("/page"))
    paid = await crowd.browse(wallet.headers["location"], form={"choice": "pass"})
    assert paid.status_code == 303
    return created.payment_no
