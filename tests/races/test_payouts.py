"""What a merchant has is paid out once, however many ask for it at once and whichever process they ask."""

import asyncio
from collections import Counter
from decimal import Decimal
from typing import Any, Final

import pytest

from tests.support.crowd import Crowd
from tests.support.houses import House

pytestmark = pytest.mark.xdist_group("races")

PAYOUTS: Final = 200
COVERED: Final = 50


class Payer:
    """Calls of the Channel API, in turn to each process."""

    def __init__(self, house: House, crowd: Crowd) -> None:
        self._crowd = crowd
        self._headers = {"Authorization": house.demo.merchant["accessKey"]}

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


async def test_one_number_sixty_four_times_is_one_payout(house: House, crowd: Crowd, order_no: str) -> None:
    payer = Payer(house, crowd)
    before = await payer.funds()
    codes = await asyncio.gather(*(payer.pay(order_no, "5", process=n) for n in range(64)))
    house.books.settle(15)

    assert Counter(codes) == {0: 1, 1201: 63}
    assert before["balance"] - (await payer.funds())["balance"] == 5


async def test_of_two_hundred_payouts_the_fifty_that_are_covered_are_made(
    house: House, crowd: Crowd, order_no: str
) -> None:
    """Exactly fifty, whichever; and at no moment does anybody see a balance below zero, or one that does not add up."""
    payer = Payer(house, crowd)
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
    codes = await asyncio.gather(*(payer.pay(f"{order_no}-{n}", str(amount), process=n) for n in range(PAYOUTS)))
    house.books.settle(20)
    watching = False

    assert await watcher > 0
    assert Counter(codes) == {0: COVERED, 1203: PAYOUTS - COVERED}
    paid = house.books.rows("SELECT state, amount_minor FROM payouts WHERE number LIKE ?", f"{order_no}-%")
    assert [(row["state"], row["amount_minor"]) for row in paid] == [("paid", int(amount * 100))] * COVERED
    left = await payer.funds()
    assert left == {"balance": free - amount * COVERED, "frozenBalance": 0, "remainBalance": free - amount * COVERED}
