"""What pages are made of: each part once on a specimen page, and how amounts, times and charts are written."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response

from polygate.assembly import House
from polygate.console import shown
from polygate.console.areas import PAGES
from polygate.console.charts import Chart, Point
from polygate.console.door import Door
from polygate.console.page import Page
from polygate.console.paging import FETCHED, Listing
from polygate.console.rendering import TEMPLATES
from polygate.console.visit import Visit
from polygate.console.words import LANGUAGES
from polygate.core.access import Role
from polygate.core.money import CURRENCIES, Money
from tests.support.console import signed_in
from tests.support.house import BASE_URL, MovableClock

EN, ZH = LANGUAGES["en"], LANGUAGES["zh-cn"]
SPECIMEN = TEMPLATES.from_string((Path(__file__).parent / "specimen.html").read_text())
AT = 1_772_424_000_000  # 2026-03-02T04:00:00Z
POINTS = [Point(f"Mar {day}", value, str(value)) for day, value in enumerate([3, 0, 8, 5, 13, 2, 9], start=1)]


async def specimen(visit: Visit) -> Response:
    listing = Listing(list(range(FETCHED, 0, -1)), lambda row: row)
    return HTMLResponse(SPECIMEN.render(visit=visit, words=visit.words, chart=Chart(POINTS), listing=listing))


@pytest.fixture
async def page(house: House, clock: MovableClock) -> AsyncIterator[str]:
    door = Door(house.context, (*PAGES, Page("GET", "/console/specimen", specimen)), codes_required=False)
    app = Starlette(routes=door.routes())
    async with signed_in(house, clock, Role.OPERATOR) as (browser, _):
        cookies = dict(browser.http.cookies)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, cookies=cookies) as http:
            yield (await http.get("/console/specimen")).text


@pytest.mark.anyio
async def test_every_part_can_be_drawn(page: str) -> None:
    """With its token in every form by POST, ids that are there once, and labels that name their fields."""
    assert "$1,234,567.89" in page
    forms = re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)
    assert len(forms) == 3
    assert [form for form in forms if 'name="csrf"' not in form] == []
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'<label for="([^"]+)"', page)) <= set(ids)
    assert set(re.findall(r'aria-describedby="([^"]+)"', page)) <= set(ids)
    assert re.search(r'rel="next" href="/console/specimen\?before=2"', page)
    assert " style=" not in page
    assert "onclick" not in page


@pytest.mark.parametrize(
    ("money", "english", "chinese"),
    [
        (Money(123_456_789, "USD"), ("$1,234,567.89", "USD"), ("US$1,234,567.89", "USD")),
        (Money(-5, "CNY"), ("\N{MINUS SIGN}CN¥0.05", "CNY"), ("\N{MINUS SIGN}¥0.05", "CNY")),
        (Money(1_500, "JPY"), ("¥1,500", "JPY"), ("JP¥1,500", "JPY")),
        (Money(1_234_567, "KWD"), ("1,234.567", "KWD"), ("1,234.567", "KWD")),
        (Money(199, "HUF"), ("1.99", "HUF"), ("1.99", "HUF")),
    ],
)
def test_amounts(money: Money, english: tuple[str, str], chinese: tuple[str, str]) -> None:
    """With the decimals of ISO 4217, and always with the code."""
    assert [(each.text, each.code) for each in (shown.amount(money, EN), shown.amount(money, ZH))] == [english, chinese]


def test_every_currency_can_be_shown() -> None:
    assert all(shown.amount(Money(12_345, code), words).code == code for code in CURRENCIES for words in (EN, ZH))


def test_times_are_in_the_readers_zone_and_language() -> None:
    """Across midnight, and with the year where it is another."""
    assert shown.moment(AT, "UTC", EN, now_ms=AT) == "Mar 2, 04:00"
    assert shown.moment(AT, "America/Los_Angeles", EN, now_ms=AT) == "Mar 1, 20:00"
    assert shown.moment(AT, "Asia/Singapore", ZH, now_ms=AT) == "3月2日 12:00"
    assert "2026" in shown.moment(AT, "UTC", EN, now_ms=AT + 400 * 86_400_000)
    assert shown.exact_moment(AT, "Asia/Singapore", EN) == "Mar 2, 2026, 12:00:00 +08"
    assert shown.iso(AT) == "2026-03-02T04:00:00.000Z"


def test_charts_keep_within_their_frame() -> None:
    """Whatever the numbers, one bar for each; and nothing at all is no error."""
    for values in ([], [0], [0, 0], [5], [1e12, 1, 0], list(range(400))):
        chart = Chart([Point(str(value), value, str(value)) for value in values])
        edges = [(float(bar.x), float(bar.y), float(bar.width), float(bar.height)) for bar in chart.bars]
        assert len(edges) == len(values)
        assert all(x >= 0 and x + width <= 100.01 and y >= 0 and y + high <= 32.01 for x, y, width, high in edges)
        assert len(chart.line.split()) == len(values)
