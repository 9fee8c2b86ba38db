"""`payment` by card (section 4.3) with the objects of section 3 and the merchant's own 3-D Secure (6.4)."""

from __future__ import annotations

from typing import Any, Final

import pytest

from polygate.operations.administer import set_test_mode
from tests.gateway_api.tables import GONE, Case, go_through
from tests.protocols.gateway.examples import BILLING, CASHIER, EVERYTHING_AT_ONCE, FULL_PAYMENT, THREE_DS_DATA
from tests.support.bodies import payment_body
from tests.support.house import MovableClock, Shop

pytestmark = pytest.mark.anyio

CASES: list[Case] = [
    ("amount", "0000", ["0.01", "9999999.99", 100.99]),
    ("amount", "2002", [GONE]),
    ("currency", "0000", ["hkd"]),
    ("currency", "2006", ["XAU", "ABC"]),
    ("currency", "2002", [GONE]),
    ("paymentMethodType", "0000", [GONE, "CARD"]),
    ("paymentMethodType", "2004", ["cash", "card,wechat", "x" * 20]),
    ("card", "2011", [GONE, None]),
    ("card", "2001", ["4444333322221111", []]),
    ("card.cardNo", "0000", ["4444 3333 2222 1111", "4444-3333-2222-1111", "6212454545454690", "8100000000000000001"]),
    ("card.cardNo", "2002", [GONE]),
    (
        "card.cardNo",
        "2007",
        ["4444333322221112", "4" * 12, "4" * 20, "4444a33322221111", "\uff14" * 16],
    ),
    ("card.cvc", "0000", [GONE, "123", "1234", 999]),
    ("card.cvc", "2003", ["12", "12345", "12a"]),
    ("card.expiryMonth", "0000", ["6", "06", "12"]),
    ("card.expiryMonth", "2008", ["0", "13", "june"]),
    ("card.expiryMonth", "2002", [GONE]),
    ("card.expiryYear", "0000", ["27", "2027", "2099"]),
    ("card.expiryYear", "2008", ["1", "20270", "227"]),
    ("card.expiryYear", "2002", [GONE]),
    ("card.captureMethod", "2004", ["auto、manual"]),
    ("card.firstName", "2002", [GONE]),
    ("card.firstName", "0000", ["四" * 64]),
    ("card.lastName", "2003", ["x" * 65]),
    ("billing", "0000", [GONE]),
    ("billing.address", "2002", [GONE]),
    ("billing.address.city", "2003", ["x" * 51]),
    ("billing.address.line1", "2003", ["x" * 129]),
    ("billing.birthday", "0000", [GONE, "2000-02-29"]),
    ("billing.birthday", "2003", ["1990-8-1", "2001-02-29", "01.08.1990"]),
    ("billing.customerInitiatedReason", "2004", ["RECURRING、INSTALMENT、UNSCHEDULED"]),
    ("billing.storedcredentials", "2004", ["yes"]),
    ("billing.email", "2003", ["ab"]),
    ("billingDesc", "0000", [GONE, "x" * 128]),
    ("billingDesc", "2003", ["x" * 129]),
    ("description", "0000", [GONE, "说" * 50]),
    ("description", "2003", ["x" * 51]),
    ("deviceInfo", "2002", [GONE]),
    ("deviceInfo.browser", "2002", [GONE]),
    ("deviceInfo.browser.userAgent", "2002", [GONE]),
    ("deviceInfo.browser.userAgent", "2003", ["x" * 1025]),
    ("deviceInfo.browser.javaEnable", "0000", [True, "false", "TRUE"]),
    ("deviceInfo.browser.javaEnable", "2003", ["yes", 1]),
    ("deviceInfo.clientIp", "0000", ["::1", "2001:db8::1"]),
    ("deviceInfo.clientIp", "2002", [GONE]),
    ("deviceInfo.clientIp", "2003", ["localhost", "300.1.1.1", "1.2.3"]),
    ("deviceInfo.deviceId", "2003", ["x" * 129]),
    ("deviceInfo.language", "0000", ["zh-CN", "de", "en-US/zh-CN"]),
    ("deviceInfo.language", "2003", ["e", "x" * 17]),
    ("deviceInfo.mobile.osType", "2003", ["x" * 65]),
    ("expiryTime", "0000", [GONE, "1", 14400]),
    ("expiryTime", "2003", ["0", "14401"]),
    ("fraudMode", "2004", ["N、Y"]),
    ("frontUrl", "0000", [GONE, "https://s.example?x=1"]),
    ("frontUrl", "2009", ["//s.example", "https://"]),
    ("notificationUrl", "2009", ["mailto:a@b.example"]),
    ("orderNo", "2002", [GONE]),
    ("threeDsData", "0000", [GONE]),
    ("threeDsData.eci", "2002", [GONE]),
    ("threeDsData.eci", "2004", ["08", "5"]),
    ("threeDsData.authenticationResultCode", "2004", ["C", "X"]),
    ("threeDsData.xid", "0000", [GONE]),
    ("threeDsData.dsVersion", "0000", [GONE]),
    ("threeDsMode", "2004", ["no、auto、standard"]),
]

