"""What people come to the console for, in a real browser on a real server, over each of the two databases."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.checkout.windows import visit
from tests.support import postgres
from tests.support.bodies import payment_body
from tests.support.houses import STORES
from tests.support.receiver import receiver
from tests.support.server import Demo, Server, Shop, demo_server

pytestmark = pytest.mark.xdist_group("console_journeys")


class Running(NamedTuple):
    server: Server
    demo: Demo


@pytest.fixture(scope="module", params=STORES)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for each database: these journeys do not get in each other's way."""
    folder = tmp_path_factory.mktemp("demo")
    if request.param == "sqlite":
        with demo_server(folder) as (server, demo):
            yield Running(server, demo)
    else:
        address = request.getfixturevalue("postgres_server")
        with postgres.fresh_database(address) as url, demo_server(folder, database_url=url) as (server, demo):
            yield Running(server, demo)


def sign_in(page: Page, running: Running, who: dict[str, str]) -> None:
    page.goto(f"{running.server.base_url}/console")
    page.get_by_label("Login name").fill(who["username"])
    page.get_by_label("Password").fill(who["password"])
    page.get_by_role("button", name="Sign in").click()


def enrol(page: Page, running: Running) -> None:
    """One-time codes for whoever has signed in; what needs a code goes without asking for ten minutes."""
    page.goto(f"{running.server.base_url}/console/account/codes")
    page.get_by_role("link", name="Set up one-time codes").click()
    page.get_by_text("You cannot scan?").click()
    app = pyotp.TOTP(page.locator(".manual code").inner_text().replace(" ", ""))
    page.get_by_label("Code from the app").fill(app.now())
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".recovery li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()


