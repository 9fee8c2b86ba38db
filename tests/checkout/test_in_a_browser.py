"""A payer with a real browser pays a real server, at a desk and on a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from polygate.checkout.card_form import Mistakes, read_card
from polygate.checkout.words import LANGUAGES
from polygate.core.cards import Brand, brand_of
from tests.checkout.payer import CHALLENGE, DECLINED, FRICTIONLESS, GOOD, NO_FUNDS, PRODUCTS, SILENT, card_fields
from tests.checkout.windows import DESK, PHONE, fits, shop_site, visit
from tests.support.server import Shop, demo_server

pytestmark = [pytest.mark.xdist_group("checkout-browser"), pytest.mark.timeout(180)]

AMEX: Final = "378282246310005"
STAY_S: Final = 20
"""After which a result page returns to the shop by itself."""
NOW_MS: Final = 1_790_000_000_000


class Town:
    """A gateway, and a shop on another origin."""

    def __init__(self, shop: Shop, site: str, folder: Path) -> None:
        self.shop: Final = shop
        self.site: Final = site
        self.folder: Final = folder

    def checkout(self, **changes: Any) -> str:
        """The address of the page of a new order."""
        order = {
            "amount": "100.99",
            "currency": "USD",
            "orderNo": f"order-{uuid4()}",
            "description": "Order of 5 May",
            "expiryTime": "30",
            "frontUrl": f"{self.site}/done",
            "productInfo": PRODUCTS,
        }
        answer = self.shop.call("cashier/order", order | changes)
        assert answer["respCode"] == "0000", answer
        return str(answer["redirectUrl"])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    with shop_site() as site, demo_server(folder) as (server, demo):
        shop = Shop(server.base_url, demo)
        yield Town(shop, site, folder)
        shop.http.close()


def enter(page: Page, number: str, code: str = "123") -> None:
    """Type as payers do, key by key."""
    page.get_by_label("Card number").press_sequentially(number)
    page.get_by_label("Expiry date").press_sequentially("1230")
    page.get_by_label("Security code").press_sequentially(code)
    page.get_by_label("Name on card").fill("Amy Lee")


def pay(page: Page, number: str) -> None:
    enter(page, number)
    page.get_by_role("button", name="Pay $100.99").click()


def back_at_the_shop(page: Page, status: str) -> None:
    """Reached with the result, and without a word about where the payer comes from."""
    page.wait_for_url(f"**/done?*status={status}*")
    expect(page.get_by_role("heading")).to_have_text("Welcome back")
    assert page.evaluate("document.referrer") == ""


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_declined_payer_tries_another_card(town: Town, browser: Browser, size: tuple[int, int]) -> None:
    """The reason stands beside the form and has the focus; the next card pays; the page returns to the shop."""
    with visit(browser, size) as page:
        page.goto(town.checkout())
        fits(page)
        pay(page, NO_FUNDS)
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("There is not enough money available on this card.")
        expect(alert).to_contain_text("You can try 2 more times.")
        expect(alert).to_be_focused()
        expect(page.get_by_label("Card number")).to_have_value("")
        fits(page)
        pay(page, GOOD)
        expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
        fits(page)
        page.get_by_role("link", name="Return to shop").click()
        back_at_the_shop(page, "successed")


def test_a_result_leaves_time_to_read_it(town: Town, browser: Browser) -> None:
    """Its heading has the focus; it says when it returns to the shop, and stays for good where that is wanted."""
    with visit(browser) as page:
        page.clock.install()
        page.goto(town.checkout())
        pay(page, GOOD)
        expect(page.get_by_role("heading", name="Payment successful")).to_be_focused()
        expect(page.locator("#soon")).to_have_text(re.compile(r"taken back to the shop in (10|\d) seconds\."))
        page.get_by_role("button", name="Stay on this page").click()
        expect(page.get_by_role("link", name="Return to shop")).to_be_focused()
        page.clock.fast_forward(10 * STAY_S * 1000)
        expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
        expect(page.locator("#soon")).to_have_count(0)
        page.reload()
        expect(page.locator("#soon")).to_be_visible()
        page.clock.fast_forward(STAY_S * 1000)
        back_at_the_shop(page, "successed")


@pytest.mark.parametrize("size", [DESK, PHONE, (320, 640)], ids=["desk", "phone", "narrow"])
def test_long_orders_fit(town: Town, browser: Browser, size: tuple[int, int]) -> None:
    """Many products scroll beside the form, within reach of the keyboard; long numbers and amounts are not cut."""
    products = [PRODUCTS[0] | {"sku": str(each)} for each in range(200)]
    with visit(browser, size) as page:
        page.goto(
            town.checkout(amount="1234567.89", productInfo=products, description="word " * 50, orderNo=f"{uuid4()}")
        )
        fits(page)
        page.get_by_label("Card number").press_sequentially(GOOD)
        assert page.locator("#number").evaluate("each => each.scrollWidth <= each.clientWidth")
        rows = page.locator(".brands img").evaluate_all("all => new Set(all.map((each) => each.offsetTop)).size")
        assert rows == 1
        if size == DESK:
            expect(page.get_by_role("list", name="Order details")).to_have_attribute("tabindex", "0")
            assert page.evaluate("document.documentElement.scrollHeight") < 2_000
        else:
            page.get_by_text("Order details").click()
        expect(page.locator(".whole")).to_contain_text("word " * 49)
        fits(page)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_challenge_is_passed(town: Town, browser: Browser, size: tuple[int, int]) -> None:
    """To the issuer's page and back; the button leads to the shop at once."""
    with visit(browser, size) as page:
        page.goto(town.checkout())
        pay(page, CHALLENGE)
        page.get_by_role("button", name="Pass the check").click()
        page.get_by_role("link", name="Return to shop").click()
        back_at_the_shop(page, "successed")