CARD_NUMBER: Final = "4444333322221111"


async def test_every_limit_holds_on_both_sides(shop: Shop) -> None:
    await go_through(shop, "payment", FULL_PAYMENT | {"orderNo": "limits"}, CASES)


async def test_a_charge_is_final_at_once(shop: Shop) -> None:
    """`successed` and `CAPTURED`, with the issuer's code and the time of the answer in +08:00."""
    paid = await shop.pay("charge-1", amount="199.68")
    assert (paid["orderStatus"], paid["lastEvent"], paid["respCode"]) == ("successed", "CAPTURED", "0000")
    assert (paid["amount"], paid["transactionTime"]) == ("199.68", "2026-03-02T12:00:00+08:00")
    assert "transactionIdentifier" not in paid
    assert "desc" not in paid


async def test_a_manual_charge_is_only_reserved(shop: Shop) -> None:
    paid = await shop.pay("manual-1", capture="manual")
    assert (paid["orderStatus"], paid["lastEvent"]) == ("authorized", "AUTHORIZED")
    assert "authorizeCode" in paid


async def test_a_decline_says_why(shop: Shop) -> None:
    """`desc` has the reason, `respMsg` too, and the order exists."""
    paid = await shop.pay("declined-1", card_no="4000000000009995")
    assert (paid["respCode"], paid["orderStatus"], paid["lastEvent"]) == ("4002", "failed", "REFUSED")
    assert (paid["desc"], paid["respMsg"]) == ("insufficient funds", "declined: insufficient funds")
    order = (await shop.query("declined-1"))["order"]
    assert (order["orderStatus"], order["orderStatusDesc"]) == ("failed", "insufficient funds")


async def test_a_card_expires_at_the_end_of_its_month_in_the_apis_own_zone(shop: Shop, clock: MovableClock) -> None:
    """The last second of March at +08:00 is still March; one later it is 2008 (section 3.6)."""

    async def pay(order_no: str) -> str:
        body = payment_body(order_no)
        body["card"] |= {"expiryMonth": "3", "expiryYear": "26"}
        return await shop.code("payment", body)

    clock.move(days=29, hours=11, minutes=59, seconds=59, milliseconds=999)
    await shop.sign_in()
    assert await pay("expiry-1") == "0000"
    clock.move(milliseconds=1)
    assert await pay("expiry-2") == "2008"


async def test_no_expiry_at_all_is_left_to_the_processor(shop: Shop) -> None:
    body = payment_body("no-expiry")
    del body["card"]["expiryMonth"], body["card"]["expiryYear"]
    assert await shop.code("payment", body) == "0000"


async def test_the_sample_with_every_method_object_at_once_is_a_card_payment(shop: Shop) -> None:
    """The others are ignored; of its 3-D Secure data no result is told, which counts as passed."""
    paid = await shop.call("payment", EVERYTHING_AT_ONCE)
    assert (paid["respCode"], paid["orderStatus"]) == ("0000", "successed")
    found = await shop.query(paid["orderNo"])
    assert (found["order"]["brand"], found["order"]["payName"]) == ("UNIONPAY", "四 李")


async def test_a_single_method_object_tells_the_method(shop: Shop) -> None:
    """Two of them, or none, do not: 2002."""
    body = payment_body("single-1", paymentMethodType=GONE)
    del body["paymentMethodType"]
    assert await shop.code("payment", body | {"wechat": {"productType": "qr-code"}}) == "2002"
    assert await shop.code("payment", {k: v for k, v in body.items() if k != "card"}) == "2002"
    assert await shop.code("payment", body) == "0000"


