"""`cashier/order` (section 4.2)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from polygate.assembly import House
from tests.gateway_api.answers import check
from tests.gateway_api.payer import Payer
from tests.gateway_api.tables import GONE, Case, go_through
from tests.protocols.gateway.examples import CASHIER, PRODUCT
from tests.support.house import BASE_URL, MovableClock, Shop, move, open_account

pytestmark = pytest.mark.anyio

CARD_FIELD = 'name="card_number"'
ORDER = {"amount": "100.99", "currency": "USD", "orderNo": "cashier-1"}

CASES: list[Case] = [
    ("amount", "0000", ["0.01", "9999999.99", 12]),
    ("amount", "2002", [GONE, None, ""]),
    ("amount", "2005", ["0", "10000000", "1.001"]),
    ("amount", "2001", [{}, ["1"]]),
    ("currency", "2002", [GONE]),
    ("currency", "2006", ["XXX"]),
    ("captureMethod", "0000", [GONE, "auto", "MANUAL"]),
    ("captureMethod", "2004", ["auto、manual", "later"]),
    ("description", "0000", [GONE, "x", "说" * 255]),
    ("description", "2003", ["x" * 256]),
    ("expiryTime", "0000", [GONE, "1", 60, "14400"]),
    ("expiryTime", "2003", ["0", "14401", "-1", "1.5", "60m", True]),
    ("fraudMode", "0000", [GONE, "Y", "n"]),
    ("fraudMode", "2004", ["N、Y", "yes"]),
    ("frontUrl", "0000", [GONE, "http://s.example/?a=1#b", "https://s.example/" + "x" * 494]),
    ("frontUrl", "2009", ["s.example", "ftp://s.example", "javascript:alert(1)", "https://s.example/" + "x" * 495]),
    ("linkMode", "0000", [GONE, "session", "whatever"]),
    ("notificationUrl", "0000", [GONE, "http://127.0.0.1:1/x"]),
    ("notificationUrl", "2009", ["notify", "http://", "http://a b/"]),
    ("orderNo", "2002", [GONE]),
    ("orderNo", "2003", ["1234", "x" * 65]),
    ("productInfo", "0000", [GONE, [], [PRODUCT] * 200]),
    ("productInfo", "2012", [[PRODUCT] * 201]),
    ("productInfo", "2001", [{}, "x"]),
    ("productInfo[0].price", "2002", [GONE]),
    ("productInfo[0].price", "2005", ["5.555"]),
    ("productInfo[0].productName", "2003", ["x" * 513]),
    ("productInfo[0].quantity", "2003", ["0", "1.5", "-1"]),
    ("productInfo[0].sku", "2003", ["x" * 129]),
    ("productInfo[0].url", "0000", ["not even a url"]),
    ("shipping", "0000", [GONE]),
    ("shipping.address", "2002", [GONE]),
    ("shipping.address.country", "0000", ["us"]),
    ("shipping.address.country", "2003", ["USA", "1"]),
    ("shipping.firstName", "2002", [GONE]),
    ("shipping.lastName", "2003", ["x" * 51]),
    ("shipping.phone", "2002", [GONE]),
    ("shipping.phone.countryCode", "0000", ["+852", "1234567"]),
    ("shipping.phone.countryCode", "2003", ["12345678"]),
    ("shipping.email", "2003", ["ab", "x" * 256]),
    ("threeDsMode", "0000", [GONE, "no", "auto", "STANDARD"]),
    ("threeDsMode", "2004", ["no、auto、standard", "always"]),
]


async def test_every_limit_holds_on_both_sides(shop: Shop) -> None:
    await go_through(shop, "cashier/order", CASHIER | {"orderNo": "limits"}, CASES)


async def test_an_order_exists_at_once(shop: Shop) -> None:
    """State `created`, with a `tradeNo`, and no method while nobody has chosen one."""
    opened = await shop.call("cashier/order", CASHIER)
    assert (opened["respCode"], opened["expiresIn"], opened["orderNo"]) == ("0000", 60, CASHIER["orderNo"])
    found = await shop.query(opened["orderNo"])
    assert found["order"]["orderStatus"] == "created"
    assert "paymentMethodType" not in found["order"]
    assert "extend" not in found
    assert found["order"]["tradeComments"] == CASHIER["description"]
    assert found["shipping"] == CASHIER["shipping"]
    assert found["refund"] == []


async def test_the_page_is_behind_an_absolute_address(shop: Shop) -> None:
    """`/h5/{locale}/cashier.html?token=...`, with at least 128 bits, tied to the one order (section 7.1)."""
    first = (await shop.call("cashier/order", ORDER))["redirectUrl"]
    second = (await shop.call("cashier/order", ORDER | {"orderNo": "cashier-2"}))["redirectUrl"]
    parts = urlsplit(first)
    assert f"{parts.scheme}://{parts.netloc}" == BASE_URL
    assert parts.path == "/h5/en-us/cashier.html"
    (token,) = parse_qs(parts.query)["token"]
    assert len(token) >= 22
    assert first != second
    assert (await Payer(shop.house).open(first)).status_code == 200
    forged = first[:-5] + ("A" if first[-5] != "A" else "B") + first[-4:]
    assert (await Payer(shop.house).open(forged)).status_code == 404


async def test_the_default_life_is_a_day_in_minutes(shop: Shop) -> None:
    assert (await shop.call("cashier/order", ORDER))["expiresIn"] == 1440


async def test_an_equal_repeat_is_the_same_session_with_what_is_left(shop: Shop, clock: MovableClock) -> None:
    """Same number, amount and currency while `created`: the same page and the remaining minutes."""
    body = ORDER | {"expiryTime": 30}
    first = await shop.call("cashier/order", body)
    clock.move(minutes=10, seconds=30)
    again = await shop.call("cashier/order", body | {"description": "said otherwise"})
    assert again == first | {"expiresIn": 20}
    clock.move(minutes=19, seconds=29, milliseconds=999)
    assert (await shop.call("cashier/order", body))["expiresIn"] == 1
    assert await shop.house.context.store.fetch("SELECT count(*) FROM payments") == [(1,)]


@pytest.mark.parametrize("change", [{"amount": "101.00"}, {"currency": "EUR"}])
async def test_a_different_repeat_is_3002(shop: Shop, change: dict[str, str]) -> None:
    await shop.call("cashier/order", ORDER)
    answer = await shop.call("cashier/order", ORDER | change)
    assert (answer["respCode"], answer["orderNo"], answer["redirectUrl"]) == ("3002", "cashier-1", "")


async def test_a_repeat_after_the_end_is_3002(shop: Shop, clock: MovableClock) -> None:
    """Whether the session ran out or was canceled."""
    await shop.call("cashier/order", ORDER)
    await shop.call("cancel", {"orderNo": "cashier-1"})
    assert await shop.code("cashier/order", ORDER) == "3002"
    await shop.call("cashier/order", ORDER | {"orderNo": "cashier-2", "expiryTime": 1})
    clock.move(minutes=1)
    assert await shop.code("cashier/order", ORDER | {"orderNo": "cashier-2", "expiryTime": 1}) == "3002"


async def test_a_session_ends_with_its_minutes(shop: Shop, working: House, clock: MovableClock) -> None:
    """`expired`, with the moment in the query, and the page says so."""
    opened = await shop.call("cashier/order", ORDER | {"expiryTime": 5})
    move(working, clock, minutes=4, seconds=59)
    assert await shop.status("cashier-1") == "created"
    move(working, clock, seconds=1)
    await shop.becomes("cashier-1", "expired")
    order = (await shop.query("cashier-1"))["order"]
    assert order["tradeFinishTime"] == "2026-03-02T12:05:00+08:00"
    page = await Payer(shop.house).open(opened["redirectUrl"])
    assert (page.status_code, CARD_FIELD in page.text) == (200, False)


async def test_a_canceled_order_closes_its_page(shop: Shop) -> None:
    """Open pages show that it is closed, and nothing can be paid on them (section 4.5)."""
    opened = await shop.call("cashier/order", ORDER)
    canceled = await shop.call("cancel", {"orderNo": "cashier-1"})
    assert (canceled["respCode"], canceled["orderStatus"], canceled["lastEvent"]) == ("0000", "canceled", "CANCELED")
    page = await Payer(shop.house).open(opened["redirectUrl"])
    assert (page.status_code, CARD_FIELD in page.text) == (200, False)


async def test_the_third_declined_card_ends_the_order(shop: Shop) -> None:
    """`created` again after the first two, and then the same session still; `failed` after the third (section 5.1)."""
    opened = await shop.call("cashier/order", ORDER)
    payer = Payer(shop.house)
    for _ in range(2):
        assert CARD_FIELD in (await payer.open(opened["redirectUrl"])).text
        await payer.pay(opened["redirectUrl"], "4000000000009995")
        assert await shop.status("cashier-1") == "created"
        assert (await shop.call("cashier/order", ORDER))["redirectUrl"] == opened["redirectUrl"]
    await payer.pay(opened["redirectUrl"], "4000000000000002")
    order = (await shop.query("cashier-1"))["order"]
    assert (order["orderStatus"], order["orderStatusDesc"]) == ("failed", "no reason given")
    assert await shop.code("cashier/order", ORDER) == "3002"
    assert await shop.code("cancel", {"orderNo": "cashier-1"}) == "3008"


@pytest.mark.parametrize(("capture", "status"), [("auto", "successed"), ("manual", "authorized")])
async def test_a_paid_session_is_an_order_like_any_other(shop: Shop, capture: str, status: str) -> None:
    """`captureMethod` holds for the page's cards; the browser gets back with its five parameters."""
    body = ORDER | {"captureMethod": capture, "frontUrl": "https://shop.example.com/done"}
    opened = await shop.call("cashier/order", body)
    await Payer(shop.house).pay(opened["redirectUrl"], "4444333322221111")
    found = await shop.query("cashier-1")
    assert (found["order"]["orderStatus"], found["order"]["paymentMethodType"]) == (status, "card")
    assert found["extend"]["bin"] == "444433"
    assert await shop.code("cashier/order", body) == "3002"
    if capture == "manual":
        assert await shop.code("capture", {"orderNo": "cashier-1", "captureAmount": "100.99"}) == "0000"
    assert (await shop.refund("cashier-1", "R-1", "100.99"))["respCode"] == "0000"


@pytest.mark.parametrize(
    ("methods", "money", "status", "code"),
    [
        (("wechat",), "5.00 HKD", 200, "0000"),
        (("payNow", "grabPay"), "5.00 MYR", 200, "0000"),
        (("payNow",), "200000.00 SGD", 200, "0000"),
        (("payNow",), "200000.01 SGD", 200, "2005"),
        (("payNow", "grabPay"), "200000.01 SGD", 200, "0000"),
        (("payNow",), "5.00 USD", 200, "2006"),
        (("wechat", "payNow"), "5.00 EUR", 200, "2006"),
        ((), "5.00 USD", 403, "1006"),
        (("bitcoin",), "5.00 USD", 403, "1006"),
    ],
)
async def test_the_page_must_have_something_to_offer(
    house: House, methods: tuple[str, ...], money: str, status: int, code: str
) -> None:
    """A card is not needed, only one method that the app may use and that takes so much of the currency."""
    amount, currency = money.split()
    shop = Shop(house, await open_account(house, "Wallets", methods=methods), check=check)
    async with shop.http:
        answer = await shop.ask("cashier/order", ORDER | {"amount": amount, "currency": currency})

    assert (answer.status_code, answer.json()["respCode"]) == (status, code)
