"""Operators open merchants' accounts and set what they cost, how much they may do, and where their callbacks go."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest

from polygate.assembly import House
from polygate.core import ids
from polygate.core.access import Role
from polygate.core.merchants import FeeRule, Limits, Merchant
from polygate.core.people import AuditEntry
from polygate.core.risk import RiskPolicy
from tests.support.bodies import payment_body
from tests.support.console import Window, signed_in
from tests.support.house import BASE_URL, MovableClock

Merchants = tuple[Merchant, Merchant]
LIST = "/console/operator/merchants"
NEW = f"{LIST}/new"
_NUMBER = re.compile(r'name="number" value="(\d+)"')


async def form(browser: Window, **changes: str) -> dict[str, str]:
    """The form of a new merchant, opened just now."""
    found = _NUMBER.search((await browser.get(NEW)).text)
    assert found
    filled = {"name": "Harbor Books", "mcc": "5942", "fee": "2.9", "app_name": "harbor.example", "method": "card"}
    return filled | {"number": found[1]} | changes


async def told(house: House, action: str) -> list[AuditEntry]:
    return await house.context.reads.audit_entries(merchant_id=None, before=ids.LAST, limit=100, action=action)


def keys(page: str) -> dict[str, str]:
    """What a page shows to be copied, by its label."""
    return dict(re.findall(r"<dt>([^<]+)</dt><dd><span class=\"copyable\"><code>([^<]+)</code>", page))


@pytest.mark.anyio
async def test_the_keys_that_are_shown_take_the_first_payment(house: House, clock: MovableClock) -> None:
    """From the form to a payment through the real API; the fee is what was typed."""
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        shown = keys((await browser.post(NEW, await form(browser))).text)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url=BASE_URL) as api:
        pair = {"appId": shown["APP ID"], "secret": shown["App secret"]}
        token = (await api.post("/gateway/v1/connect/token", json=pair)).json()["accessToken"]
        headers = {"Authorization": token}
        paid = (await api.post("/gateway/v1/payment", json=payment_body("first-1"), headers=headers)).json()
    assert paid["orderStatus"] == "successed"
    merchant = await house.context.reads.merchant_by_no(shown["Merchant number"])
    assert merchant
    payment = await house.context.reads.payment_by_order(merchant.merchant_id, "gateway", "first-1")
    assert payment
    assert payment.fee_basis_points == 290
    assert await house.context.reads.merchant_by_access_key(merchant.access_key_hash) == merchant
    (opened,) = await told(house, "merchant.opened")
    assert (opened.about, opened.after["fees"]) == (merchant.merchant_no, "*: 2.90% + 0")
    for secret in (shown["Secret key"], shown["Access key"], shown["App secret"]):
        assert secret not in str(await told(house, ""))


@pytest.mark.anyio
async def test_a_form_sent_eight_times_opens_one_account(house: House, clock: MovableClock) -> None:
    """And shows its keys once."""
    before = len(await house.context.reads.merchants())
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        filled = await form(browser)
        answers = await asyncio.gather(*(browser.post(NEW, filled) for _ in range(8)))
        again = next(answer for answer in answers if answer.is_redirect)
        page = await browser.follow(again)
    assert sorted(answer.status_code for answer in answers) == [200, *[303] * 7]
    assert "was sent before" in page.text
    assert len(await house.context.reads.merchants()) == before + 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "1 to 128 characters"),
        ({"name": "a\u0007b"}, "1 to 128 characters"),
        ({"mcc": "59a2"}, "four digits"),
        ({"fee": "2.955"}, "at most two decimals"),
        ({"fee": "101"}, "0 to 100"),
        ({"payout_fee": "-1"}, "0 to 100"),
        ({"app_name": ""}, "1 to 128 characters"),
        ({"method": "barter"}, "at least one"),
    ],
)
async def test_what_cannot_be_a_merchant_is_explained(
    house: House, clock: MovableClock, wrong: dict[str, str], said: str
) -> None:
    before = len(await house.context.reads.merchants())
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        answer = await browser.post(NEW, await form(browser, **wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert len(await house.context.reads.merchants()) == before


@pytest.mark.anyio
async def test_merchants_are_found_by_name_number_and_app(
    house: House, clock: MovableClock, merchants: Merchants
) -> None:
    """Signs that mean something to the database mean themselves."""
    first, second = merchants
    app = (await house.context.reads.apps(first.merchant_id))[0]
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        for text in (first.name.lower()[:4], first.merchant_no, app.app_id):
            page = (await browser.get(LIST, find=text)).text
            assert f"{LIST}/{first.merchant_no}" in page
            assert f"{LIST}/{second.merchant_no}" not in page
        for text in ("%", "_", "!", "'"):
            assert "Nobody like that" in (await browser.get(LIST, find=text)).text


@pytest.mark.anyio
async def test_a_disabled_merchants_calls_are_refused(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """Twice is once; and an unknown number is told."""
    path = f"{LIST}/{merchants[0].merchant_no}"
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        for _ in range(2):
            page = await browser.follow(await browser.post(f"{path}/disable"))
            assert "its calls are refused" in page.text
        kept = await house.context.reads.merchant(merchants[0].merchant_id)
        assert kept
        assert not kept.enabled
        await browser.post(f"{path}/enable")
        missing = await browser.follow(await browser.post(f"{LIST}/1/disable"))
        assert "no such merchant" in missing.text
    assert (len(await told(house, "merchant.disabled")), len(await told(house, "merchant.enabled"))) == (1, 1)


@pytest.mark.anyio
async def test_fees_are_set_by_currency(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """A line without a currency is left out; yen have no decimals."""
    path = f"{LIST}/{merchants[0].merchant_no}/fees"
    lines = {
        "fee_currency": ["*", "USD", "JPY", ""],
        "fee_percent": ["2.9", "1.5", "", ""],
        "fee_fixed": ["", "0.30", "5", ""],
        "payout_fee_currency": ["*"],
        "payout_fee_percent": ["0"],
        "payout_fee_fixed": [""],
    }
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        await browser.get(path)
        assert (await post_lists(browser, path, lines)).is_redirect
        page = (await browser.get(path)).text
        assert 'value="0.30"' in page
        for place, said in (("fee_fixed", "no more decimals"), ("fee_percent", "0 to 100"), ("fee_currency", "line")):
            wrong = {**lines, place: [*lines[place][:2], "USD" if place == "fee_currency" else "5.55x", ""]}
            answer = await post_lists(browser, path, wrong)
            assert (answer.status_code, said in answer.text) == (422, True), place
    merchant = await house.context.reads.merchant(merchants[0].merchant_id)
    assert merchant
    assert merchant.fees == {"*": FeeRule(290), "USD": FeeRule(150, 30), "JPY": FeeRule(0, 5)}
    assert merchant.payout_fees == {}
    (changed,) = await told(house, "merchant.fees_changed")
    assert changed.after == {"fees": "*: 2.90% + 0; JPY: 0.00% + 5; USD: 1.50% + 30"}


async def post_lists(browser: Window, path: str, lines: dict[str, list[str]]) -> httpx.Response:
    return await browser.http.post(path, data={"csrf": browser._csrf, **lines})


@pytest.mark.anyio
async def test_risk_channel_terms_and_trade(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """Each form changes its own matters, tells the audit log what, and explains what it does not take."""
    path = f"{LIST}/{merchants[0].merchant_no}"
    risk = {"per_card": "3", "per_address": "0", "per_app": "50", "authenticate_at": "40", "stop_at": "70"}
    limits = {"credit_least": "100", "credit_most": "50000.50", "debit_least": "", "debit_most": "0"}
    account = {"method": "bank_account", "name": "Asha Rao", "account": "1234567890", "bank_code": "HDFC0001234"}
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        await browser.get(path)
        right: list[tuple[str, dict[str, Any]]] = [
            (path, {"name": "Harbor Books", "mcc": "5942"}),
            (f"{path}/risk", risk | {"always": "yes"}),
            (f"{path}/channel/limits", limits),
            (f"{path}/channel/account", account),
            (f"{path}/channel/callbacks", {"credit_url": "", "debit_url": ""}),
        ]
        for address, fields in right:
            assert (await browser.post(address, fields)).is_redirect, address
        wrong: list[tuple[str, dict[str, Any], str]] = [
            (path, {"name": "Harbor Books", "mcc": "x"}, "four digits"),
            (f"{path}/risk", risk | {"stop_at": "0"}, "1 to 100"),
            (f"{path}/channel/limits", limits | {"credit_most": "99"}, "less than the least"),
            (f"{path}/channel/limits", limits | {"debit_most": "1.234"}, "An amount of INR"),
            (f"{path}/channel/account", account | {"bank_code": "HDFC"}, "HDFC0001234"),
            (f"{path}/channel/account", account | {"method": "upi"}, "name@bank"),
            (f"{path}/channel/account", account | {"method": "pix"}, "choose a kind"),
            (f"{path}/channel/callbacks", {"credit_url": "ftp://shop.example"}, "begins with http"),
            (f"{path}/channel/callbacks", {"credit_url": "http://127.0.0.1:9/hook"}, "Nobody listens there"),
        ]
        for address, fields, said in wrong:
            answer = await browser.post(address, fields)
            assert (answer.status_code, said in answer.text) == (422, True), (address, fields)
        page = await browser.get(f"{path}/channel")
        assert 'value="50000.50"' in page.text
    merchant = await house.context.reads.merchant(merchants[0].merchant_id)
    assert merchant
    assert (merchant.name, merchant.mcc) == ("Harbor Books", "5942")
    assert merchant.risk == RiskPolicy(3, 0, 50, 40, 70, always=True)
    assert merchant.channel.credit_limits == Limits(10_000, 5_000_050)
    assert merchant.channel.receiver
    (changed,) = await told(house, "merchant.payout_account_changed")
    assert changed.after == {"payoutAccount": "bank_account Asha Rao …7890"}
    assert [entry.action for entry in await told(house, "merchant.")][:-1] == [
        "merchant.payout_account_changed",
        "merchant.limits_changed",
        "merchant.risk_changed",
    ]
