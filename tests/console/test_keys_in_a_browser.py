"""A developer at work in a real browser: a secret is replaced while payments run, and first payments run as printed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from polygate.console.first_payment import first_payments
from polygate.core.access import Role
from polygate.core.methods import Method
from polygate.operations.credentials import create_app, create_merchant
from tests.checkout.windows import visit
from tests.console.served import Served, served
from tests.support.bodies import payment_body
from tests.support.console import somebody


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as gateway:
        yield gateway


class Shopping:
    """A shop that pays all the time, signing in anew with the one secret it knows."""

    def __init__(self, gateway: Served, app_id: str, secret: str) -> None:
        self._http = httpx.Client(base_url=f"{gateway.base_url}/gateway/v1")
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

    def sign_in(self) -> httpx.Response:
        return self._http.post("/connect/token", json=self._credentials)

    def _run(self) -> None:
        while not self._over.wait(0.05):
            token = self.sign_in().json().get("accessToken", "")
            paid = payment_body(f"order-{len(self.codes):05}")
            answer = self._http.post("/payment", json=paid, headers={"Authorization": token})
            self.codes.append(answer.json()["respCode"])


def signed_in(page: Page, gateway: Served, login: str, password: str) -> pyotp.TOTP:
    """With an authenticator that was just set up."""
    page.goto(f"{gateway.base_url}/console")
    page.get_by_label("Login name").fill(login)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("You cannot scan?").click()
    app = pyotp.TOTP(page.locator(".manual code").inner_text().replace(" ", ""))
    page.get_by_label("Code from the app").fill(app.at(gateway.clock.now_ms // 1_000))
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("link", name="I have kept them").click()
    return app


def test_a_secret_is_replaced_while_payments_run(gateway: Served, browser: Browser) -> None:
    """No payment fails until the overlap ends; then the old secret opens nothing, and the new one does."""
    context = gateway.house.context
    made = gateway.run(create_app(context, gateway.merchant, name="Web shop", methods=("card",)))
    owner = gateway.run(somebody(gateway.house, Role.OWNER, gateway.merchant.merchant_id, login="ana@shop.example"))
    with (
        visit(browser) as page,
        Shopping(gateway, made.app.app_id, made.secret.reveal()) as shopping,
    ):
        authenticator = signed_in(page, gateway, "ana@shop.example", owner.password.reveal())
        gateway.clock.move(minutes=11)
        page.get_by_role("link", name="Websites and apps").click()
        page.get_by_role("link", name="Web shop").click()
        page.locator("summary", has_text="Make a new secret").click()
        page.get_by_label("The key before stays valid for").select_option("1 hour")
        page.get_by_label("One-time code").fill(authenticator.at(gateway.clock.now_ms // 1_000))
        page.get_by_role("button", name="Make a new secret").click()
        expect(page.get_by_text("it is not shown again")).to_be_visible()
        new = page.locator("dd code").nth(1).inner_text()
        before = len(shopping.codes)
        page.get_by_role("link", name="I have kept it").click()
        expect(page.get_by_text("The key before is still accepted")).to_be_visible()
        expect(page.locator("body")).not_to_contain_text(new)
        while len(shopping.codes) < before + 3:
            page.wait_for_timeout(50)
        assert set(shopping.codes) == {"0000"}

        gateway.clock.move(hours=1)
        assert shopping.sign_in().json()["respCode"] == "1001"
        fresh = {"appId": made.app.app_id, "secret": new}
        assert httpx.post(f"{gateway.base_url}/gateway/v1/connect/token", json=fresh).json()["respCode"] == "0000"


def test_first_payments_run_as_they_are_printed(gateway: Served, tmp_path: Path) -> None:
    """Through every API, with the secrets put in."""
    context = gateway.house.context
    made = gateway.run(create_merchant(context, name="Shop", mcc="5999", fees={}))
    app = gateway.run(create_app(context, made.merchant, name="Shop", methods=tuple(map(str, Method))))
    secrets = {
        "APP_SECRET": app.secret.reveal(),
        "SECRET_KEY": made.secret_key.reveal(),
        "ACCESS_KEY": made.access_key.reveal(),
    }
    # The clock of the house stands still, and calls are signed by that of this machine.
    gateway.clock.now_ms = time.time_ns() // 1_000_000
    found = first_payments(made.merchant, app.app.app_id, gateway.base_url)
    assert {each.api for each in found} == {"gateway", "merchant", "signed", "channel"}
    for each in found:
        words = each.environment.removeprefix("export ").split()
        given = dict(word.split("=") for word in words) | secrets
        program = tmp_path / f"{each.api}.py"
        program.write_text(each.program)
        ran = subprocess.run(
            [sys.executable, str(program)],
            capture_output=True,
            check=False,
            text=True,
            env={**os.environ, **given},
            timeout=30,
        )
        assert ran.returncode == 0, (each.api, ran.stderr)
        assert gateway.base_url in ran.stdout, (each.api, ran.stdout)
