"""Payments, refunds and Home: what people see of their money, and what they do with it."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any, Final

import msgspec
import pytest

from polygate.assembly import House
from polygate.console import audit, balances, export, webhooks
from polygate.console.csv_file import harmless
from polygate.console.days import day_number, last_days, stretches
from polygate.core import ledger
from polygate.core.access import Role
from polygate.core.ids import AttemptId
from polygate.core.ledger import rows_of
from polygate.core.merchants import Merchant
from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.core.payouts import PayoutOrder
from polygate.core.statistics import DAY_MS
from polygate.core.webhooks import WebhookState
from polygate.operations.pay_out import pay_out
from polygate.store.contract import Change
from tests.support.console import Window, signed_in, steps
from tests.support.house import MovableClock, Shop, all_asked, at_work, eventually, move, shop_in

pytestmark = pytest.mark.anyio

NUMBER: Final = "4444333322221111"
DECLINED: Final = "4000000000000002"
TOLD: Final = {"notificationUrl": "http://127.0.0.1:9/told"}
Merchants = tuple[Merchant, Merchant]


@pytest.fixture
async def shop(house: House) -> AsyncIterator[Shop]:
    """Of the first merchant."""
    async with shop_in(house) as shop:
        yield shop


@pytest.fixture
async def finance(house: House, clock: MovableClock, merchants: Merchants) -> AsyncIterator[Window]:
    async with signed_in(house, clock, Role.FINANCE, merchants[0].merchant_id) as (browser, _):
        yield browser


async def paid(shop: Shop, order_no: str, **changes: Any) -> Payment:
    await shop.pay(order_no, **changes)
    found = await shop.house.context.reads.payment_by_order(shop.merchant.merchant_id, "gateway", order_no)
    assert found is not None
    return found


def at(shop: Shop, place: str = "") -> str:
    return f"/console/m/{shop.merchant.merchant_no}/{place}"


async def orders(window: Window, path: str, **query: str) -> list[str]:
    """The order numbers of a list, from top to bottom."""
    page = await window.get(path, **query)
    assert page.status_code == 200
    return re.findall(r'class="row" href="[^"]+"><bdi>([^<]+)</bdi>', page.text)


async def test_the_list_is_narrowed_by_its_form(
    house: House, clock: MovableClock, shop: Shop, merchants: Merchants
) -> None:
    """State, method, day, amount; what another merchant sold is never in it."""
    async with shop_in(house, name="Other Shop") as other:
        await other.pay("order-of-theirs")
    await shop.pay("order-1")
    clock.move(days=2)
    await shop.sign_in()
    await shop.pay("order-2", card_no=DECLINED)
    await shop.pay("order-3", amount="7.50")
    path = at(shop, "payments")
    async with signed_in(house, clock, Role.FINANCE, merchants[0].merchant_id) as (finance, _):
        assert await orders(finance, path) == ["order-3", "order-2", "order-1"]
        assert await orders(finance, path, state="failed") == ["order-2"]
        assert await orders(finance, path, state="captured", currency="usd", most="10") == ["order-3"]
        assert await orders(finance, path, **{"from": "2026-03-04"}) == ["order-3", "order-2"]
        assert await orders(finance, path, until="2026-03-03") == ["order-1"]
        assert await orders(finance, path, method="wechat") == []
        assert await orders(finance, path, state="nonsense") == ["order-3", "order-2", "order-1"]
        for query, said in (
            ({"least": "1"}, "needs its currency"),
            ({"least": "1.234", "currency": "USD"}, "no more decimals"),
            ({"currency": "XXX"}, "do not know this currency"),
            ({"from": "yesterday"}, "Write a day"),
            ({"least": "9" * 40, "currency": "USD"}, "no more decimals"),
        ):
            page = await finance.get(path, **query)
            assert (page.status_code, said in page.text) == (422, True), query


async def test_pages_follow_each_other(shop: Shop, finance: Window) -> None:
    """Thirty orders are two pages, and nothing is on both."""
    for number in range(30):
        await shop.pay(f"order-{number}")
    first = await finance.get(at(shop, "payments"))
    onward = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert onward

    seen = [*await orders(finance, at(shop, "payments")), *await orders(finance, onward[1])]
    assert seen == [f"order-{number}" for number in reversed(range(30))]


async def test_any_number_leads_to_its_payment(shop: Shop, finance: Window) -> None:
    """Straight there if it is the only one; a choice if there are several; a sentence if there is none."""
    payment = await paid(shop, "order-1")
    await paid(shop, "order-2")
    await shop.refund("order-1", "R-1", "1.00")
    there = at(shop, f"payments/{payment.payment_id}")

    for number in ("order-1", str(payment.payment_id), payment.reference, "R-1"):
        answer = await finance.get(at(shop, "payments"), q=number)
        assert answer.headers["location"] == there, number
    several = await finance.get(at(shop, "payments"), q="1111")
    assert several.text.count('class="row"') == 2
    assert "Nothing has this number" in (await finance.get(at(shop, "payments"), q="<b>nobody</b>")).text


async def test_the_number_of_a_payout_leads_to_it(house: House, shop: Shop, finance: Window) -> None:
    opening = rows_of(
        ledger.opening(Money(500, "INR")), shop.merchant.merchant_id, subject_id=0, attempt_id=AttemptId(0),
        at_ms=house.context.clock(), mint=house.context.mint,
    )  # fmt: skip
    await house.context.store.submit(Change((), opening))
    order = PayoutOrder(
        merchant_id=shop.merchant.merchant_id, app_id=shop.app.app_id, protocol="channel", number="PO-1",
        amount=Money(500, "INR"), fee=Money(0, "INR"), receiver=None, description="", attach="", notify_url="",
        request={},
    )  # fmt: skip
    payout = await pay_out(house.context, order, at_once=False)
    for number in ("PO-1", str(payout.payout_id)):
        there = (await finance.get(at(shop, "payments"), q=number)).headers["location"]
        assert "PO-1" in (await finance.get(there)).text


async def test_a_payments_page_tells_its_whole_story_and_no_secret(house: House, shop: Shop, finance: Window) -> None:
    """Request, attempt with its routing, facts, postings, notification and each try; numbers and codes are masked."""
    payment = await paid(shop, "order-1", **TOLD)
    async with at_work(house):
        await eventually(lambda: _tries(house, payment, 1))
    page = (await finance.get(at(shop, f"payments/{payment.payment_id}"))).text

    for told in (
        "Request as received", "444433******1111", "Order received", "Acquirer asked", "Charge · $100.00 USD → sandbox",
        "Captured", "Owed by sandbox → Pending", "acquirer:sandbox:receivable → merchant:pending",
        "Notification · Payment captured",
        "Try 1 · Payment captured",
        "http://127.0.0.1:9/told", payment.reference,
    ):  # fmt: skip
        assert told in page, told
    assert NUMBER not in page
    assert ">401<" not in page
    lost = await finance.get(at(shop, "payments/123"))
    assert (lost.status_code, f'href="{at(shop, "payments")}"' in lost.text) == (404, True)
    assert "This payment does not exist." in lost.text


async def test_only_those_who_may_can_do_anything(
    house: House, clock: MovableClock, shop: Shop, merchants: Merchants
) -> None:
    """Support reads; a developer sends notifications again; nobody of another merchant sees that there is a payment."""
    payment = await paid(shop, "order-1", **TOLD)
    path = at(shop, f"payments/{payment.payment_id}")
    async with signed_in(house, clock, Role.SUPPORT, merchants[0].merchant_id) as (support, _):
        page = (await support.get(path)).text
        assert "Timeline" in page
        assert (">Refund<" in page, "Send again" in page, "Export" in page) == (False, False, False)
        assert (await support.post(f"{path}/refund", amount="1", once="1", confirmed="1")).status_code == 403
        assert (await support.post(f"{path}/void")).status_code == 403
        assert (await support.get(at(shop, "payments/export.csv"))).status_code == 403
    async with signed_in(house, clock, Role.DEVELOPER, merchants[0].merchant_id) as (developer, _):
        page = (await developer.get(path)).text
        assert (">Refund<" in page, "Send again" in page) == (False, True)
    async with signed_in(house, clock, Role.OWNER, merchants[1].merchant_id) as (stranger, _):
        assert (await stranger.get(path)).status_code == 404
        own = f"/console/m/{merchants[1].merchant_no}/payments/{payment.payment_id}"
        assert (await stranger.get(own)).status_code == 404
        assert (await stranger.post(f"{own}/refund", amount="1", once="1", confirmed="1")).status_code == 404
    assert await house.context.reads.refunds(payment.merchant_id, payment.payment_id) == []


async def refund_form(window: Window, path: str) -> str:
    """The number that the form gives the refund."""
    found = re.search(r'name="once" value="(\d+)"', (await window.get(f"{path}/refund")).text)
    assert found
    return found[1]


async def test_a_refund_is_asked_twice_made_once_and_announced(
    house: House, clock: MovableClock, shop: Shop, finance: Window
) -> None:
    """Amount, then "sure?", then done; the same form sent again changes nothing, and the shop is told as usual."""
    payment = await paid(shop, "order-1", **TOLD)
    path = at(shop, f"payments/{payment.payment_id}")
    once = await refund_form(finance, path)
    asked = {"amount": "40.5", "reason": "torn", "once": once}

    sure = await finance.post(f"{path}/refund", asked)
    assert "Refund $40.50 USD of order-1?" in sure.text
    assert await house.context.reads.refunds(payment.merchant_id, payment.payment_id) == []
    for _ in range(2):
        done = await finance.post(f"{path}/refund", asked, confirmed="1")
        assert "The refund of $40.50 USD is accepted" in (await finance.follow(done)).text
    other = await finance.follow(await finance.post(f"{path}/refund", asked, amount="1", confirmed="1"))
    assert "was made already, with another amount" in other.text

    async with at_work(house):
        await all_asked(house)
        move(house, clock, seconds=30)
        await eventually(lambda: _succeeded(house, payment))
    (refund,) = await house.context.reads.refunds(payment.merchant_id, payment.payment_id)
    assert (refund.number, refund.reason, refund.amount_minor) == (once, "torn", 4050)
    webhooks = await house.context.reads.webhooks(payment.merchant_id, payment.payment_id)
    assert [(each.kind, each.url) for each in webhooks][1:] == [("RefundSucceeded", TOLD["notificationUrl"])]
    audit = await house.context.reads.audit_entries(merchant_id=payment.merchant_id, before=2**63 - 1, limit=9)
    (entry,) = [each for each in audit if each.action == "payment.refunded"]
    assert (entry.about, entry.after["amount"]) == ("order-1", "40.50 USD")


async def _succeeded(house: House, payment: Payment) -> bool:
    refunds = await house.context.reads.refunds(payment.merchant_id, payment.payment_id)
    return [refund.state for refund in refunds] == ["succeeded"]


async def _tries(house: House, payment: Payment, count: int) -> bool:
    (webhook,) = await house.context.reads.webhooks(payment.merchant_id, payment.payment_id)
    return webhook.tries >= count


async def test_more_than_is_left_is_refused_in_a_sentence(house: House, shop: Shop, finance: Window) -> None:
    """At once, and where somebody else was faster in between; of ten at once so many hold as there is money for."""
    payment = await paid(shop, "order-1")
    path = at(shop, f"payments/{payment.payment_id}")
    once = await refund_form(finance, path)
    for amount, said in (
        ("100.01", "Only $100.00 USD is left to refund."),
        ("0", "above zero"),
        ("1.001", "no more decimals"),
        ("-1", "above zero"),
        ("ten", "above zero"),
        ("9" * 30, "above zero"),
    ):
        page = await finance.post(f"{path}/refund", amount=amount, once=once, reason="")
        assert (page.status_code, said in page.text) == (422, True), amount
    assert "no longer valid" in (await finance.follow(await finance.post(f"{path}/refund", amount="1", once="x"))).text

    asked = [{"amount": "30", "once": str(house.context.mint()), "confirmed": "1"} for _ in range(10)]
    await asyncio.gather(*(finance.post(f"{path}/refund", each) for each in asked))
    refunds = await house.context.reads.refunds(payment.merchant_id, payment.payment_id)
    assert sum(refund.amount_minor for refund in refunds) == 9_000
    late = await finance.post(f"{path}/refund", asked[0], once=str(house.context.mint()))
    assert "Only $10.00 USD is left to refund." in (await finance.follow(late)).text


async def test_an_authorization_is_captured_in_part_or_voided(house: House, shop: Shop, finance: Window) -> None:
    """And what may not be done now is told in a sentence."""
    first, second = await paid(shop, "order-1", capture="manual"), await paid(shop, "order-2", capture="manual")
    path = at(shop, f"payments/{first.payment_id}")
    assert steps(await finance.get(path)) == [("good", "Ordered"), ("good", "Authorized"), ("next", "Captured")]

    over = await finance.follow(await finance.post(f"{path}/capture", amount="100.01"))
    assert "At most $100.00 USD can be captured." in over.text
    part = await finance.follow(await finance.post(f"{path}/capture", amount="60"))
    assert "$60.00 USD is captured." in part.text
    assert steps(part) == [("good", "Ordered"), ("good", "Authorized"), ("good", "Captured")]
    again = await finance.follow(await finance.post(f"{path}/capture", amount="50"))
    assert "was captured already" in again.text
    refused = await finance.follow(await finance.post(f"{path}/void"))
    assert "cannot be voided" in refused.text
    voided = await finance.follow(await finance.post(at(shop, f"payments/{second.payment_id}/void")))
    assert "The payment is canceled." in voided.text
    assert steps(voided) == [("good", "Ordered"), ("past", "Canceled")]
    assert [await shop.status(order) for order in ("order-1", "order-2")] == ["successed", "canceled"]


async def test_a_notification_is_sent_again(
    house: House, clock: MovableClock, shop: Shop, merchants: Merchants
) -> None:
    """Only one of this payment; it is due at once, and the log says who did it."""
    payment, other = await paid(shop, "order-1", **TOLD), await paid(shop, "order-2", **TOLD)
    (webhook,) = await house.context.reads.webhooks(payment.merchant_id, payment.payment_id)
    given_up = msgspec.structs.replace(webhook, state=WebhookState.GIVEN_UP, due_ms=0)
    await house.context.store.submit(Change((), (given_up,)))
    async with signed_in(house, clock, Role.OWNER, merchants[0].merchant_id) as (owner, _):
        wrong = at(shop, f"payments/{other.payment_id}/webhooks/{webhook.webhook_id}/resend")
        assert "does not exist" in (await owner.follow(await owner.post(wrong))).text
        done = at(shop, f"payments/{payment.payment_id}/webhooks/{webhook.webhook_id}/resend")
        assert "is sent again now" in (await owner.follow(await owner.post(done))).text
    (again,) = await house.context.reads.webhooks(payment.merchant_id, payment.payment_id)
    assert (again.state, again.due_ms) == (WebhookState.WAITING, clock.now_ms)


async def test_a_file_holds_what_the_list_shows_and_harms_nobody(
    house: House, shop: Shop, finance: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written page by page; texts are no formulas, cards are masked, and the log knows who took it."""
    monkeypatch.setattr(export, "FILE_ROWS", 2)
    for number in range(5):
        await shop.pay(f"order-{number}", card_no=DECLINED if number == 3 else NUMBER)
    first = await paid(shop, "order-last")
    await house.context.store.submit(Change((), (msgspec.structs.replace(first, attach="=HYPERLINK(1)"),)))

    answer = await finance.get(at(shop, "payments/export.csv"), state="captured", currency="USD")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["orderNo"] for row in rows] == ["order-last", "order-4", "order-2", "order-1", "order-0"]
    assert (rows[0]["amount"], rows[0]["card"], rows[0]["captured"]) == ("100.00", "444433******1111", "100.00")
    assert NUMBER not in answer.text
    assert "\n=" not in answer.text
    assert ",=" not in answer.text
    assert [harmless(text) for text in ("=1", "+1", "-1", "@a", "\t=1", "plain", "", 5)] == [
        "'=1", "'+1", "'-1", "'@a", "'\t=1", "plain", "", 5,
    ]  # fmt: skip
    assert "the whole list" in (await finance.get(at(shop, "payments/export"))).text
    assert (await finance.get(at(shop, "payments/export.csv"), least="1")).status_code == 422
    refunds = await finance.get(at(shop, "refunds/export.csv"))
    assert refunds.text.startswith("\ufeffcreated,refundNo")
    audit = await house.context.reads.audit_entries(merchant_id=first.merchant_id, before=2**63 - 1, limit=9)
    assert [each.action for each in audit if "export" in each.action] == [
        "refund.list_exported", "payment.list_exported",
    ]  # fmt: skip


