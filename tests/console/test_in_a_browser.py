"""The console in a real browser: the ways people take, and a look at every page for everybody who reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from polygate.console.areas import PAGES
from polygate.core.access import Role
from polygate.core.people import NO_MERCHANT
from tests.checkout.windows import DESK, PHONE, outside_landmarks, visit
from tests.console.furnished import furnish
from tests.console.served import Served, served
from tests.support.bodies import payment_body
from tests.support.console import somebody

OWN: Final = "nine patient lighthouses"
AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text()
"""The checks of axe-core, to be run inside a page."""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as gateway:
        yield gateway


def sign_in(page: Page, login: str, password: str) -> None:
    page.get_by_label("Login name").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def authenticator(page: Page) -> pyotp.TOTP:
    """An app into which the key was typed."""
    page.get_by_text("You cannot scan?").click()
    key = page.locator(".manual code").inner_text()
    return pyotp.TOTP(key.replace(" ", ""))


def first_time(page: Page, gateway: Served, login: str, password: str) -> pyotp.TOTP:
    """In with a password for once: a new one, one-time codes, recovery codes."""
    page.goto(f"{gateway.base_url}/console")
    sign_in(page, login, password)
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    page.get_by_label("Present password").fill(password)
    page.get_by_label("New password", exact=True).fill(OWN)
    page.get_by_label("New password, again").fill(OWN)
    page.get_by_role("button", name="Change password").click()
    app = authenticator(page)
    page.get_by_label("Code from the app").fill("123456" if now(app, gateway) != "123456" else "654321")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("alert")).to_contain_text("not right")
    page.get_by_label("Code from the app").fill(now(app, gateway))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".recovery li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    return app


def now(app: pyotp.TOTP, gateway: Served) -> str:
    return app.at(gateway.clock.now_ms // 1_000)


def test_an_owner_and_the_colleague_they_invite(gateway: Served, browser: Browser) -> None:
    """From the first password to the last session, with a lock-out on the way."""
    made = gateway.run(
        somebody(
            gateway.house, Role.OWNER, gateway.merchant.merchant_id, login="ana@shop.example", keeps_password=False
        )
    )
    with visit(browser) as owner, visit(browser, PHONE, is_mobile=True, has_touch=True) as colleague:
        first_time(owner, gateway, "ana@shop.example", made.password.reveal())
        owner.get_by_role("link", name="Team").click()
        owner.get_by_role("link", name="Invite").click()
        owner.get_by_label("Login name").fill("ben@shop.example")
        owner.get_by_label("Name", exact=True).fill("Ben <b>Wu</b>")
        owner.get_by_label("Developer").check()
        owner.get_by_role("button", name="Invite").click()
        password = owner.locator("dd", has_text=re.compile(r"^\w{5}-")).locator("code").inner_text()

        app = first_time(colleague, gateway, "ben@shop.example", password)
        colleague.get_by_role("button", name="Menu").click()
        expect(colleague.get_by_role("navigation", name="Menu")).to_contain_text("Ben <b>Wu</b>")
        colleague.get_by_role("button", name="Sign out").click()
        expect(colleague.get_by_text("You are signed out.")).to_be_visible()
        sign_in(colleague, "ben@shop.example", OWN)
        for _ in range(5):
            colleague.get_by_label("One-time code").fill("000000")
            colleague.get_by_role("button", name="Go on").click()
        expect(colleague.get_by_role("alert")).to_contain_text("not right")
        colleague.get_by_label("One-time code").fill(now(app, gateway))
        colleague.get_by_role("button", name="Go on").click()
        expect(colleague.get_by_role("alert")).to_contain_text("Too many wrong tries")
        gateway.clock.move(seconds=61)
        colleague.get_by_label("One-time code").fill(now(app, gateway))
        colleague.get_by_role("button", name="Go on").click()
        expect(colleague.get_by_role("button", name="Menu")).to_be_visible()

        owner.get_by_role("link", name="Done").click()
        owner.get_by_role("link", name="Ben <b>Wu</b>").click()
        owner.locator("summary", has_text="Disable").click()
        owner.get_by_role("button", name="Disable").click()
        expect(owner.get_by_text("is disabled.")).to_be_visible()
        colleague.reload()
        expect(colleague.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_session_is_ended_from_another_browser_without_scripts(gateway: Served, browser: Browser) -> None:
    """Every part of it works without them."""
    made = gateway.run(somebody(gateway.house, Role.OPERATOR, login="root@gateway.example", keeps_password=False))
    with visit(browser, java_script_enabled=False) as one, visit(browser, PHONE, java_script_enabled=False) as two:
        app = first_time(one, gateway, "root@gateway.example", made.password.reveal())
        gateway.clock.move(seconds=30)
        two.goto(f"{gateway.base_url}/console/account/sessions")
        sign_in(two, "root@gateway.example", OWN)
        two.get_by_label("One-time code").fill(now(app, gateway))
        two.get_by_role("button", name="Go on").click()
        expect(two.get_by_role("heading", name="Sessions")).to_be_visible()
        two.get_by_role("button", name="Menu").click()
        expect(two.get_by_role("navigation", name="Menu")).to_be_visible()

        one.goto(f"{gateway.base_url}/console/account/sessions")
        expect(one.locator("tbody tr")).to_have_count(2)
        one.locator("td").get_by_role("button", name="Sign out").click()
        expect(one.get_by_text("That browser is signed out.")).to_be_visible()
        two.reload()
        expect(two.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_operator_opens_an_account_and_its_keys_take_a_payment(gateway: Served, browser: Browser) -> None:
    """What the page shows is what the API takes, and the payment is there to be seen."""
    made = gateway.run(somebody(gateway.house, Role.OPERATOR, login="root@gateway.example", keeps_password=False))
    with visit(browser) as page:
        first_time(page, gateway, "root@gateway.example", made.password.reveal())
        expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()
        page.get_by_role("link", name="Merchants").first.click()
        page.get_by_role("link", name="New merchant").first.click()
        page.get_by_label("Name", exact=True).fill("Harbor <Books>")
        page.get_by_label("Category code (MCC)").fill("5942")
        page.get_by_label("Your share of payments, in percent").fill("2.9")
        page.get_by_label("App", exact=True).fill("harborbooks.example")
        page.get_by_role("button", name="Open the account").click()
        expect(page.get_by_role("heading", name="Keys, shown once")).to_be_visible()
        shown = {
            row.locator("dt").inner_text(): row.locator("dd code").inner_text()
            for row in page.locator(".facts > div").all()
        }
        pair = {"appId": shown["APP ID"], "secret": shown["App secret"]}
        token = httpx.post(f"{gateway.base_url}/gateway/v1/connect/token", json=pair).json()["accessToken"]
        paid = httpx.post(
            f"{gateway.base_url}/gateway/v1/payment",
            json=payment_body("first-1"),
            headers={"Authorization": token},
            timeout=20,
        ).json()
        assert paid["orderStatus"] == "successed"

        page.goto(f"{gateway.base_url}/console/m/{shown['Merchant number']}/payments")
        expect(page.get_by_role("link", name="first-1")).to_be_visible()


@pytest.mark.parametrize("role", [Role.OWNER, Role.OPERATOR])
def test_every_page_reads_well_for_everybody(tmp_path: Path, browser: Browser, role: Role) -> None:
    """In a wide window by day and on a telephone by night: contrast, names, landmarks, nothing cut off."""
    with served(tmp_path, codes_required=False) as gateway:
        parts = gateway.run(furnish(gateway.house, gateway.merchant)).parts
        merchant_id = gateway.merchant.merchant_id if role is Role.OWNER else NO_MERCHANT
        made = gateway.run(somebody(gateway.house, role, merchant_id, login="ana@shop.example"))
        findings: list[str] = []
        for size, scheme in ((DESK, "light"), (PHONE, "dark")):
            with visit(browser, size, color_scheme=scheme) as page:
                page.goto(f"{gateway.base_url}/console/sign-in")
                findings += _look(page, f"sign-in {scheme}")
                sign_in(page, "ana@shop.example", made.password.reveal())
                for path in _paths(role, parts):
                    gateway.clock.move(seconds=1)
                    page.goto(gateway.base_url + path)
                    findings += _look(page, f"{path} {scheme}")
        assert "\n".join(findings) == ""


def _paths(role: Role, parts: Mapping[str, str]) -> list[str]:
    """Of all pages that a role sees. The owner's and the operator's own cover the table once."""
    pages = [page for page in PAGES if page.method == "GET" and not page.anybody and not page.path.endswith(".csv")]
    if role is Role.OPERATOR:
        pages = [page for page in pages if "/operator/" in page.path]
    else:
        pages = [page for page in pages if "/operator/" not in page.path and page.path.count("/") > 1]
    return [re.sub(r"\{(\w+)\}", lambda part: parts[part[1]], page.path) for page in pages]


def _look(page: Page, where: str) -> list[str]:
    """What is wrong with a page, each in a line."""
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate("axe.run()")["violations"]
    grave = [
        f"{where}: {each['id']}: {node['html']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    small = page.evaluate(
        """innerWidth > 600 ? [] : [...document.querySelectorAll("button, input, select, summary.button, a.button")]
            .filter((each) => each.checkVisibility() && !each.closest("label, .copyable, td .money"))
            .filter((each) => each.type !== "hidden" && !each.classList.contains("spoken"))
            .filter((each) => each.getBoundingClientRect().height < (each.type === "checkbox" ? 24 : 43.5))
            .map((each) => each.outerHTML)"""
    )
    lost = outside_landmarks(page)
    return [*grave, *[f"{where}: too wide"][: int(wide)], *(f"{where}: {each}" for each in (*small, *lost))]
