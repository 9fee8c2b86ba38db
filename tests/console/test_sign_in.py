"""Signing in: a password, a one-time code, and whoever has neither."""

from __future__ import annotations

import asyncio
import re
import time

import pytest
from argon2 import PasswordHasher

from polygate.assembly import House
from polygate.core.access import Role
from polygate.core.merchants import Merchant
from polygate.operations import passwords
from tests.support.console import COOKIE, signed_in, somebody, window
from tests.support.house import MovableClock

Merchants = tuple[Merchant, Merchant]


@pytest.mark.anyio
async def test_from_the_first_password_to_the_second_sign_in(
    house: House, clock: MovableClock, merchants: Merchants
) -> None:
    """A new password first, then one-time codes, then in; from then on a password and a code."""
    made = await somebody(house, Role.OWNER, merchants[0].merchant_id, keeps_password=False)
    login, own = made.user.login, "seven unlikely walruses"
    async with window(house, clock) as browser:
        answer = await browser.follow(await browser.sign_in(login, made.password.reveal()))
        assert "Choose a password" in answer.text
        assert (await browser.get("/console/account/sessions")).headers["location"] == "/console/account/password"
        first = {"old": made.password.reveal(), "new": own, "again": own}
        answer = await browser.follow(await browser.post("/console/account/password", first))
        assert "Set up one-time codes" in answer.text
        assert (await browser.get("/console/account")).headers["location"] == "/console/account/codes/new"
        before = dict(browser.http.cookies)
        recovery = re.findall(r"<code>(\w{6}-\w{6})</code>", (await browser.enrol()).text)
        assert len(set(recovery)) == 10
        assert (await browser.get("/console/account")).status_code == 200
        async with window(house, clock) as thief:
            thief.http.cookies.update(before)
            answer = await thief.get("/console/account")
            assert answer.headers["location"].startswith("/console/sign-in?"), "a session without a code went on"

        await browser.post("/console/sign-out")
        answer = await browser.follow(await browser.sign_in(login, own, onward="/console/account/sessions"))
        assert "One-time code" in answer.text
        assert (await browser.get("/console/account")).headers["location"] == "/console/sign-in/code"
        used = browser.code()
        assert (await browser.post("/console/sign-in/code", code=used)).status_code == 422
        answer = await browser.post("/console/sign-in/code", code=browser.next_code(), next="/console/account/sessions")
        assert answer.headers["location"] == "/console/account/sessions"
        assert (await browser.get("/console/account/sessions")).status_code == 200

        await browser.post("/console/sign-out")
        await browser.follow(await browser.sign_in(login, own))
        assert (await browser.post("/console/sign-in/code", code=recovery[3])).is_redirect
        await browser.get("/console/account")
        await browser.post("/console/sign-out")
        await browser.follow(await browser.sign_in(login, own))
        assert (await browser.post("/console/sign-in/code", code=recovery[3])).status_code == 422


@pytest.mark.anyio
async def test_a_code_opens_one_of_two_browsers(house: House, clock: MovableClock) -> None:
    """Sent from eight at the same moment, it is used once."""
    made = await somebody(house, Role.OPERATOR)
    async with signed_in(house, clock, Role.OPERATOR) as (browser, user):
        clock.move(seconds=30)
        code = browser.code()
        paths = ["/console/account/confirm"] * 4
        answers = await asyncio.gather(*(browser.post(path, code=code) for path in paths))
    assert sorted(answer.status_code for answer in answers) == [303, 422, 422, 422]
    assert made.user.user_id != user.user_id


@pytest.mark.anyio
async def test_guesses_are_bounded_for_known_and_unknown_names_alike(house: House, clock: MovableClock) -> None:
    """Five at once or one by one; the sixth waits, even with the right password, and nobody learns who is known."""
    made = await somebody(house, Role.OPERATOR)
    said = {}
    for login in (made.user.login, "nobody@shop.example"):
        async with window(house, clock, address=f"198.51.100.{len(login)}") as browser:
            await browser.get("/console/sign-in")
            answers = await asyncio.gather(
                *(browser.post("/console/sign-in", login=login, password="not it") for _ in range(12))
            )
            texts = [re.sub(r'value="[^"]*"', "", answer.text) for answer in answers]
            said[login] = sorted({text.partition('role="alert"')[2][:2000] for text in texts})
            wrong = sum("is not right" in text for text in texts)
            assert wrong == 5
            assert sum("Too many wrong tries" in text for text in texts) == 7
            right = await browser.sign_in(login, made.password.reveal())
            assert "1 min" in right.text
    assert said[made.user.login] == said["nobody@shop.example"]

    clock.move(seconds=61)
    async with window(house, clock) as browser:
        assert (await browser.sign_in(made.user.login, made.password.reveal())).is_redirect
        await browser.http.aclose()


