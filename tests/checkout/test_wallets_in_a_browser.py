"""A payer with a real browser pays from every wallet: the code is read off the screen by a telephone beside it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect

from polygate.core.methods import Method, Product
from polygate.core.outcomes import PayerAction
from polygate.core.payments import Payment
from polygate.core.transitions import PaymentState
from polygate.protocols.gateway.methods import WALLET_METHODS
from tests.checkout.payer import MINUTE_MS, TELEPHONE, WALLET_NAMES
from tests.checkout.served import Served, served
from tests.checkout.windows import DESK, PHONE, fits, shop_site, visit

pytestmark = [pytest.mark.xdist_group("checkout-browser"), pytest.mark.timeout(180)]

PAY, FAIL, CANCEL = "Pay", "Fail the payment", "Cancel the payment"

expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("wallets")) as gateway:
        yield gateway


def heading(page: Page, text: str) -> Locator:
    return page.get_by_role("heading", name=text)


def choose(page: Page, method: Method) -> None:
    page.get_by_role("radio", name=WALLET_NAMES[method], exact=True).check()
    page.get_by_role("button", name=f"Continue with {WALLET_NAMES[method]}", exact=True).click()


def read_code(page: Page) -> str:
    """What a camera sees: the text of the one code in a picture of the screen."""
    page.locator(".to-scan").wait_for()
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot())))
    assert len(found) == 1
    assert found[0].format == zxingcpp.BarcodeFormat.QRCode
    return found[0].text


def scan(gateway: Served, telephone: Page, text: str) -> None:
    """Open what the camera saw; what is no link is for the wallet's own scanner."""
    if not text.startswith("http"):
        telephone.goto(f"{gateway.base_url}/sandbox/scan")
        telephone.get_by_label("Text of the code").fill(text)
        telephone.get_by_role("button", name="Scan").click()
    else:
        telephone.goto(text)
    telephone.wait_for_url("**/sandbox/wallet/**")


def press(page: Page, choice: str) -> None:
    page.get_by_role("button", name=choice, exact=True).click()


class Desk:
    """The payer's browser at an order, and the telephone beside it."""

    def __init__(self, gateway: Served, method: Method, page: Page, telephone: Page) -> None:
        self._gateway = gateway
        self._method = method
        self.page: Final = page
        self._telephone = telephone

    def order(self) -> tuple[Payment, str]:
        """An order for which the wallet is chosen: its code is on the screen, or its own page is."""
        payment, url = self._gateway.order()
        self.page.goto(url)
        choose(self.page, self._method)
        self.page.wait_for_url(re.compile(r"/sandbox/wallet/|/cashier\.html"))
        return payment, url

    def act(self, payment: Payment, choice: str) -> None:
        """Press a button of the wallet: on the telephone that has scanned the code, or where the browser was sent."""
        charge = self._gateway.charge(payment)
        if charge.payer_action == PayerAction.SCAN:
            text = read_code(self.page)
            assert text == (charge.payer_code or self._gateway.link(payment))
            assert text.startswith("000201") is (self._method is Method.PAY_NOW)
            scan(self._gateway, self._telephone, text)
            press(self._telephone, choice)
        else:
            self.page.wait_for_url("**/sandbox/wallet/**")
            press(self.page, choice)


@pytest.mark.parametrize("method", WALLET_METHODS)
def test_each_wallet_pays(gateway: Served, browser: Browser, method: Method) -> None:
    """The page beside the telephone switches by itself; no load is asked for and no policy is violated."""
    with visit(browser) as page, visit(browser, PHONE) as telephone:
        desk = Desk(gateway, method, page, telephone)
        paid, _ = desk.order()
        desk.act(paid, PAY)
        expect(heading(page, "Payment successful")).to_be_visible()
        assert gateway.now(paid).state is PaymentState.CAPTURED


@pytest.mark.parametrize("method", [Method.WECHAT, Method.PAY_NOW, Method.APPLE_PAY])
def test_a_wallet_fails_cancels_and_runs_out_of_time(gateway: Served, browser: Browser, method: Method) -> None:
    """By our code, by the scheme's own code, and where the browser itself goes to the wallet: the page switches too."""
    with visit(browser) as page, visit(browser, PHONE) as telephone:
        desk = Desk(gateway, method, page, telephone)

        failed, _ = desk.order()
        desk.act(failed, FAIL)
        expect(page.get_by_role("alert")).to_contain_text(f"{WALLET_NAMES[method]} did not take the payment.")
        expect(page.get_by_role("radio", name=WALLET_NAMES[method], exact=True)).to_be_checked()
        assert gateway.now(failed).tries == 1

        canceled, _ = desk.order()
        desk.act(canceled, CANCEL)
        expect(heading(page, "Order closed")).to_be_visible()
        assert gateway.now(canceled).state is PaymentState.CANCELED

        expired, url = desk.order()
        if gateway.charge(expired).payer_action == PayerAction.OPEN:
            page.wait_for_url("**/sandbox/wallet/**")
            page.goto(url)
        expect(page.get_by_role("status")).to_contain_text("Waiting for your payment")
        gateway.wait(60 * MINUTE_MS)
        expect(heading(page, "Order closed: time is up")).to_be_visible()
        assert gateway.now(expired).state is PaymentState.EXPIRED


