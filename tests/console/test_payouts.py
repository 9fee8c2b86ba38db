"""Payouts in the console: ordered by the merchant, given a receiver or rejected by operators; chargebacks; balances."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from polygate.assembly import House
from polygate.core import ids
from polygate.core.access import Role
from polygate.core.merchants import Merchant
from polygate.core.money import Money
from polygate.core.payouts import Payout
from polygate.core.people import AuditEntry
from polygate.core.transitions import PayoutState
from polygate.jobs.payments import ask_again_round
from polygate.operations.new_accounts import create_app, create_merchant
from tests.channel_api.client import Client, client_in
from tests.support.console import signed_in, steps
from tests.support.house import MovableClock, at_work, eventually, shop_in

Merchants = tuple[Merchant, Merchant]
ALL = "/console/operator/payouts"
CHARGEBACKS = "/console/operator/chargebacks"
UPI = {"accountName": "Ravi K", "bankAccount": "ravi@examplebank", "accountType": "2"}
RECEIVER = {"method": "bank_account", "name": "Asha Rao", "account": "50100012345678", "bank_code": "HDFC0000001"}


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    """A merchant with 10,000.00 INR to pay out."""
    async with client_in(house, opening_minor=1_000_000) as client:
        yield client


async def told(house: House, action: str) -> list[AuditEntry]:
    return await house.context.reads.audit_entries(merchant_id=None, before=ids.LAST, limit=100, action=action)


async def only_payout(house: House, merchant: Merchant) -> Payout:
    (payout,) = await house.context.store.listing.newest(Payout, merchant_id=merchant.merchant_id, limit=10)
    return payout


@pytest.mark.anyio
async def test_finance_orders_a_payout_once_however_often_the_form_is_sent(
    house: House, clock: MovableClock, client: Client
) -> None:
    """It is paid by the jobs, and its page tells everything on record."""
    path = f"/console/m/{client.merchant_id}/payouts"
    async with signed_in(house, clock, Role.FINANCE, client.merchant.merchant_id) as (browser, _):
        assert "No payouts" in (await browser.get(path)).text
        page = await browser.get(f"{path}/new")
        assert "10,000.00" in page.text
        form = RECEIVER | {"amount": "2500.50", "number": "rent-2026-03"}
        answers = await asyncio.gather(*(browser.post(f"{path}/new", form) for _ in range(6)))
        assert {answer.headers["location"] for answer in answers} == {answers[0].headers["location"]}
        payout = await only_payout(house, client.merchant)
        assert (payout.amount_minor, payout.protocol, payout.number) == (250_050, "channel", "rent-2026-03")
        async with at_work(house):
            await eventually(lambda: _became(house, clock, payout, PayoutState.PAID))
        page = await browser.get(answers[0].headers["location"])
        for text in ("Paid", "Asha Rao", "50100012345678", "Payout requested", "Payout paid", "merchant:available"):
            assert text in page.text, text
        assert steps(page) == [("good", "Ordered"), ("good", "Paid")]
        assert "rent-2026-03" in (await browser.get(path, state="paid")).text
    (entry,) = await told(house, "payout.ordered")
    assert entry.after == {"amount": "2500.50 INR", "fee": "0.00 INR", "receiver": "Asha Rao …5678"}


@pytest.mark.anyio
async def test_a_payout_is_in_any_currency_with_a_balance(house: House, clock: MovableClock) -> None:
    """The page offers those that somebody pays out, the Signed API tells of it, and lists can be narrowed by each."""
    opening = tuple(Money(500_00, currency) for currency in ("BRL", "IDR", "USD"))
    made = await create_merchant(house.context, name="Shop", mcc="5999", fees={}, opening_balances=opening)
    await create_app(house.context, made.merchant, name="Shop", methods=("pix",))
    at = f"/console/m/{made.merchant.merchant_no}"
    async with signed_in(house, clock, Role.FINANCE, made.merchant.merchant_id) as (browser, _):
        page = await browser.get(f"{at}/payouts/new", currency="BRL")
        assert re.findall(r"payouts/new\?currency=([A-Z]{3})", page.text) == ["INR", "BRL", "IDR"]
        assert ("500.00" in page.text, "Signed API" in page.text) == (True, True)
        form = {"method": "pix", "name": "Ana", "account": "ana@example.com", "number": "salary-1"}
        wrong = await browser.post(f"{at}/payouts/new", form | {"currency": "USD", "amount": "10"})
        assert (wrong.status_code, "do not know this currency" in wrong.text) == (422, True)
        paid = await browser.follow(await browser.post(f"{at}/payouts/new", form | {"currency": "BRL", "amount": "10"}))
        assert "Ana" in paid.text
        for place in ("balances", "payouts"):
            options = re.search(
                r'<select id="currency".*?</select>', (await browser.get(f"{at}/{place}")).text, re.DOTALL
            )
            assert options is not None
            assert re.findall(r'value="([A-Z]*)"', options[0]) == ["", "BRL", "IDR", "USD"]
        assert "salary-1" in (await browser.get(f"{at}/payouts", currency="BRL")).text
        assert "salary-1" not in (await browser.get(f"{at}/payouts", currency="IDR")).text
    payout = await only_payout(house, made.merchant)
    assert (payout.protocol, payout.amount, payout.state) == ("signed", Money(10_00, "BRL"), PayoutState.WAITING)


async def _became(house: House, clock: MovableClock, payout: Payout, state: PayoutState) -> bool:
    clock.move(seconds=1)
    house.context.work_waits.set()
    found = await house.context.reads.payout(payout.merchant_id, payout.payout_id)
    return found is not None and found.state is state


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"amount": "10000.01"}, "balance does not suffice"),
        ({"amount": "0"}, "an amount of INR"),
        ({"amount": "1.234"}, "an amount of INR"),
        ({"amount": "9" * 20}, "an amount of INR"),
        ({"number": "a b"}, "letters, digits"),
        ({"bank_code": "HDFC"}, "IFSC"),
        ({"method": "upi", "account": "asha"}, "name@bank"),
        ({"method": "pix"}, "choose a kind"),
        ({"name": ""}, "holder"),
    ],
)
async def test_a_payout_that_cannot_be_made_is_explained(
    house: House, clock: MovableClock, client: Client, wrong: dict[str, str], said: str
) -> None:
    """At its field, and nothing is set aside."""
    path = f"/console/m/{client.merchant_id}/payouts/new"
    async with signed_in(house, clock, Role.OWNER, client.merchant.merchant_id) as (browser, _):
        await browser.get(path)
        answer = await browser.post(path, RECEIVER | {"amount": "1", "number": "n-1"} | wrong)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert await house.context.store.listing.newest(Payout, merchant_id=None, limit=1) == []


@pytest.mark.anyio
async def test_another_merchants_payout_is_not_there(
    house: House, clock: MovableClock, client: Client, merchants: Merchants
) -> None:
    """Neither under the own address, nor under the other's."""
    assert (await client.call("Debit/Set", {"amount": 100, "sourceNo": "theirs"}))["code"] == 0
    payout = await only_payout(house, client.merchant)
    own = f"/console/m/{merchants[0].merchant_no}/payouts"
    async with signed_in(house, clock, Role.OWNER, merchants[0].merchant_id) as (browser, _):
        lost = await browser.get(f"{own}/{payout.payout_id}")
        assert lost.status_code == 404
        assert "theirs" not in (await browser.get(own)).text
        assert (await browser.get(f"/console/m/{client.merchant_id}/payouts/{payout.payout_id}")).status_code == 404


