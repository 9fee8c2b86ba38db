"""The operators' pages: what needs attention, unknown outcomes, late approvals, block lists, health."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from polygate.assembly import House
from polygate.core import ids
from polygate.core.access import Role
from polygate.core.attempts import AttemptKind
from polygate.core.blocks import ALL_MERCHANTS, BlockKind
from polygate.core.ids import PaymentId
from polygate.core.ledger import AVAILABLE, PostingRow
from polygate.core.merchants import Merchant
from polygate.core.people import AuditEntry
from polygate.core.transitions import AttemptState
from polygate.core.webhooks import WebhookState
from polygate.jobs.statistics import count_round
from polygate.operations import check_books
from polygate.store.contract import Change, Update
from tests.support.bodies import payment_body
from tests.support.console import signed_in
from tests.support.house import MovableClock, at_work, move, shop_in

Merchants = tuple[Merchant, Merchant]
SILENT = "4000000000000119"
HOME = "/console/operator/"


async def told(house: House, action: str) -> list[AuditEntry]:
    """The entries of the audit log about an action."""
    return await house.context.reads.audit_entries(merchant_id=None, before=ids.LAST, limit=100, action=action)


@pytest.mark.anyio
async def test_an_unknown_outcome_is_shown_with_its_age_and_asked_about(house: House, clock: MovableClock) -> None:
    """The acquirer has it and will decide later; then it has decided; and what is known is not asked about again."""
    async with shop_in(house) as shop, signed_in(house, clock, Role.OPERATOR) as (browser, _):
        assert "Nothing needs you" in (await browser.get(HOME)).text
        paid = await shop.call("payment", payment_body("silent-1", card_no=SILENT))
        assert paid["orderStatus"] == "pending"
        page = await browser.get(HOME)
        assert "Unknown outcomes" in page.text
        assert "Nothing needs you" not in page.text
        page = await browser.get("/console/operator/unknown")
        assert str(paid["tradeNo"]) in page.text
        assert "stays pending, and is charged nowhere else" in page.text
        found = re.search(r'action="(/console/operator/unknown/\d+/\d+/ask)"', page.text)
        assert found
        page = await browser.follow(await browser.post(found[1]))
        assert "Asked: not decided yet" in page.text
        assert "Every outcome is known" in page.text
        clock.move(seconds=31)
        page = await browser.follow(await browser.post(found[1]))
        assert "Asked: approved" in page.text
        page = await browser.follow(await browser.post(found[1]))
        assert "in doubt here any more: approved" in page.text
        assert await shop.status("silent-1") == "successed"
    assert len(await told(house, "attempt.asked")) == 2


@pytest.mark.anyio
async def test_late_approvals_are_listed_with_what_was_done(house: House, clock: MovableClock) -> None:
    """Those being given back, those given back, and what was kept for the merchant."""
    async with shop_in(house) as shop, signed_in(house, clock, Role.OPERATOR) as (browser, _):
        assert "Nothing came too late" in (await browser.get("/console/operator/late")).text
        assert "Nothing was kept late" in (await browser.get("/console/operator/late/kept")).text
        await shop.pay("late-1")
        merchant_id = shop.merchant.merchant_id
        payment = await house.context.reads.payment_by_order(merchant_id, "gateway", "late-1")
        assert payment
        charge = await house.context.reads.attempt(merchant_id, payment.charge_id)
        assert charge
        back = replace(
            charge, attempt_id=house.context.mint(), kind=AttemptKind.GIVE_BACK, state=AttemptState.PLANNED, closed_ms=0
        )
        done = replace(back, attempt_id=house.context.mint(), state=AttemptState.APPROVED, closed_ms=clock.now_ms)
        late = replace(payment, expires_ms=payment.captured_ms - 1, version=payment.version + 1)
        await house.context.store.submit(Change((Update(late),), (back, done)))
        page = await browser.get("/console/operator/late")
        assert page.text.count("Being given back") == 1
        assert page.text.count(">Given back</span>") == 1
        assert "Late approvals not given back yet" in (await browser.get(HOME)).text
        assert "late-1" in (await browser.get("/console/operator/late/kept")).text


@pytest.mark.anyio
async def test_a_block_is_added_ended_and_told(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """A card by its number, which is kept nowhere; for one merchant or for all; sent twice it is one."""
    number = "4444333322221111"
    form = {"kind": "card", "value": "4444 3333 2222 1111", "merchant": "", "why": "chargebacks", "lasts": "week"}
    async with shop_in(house) as shop, signed_in(house, clock, Role.OPERATOR) as (browser, _):
        await browser.get("/console/operator/blocks/new")
        for _ in range(2):
            answer = await browser.post("/console/operator/blocks/new", form)
            assert answer.headers["location"] == "/console/operator/blocks"
        page = await browser.get("/console/operator/blocks")
        assert "444433******1111" in page.text
        assert number not in page.text
        (block,) = await house.context.reads.blocks()
        assert (block.merchant_id, block.kind) == (ALL_MERCHANTS, BlockKind.CARD)
        assert block.until_ms == clock.now_ms + 7 * 86_400_000
        clock.move(seconds=2)
        stopped = await shop.call("payment", payment_body("blocked-1"))
        assert stopped["respCode"] == "4010"

        removed = await browser.post(f"/console/operator/blocks/{block.block_id}/remove")
        assert "444433******1111 is blocked no more" in (await browser.follow(removed)).text
        again = await browser.post(f"/console/operator/blocks/{block.block_id}/remove")
        assert "ended already" in (await browser.follow(again)).text
        clock.move(seconds=2)
        assert (await shop.call("payment", payment_body("blocked-2")))["respCode"] == "0000"
    added, gone = await told(house, "block.added"), await told(house, "block.removed")
    assert (len(added), len(gone)) == (2, 1)
    assert gone[0].before["why"] == "chargebacks"
    assert number not in str([*added, *gone])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "card", "value": "4444333322221112"}, "Please give the number of a card"),
        ({"kind": "address", "value": "0.0.0.0/0"}, "not everybody"),
        ({"kind": "country", "value": "Germany"}, "two letters"),
        ({"kind": "email", "value": "amy"}, "amy@example.com"),
        ({"kind": "email", "value": "amy@example.com", "merchant": "1"}, "no merchant with this number"),
        ({"kind": "email", "value": "amy@example.com", "why": "x" * 129}, "At most 128"),
        ({"kind": "email", "value": "amy@example.com", "lasts": "ever"}, "choose how long"),
        ({"kind": "", "value": "4444333322221111"}, "choose a kind"),
    ],
)
async def test_a_block_that_makes_no_sense_is_explained(
    house: House, clock: MovableClock, wrong: dict[str, str], said: str
) -> None:
    """Field by field; a card's number never comes back."""
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        await browser.get("/console/operator/blocks/new")
        answer = await browser.post("/console/operator/blocks/new", {"lasts": "day", **wrong})
    assert answer.status_code == 422
    assert said in answer.text
    assert "4444333322221111" not in answer.text
    assert await house.context.reads.blocks() == []


