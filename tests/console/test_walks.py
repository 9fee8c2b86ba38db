"""Walks through every page of the table with real things on them: nothing secret, and nothing of anybody else's."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import httpx
import pytest

from polygate.assembly import House
from polygate.console.areas import PAGES
from polygate.console.door import by_path
from polygate.console.navigation import places
from polygate.console.page import Page
from polygate.console.words import LANGUAGES
from polygate.core.access import MERCHANT_ROLES, Role, may
from polygate.core.ids import LAST
from polygate.core.merchants import Merchant
from polygate.core.people import NO_MERCHANT
from tests.console.furnished import ANYBODYS, furnish
from tests.support.console import COOKIE, Window, signed_in
from tests.support.house import MovableClock, shop_in

pytestmark = pytest.mark.anyio

Merchants = tuple[Merchant, Merchant]
CLOSED: Final = [page for page in PAGES if not page.anybody]
DOCS: Final = Path(__file__).parents[2] / "docs"
_PART: Final = re.compile(r"\{(\w+)\}")
_SHOWN: Final = re.compile(r'data-copy="([^"]+)"')
_ASIDE: Final = re.compile(r'<dl class="pairs">.*?</dl>|<(code|pre|bdi|option|title)\b[^>]*>.*?</\1>', re.DOTALL)
_ENGLISH: Final = re.compile(r"^[A-Za-z][a-z]+[ ,][A-Za-z]|^[a-z]{3,}$")
WRITTEN_BY_OTHERS: Final = {
    *("Demo Shop", "Other Shop", "Amy Lee", "Some operator", "Some owner", "Some support", "sandbox", "test"),
    *("goods not received", "sanctions", "success"),
    *("Apple Pay", "Google Pay", "American Express •••• 8431"),
    *("Channel API", "Gateway API", "Merchant API", "Signed API"),
}
"""Names, reasons that somebody typed, and messages of the APIs."""
NOWHERE: Final = ("0", "-1", "x", "9" * 40, "404")


def filled(page: Page, parts: Mapping[str, str]) -> str:
    return _PART.sub(lambda part: parts[part[1]], page.path)


def of_somebody_else(page: Page, own: Mapping[str, str], foreign: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Addresses under one's own merchant in which one part is another's: the part, and the address."""
    for part in _PART.findall(page.path):
        if part not in {"merchant_no", "number", *ANYBODYS}:
            yield part, filled(page, {**own, part: foreign[part]})


async def test_what_is_anothers_is_not_there_under_ones_own_address(
    house: House, clock: MovableClock, merchants: Merchants
) -> None:
    """For every page whose path names an object, GET and POST: 404, as for what never was, and nothing happens.

    Operators' pages name a merchant beside the object: the two have to belong together.
    """
    own, foreign = [dict((await furnish(house, merchant)).parts) for merchant in merchants]
    async with (
        signed_in(house, clock, Role.OWNER, merchants[0].merchant_id) as (owner, user),
        signed_in(house, clock, Role.OPERATOR) as (operator, _),
        signed_in(house, clock, Role.OWNER, merchants[0].merchant_id) as (_other, colleague),
    ):
        own["session_id"] = str((await house.context.reads.sessions(user))[0].session_id)
        foreign["session_id"] = str((await house.context.reads.sessions(colleague))[0].session_id)
        before = await house.context.reads.audit_entries(merchant_id=None, before=LAST, limit=1_000)
        tried = set()
        for page in CLOSED:
            for part, path in of_somebody_else(page, own, foreign):
                browser = owner if may(Role.OWNER, page.permission) else operator
                for address in (path, *(filled(page, {**own, part: nothing}) for nothing in NOWHERE)):
                    clock.move(seconds=1)
                    answer = await _ask(browser, page, address)
                    assert answer == 404, (page.method, address, answer)
                tried.add(part)
        after = await house.context.reads.audit_entries(merchant_id=None, before=LAST, limit=1_000)
        assert [entry.action for entry in after[: len(after) - len(before)]] == []
        assert tried == {*own} - {"merchant_no", "number", *ANYBODYS}
        for page in (page for page in CLOSED if page.method == "GET" and page.is_of_merchant):
            clock.move(seconds=1)
            assert await _ask(owner, page, filled(page, own)) == 200, page.path


async def _ask(browser: Window, page: Page, path: str) -> int:
    """The status; the form brings a one-time code where one is needed."""
    if page.method == "GET":
        return (await browser.get(path)).status_code
    return (await browser.post(path, {"code": browser.next_code()} if page.needs_code else {})).status_code


