"""The audit log: complete, in pages, and without anything secret."""

from __future__ import annotations

import re

import pytest

from polygate.assembly import House
from polygate.console.paging import PAGE_ROWS
from polygate.core.access import Role
from polygate.core.merchants import Merchant
from tests.support.console import signed_in, somebody, window
from tests.support.house import MovableClock

pytestmark = pytest.mark.anyio
Merchants = tuple[Merchant, Merchant]


async def test_a_long_log_is_read_page_by_page(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """Each entry once, newest first; a filter stays on from page to page."""
    shop = merchants[0]
    for number in range(PAGE_ROWS + 10):
        await somebody(house, Role.SUPPORT, shop.merchant_id, login=f"amy{number}@shop.example")
    async with signed_in(house, clock, Role.OWNER, shop.merchant_id) as (owner, user):
        path = f"/console/m/{shop.merchant_no}/audit"
        page = await owner.get(path, subject="user")
        seen: list[str] = []
        for _ in range(2):
            seen += re.findall(r"<bdi>(amy\d+@shop\.example)</bdi>", page.text)
            if older := re.search(r'rel="next" href="([^"]+)"', page.text):
                assert "subject=user" in older[1]
                page = await owner.get(older[1].replace("&amp;", "&"))
        assert seen == [f"amy{number}@shop.example" for number in reversed(range(PAGE_ROWS + 10))]
        assert 'rel="next"' not in page.text
        mine = await owner.get(path, person=str(user.user_id))
        assert "amy3@" not in mine.text
        for odd in ("x", "-1", "99999999999999999999", "0"):
            assert (await owner.get(path, before=odd, subject=odd, person=odd)).status_code == 200


async def test_one_merchant_does_not_read_anothers_log(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """And operators read them all."""
    own, foreign = merchants
    await somebody(house, Role.SUPPORT, foreign.merchant_id, login="ben@other.example")
    async with signed_in(house, clock, Role.OWNER, own.merchant_id) as (owner, _):
        assert "ben@other.example" not in (await owner.get(f"/console/m/{own.merchant_no}/audit")).text
    async with signed_in(house, clock, Role.OPERATOR) as (operator, _):
        assert "ben@other.example" in (await operator.get("/console/operator/audit")).text


async def test_nothing_secret_is_written_down(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """Neither in the log nor, in the clear, in any row about people: typed passwords, tokens, keys, codes."""
    made = await somebody(house, Role.OWNER, merchants[0].merchant_id)
    secret, own = made.password.reveal(), "fourteen blue herons"
    async with window(house, clock) as browser:
        await browser.sign_in(secret, "typed into the wrong field")
        await browser.sign_in(made.user.login, "some wrong password")
        await browser.sign_in(made.user.login, secret)
        recovery = re.findall(r"<code>(\w{6}-\w{6})</code>", (await browser.enrol()).text)
        await browser.get("/console/account/password")
        assert (await browser.post("/console/account/password", old=secret, new=own, again=own)).is_redirect
        hidden = [secret, own, "some wrong password", "wrong field", browser.codes_from, *recovery]
        hidden += [value for value in browser.http.cookies.values() if value]
    everything = []
    for table in ("audit_entries", "users", "sessions", "guesses"):
        everything += [str(row) for row in await house.context.store.fetch(f"SELECT * FROM {table}")]
    text = "\n".join(everything)
    assert len(recovery) == 10
    assert made.user.login in text
    assert [each for each in hidden if each in text] == []
