"""The authentication page: who may see it, what it says, and where it sends the browser."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from polygate.connectors.sandbox import Entry, routes
from polygate.connectors.sandbox.words import ENGLISH, LANGUAGES, SIMPLIFIED, TRADITIONAL, Words, words_for
from polygate.core.outcomes import Approved, Decline, Declined, NeedsPayer, Outcome
from tests.checkout.windows import outside_landmarks
from tests.connectors.counter import MERCHANT, RETURN_URL, Counter

CHALLENGE: Final = "4000000000003220"
FRICTIONLESS: Final = "4000000000003055"
SHOP: Final = "https://shop.example"


async def shop_of(_: Entry) -> tuple[str, ...]:
    return (SHOP, "https://evil.example; script-src *")


@pytest.fixture
async def client(counter: Counter) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=routes(counter.acquirer, form_targets=shop_of))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://pay.example:8080") as client:
        yield client


def page_of(outcome: Outcome) -> str:
    assert isinstance(outcome, NeedsPayer)
    return outcome.url


@pytest.mark.anyio
async def test_the_challenge_names_the_amount_and_says_that_it_is_simulated(
    counter: Counter, client: httpx.AsyncClient
) -> None:
    """Amount, last four digits, three plain buttons in a plain form, and no doubt about what this is."""
    page = (await client.get(page_of(await counter.charge(CHALLENGE, minor=123_456)))).text

    assert "USD 1,234.56" in page
    assert "3220" in page
    assert ENGLISH.simulation in page
    assert re.findall(r'name="choice" value="(\w+)"', page) == ["pass", "fail", "cancel"]
    assert '<form method="post"' in page
    assert "<script" not in page
    assert CHALLENGE not in page


@pytest.mark.anyio
@pytest.mark.parametrize(("minor", "currency", "shown"), [(5_000, "JPY", "JPY 5,000"), (1_500, "KWD", "KWD 1.500")])
async def test_amounts_keep_their_currencys_decimals(
    counter: Counter, client: httpx.AsyncClient, minor: int, currency: str, shown: str
) -> None:
    """No decimals are invented or lost."""
    assert shown in (await client.get(page_of(await counter.charge(CHALLENGE, minor, currency)))).text


@pytest.mark.anyio
async def test_the_page_is_strict_about_what_it_may_do(counter: Counter, client: httpx.AsyncClient) -> None:
    """No scripts, no frames, no caching, no referrer; forms go home and to the shop, and no header is smuggled in."""
    headers = (await client.get(page_of(await counter.charge(CHALLENGE)))).headers

    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {SHOP}"
    )
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("choice", "why"),
    [("pass", None), ("fail", Decline.AUTHENTICATION_FAILED), ("cancel", Decline.CANCELED_BY_PAYER)],
)
async def test_each_button_is_recorded_and_leads_back(
    counter: Counter, client: httpx.AsyncClient, choice: str, why: Decline | None
) -> None:
    """A 303 to the return URL, and the charge goes on as chosen."""
    page = page_of(await counter.charge(CHALLENGE, attempt=1))

    answer = await client.post(page, data={"choice": choice})

    assert (answer.status_code, answer.headers["location"]) == (303, RETURN_URL)
    outcome = await counter.complete(1)
    assert isinstance(outcome, Declined if why else Approved)
    assert not isinstance(outcome, Declined) or outcome.why is why


@pytest.mark.anyio
async def test_the_frictionless_page_passes_by_itself(counter: Counter, client: httpx.AsyncClient) -> None:
    """Opening it is enough; the browser goes straight back."""
    answer = await client.get(page_of(await counter.charge(FRICTIONLESS, attempt=1)))

    assert (answer.status_code, answer.headers["location"]) == (303, RETURN_URL)
    assert isinstance(await counter.complete(1), Approved)


@pytest.mark.anyio
async def test_after_the_choice_the_page_only_leads_back(counter: Counter, client: httpx.AsyncClient) -> None:
    """Opened again, or another button pressed: the first choice stands."""
    page = page_of(await counter.charge(CHALLENGE, attempt=1))
    await client.post(page, data={"choice": "cancel"})

    for answer in (await client.get(page), await client.post(page, data={"choice": "pass"})):
        assert (answer.status_code, answer.headers["location"]) == (303, RETURN_URL)
    assert counter.entry(1).payer_choice == "cancel"


@pytest.mark.anyio
async def test_after_a_void_the_page_only_leads_back(counter: Counter, client: httpx.AsyncClient) -> None:
    """There is nothing left to confirm."""
    page = page_of(await counter.charge(CHALLENGE, attempt=1))
    await counter.void(1, attempt=2)

    assert (await client.get(page)).headers["location"] == RETURN_URL
    await client.post(page, data={"choice": "pass"})
    assert counter.entry(1).payer_choice == ""


@pytest.mark.anyio
@pytest.mark.parametrize("form", [{}, {"choice": "donate"}, {"choice": ""}])
async def test_an_unknown_button_chooses_nothing(
    counter: Counter, client: httpx.AsyncClient, form: dict[str, str]
) -> None:
    """The page is shown again."""
    answer = await client.post(page_of(await counter.charge(CHALLENGE, attempt=1)), data=form)

    assert (answer.status_code, ENGLISH.title in answer.text) == (200, True)
    assert counter.entry(1).payer_choice == ""


@pytest.mark.anyio
@pytest.mark.parametrize(
    "address",
    [
        f"/sandbox/acs/{MERCHANT}/1",
        f"/sandbox/acs/{MERCHANT}/1?key=",
        f"/sandbox/acs/{MERCHANT}/1?key=guess",
        f"/sandbox/acs/{MERCHANT}/1?key=%E9%8D%B5",
        f"/sandbox/acs/{MERCHANT}/2?key=",
        f"/sandbox/acs/{MERCHANT}/999?key=x",
        f"/sandbox/acs/{MERCHANT}/{10**30}?key=x",
    ],
)
async def test_without_the_key_there_is_no_page(counter: Counter, client: httpx.AsyncClient, address: str) -> None:
    """Neither to see nor to press, also for charges that never had a page; and the return URL is not told."""
    await counter.charge(CHALLENGE, attempt=1)
    await counter.charge(attempt=2)

    for answer in (await client.get(address), await client.post(address, data={"choice": "pass"})):
        assert (answer.status_code, ENGLISH.lost_title in answer.text) == (404, True)
        assert "location" not in answer.headers
    assert counter.entry(1).payer_choice == ""


@pytest.mark.anyio
async def test_every_page_has_its_style_and_its_mark(client: httpx.AsyncClient) -> None:
    """Also the one that opens nothing, and both are there."""
    page = await client.get(f"/sandbox/acs/{MERCHANT}/1")

    files = [await client.get(address) for address in re.findall(r'<link [^>]*href="([^"]+)"', page.text)]
    assert [file.headers["content-type"].partition(";")[0] for file in files] == ["image/svg+xml", "text/css"]
    assert all(file.status_code == 200 for file in files)


@pytest.mark.anyio
async def test_a_key_opens_its_own_page_only(counter: Counter, client: httpx.AsyncClient) -> None:
    """Every charge has a key of its own."""
    first, second = page_of(await counter.charge(CHALLENGE)), page_of(await counter.charge(CHALLENGE))

    assert (await client.get(second.split("?")[0] + "?" + first.split("?")[1])).status_code == 404


@pytest.mark.anyio
@pytest.mark.parametrize("words", LANGUAGES, ids=lambda words: words.language)
async def test_the_page_speaks_three_languages(counter: Counter, client: httpx.AsyncClient, words: Words) -> None:
    """By its address or by the browser's wish, and each page links to the others without losing the key."""
    page = page_of(await counter.charge(CHALLENGE))

    by_address = await client.get(page + f"&lang={words.language}")
    by_wish = await client.get(page, headers={"Accept-Language": words.language})

    for answer in (by_address, by_wish):
        assert (answer.headers["content-language"], words.title in answer.text) == (words.language, True)
        links = re.findall(r'href="(\?[^"]+)"', answer.text)
        assert [(await client.get(page.split("?")[0] + link.replace("&amp;", "&"))).status_code for link in links] == [
            200,
            200,
            200,
        ]


