"""The pages of the reference: complete, quiet, and good to read without scripts and without a network."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from polygate.connectors import sandbox
from polygate.connectors.sandbox import scenarios, wallets
from polygate.core.outcomes import Decline
from polygate.protocols.gateway.errors import DECLINED, Code
from polygate.protocols.registry import protocols
from polygate.reference.calls import calls
from polygate.reference.fields import FieldRow
from tests.checkout.test_look import contrast
from tests.checkout.windows import DESK, PHONE, outside_landmarks, visit
from tests.gateway_api.contract_tables import REQUESTS, Fields

pytestmark = pytest.mark.xdist_group("reference")

PAGES: Final = ("", "/gateway", "/test-cards")
STATIC: Final = files("polygate.reference").joinpath("static")


@pytest.mark.parametrize("page", PAGES)
def test_pages_load_nothing_from_elsewhere(docs: str, page: str) -> None:
    """Their policy forbids it, and every address in them is this server's own."""
    answer = httpx.get(docs + page)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'"
    )
    loaded = re.findall(r'(?:src|href)="([^"#][^"]*)"', answer.text)
    assert loaded
    assert [address for address in loaded if not address.startswith("/docs")] == []
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script>", answer.text)


@pytest.mark.parametrize("name", [file.name for file in STATIC.iterdir()])
def test_style_and_script_name_no_other_place(name: str) -> None:
    """Nothing is fetched from a network."""
    addresses = re.findall(r"\w+://[^\s\"')]+", STATIC.joinpath(name).read_text())
    assert [address for address in addresses if not address.startswith("http://www.w3.org/")] == []


def test_the_document_is_served(docs: str) -> None:
    """As it is, for tools; it names the server that serves it."""
    answer = httpx.get(f"{docs}/gateway/openapi.json")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == protocols()["gateway"].reference(docs.removesuffix("/docs")).document
    assert answer.json()["servers"] == [{"url": docs.removesuffix("/docs")}]


def test_other_paths_and_methods_are_refused(docs: str) -> None:
    assert httpx.get(f"{docs}/nothing").status_code == 404
    assert httpx.get(f"{docs}/static/reference.css").status_code == 404
    assert httpx.post(f"{docs}/gateway").status_code == 405
    assert httpx.head(f"{docs}/gateway").status_code == 200


@pytest.mark.parametrize("path", REQUESTS)
def test_every_field_of_the_contract_is_on_the_page(path: str) -> None:
    """With a description of its own, at every depth, and marked where it is required."""
    api = protocols()["gateway"].reference("http://gateway.test")
    page = next(page for page in calls(api) if f"/gateway/v1/{path}" in page.addresses)
    compare(page.request, REQUESTS[path])


def compare(rows: tuple[FieldRow, ...], fields: Fields) -> None:
    assert {row.name: row.required for row in rows} == {name.rstrip("!"): name.endswith("!") for name in fields}
    for row in rows:
        limits = fields.get(row.name) or fields[f"{row.name}!"]
        inner = limits[0] if isinstance(limits, tuple) else limits
        assert row.about.endswith("."), row.name
        if isinstance(inner, dict):
            compare(row.fields, inner)
        else:
            assert row.limits, f"{row.name} has no limits in words"


def test_test_cards_are_those_of_the_sandbox(docs: str) -> None:
    """Every card with a set outcome, and every ending and text that changes an outcome."""
    text = httpx.get(f"{docs}/test-cards").text

    special = (*scenarios.CARDS, wallets.SLOW_CODE_ENDING, wallets.WRONG_CODE_ENDING, ".13", "000")
    assert [each for each in special if f"<code>{each}</code>" not in text] == []


def test_trials_name_the_codes_that_the_gateway_answers(docs: str) -> None:
    """Each decline stands beside its `respCode`, and so does silence."""
    rows = re.findall(r"<tr>.*?</tr>", httpx.get(f"{docs}/test-cards").text, re.DOTALL)
    tried = {trial.sent.strip("`"): trial for each in sandbox.TRIALS for trial in each.trials if "`" in trial.sent[:1]}
    declined = {sent: DECLINED[trial.decline].code for sent, trial in tried.items() if trial.decline}
    unanswered = {sent: Code.NO_ANSWER_YET.code for sent, trial in tried.items() if trial.is_unanswered}

    assert declined["4000000000009995"] == DECLINED[Decline.INSUFFICIENT_FUNDS].code
    assert "4000000000000119" in unanswered
    for sent, code in (declined | unanswered).items():
        assert any(f"<code>{sent}</code>" in row and f"<code>{code}</code>" in row for row in rows), sent