@pytest.mark.anyio
async def test_an_address_may_try_twenty_times(house: House, clock: MovableClock) -> None:
    """Whatever names it tries, and from whichever of a subscriber's countless addresses it does."""
    async with (
        window(house, clock, address="2001:db8::1") as browser,
        window(house, clock, address="2001:db8::2") as it,
    ):
        for each in (browser, it):
            await each.get("/console/sign-in")
        for place in range(20):
            answer = await browser.post("/console/sign-in", login=f"amy{place}@shop.example", password="x")
            assert answer.status_code == 422
        assert (await it.post("/console/sign-in", login="amy@shop.example", password="x")).status_code == 429
        clock.move(seconds=3)
        assert (await browser.post("/console/sign-in", login="amy@shop.example", password="x")).status_code == 422


@pytest.mark.anyio
async def test_signing_in_changes_the_token(house: House, clock: MovableClock) -> None:
    """Nobody can hand a browser a session that they know."""
    made = await somebody(house, Role.OPERATOR)
    async with window(house, clock) as browser:
        await browser.get("/console/sign-in")
        before = browser.http.cookies[COOKIE]
        answer = await browser.sign_in(made.user.login, made.password.reveal())
        cookie = answer.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert browser.http.cookies[COOKIE] != before
        await browser.enrol()
        halfway = browser.http.cookies[COOKIE]
        await browser.get("/console/account")
        await browser.post("/console/sign-out")
        browser.http.cookies.set(COOKIE, halfway, domain="gateway.test")
        assert (await browser.get("/console/account")).headers["location"].startswith("/console/sign-in?next=")


@pytest.mark.anyio
@pytest.mark.parametrize(("hours", "alive"), [(11.9, True), (12.1, False)])
async def test_a_session_ends_when_nobody_uses_it(house: House, clock: MovableClock, hours: float, alive: bool) -> None:
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        clock.move(hours=hours)
        assert ((await browser.get("/console/account")).status_code == 200) is alive


@pytest.mark.anyio
async def test_a_session_ends_after_a_week_however_busy(house: House, clock: MovableClock) -> None:
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        for _ in range(7 * 24 // 8):
            assert (await browser.get("/console/account")).status_code == 200
            clock.move(hours=8)
        assert (await browser.get("/console/account")).is_redirect


@pytest.mark.anyio
async def test_one_session_ends_and_then_all_others(house: House, clock: MovableClock) -> None:
    """From another browser, at once."""
    made = await somebody(house, Role.OPERATOR)
    login, password = made.user.login, made.password.reveal()
    async with window(house, clock) as one, window(house, clock) as two, window(house, clock) as three:
        await one.sign_in(login, password)
        await one.enrol()
        for browser in (two, three):
            await browser.sign_in(login, password)
            browser.codes_from = one.codes_from
            await browser.get("/console/sign-in/code")
            assert (await browser.post("/console/sign-in/code", code=browser.next_code())).is_redirect
        page = await one.get("/console/account/sessions")
        ends = re.findall(r'action="(/console/account/sessions/\d+/end)"', page.text)
        assert len(ends) == 2
        await one.post(ends[0])
        states = [(await browser.get("/console/account")).status_code for browser in (two, three)]
        assert sorted(states) == [200, 303]
        await one.get("/console/account/sessions")
        await one.post("/console/account/sessions/end-all")
        assert [(await browser.get("/console/account")).status_code for browser in (one, two, three)] == [200, 303, 303]


@pytest.mark.anyio
async def test_the_way_back_leads_to_our_own_pages_only(house: House, clock: MovableClock) -> None:
    made = await somebody(house, Role.OPERATOR)
    for onward in ("https://evil.example/", "//evil.example", "/console//evil.example", "/console\\evil", "/elsewhere"):
        async with window(house, clock) as browser:
            answer = await browser.sign_in(made.user.login, made.password.reveal(), onward=onward)
            assert answer.headers["location"] == "/console"


@pytest.mark.anyio
async def test_a_wrong_password_takes_as_long_as_an_unknown_name(
    house: House, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The least of several tries of each, with passwords hashed as in earnest."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher())
    passwords._nobodys_hash.cache_clear()
    made = await somebody(house, Role.OPERATOR)
    least = {}
    async with window(house, clock) as browser:
        for login in ("nobody@shop.example", made.user.login, "nobody@shop.example"):
            await browser.sign_in(login, "warmed up")
            took = []
            for _ in range(3):
                clock.move(hours=2)
                begun = time.perf_counter()
                assert (await browser.sign_in(login, "not it")).status_code == 422
                took.append(time.perf_counter() - begun)
            least[login] = min(took)
    known, unknown = least[made.user.login], least["nobody@shop.example"]
    assert 0.5 < known / unknown < 2
    passwords._nobodys_hash.cache_clear()


def test_passwords_are_hashed_as_the_field_recommends() -> None:
    """RFC 9106, second recommended option; a new one is never the same and hard to misread."""
    assert PasswordHasher().hash("x").startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    made = {passwords.new_password().reveal() for _ in range(50)}
    assert len(made) == 50
    assert not set("".join(made)) & set("01il oO")