def test_every_tab_switches_and_a_reload_loses_nothing(gateway: Served, browser: Browser) -> None:
    """Two tabs and a reload show the same code; all of them show the result."""
    payment, url = gateway.order()
    with visit(browser) as first, visit(browser) as second, visit(browser, PHONE) as telephone:
        first.goto(url)
        choose(first, Method.WECHAT)
        text = read_code(first)
        second.goto(url)
        first.reload()
        assert read_code(first) == read_code(second) == text
        scan(gateway, telephone, text)
        press(telephone, PAY)
        for page in (first, second, telephone):
            expect(heading(page, "Payment successful")).to_be_visible()
        assert gateway.now(payment).state is PaymentState.CAPTURED


def test_a_payment_after_the_time_is_up_is_shown(gateway: Served, browser: Browser) -> None:
    """The telephone stayed on the wallet's page: what it pays there counts, and the page says so when opened again."""
    _, url = gateway.order()
    with visit(browser) as page, visit(browser, PHONE) as telephone:
        page.goto(url)
        choose(page, Method.ALIPAY)
        scan(gateway, telephone, read_code(page))
        gateway.wait(60 * MINUTE_MS)
        expect(heading(page, "Order closed: time is up")).to_be_visible()
        press(telephone, PAY)
        expect(heading(telephone, "Payment successful")).to_be_visible()
        page.reload()
        expect(heading(page, "Payment successful")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_codes_can_be_read_off_every_screen(
    gateway: Served, browser: Browser, size: tuple[int, int], scheme: Any
) -> None:
    """At both widths and in both themes; the longest of them is PayNow's. Everything fits, and thumbs hit it."""
    payment, url = gateway.order()
    with visit(browser, size, color_scheme=scheme) as page:
        page.goto(url)
        fits(page)
        choose(page, Method.PAY_NOW)
        assert read_code(page) == gateway.charge(payment).payer_code
        fits(page)


def test_a_telephone_goes_to_the_wallet_and_comes_back(gateway: Served, browser: Browser) -> None:
    """No code to scan on the screen that would have to scan it; whoever comes back finds the way again."""
    _, url = gateway.order()
    with visit(browser, PHONE, user_agent=TELEPHONE, has_touch=True, is_mobile=True) as page:
        page.goto(url)
        choose(page, Method.WECHAT)
        page.wait_for_url("**/sandbox/wallet/**")
        page.goto(url)
        fits(page)
        page.get_by_role("link", name="Continue with WeChat Pay").click()
        press(page, PAY)
        expect(heading(page, "Payment successful")).to_be_visible()


def test_the_keyboard_is_enough(gateway: Served, browser: Browser) -> None:
    """Arrows move through the ways, always visibly, Tab leads to the chosen one's button, Enter presses it."""
    _, url = gateway.order()
    with visit(browser) as page:
        page.goto(url)
        page.get_by_role("radio", name="Card", exact=True).focus()
        page.keyboard.press("ArrowDown")
        for _ in ("Apple Pay", "Google Pay"):
            page.keyboard.press("ArrowDown")
        chosen = page.get_by_role("radio", name="PayNow", exact=True)
        expect(chosen).to_be_focused()
        expect(chosen).to_be_checked()
        ring = chosen.evaluate("each => getComputedStyle(each.nextElementSibling).outlineStyle")
        assert ring == "solid"
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Continue with PayNow")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".to-scan")).to_be_visible()
        for name in ("Choose another way to pay", "Cancel payment"):
            while not page.get_by_role("button", name=name).evaluate("each => each === document.activeElement"):
                page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("radio", name="PayNow", exact=True)).to_be_checked()