def test_a_payment_is_found_refunded_and_told_of(running: Running, browser: Browser) -> None:
    """With a shop that listens; and the list is taken away as a file."""
    with receiver() as told, visit(browser) as page:
        shop = Shop(running.server.base_url, running.demo)
        body = payment_body("order-to-refund", notificationUrl=told.url)
        assert shop.http.post("/payment", json=body).json()["respCode"] == "0000"
        shop.http.close()

        sign_in(page, running, running.demo.console)
        expect(page.get_by_text("Volume by day").first).to_be_visible()
        page.get_by_role("link", name="Payments").click()
        page.get_by_label("Any number").fill("order-to-refund")
        page.get_by_role("button", name="Any number").click()
        expect(page.get_by_role("heading", name="order-to-refund")).to_be_visible()
        page.get_by_role("link", name="Refund", exact=True).click()
        page.get_by_label("Amount in USD").fill("12.34")
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Refund $12.34 USD").click()
        expect(page.get_by_text("The refund of $12.34 USD is accepted.")).to_be_visible()

        delivered = page.locator(".timeline li", has_text="Notification · Refund paid").get_by_text("Delivered")
        for _ in range(60):
            if delivered.count():
                break
            page.wait_for_timeout(250)
            page.reload()
        expect(delivered).to_be_visible()
        assert any(b"1234" in each.raw or b"12.34" in each.raw for each in told.received)

        page.get_by_role("link", name="Payments", exact=True).first.click()
        page.get_by_role("link", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()
        assert re.fullmatch(r"payments-\d{14}\.csv", download.value.suggested_filename)
        assert "order-to-refund" in download.value.path().read_text()
        expect(page.get_by_role("status")).to_have_text(re.compile(r"Done\. Rows in the file: \d+"))


class Shopping:
    """A shop that pays all the time, signing in anew with the one secret it knows."""

    def __init__(self, server: Server, app_id: str, secret: str) -> None:
        self._http = httpx.Client(base_url=f"{server.base_url}/gateway/v1", timeout=30)
        self._credentials = {"appId": app_id, "secret": secret}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.codes: list[str] = []

    def __enter__(self) -> Shopping:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._http.close()

    def go_on(self, times: int) -> None:
        """Returns when so many further payments were made."""
        wanted, give_up_at = len(self.codes) + times, time.monotonic() + 30
        while len(self.codes) < wanted:
            assert time.monotonic() < give_up_at, self.codes
            time.sleep(0.05)

    def _run(self) -> None:
        while not self._over.wait(0.05):
            token = self._http.post("/connect/token", json=self._credentials).json().get("accessToken", "")
            paid = payment_body(f"while-{len(self.codes):05}")
            answer = self._http.post("/payment", json=paid, headers={"Authorization": token})
            self.codes.append(answer.json()["respCode"])


def test_a_secret_is_replaced_while_payments_run(running: Running, browser: Browser) -> None:
    """Behind one-time codes that were just set up. No payment fails until the overlap ends; then only the new opens."""
    app_id, old = running.demo.app["appId"], running.demo.app["appSecret"]
    with visit(browser) as page:
        sign_in(page, running, running.demo.console)
        enrol(page, running)
        page.get_by_role("link", name="Websites and apps").click()
        page.get_by_role("link", name="Demo Shop").click()
        with Shopping(running.server, app_id, old) as shopping:
            shopping.go_on(2)
            page.locator("summary", has_text="Make a new secret").click()
            page.get_by_label("The key before stays valid for").select_option("1 hour")
            page.get_by_role("button", name="Make a new secret").click()
            expect(page.get_by_text("it is not shown again")).to_be_visible()
            new = page.locator("dd code").nth(1).inner_text()
            page.get_by_role("link", name="I have kept it").click()
            expect(page.get_by_text("The key before is still accepted")).to_be_visible()
            expect(page.locator("body")).not_to_contain_text(new)
            shopping.go_on(3)
        assert set(shopping.codes) == {"0000"}

        page.locator("summary", has_text="End the one before").click()
        page.get_by_role("button", name="End the one before").click()
        expect(page.get_by_text("The key before is still accepted")).to_have_count(0)
    assert [_opened(running, app_id, secret) for secret in (old, new)] == ["1001", "0000"]


def test_an_operator_opens_an_account_that_takes_its_first_payment(running: Running, browser: Browser) -> None:
    """With nothing but what the page shows; then the payment is on the merchant's own pages."""
    with visit(browser) as page:
        sign_in(page, running, running.demo.console_operator)
        expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()
        enrol(page, running)
        page.get_by_role("link", name="Merchants", exact=True).first.click()
        page.get_by_role("link", name="New merchant").click()
        page.get_by_label("Name", exact=True).fill("Harbor Books")
        page.get_by_label("Category code (MCC)").fill("5942")
        page.get_by_label("App", exact=True).fill("harbor.example")
        page.get_by_label("Card", exact=True).check()
        page.get_by_role("button", name="Open the account").click()
        expect(page.get_by_role("heading", name="Keys, shown once")).to_be_visible()
        shown = dict(zip(page.locator("dt").all_inner_texts(), page.locator("dd code").all_inner_texts(), strict=True))
        with httpx.Client(base_url=f"{running.server.base_url}/gateway/v1", timeout=30) as http:
            pair = {"appId": shown["APP ID"], "secret": shown["App secret"]}
            token = http.post("/connect/token", json=pair).json()["accessToken"]
            paid = http.post("/payment", json=payment_body("first-of-all"), headers={"Authorization": token}).json()
        assert (paid["respCode"], paid["orderStatus"]) == ("0000", "successed")
        page.goto(f"{running.server.base_url}/console/m/{shown['Merchant number']}/payments")
        page.get_by_role("link", name="first-of-all").click()
        expect(page.get_by_text("$100.00").first).to_be_visible()


def _opened(running: Running, app_id: str, secret: str) -> str:
    pair = {"appId": app_id, "secret": secret}
    answer = httpx.post(f"{running.server.base_url}/gateway/v1/connect/token", json=pair, timeout=30)
    return str(answer.json()["respCode"])
