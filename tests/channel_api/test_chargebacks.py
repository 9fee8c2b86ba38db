"""A payment that came back through the payer's bank after its money was paid out: the merchant owes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from polygate.assembly import House
from polygate.assembly.doctor import examine
from polygate.core.cards import Secret
from polygate.core.ids import PaymentId
from polygate.core.money import Money
from polygate.jobs.payments import ask_again_round
from polygate.operations.charge_back import charge_back
from tests.channel_api.client import Client, client_in
from tests.support.house import MASTER_KEY, MovableClock

pytestmark = pytest.mark.anyio


class Silent:
    """Progress that nobody watches."""

    def expect(self, rows: int) -> None: ...

    def begin(self, check: str) -> None: ...

    def advance(self, rows: int) -> None: ...


async def free(client: Client) -> float:
    answer = await client.call("Merchant/Balance", method="GET")
    return float(answer["result"]["remainBalance"])


async def test_what_was_paid_out_is_owed_until_money_comes_in(
    house: House, clock: MovableClock, tmp_path: Path
) -> None:
    """Nothing more is paid out meanwhile, and the books count as right."""
    async with client_in(house) as client:
        paid = await client.credit(amount=1_200)
        await client.pay(paid)
        await client.debit(amount=1_000)
        await ask_again_round(house.context)
        clock.move(seconds=3)
        await ask_again_round(house.context)
        assert (await client.order("Debit", "PO-1"))["processCode"] == 30
        merchant_id = client.merchant.merchant_id
        payment = await house.context.reads.payment(merchant_id, PaymentId(paid["channelCreditOrderSimpleInfo"]["id"]))
        assert payment is not None
        await charge_back(house.context, payment, Money(120_000, "INR"), case_no="CB-1", reason="fraud")

        assert await free(client) == -1_000
        payee = {"accountName": "Ravi", "bankAccount": "ravi@examplebank", "accountType": "2"}
        order = {"amount": 1, "sourceNo": "PO-2", "payeeAccountDetail": payee}
        assert await client.code("Debit/Set", order) == 1203
        await client.pay(await client.credit("PI-2", amount=1_500))
        assert await free(client) == 500

        url = f"sqlite:///{tmp_path / 'house.db'}"
        findings = await examine(url, Secret(MASTER_KEY), Silent(), clock=house.context.clock)
        assert [finding for finding in findings if not finding.holds] == []