def test_scripts_are_not_needed(gateway: Served, browser: Browser) -> None:
    """The ways open and close by style alone, the code is there, and the page looks for news by itself."""
    payment, url = gateway.order()
    with visit(browser, java_script_enabled=False) as page, visit(browser, PHONE) as telephone:
        page.goto(url)
        expect(page.get_by_label("Card number")).to_be_visible()
        page.get_by_role("radio", name="GrabPay").check()
        expect(page.get_by_label("Card number")).not_to_be_visible()
        page.get_by_role("button", name="Continue with GrabPay").click()
        scan(gateway, telephone, read_code(page))
        press(telephone, FAIL)
        expect(page.get_by_role("alert")).to_contain_text("GrabPay did not take the payment.")
        page.get_by_role("button", name="Continue with GrabPay").click()
        page.get_by_role("button", name="Choose another way to pay").click()
        page.get_by_role("radio", name="Google Pay").check()
        page.get_by_role("button", name="Continue with Google Pay").click()
        page.wait_for_url("**/sandbox/wallet/**")
        press(page, PAY)
        expect(heading(page, "Payment successful")).to_be_visible()
        assert gateway.now(payment).method == Method.GOOGLE_PAY


def test_another_way_is_chosen_while_the_code_is_shown(gateway: Served, browser: Browser) -> None:
    """Also the other tab goes back to the choice; the button on the code's page cancels the order for both."""
    _, url = gateway.order()
    with visit(browser) as page, visit(browser) as other:
        page.goto(url)
        choose(page, Method.SHOPEE_PAY)
        other.goto(url)
        expect(other.locator(".to-scan")).to_be_visible()
        page.get_by_role("button", name="Choose another way to pay").click()
        for each in (page, other):
            expect(each.get_by_role("radio", name="ShopeePay")).to_be_checked()
        choose(page, Method.WECHAT)
        other.goto(url)
        expect(other.locator(".to-scan")).to_be_visible()
        page.get_by_role("button", name="Cancel payment").click()
        for each in (page, other):
            expect(heading(each, "Order closed")).to_be_visible()


def test_the_countdown_alone_closes_the_page(gateway: Served, browser: Browser) -> None:
    """Without any news of the gateway's, a page whose time has run out looks for itself."""

    def only_pages(route: Route) -> None:
        if "/events" in route.request.url or route.request.method == "HEAD":
            route.abort()
        else:
            route.continue_()

    _, url = gateway.order()
    page = browser.new_page()
    page.goto(url)
    choose(page, Method.WECHAT)
    page.locator(".to-scan").wait_for()
    page.route("**/*", only_pages)
    gateway.wait(60 * MINUTE_MS - 4_000)
    page.reload()
    expect(page.locator("#time")).to_have_text(re.compile(r"0:0[1-4]"))
    gateway.wait(4_000)
    expect(heading(page, "Order closed: time is up")).to_be_visible()


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "held back"])
def test_a_stream_that_says_nothing_is_made_up_for_by_asking(gateway: Served, browser: Browser, refused: bool) -> None:
    """A process has too many of them, or a proxy collects what it says: the page asks, and switches all the same."""
    streams: list[Route] = []

    def withhold(route: Route) -> None:
        streams.append(route)
        if refused:
            route.fulfill(status=503)

    _, url = gateway.order()
    page = browser.new_page()
    page.route("**/events*", withhold)
    page.goto(url)
    choose(page, Method.WECHAT)
    text = read_code(page)
    with visit(browser, PHONE) as telephone:
        scan(gateway, telephone, text)
        press(telephone, PAY)
    expect(heading(page, "Payment successful")).to_be_visible()
    assert len(streams) == 1


def test_a_code_beside_a_shop_that_cannot_draw(gateway: Served, browser: Browser) -> None:
    """The page below `payUrl` shows the code, and goes on to the shop, as the telephone does, on another origin."""
    with shop_site() as site, visit(browser) as page, visit(browser, PHONE) as telephone:
        _, link = gateway.direct(Method.UPAY, front_url=f"{site}/done")
        page.goto(f"{link}/page")
        fits(page)
        assert read_code(page) == link
        scan(gateway, telephone, link)
        press(telephone, PAY)
        for each in (page, telephone):
            each.wait_for_url("**/done?*status=successed*")
            expect(heading(each, "Welcome back")).to_be_visible()
            assert each.evaluate("document.referrer") == ""


def test_a_page_of_the_wallet_leads_to_the_shop(gateway: Served, browser: Browser) -> None:
    """From the wallet's form by redirects alone to another origin; whoever comes back unpaid finds the way again."""
    with shop_site() as site, visit(browser) as page:
        payment, link = gateway.direct(Method.PAYPAL, product=Product.H5, front_url=f"{site}/done")
        page.goto(f"{link}/return")
        expect(heading(page, "Pay with PayPal")).to_be_visible()
        page.get_by_role("link", name="Continue with PayPal").click()
        press(page, CANCEL)
        page.wait_for_url("**/done?*status=canceled*")
        assert gateway.now(payment).state is PaymentState.CANCELED