async def test_every_list_of_value_is_a_file_that_tells_how_far_it_is(
    house: House, clock: MovableClock, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the rights of its list, page by page, and recorded."""
    for page in (balances, webhooks, audit):
        monkeypatch.setattr(page, "FILE_ROWS", 2)
    for number in range(3):
        await shop.pay(f"order-{number}")
    files = {
        "payouts": "created,payoutNo",
        "subscriptions": "created,subscriptionNo",
        "shipments": "created,shipmentNo",
        "balances/USD/pending": "at,postingNo",
        "developers/webhooks": "at,webhookNo",
        "audit": "at,action",
    }
    rows = {}
    async with signed_in(house, clock, Role.OWNER, shop.merchant.merchant_id) as (owner, _):
        for place, columns in files.items():
            link = f'href="{at(shop, place)}/export.csv?state=captured"'
            assert link in (await owner.get(at(shop, f"{place}/export"), state="captured")).text
            assert "data-export" in (await owner.get(at(shop, f"{place}/export"))).text
            answer = await owner.get(at(shop, f"{place}/export.csv"))
            assert answer.text.startswith("\ufeff" + columns)
            rows[place] = answer.text.count("\r\n") - 1
        one = await owner.get(at(shop, "developers/webhooks/export.csv"), number="order-1")
        assert one.text.count("\r\n") == 2
        assert (await owner.get(at(shop, "balances/USD/nothing/export.csv"))).status_code == 422
    assert (rows["balances/USD/pending"], rows["developers/webhooks"]) == (3, 3)
    told = await house.context.reads.audit_entries(merchant_id=shop.merchant.merchant_id, before=2**63 - 1, limit=99)
    assert [each.action for each in told if "export" in each.action] == [
        "webhook.list_exported", "log.list_exported", "webhook.list_exported", "posting.list_exported",
        "shipment.list_exported", "subscription.list_exported", "payout.list_exported",
    ]  # fmt: skip
    async with signed_in(house, clock, Role.DEVELOPER, shop.merchant.merchant_id) as (developer, _):
        allowed = {place for place in files if (await developer.get(at(shop, f"{place}/export"))).status_code == 200}
        assert allowed == {"developers/webhooks"}


async def test_views_are_kept_for_whoever_made_them(
    house: House, clock: MovableClock, shop: Shop, finance: Window, merchants: Merchants
) -> None:
    """Under their name, until they are removed; a list alone is no view."""
    path, views = at(shop, "payments"), at(shop, "views")
    await finance.get(path, state="failed")
    kept = await finance.post(views, place="payments", query="state=failed&before=9&x=1", name="Declined <ones>")
    assert kept.headers["location"] == f"{path}?state=failed"
    assert "Declined &lt;ones&gt;" in (await finance.get(path)).text
    assert "Declined" not in (await finance.get(at(shop, "refunds"))).text
    for query, name in (("", "Nothing"), ("state=failed", ""), ("q", "x")):
        wrong = await finance.follow(await finance.post(views, place="payments", query=query, name=name))
        assert "Please choose filters first" in wrong.text or "Choose filters first" in wrong.text
    async with signed_in(house, clock, Role.FINANCE, merchants[0].merchant_id) as (colleague, _):
        assert "Declined" not in (await colleague.get(path)).text
        (view,) = await house.context.store.fetch("SELECT view_id FROM saved_views")
        await colleague.post(f"{views}/{view[0]}/remove", place="payments")
    assert "Declined" in (await finance.get(path)).text
    await finance.post(f"{views}/{view[0]}/remove", place="payments")
    assert "Declined" not in (await finance.follow(await finance.get(path))).text


async def test_refunds_are_listed_and_lead_to_their_payments(house: House, shop: Shop, finance: Window) -> None:
    """By state and day."""
    payment = await paid(shop, "order-1")
    await shop.refund("order-1", "R-1", "1.00")
    path = at(shop, "refunds")

    assert await orders(finance, path) == ["R-1"]
    assert at(shop, f"payments/{payment.payment_id}") in (await finance.get(path)).text
    assert await orders(finance, path, state="succeeded") == []
    assert await orders(finance, path, state="accepted", until="2026-03-02") == ["R-1"]


async def test_home_shows_how_business_goes_and_what_waits(
    house: House, clock: MovableClock, shop: Shop, finance: Window, merchants: Merchants
) -> None:
    """Volume, approval rate, refunds, methods and reasons; and what somebody should look at."""
    assert "No payments yet" in (await finance.get(at(shop))).text
    for number in range(3):
        await shop.pay(f"order-{number}", **TOLD)
    await shop.pay("order-euro", currency="EUR", amount="5.00")
    await shop.pay("order-bad", card_no=DECLINED)
    await shop.pay("order-held", capture="manual")
    await shop.refund("order-1", "R-1", "10.00")
    async with at_work(house):
        await all_asked(house)
        move(house, clock, seconds=30)
        await eventually(lambda: _refunded(house))
    clock.move(days=6)
    async with signed_in(house, clock, Role.FINANCE, merchants[0].merchant_id) as (window, _):
        page = (await window.get(at(shop))).text
        for shown in ("$300.00", "80.0%", "of 5 in USD that were", "$10.00", "No reason given"):
            assert shown in page, shown
        assert "1 authorization that ends within two days" in page
        assert "notifications that have not arrived" in page
        assert "€5.00" in (await window.get(at(shop), currency="EUR", days="7")).text
    clock.move(days=8)
    async with signed_in(house, clock, Role.FINANCE, merchants[0].merchant_id) as (window, _):
        assert "$300.00" not in (await window.get(at(shop), days="7")).text
        assert "$300.00" in (await window.get(at(shop), days="30")).text


async def _refunded(house: House) -> bool:
    return await house.context.store.fetch("SELECT count(*) FROM refunds WHERE state = 'succeeded'") == [(1,)]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Europe/Berlin", "America/St_Johns", "Asia/Shanghai"])
async def test_days_are_cut_where_the_reader_is(zone: str) -> None:
    """Stretches follow each other without a gap; where the clocks change, one day is longer or shorter."""
    now_ms = int(datetime(2026, 4, 10, 12, tzinfo=UTC).timestamp() * 1_000)
    days = last_days(30, zone, now_ms=now_ms)
    assert (len(days), days[-1]) == (30, date(2026, 4, 10))
    cut = stretches(days, zone)

    assert all(first.until_ms == second.from_ms for first, second in pairwise(cut))
    total = cut[-1].until_ms - cut[0].from_ms
    assert total == 30 * DAY_MS - (DAY_MS // 24 if zone == "Europe/Berlin" else 0)
    assert (cut[0].from_ms + cut[0].offset_ms) // DAY_MS == day_number(days[0])
    assert len(cut) == (3 if zone == "Europe/Berlin" else 1)