# --- in a browser ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit(browser: Browser, docs: str, size: tuple[int, int], scheme: str) -> None:
    """Nothing scrolls sideways but code and tables within their frames, and the console stays silent."""
    with visit(browser, size, color_scheme=scheme) as page:
        for place in PAGES:
            page.goto(docs + place)
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
            assert outside_landmarks(page) == [], place


def test_codes_stand_below_the_text_on_a_telephone(browser: Browser, docs: str) -> None:
    """Three columns would leave each of them a few words; what happens has most of the width."""
    with visit(browser, PHONE) as page:
        page.goto(f"{docs}/test-cards")
        row = page.get_by_role("row").filter(has_text="insufficient funds").first
        happens, answered = (row.get_by_role("cell").nth(place).bounding_box() for place in (1, 2))
        assert happens is not None
        assert answered is not None
        assert answered["y"] >= happens["y"] + happens["height"]
        assert happens["width"] > PHONE[0] / 2


def test_a_telephone_has_room_to_search(browser: Browser, docs: str) -> None:
    """However many APIs there are: their names scroll in a row of their own, and the field is whole beside none."""
    with visit(browser, PHONE) as page:
        page.goto(f"{docs}/gateway")
        field = page.get_by_role("combobox", name="Search this page").bounding_box()
        assert field is not None
        assert field["width"] > PHONE[0] / 2
        assert field["x"] + field["width"] <= PHONE[0]


def test_search_finds_fields_and_codes(browser: Browser, docs: str) -> None:
    """From the keyboard; the field's part of the page opens."""
    with visit(browser) as page:
        page.goto(f"{docs}/gateway")
        page.keyboard.press("/")
        page.keyboard.type("cvc")
        expect(page.get_by_role("option").first).to_contain_text("Take a payment / card")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"#payment\.card\.cvc$"))
        expect(page.locator(r"#payment\.card\.cvc")).to_be_in_viewport()

        page.get_by_role("combobox").fill("9429")
        expect(page.get_by_role("option").first).to_contain_text("too many requests")
        page.get_by_role("combobox").fill("no such thing")
        expect(page.get_by_text("Nothing found")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_text("Nothing found")).to_be_hidden()


def test_the_language_of_examples_is_chosen_once(browser: Browser, docs: str) -> None:
    """For the whole page, and for the next visit."""
    with visit(browser) as page:
        page.goto(f"{docs}/gateway")
        shown(page, "curl")
        page.get_by_label("Python").check()
        shown(page, "python")
        page.reload()
        shown(page, "python")


def test_everything_works_without_scripts(browser: Browser, docs: str) -> None:
    """Contents, fields inside fields, both languages; only the search is absent, and does not pretend to be there."""
    with visit(browser, PHONE, java_script_enabled=False) as page:
        page.goto(f"{docs}/gateway")
        expect(page.get_by_role("combobox")).to_be_hidden()
        page.get_by_label("Python").check(force=True)
        shown(page, "python")
        page.get_by_text("On this page", exact=True).click()
        page.get_by_role("navigation", name="On this page").get_by_role("link", name="Capture", exact=True).click()
        expect(page.get_by_role("heading", name="Capture", exact=True)).to_be_in_viewport()
        page.locator("#payment").get_by_text("fields of card").click()
        expect(page.locator(r"#payment\.card\.cardNo")).to_be_visible()


def shown(page: Page, language: str) -> None:
    other = {"curl": "python", "python": "curl"}[language]
    expect(page.locator(f"#capture figure[data-language={language}]")).to_be_visible()
    expect(page.locator(f"#capture figure[data-language={other}]")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out(theme: str) -> None:
    """WCAG 2.2 AA: 4.5 to 1, in both themes."""
    style = STATIC.joinpath("reference.css").read_text()
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in style.split(":root")[1:3])
    colors = {"light": light, "dark": light | dark}[theme]
    pairs = [
        *((text, ground) for text in ("ink", "soft", "faint", "accent") for ground in ("sheet", "ground")),
        ("must", "sheet"),
        ("accent", "tint"),
        ("soft", "chip"),
        ("code-ink", "code-ground"),
        ("code-soft", "code-ground"),
    ]
    assert [pair for pair in pairs if contrast(colors[pair[0]], colors[pair[1]]) < 4.5] == []