@pytest.mark.parametrize(
    ("wanted", "accepted", "words"),
    [
        ("", "", ENGLISH),
        ("zh-CN", "en-US", SIMPLIFIED),
        ("zh_HK", "", TRADITIONAL),
        ("zh-Hant-TW", "", TRADITIONAL),
        ("zh", "", SIMPLIFIED),
        ("xx", "zh-TW,en;q=0.5", TRADITIONAL),
        ("", "fr-FR, zh-CN;q=0.4, en;q=0.8", ENGLISH),
        ("", "en;q=0, zh;q=0.1", SIMPLIFIED),
        ("", ";;q=,x;q=y,*", ENGLISH),
        ("english", "", ENGLISH),
    ],
)
def test_languages_are_matched_by_tag_and_preference(wanted: str, accepted: str, words: Words) -> None:
    """An explicit wish first, then the header by weight, then English."""
    assert words_for(wanted, accepted) is words


@contextmanager
def served(app: Starlette) -> Iterator[int]:
    """The application on a loopback port of its own, in a thread."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(timeout=10)


@pytest.fixture
def address(counter: Counter) -> Iterator[str]:
    """The page of a challenge whose return URL goes on to a shop on another origin, as a gateway does.

    Tests ask for it before `browser`, because its coroutine cannot run while Playwright's loop counts as running.
    """
    shop = Starlette(routes=[Route("/done", lambda _: HTMLResponse("<h1>Back in the shop</h1>"))])
    with served(shop) as shop_port:
        origin = f"http://127.0.0.1:{shop_port}"

        async def back(_: Request) -> Response:
            return RedirectResponse(f"{origin}/done", status_code=302)

        async def targets(_: Entry) -> tuple[str, ...]:
            return (origin,)

        app = Starlette(routes=[*routes(counter.acquirer, form_targets=targets), Route("/return", back)])
        with served(app) as port:
            outcome = asyncio.run(counter.charge(CHALLENGE, attempt=1, return_url=f"http://127.0.0.1:{port}/return"))
            yield page_of(outcome)


def open_page(browser: Browser, address: str, width: int) -> Page:
    page = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 800}).new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_without_scripts_gets_back_to_the_shop(
    address: str, browser: Browser, counter: Counter, width: int
) -> None:
    """From the keyboard, through both redirects, under the page's own policy; nothing sticks out sideways."""
    page = open_page(browser, address, width)
    button = page.get_by_role("button", name=ENGLISH.passes)
    box = button.bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= box["x"] + box["width"] <= width
    assert box["height"] >= 44

    button.focus()
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="Back in the shop").wait_for()
    assert counter.entry(1).payer_choice == "pass"


def test_a_screen_reader_finds_its_way(address: str, browser: Browser) -> None:
    """Landmarks, headings, a named form, and the last four digits spoken as such."""
    page = open_page(browser, address, 1280)

    assert page.get_by_role("heading", level=1).inner_text() == ENGLISH.title
    assert page.get_by_role("form", name=ENGLISH.ask).get_by_role("button").count() == 3
    assert outside_landmarks(page) == []
    assert f"{ENGLISH.card_ending} 3220" in page.get_by_role("main").aria_snapshot()
    assert page.get_by_role("navigation", name=ENGLISH.languages).get_by_role("link").count() == 3
    assert page.locator("html").get_attribute("lang") == "en"