@pytest.mark.anyio
async def test_an_operator_names_the_receiver_of_one_payout_and_rejects_another(
    house: House, clock: MovableClock, client: Client
) -> None:
    """Each once: whoever comes second is told that it is too late."""
    for number in ("waits-1", "waits-2"):
        assert (await client.call("Debit/Set", {"amount": 100, "sourceNo": number}))["code"] == 0
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        page = await browser.get(ALL)
        paths = sorted(set(re.findall(rf'href="({ALL}/\d+/\d+)"', page.text)))
        assert len(paths) == 2
        assert "Payouts without a receiver" in (await browser.get("/console/operator/")).text
        wrong = await browser.post(f"{paths[0]}/receiver", RECEIVER | {"bank_code": ""})
        assert (wrong.status_code, "IFSC" in wrong.text) == (422, True)
        answers = await asyncio.gather(*(browser.post(f"{paths[0]}/receiver", RECEIVER) for _ in range(4)))
        assert {answer.status_code for answer in answers} == {303}
        assert (await browser.post(f"{paths[1]}/reject", why="")).status_code == 422
        for said in ("its money is free again", "It is too late"):
            page = await browser.follow(await browser.post(f"{paths[1]}/reject", why="no contract"))
            assert said in page.text
        assert "Every payout has a receiver" in (await browser.get(ALL)).text
        assert "no contract" in (await browser.get(ALL, show="failed")).text
    (named,) = await told(house, "payout.receiver_named")
    assert named.after == {"receiver": "bank_account Asha Rao …5678", "acquirer": "sandbox"}
    (rejected,) = await told(house, "payout.rejected")
    assert (rejected.before["state"], rejected.after["said"]) == ("waiting", "no contract")