@pytest.mark.anyio
async def test_health_tells_of_overdue_work_and_of_books_that_do_not_balance(
    house: House, clock: MovableClock, merchants: Merchants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process, which has not looked at everything, tells what the last look of any came to."""
    async with shop_in(house) as shop, signed_in(house, clock, Role.OPERATOR) as (browser, _):
        await shop.pay("counted-1")
        clock.move(minutes=11)
        page = await browser.get("/console/operator/health")
        assert "The books balance" in page.text
        assert "All of them were last looked at" in page.text
        assert "SQLite" in page.text
        assert re.search(r"Postings looked at by this process</dt><dd>[1-9]", page.text)
        # Nobody delivers webhooks here: what is due is overdue by now.
        assert "Work that is overdue" in (await browser.get(HOME)).text

        wrong = PostingRow(
            merchants[0].merchant_id, house.context.mint(), 0, 0, clock.now_ms, "by hand", AVAILABLE, "cash", 100, "USD"
        )
        await house.context.store.submit(Change((), (wrong,)))
        clock.move(minutes=11)
        page = await browser.get("/console/operator/health")
        assert "Something is wrong with the books" in page.text
        assert "not in the chart" in page.text
        assert "More was taken from it than it had" in page.text
        assert "The books do not balance" in (await browser.get(HOME)).text
    seen = await house.context.books.look()
    monkeypatch.setattr(check_books, "_ROWS", 1)
    other = await check_books.Books(house.context.store, clock).look()
    assert (other.faults, other.as_of_ms, other.ended_ms) == (seen.faults, seen.as_of_ms, seen.ended_ms)
    assert (len(other.faults), other.postings) == (2, 1)


@pytest.mark.anyio
async def test_once_the_jobs_run_nothing_is_overdue(house: House, clock: MovableClock) -> None:
    async with shop_in(house) as shop, signed_in(house, clock, Role.OPERATOR) as (browser, _), at_work(house):
        await shop.pay("counted-2")
        move(house, clock, seconds=1)
        page = await browser.get("/console/operator/health")
        assert "The books balance" in page.text


@pytest.mark.anyio
async def test_home_adds_up_all_merchants_and_names_those_with_most(house: House, clock: MovableClock) -> None:
    """Counted or not yet, each currency by itself."""
    async with shop_in(house) as shop, signed_in(house, clock, Role.OPERATOR) as (browser, _):
        for number in range(3):
            await shop.pay(f"sold-{number}")
        no = shop.merchant.merchant_no
        for _ in range(2):
            page = await browser.get(HOME)
            assert "3 payments captured" in page.text
            leader = re.search(rf'href="/console/m/{no}/.days=30&amp;currency=USD".*?</tr>', page.text, re.DOTALL)
            assert leader
            assert "300.00" in leader[0]
            assert '">3</td>' in leader[0]
            clock.move(minutes=30)
            await count_round(house.context)


@pytest.mark.anyio
async def test_webhooks_that_were_given_up_need_attention_until_they_are_sent_again(
    house: House, clock: MovableClock, merchants: Merchants
) -> None:
    async with shop_in(house) as shop, signed_in(house, clock, Role.OPERATOR) as (browser, _):
        assert "No webhook was given up" in (await browser.get("/console/operator/webhooks")).text
        paid = await shop.pay("untold-1")
        merchant_id = shop.merchant.merchant_id
        (webhook,) = await house.context.reads.webhooks(merchant_id, PaymentId(int(paid["tradeNo"])))
        lost = replace(webhook, state=WebhookState.GIVEN_UP, due_ms=0, tries=9, version=webhook.version + 1)
        await house.context.store.submit(Change((Update(lost),)))

        page = await browser.get(HOME)
        assert "Webhooks given up" in page.text
        assert "Their addresses did not take them" in page.text
        page = await browser.get("/console/operator/webhooks")
        assert "untold-1" in page.text
        assert shop.merchant.name in page.text
        answer = await browser.post("/console/operator/webhooks/resend", {"webhook": "99"})
        assert "Choose at least one" in (await browser.follow(answer)).text
        answer = await browser.post("/console/operator/webhooks/resend", {"webhook": str(webhook.webhook_id)})
        assert "No webhook was given up" in (await browser.follow(answer)).text
        assert "Their addresses did not take them" not in (await browser.get(HOME)).text
    again = await house.context.reads.webhook(merchant_id, webhook.webhook_id)
    assert again
    assert again.state is WebhookState.WAITING
    (entry,) = await told(house, "webhook.resent")
    assert entry.merchant_id == merchant_id