def test_a_challenge_is_failed_then_canceled(town: Town, browser: Browser) -> None:
    """After a failed check another card may be tried; canceling at the bank closes the order."""
    with visit(browser, PHONE) as page:
        page.goto(town.checkout())
        pay(page, CHALLENGE)
        page.get_by_role("button", name="Fail the check").click()
        expect(page.get_by_role("alert")).to_contain_text("could not confirm that it was you")
        pay(page, CHALLENGE)
        page.get_by_role("button", name="Cancel the payment").click()
        expect(page.get_by_role("heading", name="Order closed")).to_be_visible()
        page.get_by_role("link", name="Return to shop").click()
        back_at_the_shop(page, "canceled")


def test_a_payment_by_api_goes_through_the_issuer_to_the_shop(town: Town, browser: Browser) -> None:
    """From the issuer's form by redirects alone to another origin, which its policy has to allow."""
    payment = town.shop.pay(f"order-{uuid4()}", card_no=CHALLENGE, frontUrl=f"{town.site}/done")
    assert payment["lastEvent"] == "REDIRECT"
    with visit(browser) as page:
        page.goto(payment["payUrl"])
        page.get_by_role("button", name="Pass the check").click()
        back_at_the_shop(page, "successed")


def test_the_keyboard_is_enough(town: Town, browser: Browser) -> None:
    """Tab leads through the form in its order, always visibly; Enter pays; the issuer's page is no different."""
    with visit(browser) as page:
        page.goto(town.checkout())
        keyboard = page.keyboard
        page.get_by_role("radio", name="Card").focus()
        for label, typed in (
            ("Card number", CHALLENGE),
            ("Expiry date", "1230"),
            ("Security code", "123"),
            ("Name on card", "Amy Lee"),
        ):
            keyboard.press("Tab")
            field = page.get_by_label(label)
            expect(field).to_be_focused()
            ring = field.evaluate("each => getComputedStyle(each).boxShadow + getComputedStyle(each).outlineStyle")
            assert ring != "nonenone"
            keyboard.type(typed)
        keyboard.press("Tab")
        expect(page.get_by_role("button", name="Pay $100.99")).to_be_focused()
        keyboard.press("Tab")
        expect(page.get_by_role("button", name="Cancel payment")).to_be_focused()
        keyboard.press("Shift+Tab")
        keyboard.press("Enter")
        page.get_by_role("button", name="Pass the check").wait_for()
        while page.evaluate("document.activeElement.value") != "pass":
            keyboard.press("Tab")
        keyboard.press("Enter")
        page.get_by_role("link", name="Return to shop").wait_for()
        keyboard.press("Tab")
        expect(page.get_by_role("link", name="Return to shop")).to_be_focused()
        keyboard.press("Enter")
        back_at_the_shop(page, "successed")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_scripts_are_not_needed(town: Town, browser: Browser, size: tuple[int, int]) -> None:
    """Mistakes are told by the server, the order can be looked at, the payment goes through, the shop is reached."""
    with visit(browser, size, java_script_enabled=False) as page:
        page.goto(town.checkout())
        details = page.get_by_text("Shirt <b>")
        if size == PHONE:
            expect(details).not_to_be_visible()
            page.get_by_text("Order details").click()
        expect(details).to_be_visible()
        fields = page.get_by_label("Card number"), page.get_by_label("Expiry date"), page.get_by_label("Security code")
        for field, typed in zip(fields, ("4444333322221112", "12/30", "123"), strict=True):
            field.fill(typed)
        page.get_by_label("Name on card").fill("Amy Lee")
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            page.get_by_role("button", name="Pay $100.99").click()
        assert answer.value.status == 422
        expect(page.get_by_label("Card number")).to_be_focused()
        expect(page.get_by_label("Card number")).to_have_accessible_description(
            "This card number is not right. Check each digit."
        )
        expect(page.get_by_label("Name on card")).to_have_value("Amy Lee")
        for field, typed in zip(fields, (FRICTIONLESS, "12/30", "123"), strict=True):
            field.fill(typed)
        page.get_by_role("button", name="Pay $100.99").click()
        page.get_by_role("link", name="Return to shop").click()
        back_at_the_shop(page, "successed")