@pytest.mark.anyio
async def test_an_operator_carries_a_payout_out_by_hand(house: House, clock: MovableClock, client: Client) -> None:
    """Each step once, however often its form is sent; meanwhile it needs attention, and all see who did it."""
    assert (await client.call("Debit/Set", {"amount": 100, "sourceNo": "by-hand-1"}))["code"] == 0
    payout = await only_payout(house, client.merchant)
    path = f"{ALL}/{client.merchant_id}/{payout.payout_id}"
    async with signed_in(house, clock, Role.OPERATOR) as (browser, user):
        assert "Take by hand" in (await browser.get(path)).text
        wrong = await browser.post(f"{path}/take", RECEIVER | {"bank_code": ""})
        assert (wrong.status_code, "IFSC" in wrong.text) == (422, True)
        for _ in range(2):
            page = await browser.follow(await browser.post(f"{path}/take", RECEIVER))
            assert "It is yours to pay" in page.text
        async with at_work(house):
            clock.move(minutes=5)
        assert "Somebody took them over" in (await browser.get("/console/operator/")).text
        assert "by-hand-1" in (await browser.get(ALL, show="by_hand")).text
        wrong = await browser.post(f"{path}/paid", reference="6001")
        assert (wrong.status_code, "12 to 35 letters" in wrong.text, 'value="6001"' in wrong.text) == (422, True, True)
        answers = await asyncio.gather(*(browser.post(f"{path}/paid", reference="6001 8765 4321") for _ in range(4)))
        assert {answer.status_code for answer in answers} == {303}
        for act, form, said in (
            ("paid", {"reference": "600187654322"}, "paid already, under 600187654321"),
            ("failed", {"said": "too late"}, "cannot be marked as failed"),
            ("returned", {"said": "account closed"}, "The payout came back"),
        ):
            page = await browser.follow(await browser.post(f"{path}/{act}", form))
            assert said in page.text, act
        assert (await browser.post(f"{path}/returned", said=" ")).status_code == 422
        assert "No payout is carried out by hand" in (await browser.get(ALL, show="by_hand")).text
    found = await house.context.reads.payout(payout.merchant_id, payout.payout_id)
    assert found
    assert (found.state, found.reference, found.said) == (PayoutState.RETURNED, "600187654321", "account closed")
    for action in ("taken_by_hand", "marked_paid", "marked_returned"):
        (entry,) = await told(house, f"payout.{action}")
        assert (entry.login, entry.merchant_id) == (user.login, payout.merchant_id)
    async with signed_in(house, clock, Role.SUPPORT, client.merchant.merchant_id) as (browser, _):
        page = await browser.get(f"/console/m/{client.merchant_id}/payouts/{payout.payout_id}")
        assert "Payout taken by hand" in page.text
        assert "acquirer:by-hand:receivable" in page.text
        assert user.login in page.text


