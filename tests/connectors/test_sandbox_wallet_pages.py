"""The wallets' pages: what they show, what their buttons do, and how a code is scanned without a camera."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest
from starlette.applications import Starlette

from polygate.connectors.sandbox import Entry, routes
from polygate.connectors.sandbox.wallet_words import WALLET_WORDS
from polygate.connectors.sandbox.words import ENGLISH, LANGUAGES, Words
from polygate.core.methods import Method, Product
from polygate.core.outcomes import Approved, NeedsPayer, Outcome
from tests.connectors.counter import MERCHANT, WALLET_RETURN_URL, Counter

pytestmark = pytest.mark.anyio

SHOP: Final = "https://shop.example"
SAID: Final = WALLET_WORDS[ENGLISH.language]
SCAN: Final = "/sandbox/scan"


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


async def test_the_page_says_what_is_to_be_paid(counter: Counter, client: httpx.AsyncClient) -> None:
    """Amount, wallet and what it is for, three plain buttons in a plain form, and that all of it is simulated."""
    page = (await client.get(page_of(await counter.collect(Method.ALIPAY_PLUS, minor=123_456)))).text

    for shown in ("SGD 1,234.56", "Alipay+", "table 7", ENGLISH.simulation):
        assert shown in page
    assert re.findall(r'name="choice" value="(\w+)"', page) == ["pass", "fail", "cancel"]
    assert '<form method="post"' in page
    assert "<script" not in page


async def test_what_the_merchant_writes_stays_text(counter: Counter, client: httpx.AsyncClient) -> None:
    """No tag of theirs becomes one of ours; without a description there is no line for it."""
    page = (await client.get(page_of(await counter.collect(description="<b>free</b>")))).text
    assert "&lt;b&gt;free&lt;/b&gt;" in page
    assert SAID.purpose in page
    assert f"<dt>{SAID.purpose}</dt>" not in (await client.get(page_of(await counter.collect(description="")))).text


async def test_the_page_is_strict_about_what_it_may_do(counter: Counter, client: httpx.AsyncClient) -> None:
    """As the issuers' page: no scripts, no frames, no caching; forms go home and to the shop."""
    headers = (await client.get(page_of(await counter.collect()))).headers

    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {SHOP}"
    )
    assert (headers["referrer-policy"], headers["cache-control"]) == ("no-referrer", "no-store")


@pytest.mark.parametrize("words", LANGUAGES, ids=lambda words: words.language)
async def test_every_page_speaks_the_payers_language(counter: Counter, client: httpx.AsyncClient, words: Words) -> None:
    """By the link in the page, or by the browser's own wish."""
    said = WALLET_WORDS[words.language]
    page = page_of(await counter.collect())
    wished = {"Accept-Language": words.language}

    for shown in (
        (await client.get(f"{page}&lang={words.language}")).text,
        (await client.get(page, headers=wished)).text,
    ):
        assert f'<html lang="{words.language}">' in shown
        assert said.title in shown
    assert said.scan_title in (await client.get(SCAN, headers=wished)).text
    await client.post(page, data={"choice": "pass"})
    assert said.paid_title in (await client.get(page, headers=wished)).text


@pytest.mark.parametrize("language", list(WALLET_WORDS))
def test_every_language_has_all_texts_and_its_own(language: str) -> None:
    """Nothing is left empty, and nothing in English elsewhere."""
    texts = [getattr(WALLET_WORDS[language], name) for name in SAID.__struct_fields__]
    assert all(texts)
    if language != ENGLISH.language:
        assert not set(texts) & {getattr(SAID, name) for name in SAID.__struct_fields__}


ENDS: Final = {"pass": SAID.paid_title, "fail": SAID.failed_title, "cancel": SAID.canceled_title}


@pytest.mark.parametrize("choice", ENDS)
async def test_each_button_settles_the_payment_and_leads_back(
    counter: Counter, client: httpx.AsyncClient, choice: str
) -> None:
    """A 303 to the return URL, a word to the gateway; opened again, the page says how it ended."""
    page = page_of(await counter.collect(attempt=1))

    answer = await client.post(page, data={"choice": choice})
    assert (answer.status_code, answer.headers["location"]) == (303, WALLET_RETURN_URL)
    assert isinstance(await counter.inquire(1), Approved) is (choice == "pass")
    assert counter.told == [(MERCHANT, 1)]

    again = await client.get(page)
    assert ENDS[choice] in again.text
    assert WALLET_RETURN_URL in again.text
    assert "<button" not in again.text