async def test_nothing_secret_is_on_any_page(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """No card number, security code, key, token, password or recovery code, for no role, save when it is made."""
    merchant = merchants[0]
    furniture = await furnish(house, merchant)
    secrets = dict(furniture.secrets)
    async with shop_in(house) as shop:
        secrets |= {"known secret": shop.secret.reveal(), "known token": shop.token}
    system = f"/console/m/{merchant.merchant_no}/system"
    async with signed_in(house, clock, Role.OWNER, merchant.merchant_id) as (owner, _):
        app = f"{system}/website-app/{furniture.parts['app_id']}"
        for path in (
            f"{app}/rotate",
            f"{system}/basic-information/secret-key",
            f"{system}/basic-information/access-key",
        ):
            secrets[path] = await _made(owner, path, overlap="24")
        team = f"/console/m/{merchant.merchant_no}/team"
        invited = {"login": "ben@shop.example", "name": "Ben", "role": "support"}
        secrets["first password"] = await _made(owner, f"{team}/invite", **invited)
        for code in re.findall(r"<li><code>([\w-]+)</code>", (await owner.enrol()).text):
            secrets[f"recovery code {code}"] = code
        secrets |= {"session": owner.http.cookies[COOKIE], "authenticator": owner.codes_from}
    assert len(secrets) == 24

    for role in Role:
        merchant_id = merchant.merchant_id if role in MERCHANT_ROLES else NO_MERCHANT
        async with signed_in(house, clock, role, merchant_id) as (browser, _):
            for page in CLOSED:
                if page.method == "GET" and may(role, page.permission):
                    clock.move(seconds=1)
                    answer = await browser.follow(await browser.get(filled(page, furniture.parts)))
                    assert answer.status_code == 200, (page.path, answer.status_code)
                    _hold_back(answer.text + str(answer.headers), secrets, page.path)
    for entry in await house.context.reads.audit_entries(merchant_id=None, before=LAST, limit=1_000):
        _hold_back(str(entry), secrets, entry.action)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_page_is_called_what_the_navigation_calls_it(
    house: House, clock: MovableClock, merchants: Merchants, language: str
) -> None:
    """In its heading and in the window's title; and the documentation speaks of each by that name."""
    words = LANGUAGES[language]
    documents = "".join((DOCS / place / "console.md").read_text() for place in ("guides", "operating"))
    async with signed_in(house, clock, Role.OPERATOR) as (browser, user):
        browser.http.headers["accept-language"] = words.tag
        groups = places(user, merchants[0].merchant_no, by_path(PAGES))
        named = [place for _, group in groups for place in group]
        assert len(named) > 20
        for place in named:
            clock.move(seconds=1)
            page, name = (await browser.get(place.path)).text, words(f"nav.{place.name}")
            assert re.findall(r"<h1>(.*?)</h1>", page) == [name], place.name
            assert f"<title>{name} · Polygate</title>" in page, place.name
            assert language != "en" or name in documents, name


async def test_chinese_pages_are_chinese(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """No sentence or term of English beside what people or machines wrote: names, messages of the APIs, codes."""
    merchant = merchants[0]
    parts = (await furnish(house, merchant)).parts
    english = set()
    for role in (Role.OWNER, Role.OPERATOR):
        merchant_id = merchant.merchant_id if role in MERCHANT_ROLES else NO_MERCHANT
        async with signed_in(house, clock, role, merchant_id) as (browser, _):
            browser.http.headers["accept-language"] = "zh-CN"
            for page in (page for page in CLOSED if page.method == "GET" and may(role, page.permission)):
                if page.is_of_merchant is (role is Role.OWNER) and not page.path.endswith(".csv"):
                    clock.move(seconds=1)
                    english |= _english(await browser.follow(await browser.get(filled(page, parts))))
    assert english - WRITTEN_BY_OTHERS == set()


def _english(page: httpx.Response) -> set[str]:
    """Texts of two words or more, or in lower case, that have nothing Chinese."""
    text = _ASIDE.sub("", page.text[page.text.index("<main") :])
    shown = {html.unescape(each).strip() for each in re.findall(r">([^<>]+)<", text)}
    return {each for each in shown if _ENGLISH.search(each) and not re.search(r"[\u4e00-\u9fff]", each)}


async def _made(browser: Window, path: str, **form: str) -> str:
    """The one secret of the page that shows it once."""
    answer = await browser.post(path, form)
    assert answer.status_code == 200, (path, answer.status_code, answer.text)
    return html.unescape(_SHOWN.findall(answer.text)[-1])


def _hold_back(text: str, secrets: Mapping[str, str], where: str) -> None:
    """A number is looked for as people write it, too: in groups."""
    plain = html.unescape(text)
    closed = re.sub(r"(?<=\d)[ -](?=\d)", "", plain)
    for name, secret in secrets.items():
        if name == "security code":
            assert not re.search(rf"(?<![\d.]){secret}(?!\d)", plain), (where, name)
        else:
            assert secret not in plain, (where, name)
            assert secret not in closed, (where, name)