@pytest.mark.anyio
async def test_what_is_planned_is_taken_and_what_the_bank_has_is_not(
    house: House, clock: MovableClock, client: Client
) -> None:
    """By a click on its page, as long as no bank was asked; nobody but operators finds the way."""
    for number in ("planned-1", "sent-1"):
        order = {"amount": 100, "sourceNo": number, "payeeAccountDetail": UPI}
        assert (await client.call("Debit/Set", order))["code"] == 0
    planned, sent = [(await house.context.reads.payouts_numbered(n))[0] for n in ("planned-1", "sent-1")]
    path = f"{ALL}/{client.merchant_id}"
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        assert "No bank was asked for it yet" in (await browser.get(f"{path}/{planned.payout_id}")).text
        await browser.post(f"{path}/{planned.payout_id}/take")
        await ask_again_round(house.context)
        assert "Mark as paid" in (await browser.get(f"{path}/{planned.payout_id}")).text
        page = await browser.get(f"{path}/{sent.payout_id}")
        assert ("Take by hand" in page.text, "Mark as" in page.text) == (False, False)
        for act, form in (("take", {}), ("paid", {"reference": "600187654321"}), ("failed", {"said": "x"})):
            page = await browser.follow(await browser.post(f"{path}/{sent.payout_id}/{act}", form))
            assert "its answer decides" in page.text, act
        done = await browser.post(f"{path}/{planned.payout_id}/failed", said="no such account")
        page = await browser.follow(done)
        assert "its money is free again" in page.text
        assert steps(page) == [("good", "Ordered"), ("bad", "Failed")]
    async with signed_in(house, clock, Role.OWNER, client.merchant.merchant_id) as (browser, _):
        await browser.get(f"/console/m/{client.merchant_id}/payouts")
        assert (await browser.post(f"{path}/{sent.payout_id}/take")).status_code in {403, 404}


@pytest.mark.anyio
async def test_a_chargeback_is_written_down_once(house: House, clock: MovableClock) -> None:
    """With its case; what cannot be charged back is explained."""
    new = f"{CHARGEBACKS}/new"
    async with shop_in(house) as shop, signed_in(house, clock, Role.OPERATOR) as (browser, _):
        await shop.pay("disputed-1")
        assert "No chargebacks" in (await browser.get(CHARGEBACKS)).text
        await browser.get(new)
        form = {"payment": "disputed-1", "case_no": "C-1", "amount": "40.00", "reason": "goods not received"}
        for wrong, said in (
            ({"payment": "nothing"}, "no payment with this number"),
            ({"amount": "100.01"}, "neither refunded nor charged back"),
            ({"amount": "x"}, "an amount of USD"),
            ({"case_no": ""}, "1 to 64 characters"),
            ({"reason": ""}, "1 to 255 characters"),
        ):
            answer = await browser.post(new, form | wrong)
            assert (answer.status_code, said in answer.text) == (422, True), wrong
        answers = await asyncio.gather(*(browser.post(new, form) for _ in range(4)))
        assert {answer.headers["location"] for answer in answers} == {CHARGEBACKS}
        other = await browser.post(new, form | {"amount": "41"})
        assert "another amount" in other.text
        page = await browser.get(CHARGEBACKS)
        assert page.text.count("goods not received") == 1
    assert len(await told(house, "chargeback.recorded")) == 1
    payment = await house.context.reads.payment_by_order(shop.merchant.merchant_id, "gateway", "disputed-1")
    assert payment
    assert payment.charged_back_minor == 4_000


@pytest.mark.anyio
async def test_balances_are_the_sums_of_the_postings_behind_them(
    house: House, clock: MovableClock, client: Client, merchants: Merchants
) -> None:
    """Old and recent ones alike; each posting leads to its payment or payout."""
    path = f"/console/m/{client.merchant_id}/balances"
    await client.call("Debit/Set", {"amount": 100, "sourceNo": "taken"})
    payout = await only_payout(house, client.merchant)
    async with signed_in(house, clock, Role.SUPPORT, client.merchant.merchant_id) as (browser, _):
        for _ in range(2):
            page = await browser.get(path)
            assert "₹9,900.00" in page.text
            assert "₹100.00" in page.text
            clock.move(minutes=11)
        page = await browser.get(f"{path}/INR/available")
        assert f'href="/console/m/{client.merchant_id}/payouts/{payout.payout_id}"' in page.text
        assert "−₹100.00" in page.text  # noqa: RUF001  # The minus sign that people read.
        for nothing in ("INR/equity", "XXX/available"):
            assert (await browser.get(f"{path}/{nothing}")).status_code == 404
        assert "No postings" in (await browser.get(f"{path}/USD/pending")).text
    async with shop_in(house) as shop:
        paid = await shop.pay("sold-1")
    path = f"/console/m/{merchants[0].merchant_no}"
    async with signed_in(house, clock, Role.FINANCE, merchants[0].merchant_id) as (browser, _):
        page = await browser.get(f"{path}/balances/USD/pending")
        assert f'href="{path}/payments/{paid["tradeNo"]}"' in page.text
        assert str(payout.payout_id) not in page.text
