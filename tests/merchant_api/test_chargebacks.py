"""Chargebacks: what is recorded, what is told, and what is never more than was there (section 7.3)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from polygate.assembly import House
from polygate.assembly.doctor import examine
from polygate.core.cards import Secret
from polygate.core.money import Money
from polygate.core.refusals import Reason, Refused
from polygate.core.webhooks import WebhookState
from polygate.operations.charge_back import charge_back
from polygate.protocols.merchant import emission_faults
from tests.merchant_api.client import Client
from tests.protocols.merchant.examples import NOTIFICATIONS
from tests.support.house import MASTER_KEY, MovableClock, shop_in
from tests.support.moody_receiver import Receiver
from tests.support.outbox import Outbox

pytestmark = pytest.mark.anyio


class Silent:
    """Progress that nobody watches."""

    def expect(self, rows: int) -> None: ...

    def begin(self, check: str) -> None: ...

    def advance(self, rows: int) -> None: ...


async def raised(house: House, client: Client, unique_id: str, minor: int, case_no: str = "CB-1") -> int:
    """Its id."""
    payment = await client.payment(unique_id)
    recorded = await charge_back(house.context, payment, Money(minor, "USD"), case_no=case_no, reason="fraud")
    return recorded.chargeback_id


async def test_it_is_told(house: House, client: Client, receiver: Receiver, outbox: Outbox) -> None:
    paid = await client.pay(notificationUrl=receiver.url("/hook"))
    chargeback_id = await raised(house, client, paid["uniqueId"], 4_990)
    await outbox.deliver()
    said = receiver.received[-1].json

    assert list(said) == list(NOTIFICATIONS["chargeback"])
    assert {name: said[name] for name in ("transactionType", "chargebackAmount", "uniqueId", "transactionId")} == {
        "transactionType": "Chargeback",
        "chargebackAmount": "49.90",
        "uniqueId": paid["uniqueId"],
        "transactionId": "T-1",
    }
    assert said["chargebackUniqueId"] == str(chargeback_id)
    assert len(said["chargebackUniqueId"]) == 19
    assert client.is_ours(said)
    assert emission_faults(said) == ()
    assert (await client.find(paid["uniqueId"]))["code"] == 100


async def test_the_books_know_it(house: House, client: Client, tmp_path: Path) -> None:
    """And the doctor finds nothing wrong with it."""
    paid = await client.pay()
    await client.refund(paid["uniqueId"], amount="9.90")
    await raised(house, client, paid["uniqueId"], 3_000)
    balances = await house.context.reads.balances(client.merchant.merchant_id)

    assert balances["merchant:pending", "USD"] == 1_000
    assert balances["acquirer:sandbox:charged_back", "USD"] == 3_000
    findings = await examine(
        f"sqlite:///{tmp_path / 'house.db'}", Secret(MASTER_KEY), Silent(), clock=house.context.clock
    )
    wrong = [finding for finding in findings if not finding.holds]
    assert wrong == []


async def test_never_more_than_was_there(house: House, client: Client) -> None:
    paid = await client.pay()
    await client.refund(paid["uniqueId"], amount="9.90")
    with pytest.raises(Refused) as caught:
        await raised(house, client, paid["uniqueId"], 4_001)
    assert caught.value.reason is Reason.CHARGEBACK_TOO_LARGE

    await raised(house, client, paid["uniqueId"], 4_000)
    assert (await client.refund(paid["uniqueId"], "RF-2", "0.01"))["code"] == 112


async def test_the_same_case_is_recorded_once(house: House, client: Client) -> None:
    """Also at the same moment; another amount is a mistake that is told."""
    paid = await client.pay()
    first = await asyncio.gather(*(raised(house, client, paid["uniqueId"], 2_000) for _ in range(8)))

    assert len(set(first)) == 1
    assert (await client.payment(paid["uniqueId"])).charged_back_minor == 2_000
    with pytest.raises(Refused) as caught:
        await raised(house, client, paid["uniqueId"], 2_001)
    assert caught.value.reason is Reason.CHARGEBACK_TAKEN


async def test_many_cases_at_once_stop_at_the_amount(house: House, client: Client) -> None:
    paid = await client.pay()
    done = await asyncio.gather(
        *(raised(house, client, paid["uniqueId"], 2_000, f"CB-{number}") for number in range(6)),
        *(client.refund(paid["uniqueId"], f"RF-{number}", "20.00") for number in range(6)),
        return_exceptions=True,
    )
    kept = await client.payment(paid["uniqueId"])

    assert kept.charged_back_minor + kept.refunding_minor == 4_000
    assert all(isinstance(each, int | dict | Refused) for each in done)


async def test_an_unpaid_payment_has_none(house: House, client: Client) -> None:
    opened = await client.checkout()
    with pytest.raises(Refused) as caught:
        await raised(house, client, opened["uniqueId"], 1)
    assert caught.value.reason is Reason.CHARGEBACK_NOT_NOW


async def test_merchants_of_other_apis_are_not_told(house: House, clock: MovableClock, receiver: Receiver) -> None:
    """Their APIs have no message for it: it stays in the books and on the timeline."""
    async with shop_in(house) as shop:
        await shop.pay("ORDER-1", notificationUrl=receiver.url("/hook"))
        payment = await house.context.reads.payment_by_order(shop.merchant.merchant_id, "gateway", "ORDER-1")
        assert payment is not None
        await charge_back(house.context, payment, payment.captured, case_no="CB-1", reason="")
        outbox = Outbox(house)
        while await outbox.deliver():
            pass
        states = [(webhook.kind, webhook.state) for webhook in await outbox.webhooks()]
        await outbox.close()

    assert ("ChargebackRecorded", WebhookState.NO_ADDRESS) in states
    assert len(receiver.received) == 1