def test_a_slip_is_told_before_anything_is_sent(town: Town, browser: Browser) -> None:
    """The messages are those of the server, and what was typed stays."""
    with visit(browser) as page:
        posts: list[str] = []
        page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
        page.goto(town.checkout())
        enter(page, "4444333322221112", code="12")
        page.get_by_role("button", name="Pay $100.99").click()
        number = page.get_by_label("Card number")
        expect(number).to_be_focused()
        expect(number).to_have_value("4444 3333 2222 1112")
        expect(number).to_have_accessible_description("This card number is not right. Check each digit.")
        expect(page.locator("#code-problem")).to_have_text("The security code of this card has 3 digits.")
        number.press("Backspace")
        number.press("1")
        expect(page.locator("#number-problem")).to_have_text("")
        assert posts == []


def test_the_brand_is_recognized_while_typing(town: Town, browser: Browser) -> None:
    """As soon as only one is possible; the digits are grouped as on the card, the code's length follows."""
    with visit(browser) as page:
        page.goto(town.checkout())
        number = page.get_by_label("Card number")
        for typed, shown, brand in (
            ("4", "4", "VISA"),
            ("3", "3", ""),
            ("5", "5", ""),
            ("55", "55", "MASTERCARD"),
            ("2221", "2221", "MASTERCARD"),
            ("60", "60", ""),
            (GOOD, "4444 3333 2222 1111", "VISA"),
            (AMEX, "3782 822463 10005", "AMEX"),
            ("3566002020360505", "3566 0020 2036 0505", "JCB"),
            ("6212454545454690", "6212 4545 4545 4690", "UNIONPAY"),
            ("4444-3333x2222", "4444 3333 2222", "VISA"),
            ("99", "99", ""),
        ):
            number.fill("")
            number.press_sequentially(typed)
            expect(number).to_have_value(shown)
            if brand:
                expect(page.locator("#mark img")).to_have_attribute("data-brand", brand)
                assert brand_of(typed) is Brand(brand)
            else:
                expect(page.locator("#mark img")).to_have_count(0)
            hint = "4 digits on the front" if brand == "AMEX" else "3 digits on the back"
            expect(page.locator("#code-hint")).to_have_text(hint)


