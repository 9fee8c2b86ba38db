"""Every page of the table, whoever wrote it: who may open it, and what the door does before its handler is asked."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from starlette.responses import Response

from polygate.assembly import House, open_house
from polygate.console.areas import PAGES
from polygate.console.door import Door
from polygate.console.page import Page
from polygate.console.visit import Visit
from polygate.core.access import MERCHANT_ROLES, Role, may
from polygate.core.ids import MerchantId
from polygate.core.merchants import Merchant
from polygate.core.people import NO_MERCHANT
from polygate.settings import Settings
from polygate.store.migrate import migrate
from polygate.store.vault import new_master_key
from polygate.web.app import create_app
from tests.support.console import signed_in, window
from tests.support.house import BASE_URL, MovableClock

Merchants = tuple[Merchant, Merchant]
CLOSED = [page for page in PAGES if not page.anybody]
POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"


def address(page: Page, merchant: Merchant) -> str:
    """Of something that nobody has."""
    path = page.path.replace("{merchant_no}", merchant.merchant_no)
    return re.sub(r"\{[^}]+\}", "404", path)


@pytest.mark.anyio
async def test_nobody_opens_a_page_without_signing_in(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """Whatever the method, and whatever the cookie says."""
    async with window(house, clock) as stranger:
        for cookie in ("", "made-up"):
            stranger.http.cookies.clear()
            if cookie:
                stranger.http.cookies.set("polygate-console", cookie, domain="gateway.test")
            for number, page in enumerate(CLOSED):
                clock.move(seconds=3)
                answer = await stranger.http.request(page.method, address(page, merchants[0]))
                assert answer.status_code == 303, page.path
                assert answer.headers["location"].startswith("/console/sign-in"), (number, page.path)


@pytest.mark.anyio
@pytest.mark.parametrize("role", Role)
async def test_each_page_opens_to_its_roles_and_never_to_another_merchants(
    house: House, clock: MovableClock, merchants: Merchants, role: Role
) -> None:
    """403 without the permission; 404 for what is another merchant's, as if it were not there."""
    own, foreign = merchants
    merchant_id = own.merchant_id if role in MERCHANT_ROLES else NO_MERCHANT
    async with signed_in(house, clock, role, merchant_id) as (browser, _):
        for page in CLOSED:
            clock.move(seconds=1)
            allowed = may(role, page.permission)
            if page.method == "GET":
                answer = await browser.http.get(address(page, own))
                assert (answer.status_code == 403) is not allowed, (page.path, answer.status_code)
                assert answer.status_code < 500, page.path
                assert answer.headers["content-security-policy"].startswith(POLICY), page.path
                assert answer.headers["cache-control"] == "no-store", page.path
            elif not allowed:
                assert (await browser.post(address(page, own))).status_code == 403, page.path
            if page.is_of_merchant and merchant_id:
                answer = await browser.http.request(page.method, address(page, foreign))
                assert answer.status_code == 404, page.path


@pytest.mark.anyio
async def test_every_form_needs_its_own_page_in_this_browser(
    house: House, clock: MovableClock, merchants: Merchants
) -> None:
    """No token, another browser's token, or a form on another site: nothing happens."""
    before = len(await house.context.reads.audit_entries(merchant_id=None, before=2**63 - 1, limit=1_000))
    async with (
        signed_in(house, clock, Role.OPERATOR) as (browser, _),
        signed_in(house, clock, Role.OPERATOR) as (other, _),
    ):
        made = len(await house.context.reads.audit_entries(merchant_id=None, before=2**63 - 1, limit=1_000))
        page = await other.get("/console/account")
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
        assert found
        for each in (page for page in CLOSED if page.method == "POST"):
            clock.move(seconds=1)
            path = address(each, merchants[0])
            for fields in ({"code": ""}, {"csrf": ""}, {"csrf": found[1]}):
                assert (await browser.http.post(path, data=fields)).status_code == 403, each.path
            for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
                answer = await browser.http.post(path, data={"csrf": browser._csrf}, headers=headers)
                assert answer.status_code == 403, each.path
        after = len(await house.context.reads.audit_entries(merchant_id=None, before=2**63 - 1, limit=1_000))
        assert before < made == after
        assert (await browser.get("/console/account")).status_code == 200