async def test_pressing_twice_leads_back_and_pressing_another_button_says_why_not(
    counter: Counter, client: httpx.AsyncClient
) -> None:
    """Nothing changes after the first choice, and nobody is told again."""
    page = page_of(await counter.collect(attempt=1))
    await client.post(page, data={"choice": "pass"})

    same, other = await client.post(page, data={"choice": "pass"}), await client.post(page, data={"choice": "cancel"})
    assert (same.status_code, same.headers["location"]) == (303, WALLET_RETURN_URL)
    assert (other.status_code, SAID.paid_title in other.text) == (200, True)
    assert len(counter.told) == 1


@pytest.mark.parametrize("order", ["close", "void"])
async def test_a_closed_order_cannot_be_paid(counter: Counter, client: httpx.AsyncClient, order: str) -> None:
    """Neither shown with buttons nor taken from a page that was open before."""
    page = page_of(await counter.collect(attempt=1))
    await (counter.close(1, attempt=2) if order == "close" else counter.void(1, "SGD", attempt=2))

    for answer in (await client.get(page), await client.post(page, data={"choice": "pass"})):
        assert (answer.status_code, SAID.closed_title in answer.text) == (200, True)
    assert not isinstance(await counter.inquire(1), Approved)
    assert counter.told == []


async def test_what_was_given_back_is_not_shown_as_paid(counter: Counter, client: httpx.AsyncClient) -> None:
    """The payer learns where the money went."""
    page = page_of(await counter.collect(attempt=1))
    await client.post(page, data={"choice": "pass"})
    await counter.void(1, "SGD", attempt=2)

    assert SAID.closed_title in (await client.get(page)).text


async def test_a_form_without_a_choice_changes_nothing(counter: Counter, client: httpx.AsyncClient) -> None:
    """The page is shown again."""
    page = page_of(await counter.collect(attempt=1))
    for form in ({}, {"choice": "refund"}, {"other": "pass"}):
        answer = await client.post(page, data=form)
        assert (answer.status_code, SAID.title in answer.text) == (200, True)
    assert counter.entry(1).payer_choice == ""


async def test_only_its_own_address_opens_a_page(counter: Counter, client: httpx.AsyncClient) -> None:
    """Another key, another number, a card's page under a wallet's address and the other way round: nothing there."""
    page = page_of(await counter.collect(attempt=1))
    card = page_of(await counter.charge("4000000000003220", attempt=2))

    for wrong in (
        page[:-1],
        page.replace("/1?", "/2?"),
        page.replace("/1?", f"/{2**64}?"),
        page.replace("/wallet/", "/acs/"),
        card.replace("/acs/", "/wallet/"),
    ):
        shown, pressed = await client.get(wrong), await client.post(wrong, data={"choice": "pass"})
        assert (shown.status_code, pressed.status_code) == (404, 404)
        assert (SAID.home in shown.text) is ("/wallet/" in wrong)
        assert ("3-D Secure" in shown.text) is ("/acs/" in wrong)
    assert (counter.entry(1).payer_choice, counter.entry(2).payer_choice) == ("", "")


async def test_a_pay_now_code_is_scanned_by_its_text(counter: Counter, client: httpx.AsyncClient) -> None:
    """Blanks around it do not matter."""
    outcome = await counter.collect(Method.PAY_NOW)
    assert isinstance(outcome, NeedsPayer)

    answer = await client.post(SCAN, data={"code": f"  {outcome.code}\n"})
    assert (answer.status_code, answer.headers["location"]) == (303, outcome.url)


async def test_a_link_of_ours_is_followed_on_this_origin(client: httpx.AsyncClient) -> None:
    """Whatever host it names: nobody is sent elsewhere by a scan."""
    for host in ("http://pay.example:8080", "https://evil.example"):
        answer = await client.post(SCAN, data={"code": f"{host}/q/w_Ab-1"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/q/w_Ab-1")


NO_CODES: Final = [
    "",
    "hello",
    "https://evil.example/",
    "https://pay.example//evil.example/q/w_1",
    "https://pay.example/q/w_1/../../x",
    "javascript:alert(1)//q/w_1",
    "00020163040000",
    "0002016304748B",
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("text", NO_CODES)
async def test_what_is_no_code_of_ours_leads_nowhere(client: httpx.AsyncClient, text: str) -> None:
    """The page says so, keeps the text for another look, and runs nothing of it."""
    answer = await client.post(SCAN, data={"code": text})

    assert (answer.status_code, SAID.scan_unknown in answer.text) == (422, True)
    assert "location" not in answer.headers
    assert "<script" not in answer.text


async def test_a_code_of_another_house_leads_nowhere(counter: Counter, client: httpx.AsyncClient) -> None:
    """Well formed, and not in this acquirer's book."""
    outcome = await counter.collect(Method.PAY_NOW, Product.QR_CODE, attempt=1)
    assert isinstance(outcome, NeedsPayer)
    counter.book.entries.clear()

    assert (await client.post(SCAN, data={"code": outcome.code})).status_code == 422
