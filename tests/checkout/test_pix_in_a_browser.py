"""A payer with a real browser pays by Pix, from the screen or by pasting, and agrees to a request to pay by UPI."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from polygate.core.methods import Method, Product
from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.core.transitions import PaymentState
from tests.checkout.served import Served, served
from tests.checkout.windows import DESK, PHONE, fits, visit

pytestmark = [pytest.mark.xdist_group("checkout-browser"), pytest.mark.timeout(180)]

BRL: Final = Money(5_990, "BRL")

expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("pix")) as gateway:
        yield gateway


def order(gateway: Served, page: Page, product: Product = Product.QR_CODE) -> Payment:
    payment, _ = gateway.direct(Method.PIX, amount=BRL, product=product, front_url="")
    page.goto(f"{gateway.link(payment)}/page")
    expect(page.get_by_role("heading", name="Pay with Pix")).to_be_visible()
    return payment


@pytest.mark.parametrize("product", [Product.QR_CODE, Product.H5])
def test_the_code_on_the_screen_is_the_one_to_paste_and_pays(
    gateway: Served, browser: Browser, product: Product
) -> None:
    """Read by an independent decoder; the page switches by itself when the telephone has paid."""
    with visit(browser) as page, visit(browser, PHONE) as telephone:
        payment = order(gateway, page, product)
        page.locator(".to-scan").wait_for()
        (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot())))
        assert found.text == gateway.charge(payment).payer_code
        assert page.get_by_label("Pix code to copy and paste").input_value() == found.text
        page.get_by_role("button", name="Copy the code").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()

        telephone.goto(f"{gateway.base_url}/sandbox/scan")
        telephone.get_by_label("Text of the code").fill(found.text)
        telephone.get_by_role("button", name="Scan").click()
        telephone.get_by_role("button", name="Pay", exact=True).click()

        expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
        assert gateway.now(payment).state is PaymentState.CAPTURED


def test_a_request_to_pay_waits_in_the_payers_app(gateway: Served, browser: Browser) -> None:
    """There is no code: the page says what to do, and waits."""
    with visit(browser) as page:
        payment, _ = gateway.direct(Method.UPI, amount=Money(100, "INR"), product=Product.COLLECT, front_url="")
        page.goto(f"{gateway.link(payment)}/page")
        expect(page.get_by_text("Find the request of")).to_be_visible()
        expect(page.locator(".to-scan")).to_have_count(0)
        fits(page)
        page.get_by_role("link", name="Pay on this device", exact=True).click()
        page.get_by_role("button", name="Cancel the payment").click()
        expect(page.get_by_role("heading", name="Order closed")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE, (320, 640)])
def test_the_page_fits(gateway: Served, browser: Browser, size: tuple[int, int]) -> None:
    with visit(browser, size) as page:
        order(gateway, page)
        fits(page)