def test_numbers_can_be_mended_in_the_middle(town: Town, browser: Browser) -> None:
    """The caret stays behind the digit it was behind, and a slash can be deleted."""
    with visit(browser) as page:
        page.goto(town.checkout())
        number, expiry = page.get_by_label("Card number"), page.get_by_label("Expiry date")
        number.press_sequentially("4444333322221111")
        for _ in range(7):
            number.press("ArrowLeft")
        number.press("Backspace")
        number.press("9")
        expect(number).to_have_value("4444 3333 2922 1111")
        expiry.press_sequentially("5")
        expect(expiry).to_have_value("05 / ")
        expiry.press_sequentially("29")
        expect(expiry).to_have_value("05 / 29")
        for _ in range(3):
            expiry.press("Backspace")
        expect(expiry).to_have_value("0")
        expiry.press_sequentially("7/30")
        expect(expiry).to_have_value("07 / 30")


def test_script_and_server_judge_alike(town: Town, browser: Browser) -> None:
    """The script's checks are a courtesy; here they are held against the server's, case by case."""
    english = LANGUAGES["en-us"]
    cases = [
        card_fields(GOOD),
        card_fields(AMEX, cvc="1234"),
        card_fields(AMEX),
        card_fields("6212454545454690"),
        card_fields("4444333322221112"),
        card_fields("444433332222"),
        card_fields(""),
        card_fields(expiry=""),
        card_fields(expiry="13 / 30"),
        card_fields(expiry="00 / 30"),
        card_fields(expiry="12"),
        card_fields(expiry="01 / 20"),
        card_fields(expiry="12/2035"),
        card_fields(cvc=""),
        card_fields(cvc="1"),
        card_fields(name=""),
        card_fields(name=GOOD),
    ]
    with visit(browser) as page:
        page.goto(town.checkout())
        page.evaluate("document.forms[0].addEventListener('submit', (event) => event.preventDefault())")
        for case in cases:
            for field, typed in case.items():
                page.locator(f"[name={field}]").evaluate(
                    "(input, typed) => { input.value = typed; input.dispatchEvent(new Event('input')) }", typed
                )
            page.evaluate("sent = false; document.forms[0].requestSubmit()")
            told = {
                str(each.get_attribute("name")): each.evaluate(
                    "input => document.getElementById(`${input.id}-problem`).textContent"
                )
                for each in page.locator("[aria-invalid]").all()
            }
            read = read_card(case, NOW_MS)
            expected = read.messages if isinstance(read, Mistakes) else {}
            digits = read.code_digits if isinstance(read, Mistakes) else 3
            assert told == {field: english(message, digits=digits) for field, message in expected.items()}, case


def test_waiting_ends_by_itself(town: Town, browser: Browser) -> None:
    """While the acquirer is silent the button is busy, then the page waits; it moves on when there is news."""
    order_no = f"order-{uuid4()}"
    with visit(browser) as page:
        page.goto(town.checkout(orderNo=order_no))
        enter(page, SILENT)
        busy = page.locator("#pay").evaluate(
            "each => { each.click(); each.click(); return [each.getAttribute('aria-disabled'), each.innerText.trim()] }"
        )
        assert busy == ["true", "Processing…"]
        expect(page.get_by_role("heading", name="Confirming with your bank")).to_be_visible()
        assert town.shop.call("cancel", {"orderNo": order_no})["orderStatus"] == "canceled"
        expect(page.get_by_role("heading", name="Order closed")).to_be_visible()
        page.get_by_role("link", name="Return to shop").click()
        back_at_the_shop(page, "canceled")


def test_giving_up_closes_the_order(town: Town, browser: Browser) -> None:
    """The button below the form, then back to the shop."""
    with visit(browser, PHONE) as page:
        page.goto(town.checkout())
        page.get_by_role("button", name="Cancel payment").click()
        expect(page.get_by_role("heading", name="Order closed")).to_be_visible()
        page.get_by_role("link", name="Return to shop").click()
        back_at_the_shop(page, "canceled")