@pytest.mark.anyio
async def test_what_needs_a_code_asks_for_a_fresh_one(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """Ten minutes after the last one, on every page that says so; the form itself may bring it."""
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        clock.move(minutes=11)
        for page in (page for page in CLOSED if page.needs_code):
            clock.move(seconds=1)
            path = address(page, merchants[0])
            answer = await (browser.get(path) if page.method == "GET" else browser.post(path))
            assert (answer.status_code, "authenticator app" in answer.text) == (422, True), page.path
        team = f"/console/m/{merchants[0].merchant_no}/team"
        wrong = await browser.post(f"{team}/404/reset", code="000000", typed="Amy & <b>")
        assert "not right" in wrong.text
        assert 'name="typed" value="Amy &amp; &lt;b&gt;"' in wrong.text
        assert f'action="{team}/404/reset"' in wrong.text
        assert (await browser.post(f"{team}/404/reset", code=browser.code())).status_code == 404


@pytest.mark.anyio
async def test_addresses_and_methods_we_do_not_have(house: House, clock: MovableClock) -> None:
    """Pages of our own, in the reader's language."""
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        lost = await browser.get("/console/nowhere")
        assert (lost.status_code, "There is nothing here" in lost.text) == (404, True)
        wrong = await browser.http.delete("/console/account")
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")
        chinese = await browser.http.get("/console/nowhere", headers={"accept-language": "zh-CN,en;q=0.5"})
        assert "这里什么也没有" in chinese.text
        head = await browser.http.head("/console/account")
        assert head.status_code == 200
        assert (await browser.http.get("/console/m/1")).headers["location"] == "/console/m/1/"


@pytest.mark.anyio
async def test_no_nul_comes_past_the_door(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """PostgreSQL takes none, not even to look for it: pages would break, the sign-in of strangers first."""
    async with window(house, clock) as stranger:
        await stranger.get("/console/sign-in")
        assert (await stranger.post("/console/sign-in", login="amy\0@shop.example", password="x")).status_code == 400
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        assert (await browser.get("/console/operator/merchants?find=%00")).status_code == 400
        assert (await browser.get("/console/operator/merchants/%00")).status_code == 404


@pytest.mark.anyio
async def test_a_page_that_breaks_says_so_and_no_more(house: House, clock: MovableClock) -> None:
    """Without a word of what was in it."""

    async def broken(visit: Visit) -> Response:
        raise RuntimeError("secret detail")

    door = Door(house.context, (Page("GET", "/console/broken", broken, anybody=True),), codes_required=True)
    app = create_app(door.routes(), ready=house.context.reads.ping)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http:
        answer = await http.get("/console/broken")
    assert (answer.status_code, "That is our fault" in answer.text, "secret detail" in answer.text) == (
        500,
        True,
        False,
    )
    assert answer.headers["content-security-policy"].startswith(POLICY)


@pytest.mark.anyio
async def test_a_session_that_clicks_like_a_machine_has_to_wait(house: House, clock: MovableClock) -> None:
    """Two hundred pages at once, and then twenty a second; others are not held up."""
    async with (
        signed_in(house, clock, Role.OPERATOR) as (browser, _),
        signed_in(house, clock, Role.OPERATOR) as (other, _),
    ):
        statuses = [(await browser.http.head("/console/account/codes")).status_code for _ in range(205)]
        assert (statuses[0], statuses[-1]) == (200, 429)
        assert (await other.get("/console/account")).status_code == 200
        clock.move(seconds=1)
        assert (await browser.get("/console/account")).status_code == 200


@pytest.mark.anyio
async def test_over_https_the_cookie_is_for_this_host_alone(tmp_path: Path, clock: MovableClock) -> None:
    """No other host of the domain, and no plain http, can set it or read it."""
    url = f"sqlite:///{tmp_path / 'polygate.db'}"
    migrate(url)
    settings = Settings(database_url=url, master_key=new_master_key(), base_url="https://pay.example.com")
    async with open_house(settings, clock=clock) as house:
        transport = httpx.ASGITransport(house.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://pay.example.com") as http:
            cookie = (await http.get("/console/sign-in")).headers["set-cookie"]
    assert cookie.startswith("__Host-polygate-console=")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


def test_a_page_of_a_merchant_names_a_permission() -> None:
    """What everybody may open who is signed in is one's own account alone."""
    assert [page.path for page in PAGES if page.is_of_merchant and page.permission is None] == []
    assert [page.path for page in PAGES if "/operator/" in page.path and page.permission != "operate"] == []
    assert MerchantId(0) == NO_MERCHANT