async def test_a_card_is_kept_only_when_it_is_asked_for_and_approved(shop: Shop) -> None:
    """`transactionIdentifier`, 33 digits, in answer and query; without consent or approval there is none."""
    kept = await shop.pay("kept-1", billing=BILLING)
    assert (await shop.query("kept-1"))["extend"]["transactionIdentifier"] == kept["transactionIdentifier"]
    others: dict[str, dict[str, Any]] = {
        "kept-2": {"billing": BILLING | {"storedcredentials": "none"}},
        "kept-3": {"billing": BILLING | {"storedcredentials": None}},
        "kept-4": {"billing": BILLING, "card_no": "4000000000000002"},
        "kept-5": {},
    }
    for order_no, changes in others.items():
        assert "transactionIdentifier" not in await shop.pay(order_no, **changes)
        assert "transactionIdentifier" not in (await shop.query(order_no))["extend"]


OWN_RESULTS = (
    (None, "0000", "successed"),
    ("Y", "0000", "successed"),
    ("a", "0000", "successed"),
    ("U", "4009", "failed"),
    ("N", "4008", "failed"),
    ("R", "4008", "failed"),
)


@pytest.mark.parametrize("mode", ["no", "auto", "standard"])
async def test_the_merchants_own_authentication_beats_the_mode(shop: Shop, mode: str) -> None:
    """Section 6.4, on the card that insists on 3-D Secure: never a page of ours, whatever `threeDsMode` says."""
    for result, code, status in OWN_RESULTS:
        data = THREE_DS_DATA | {"authenticationResultCode": result}
        order_no = f"own-3ds-{result}"
        paid = await shop.pay(order_no, card_no="4000000000003220", threeDsData=data, threeDsMode=mode)
        assert (paid["respCode"], paid["orderStatus"]) == (code, status), result
        extend = (await shop.query(order_no))["extend"]
        assert extend.get("dsInfo", {}).get("eci") == (None if result == "U" else "05"), result


async def test_a_payment_that_failed_before_the_processor_cannot_be_anything_else(shop: Shop) -> None:
    """The order of a failed authentication is there, failed: no capture, no refund."""
    await shop.pay("own-3ds-2", threeDsData=THREE_DS_DATA | {"authenticationResultCode": "N"})
    assert await shop.code("capture", {"orderNo": "own-3ds-2", "captureAmount": "1"}) == "3004"
    assert (await shop.refund("own-3ds-2", "r", "1"))["respCode"] == "3010"


@pytest.mark.parametrize("method", ["alipay", "upi", "payNow", "paypal", "grabPay", "applePay"])
async def test_methods_that_the_app_has_not_are_not_enabled(shop: Shop, method: str) -> None:
    """HTTP 403, 1006, and the number stays free."""
    response = await shop.ask("payment", payment_body("wallet-1", paymentMethodType=method))
    assert (response.status_code, response.json()["respCode"]) == (403, "1006")
    assert await shop.code("query", {"orderNo": "wallet-1"}) == "3001"


async def test_a_live_app_is_told_that_no_acquirer_takes_live_payments(shop: Shop) -> None:
    """Rather than that its method is not enabled, which it is."""
    await set_test_mode(shop.house.context.store, shop.app, is_test=False)
    for path, body in (("payment", payment_body("live-1")), ("cashier/order", CASHIER | {"orderNo": "live-2"})):
        answer = await shop.call(path, body)
        assert (answer["respCode"], answer["respMsg"]) == ("1006", "no acquirer is connected that takes live payments")


async def test_a_card_number_typed_into_a_text_is_not_kept(shop: Shop) -> None:
    """Neither of the order nor of its refund: what people read is masked, and nobody is refused for it."""
    body = payment_body("mistyped-1", description=f"card {CARD_NUMBER}")
    assert await shop.code("payment", body) == "0000"
    refund = {
        "orderNo": "mistyped-1",
        "amount": "1.00",
        "clientIp": "203.0.113.9",
        "reason": f"paid with {CARD_NUMBER}",
        "refundNumber": "mistyped-r",
    }
    assert await shop.code("refund", refund) == "0000"

    seen = await shop.query("mistyped-1")
    assert seen["order"]["tradeComments"] == "card 444433******1111"
    for table in ("order_details", "refunds", "facts", "webhooks", "attempts"):
        rows = await shop.house.context.store.fetch(f"SELECT * FROM {table}")
        assert CARD_NUMBER not in repr(rows), table
