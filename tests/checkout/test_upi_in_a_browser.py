"""A payer with a real browser pays by UPI: from the code on the screen, or with an app on the telephone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from polygate.core.methods import Method, Product
from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.core.transitions import PaymentState
from tests.checkout.payer import MINUTE_MS
from tests.checkout.served import Served, served
from tests.checkout.windows import DESK, PHONE, fits, visit

pytestmark = [pytest.mark.xdist_group("checkout-browser"), pytest.mark.timeout(180)]

INR: Final = Money(120_050, "INR")
NOT_FOUND: Final = Money(120_014, "INR")
"""What the sandbox does not find when its payer says to have paid."""
TELEPHONE: Final = {
    "user_agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36",
    "has_touch": True,
}

expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("upi")) as gateway:
        yield gateway


def order(gateway: Served, page: Page, amount: Money = INR) -> Payment:
    """A payment taken by API, and its page in the browser."""
    payment, _ = gateway.direct(Method.UPI, amount=amount, product=Product.INTENT, front_url="")
    page.goto(f"{gateway.link(payment)}/page")
    expect(page.get_by_role("heading", name="Pay with UPI")).to_be_visible()
    return payment


def test_the_code_on_the_screen_is_the_link_and_pays(gateway: Served, browser: Browser) -> None:
    """Read by an independent decoder; the page switches by itself when the telephone has paid."""
    with visit(browser) as page, visit(browser, PHONE) as telephone:
        payment = order(gateway, page)
        page.locator(".to-scan").wait_for()
        (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot())))
        assert found.text == gateway.charge(payment).payer_code
        assert found.text.startswith("upi://pay?pa=collect01%40sandbox&pn=Sandbox%20Collect&am=1200.50&tr=")

        telephone.goto(f"{gateway.base_url}/sandbox/scan")
        telephone.get_by_label("Text of the code").fill(found.text)
        telephone.get_by_role("button", name="Scan").click()
        telephone.get_by_role("button", name="Pay", exact=True).click()

        expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
        assert gateway.now(payment).state is PaymentState.CAPTURED


def test_each_app_has_its_link(gateway: Served, browser: Browser) -> None:
    """The same payment under each app's own scheme; a telephone shows them first, and the code on demand."""
    with visit(browser, PHONE, **TELEPHONE) as page:
        payment = order(gateway, page)
        expect(page.get_by_role("link", name="Open a UPI app")).to_be_visible()
        expect(page.locator(".to-scan")).to_be_hidden()
        page.get_by_text("Show a code for another phone").click()
        expect(page.locator(".to-scan")).to_be_visible()
        link = gateway.charge(payment).payer_code
        hrefs = [each.get_attribute("href") for each in page.locator(".apps a").all()]
        query = link.removeprefix("upi://pay?")
        assert hrefs == [
            link, f"tez://upi/pay?{query}", f"phonepe://pay?{query}", f"paytmmp://pay?{query}",
        ]  # fmt: skip


def test_i_have_paid_is_looked_into(gateway: Served, browser: Browser) -> None:
    with visit(browser) as page:
        payment = order(gateway, page)
        page.get_by_role("button", name="I have paid").click()
        expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
        assert gateway.now(payment).state is PaymentState.CAPTURED


def test_what_nobody_finds_is_noted_and_the_page_goes_on_waiting(gateway: Served, browser: Browser) -> None:
    with visit(browser) as page:
        payment = order(gateway, page, NOT_FOUND)
        page.get_by_role("button", name="I have paid").click()
        expect(page.get_by_text("We are asking your bank")).to_be_visible()
        expect(page.get_by_role("button", name="I have paid")).to_have_count(0)
        now = gateway.now(payment)
        assert (now.state, now.payer_said_ms > 0) == (PaymentState.PENDING, True)
        page.reload()
        expect(page.get_by_text("We are asking your bank")).to_be_visible()
        page.get_by_role("link", name="Pay on this device", exact=True).click()
        page.get_by_role("button", name="Fail the payment").click()
        expect(page.get_by_role("heading", name="Payment declined")).to_be_visible()


def test_it_runs_out_of_time(gateway: Served, browser: Browser) -> None:
    with visit(browser) as page:
        order(gateway, page)
        gateway.wait(61 * MINUTE_MS)
        expect(page.get_by_role("heading", name="Order closed: time is up")).to_be_visible()


@pytest.mark.parametrize(("size", "options"), [(DESK, {}), (PHONE, TELEPHONE), ((320, 640), TELEPHONE)])
def test_the_page_fits(gateway: Served, browser: Browser, size: tuple[int, int], options: dict[str, Any]) -> None:
    with visit(browser, size, **options) as page:
        order(gateway, page)
        fits(page)
        page.locator(".also summary").click()
        fits(page)