def test_the_language_can_be_changed(town: Town, browser: Browser) -> None:
    """By links at the foot, also after a decline, and it lasts."""
    with visit(browser, PHONE) as page:
        page.goto(town.checkout())
        pay(page, DECLINED)
        page.get_by_role("link", name="繁體中文").click()
        expect(page.get_by_role("alert")).to_contain_text("您還可以再試 2 次。")
        page.locator("#number").press_sequentially(CHALLENGE)
        page.locator("#expiry").press_sequentially("1230")
        page.locator("#code").press_sequentially("123")
        page.locator("#name").fill("李小龍")
        page.get_by_role("button", name="支付 US$100.99").click()
        page.get_by_role("button", name="Pass the check").click()
        expect(page.get_by_role("heading", name="付款成功")).to_be_visible()


def test_the_clock_runs_and_speaks_rarely(town: Town, browser: Browser) -> None:
    """Seconds are shown, and only a few milestones are spoken."""
    with visit(browser) as page:
        page.clock.install()
        page.goto(town.checkout())
        page.clock.run_for(2_000)
        assert str(page.locator("#time").text_content()).startswith("29:5")
        expect(page.locator("#time-spoken")).to_have_text("")
        page.clock.fast_forward("20:10")
        expect(page.locator("#time-spoken")).to_have_text("Minutes left to pay: 10")
        page.clock.fast_forward("03:00")
        expect(page.locator("#time-spoken")).to_have_text("Minutes left to pay: 10")


def test_a_long_time_is_counted_in_minutes(town: Town, browser: Browser) -> None:
    """Days and hours, then hours and minutes, until the last hour begins."""
    with visit(browser) as page:
        page.clock.install()
        page.goto(town.checkout(expiryTime="14400"))
        expect(page.locator("#time")).to_have_text(re.compile("10 days 0 h|9 days 23 h"))
        page.clock.fast_forward((192 * 3600 + 30) * 1_000)
        expect(page.locator("#time")).to_have_text("47 h 59 min")
        page.goto(town.checkout(expiryTime="90"))
        expect(page.locator("#time")).to_have_text("1 h 30 min")
        page.clock.fast_forward("10:30")
        expect(page.locator("#time")).to_have_text("1 h 19 min")
        page.clock.fast_forward("20:00")
        expect(page.locator("#time")).to_have_text(re.compile(r"59:\d\d"))


def test_a_shop_collects_device_data_in_a_hidden_frame(town: Town, browser: Browser) -> None:
    """As the contract says (6.3): a form posted into a frame, and a message back to the shop's page."""
    payment = town.shop.pay(f"order-{uuid4()}", card_no=CHALLENGE)
    with visit(browser) as page:
        page.goto(town.site)
        message = page.evaluate(
            """(ddc) => new Promise((resolve) => {
                addEventListener("message", (event) => resolve([event.origin, JSON.parse(event.data)]));
                document.body.insertAdjacentHTML("beforeend",
                    `<iframe name="ddc" hidden></iframe><form method="post" target="ddc" action="${ddc.ddcAction}">
                     <input name="Bin" value="${ddc.bin}"><input name="JWT" value="${ddc.jwt}"></form>`);
                document.forms[0].submit();
            })""",
            payment["ddc"],
        )
    assert message == [town.shop.demo.base_url, {"MessageType": "profile.completed", "Status": True}]


def test_nothing_was_written_that_must_not_be(town: Town, browser: Browser) -> None:
    """Neither card numbers nor keys of pages are in the server's log; no number is in its tables."""
    with visit(browser) as page:
        url = town.checkout()
        page.goto(url)
        pay(page, DECLINED)
        expect(page.get_by_role("alert")).to_be_visible()
        log = (town.folder / "server.log").read_text()
        for written in ("token=", "cs_", "p_", DECLINED, CHALLENGE):
            assert written not in log
        for file in town.folder.glob("*.db*"):
            content = file.read_bytes()
            for number in (GOOD, DECLINED, NO_FUNDS, CHALLENGE, SILENT, FRICTIONLESS):
                assert number.encode() not in content, file.name
