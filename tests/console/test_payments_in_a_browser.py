"""The one way that everybody takes: find a payment, refund it, and see that the shop is told."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.checkout.windows import visit
from tests.support.bodies import payment_body
from tests.support.receiver import receiver
from tests.support.server import Shop, demo_server


def test_a_payment_is_found_refunded_and_told_of(tmp_path: Path, browser: Browser) -> None:
    """On a real server, with a shop that listens; and the list is taken away as a file."""
    with demo_server(tmp_path) as (server, demo), receiver() as told, visit(browser) as page:
        shop = Shop(server.base_url, demo)
        body = payment_body("order-to-refund", notificationUrl=told.url)
        assert shop.http.post("/payment", json=body).json()["respCode"] == "0000"
        shop.http.close()

        page.goto(f"{server.base_url}/console")
        page.get_by_label("Login name").fill(demo.console["username"])
        page.get_by_label("Password").fill(demo.console["password"])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("Volume by day").first).to_be_visible()
        page.get_by_role("link", name="Payments").click()
        page.get_by_label("Any number").fill("order-to-refund")
        page.get_by_role("button", name="Any number").click()
        expect(page.get_by_role("heading", name="order-to-refund")).to_be_visible()
        page.get_by_role("link", name="Refund", exact=True).click()
        page.get_by_label("Amount in USD").fill("12.34")
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Refund $12.34 USD").click()
        expect(page.get_by_text("The refund of 12.34 USD is accepted.")).to_be_visible()

        delivered = page.locator(".timeline li", has_text="Notification · RefundSucceeded").get_by_text("Delivered")
        for _ in range(30):
            if delivered.count():
                break
            page.wait_for_timeout(500)
            page.reload()
        expect(delivered).to_be_visible()
        assert any(b"1234" in each.raw or b"12.34" in each.raw for each in told.received)

        page.get_by_role("link", name="Payments", exact=True).first.click()
        page.get_by_role("link", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()
        assert re.fullmatch(r"payments-\d{14}\.csv", download.value.suggested_filename)
        assert "order-to-refund" in download.value.path().read_text()
        expect(page.get_by_role("status")).to_have_text("Done: 1 rows")
