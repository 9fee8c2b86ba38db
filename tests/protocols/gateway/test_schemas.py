"""The requests of the Gateway API: what each endpoint accepts, how it is read, and which code refuses the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polygate.core.cards import Secret
from polygate.core.methods import PRODUCTS, Method
from polygate.core.money import Money
from polygate.core.outcomes import Authentication
from polygate.core.payments import CaptureMode
from polygate.protocols.gateway import bodies, schemas, shapes
from polygate.protocols.gateway.errors import Rejected
from polygate.protocols.gateway.methods import METHODS, WALLET_METHODS
from polygate.protocols.gateway.reading import CHECK_ORDER, CODES
from polygate.protocols.gateway.schemas import (
    amount_in,
    masked_copy,
    read_cancel,
    read_capture,
    read_cashier,
    read_payment,
    read_query,
    read_refund,
    read_refund_query,
    read_subscribe,
    read_token,
)
from polygate.protocols.gateway.shapes import ThreeDsMode
from polygate.protocols.reading.fields import Field, ListOf, Scalar, Shape
from polygate.protocols.reading.kinds import Choice
from tests.protocols.gateway.examples import (
    ADDRESS,
    BILLING,
    CANCEL,
    CAPTURE,
    CARD,
    CASHIER,
    DEVICE,
    EVERYTHING_AT_ONCE,
    FULL_PAYMENT,
    GONE,
    PAYMENT,
    PHONE,
    PRODUCT,
    QUERY,
    REFUND,
    REFUND_QUERY,
    SHIPPING,
    SUBSCRIBE,
    THREE_DS_DATA,
    TOKEN,
    TRADE_NO,
    WALLET,
    Body,
    changed,
)

Reader = Callable[[bytes], Any]


def at(moment: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 date-time with its offset."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


NOW_MS = at("2025-07-03T10:15:30+08:00")


def payment_at_noon(body: bytes) -> schemas.PaymentRequest:
    return read_payment(body, NOW_MS)


READERS: dict[str, tuple[Reader, Body]] = {
    "token": (read_token, TOKEN),
    "cashier": (read_cashier, CASHIER),
    "payment": (payment_at_noon, FULL_PAYMENT),
    "capture": (read_capture, CAPTURE | {"tradeNo": TRADE_NO}),
    "cancel": (read_cancel, CANCEL | {"orderNo": "20220828000002"}),
    "query": (read_query, QUERY | {"tradeNo": TRADE_NO}),
    "refund": (read_refund, REFUND | {"tradeNo": TRADE_NO}),
    "refundQuery": (read_refund_query, QUERY | {"tradeNo": TRADE_NO}),
    "subscribe": (read_subscribe, SUBSCRIBE),
}
"""Each reader with a valid request in which every field is present."""

SHAPES: dict[str, Shape] = {
    "token": bodies.TOKEN,
    "cashier": bodies.CASHIER,
    "payment": bodies.PAYMENT_BY_CARD,
    "capture": bodies.CAPTURE,
    "cancel": bodies.CANCEL,
    "query": bodies.QUERY,
    "refund": bodies.REFUND,
    "refundQuery": bodies.REFUND_QUERY,
    "subscribe": bodies.SUBSCRIBE,
}


def encoded(body: object) -> bytes:
    return json.dumps(body).encode()


def fault(read: Reader, body: object) -> tuple[str, str]:
    """The code and the field of a refusal."""
    with pytest.raises(Rejected) as caught:
        read(body if isinstance(body, bytes) else encoded(body))
    return caught.value.code.code, caught.value.said.partition(":")[0]


def declared(shape: Shape, prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Every field a shape declares with its path; the first element stands for a list's."""
    for field in shape.fields:
        path = prefix + field.name
        yield path, field
        if isinstance(field.kind, Shape):
            yield from declared(field.kind, f"{path}.")
        elif isinstance(field.kind, ListOf):
            yield from declared(field.kind.shape, f"{path}[0].")


EVERY_FIELD = [(name, path, field) for name, shape in SHAPES.items() for path, field in declared(shape)]
FIELD_IDS = [f"{name} {path}" for name, path, _ in EVERY_FIELD]


# --- the published examples -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "body"),
    [
        pytest.param(read_token, TOKEN, id="token"),
        pytest.param(read_cashier, CASHIER, id="cashier"),
        pytest.param(payment_at_noon, PAYMENT, id="payment"),
        pytest.param(payment_at_noon, PAYMENT | {"threeDsData": THREE_DS_DATA}, id="payment with its own 3-D Secure"),
        pytest.param(read_capture, CAPTURE, id="capture"),
        pytest.param(read_cancel, CANCEL, id="cancel"),
        pytest.param(read_query, QUERY, id="query"),
        pytest.param(read_refund, REFUND, id="refund"),
        pytest.param(read_refund_query, REFUND_QUERY, id="refundQuery"),
        pytest.param(read_subscribe, SUBSCRIBE, id="subscribe"),
        pytest.param(
            payment_at_noon,
            {
                "amount": "88.00",
                "currency": "HKD",
                "orderNo": "WX20250703000001",
                "paymentMethodType": "wechat",
                "wechat": {
                    "attach": "table 7",
                    "limitPayMethod": "no_credit",
                    "productType": "qr-code",
                    "storeId": "P000001",
                },
                "deviceInfo": {
                    "browser": {"userAgent": "Mozilla/5.0"},
                    "clientIp": "203.0.113.9",
                    "language": "en-US",
                },
                "expiryTime": "30",
                "notificationUrl": "https://shop.example.com/notify",
            },
            id="QR code",
        ),
        pytest.param(
            payment_at_noon,
            {
                "amount": "12.50",
                "currency": "HKD",
                "orderNo": "AL20250703000001",
                "paymentMethodType": "alipay",
                "alipay": {"authCode": "120061098828009406", "productType": "pay", "storeId": "P000001"},
                "deviceInfo": {"browser": {"userAgent": "POS/1.0"}, "clientIp": "203.0.113.9", "language": "zh-CN"},
            },
            id="scanned code",
        ),
    ],
)
def test_the_published_examples_are_accepted(read: Reader, body: Body) -> None:
    read(encoded(body))


def test_a_request_with_the_objects_of_all_methods_is_accepted() -> None:
    """The sample of the first documents sends every method's object; those of other methods are ignored."""
    request = payment_at_noon(encoded(EVERYTHING_AT_ONCE))
    assert request.method is Method.CARD
    assert request.card is not None
    assert request.card.number == Secret("6212454545454690")
    assert request.card.holder == "四 李"
    assert request.language == "en-US/zh-CN"
    assert "wechat" not in request.as_sent


@pytest.mark.parametrize(
    ("path", "placeholder", "code"),
    [
        ("threeDsMode", "no、auto、standard", "2004"),
        ("fraudMode", "N、Y", "2004"),
        ("card.captureMethod", "auto、manual", "2004"),
        ("billing.storedcredentials", "none/store,default is none", "2004"),
        ("billing.customerInitiatedReason", "RECURRING/INSTALMENT/UNSCHEDULED", "2004"),
        ("paymentMethodType", "card、payNow、paypal、wechat、upay、alipay、alipayPlus、shopeePay、applePay", "2004"),
        ("currency", "USD、SGD、HKD、ISO-4217", "2003"),
        ("notificationUrl", "string", "2009"),
    ],
)
def test_placeholders_of_the_samples_are_no_values(path: str, placeholder: str, code: str) -> None:
    assert fault(payment_at_noon, changed(EVERYTHING_AT_ONCE, path, placeholder)) == (code, path)


# --- what is read -----------------------------------------------------------------------------------------------------


def test_a_token_request_is_read() -> None:
    request = read_token(encoded(TOKEN))
    assert request.app_id == "086666075137001"
    assert request.secret == Secret("184E52CF5365D2D7EE8EDA6B90F1C37A55")
    assert "184E" not in repr(request)


def test_a_checkout_is_read() -> None:
    request = read_cashier(encoded(CASHIER | {"captureMethod": "MANUAL", "fraudMode": "y", "threeDsMode": "Standard"}))
    assert request == schemas.CashierRequest(
        amount=Money(10099, "USD"),
        order_no="20220828000002",
        capture_mode=CaptureMode.MANUAL,
        description="Order 20220828000002",
        expiry_minutes=60,
        fraud_check=True,
        front_url="https://shop.example.com/done",
        notify_url="https://shop.example.com/notify",
        products=[PRODUCT],
        shipping=SHIPPING,
        three_ds=ThreeDsMode.STANDARD,
        as_sent=CASHIER | {"captureMethod": "manual", "fraudMode": "Y", "threeDsMode": "standard"},
    )


def test_a_checkout_needs_an_amount_a_currency_and_a_number_only() -> None:
    """Everything else has its published default, which is not put into the mouth of the merchant."""
    least = {"amount": 5, "currency": "jpy", "orderNo": "12345"}
    assert read_cashier(encoded(least)) == schemas.CashierRequest(
        amount=Money(5, "JPY"),
        order_no="12345",
        capture_mode=CaptureMode.AUTO,
        description="",
        expiry_minutes=1440,
        fraud_check=False,
        front_url="",
        notify_url="",
        products=[],
        shipping=None,
        three_ds=ThreeDsMode.AUTO,
        as_sent={"amount": "5.00", "currency": "JPY", "orderNo": "12345"},
    )


def test_a_payment_is_read() -> None:
    request = payment_at_noon(encoded(FULL_PAYMENT))
    assert request.amount == Money(19968, "USD")
    assert request.order_no == "20220828000002"
    assert request.method is Method.CARD
    assert request.card is not None
    assert request.card.number == Secret("4444333322221111")
    assert request.card.security_code == Secret("401")
    assert (request.card.expiry_month, request.card.expiry_year) == (6, 2027)
    assert request.card.holder == "Amy Lee"
    assert request.capture_mode is CaptureMode.AUTO
    assert request.keep_card == "RECURRING"
    assert request.device == DEVICE
    assert (request.client_ip, request.language) == ("203.0.113.9", "en-US")
    assert request.billing == BILLING
    assert request.shipping == SHIPPING
    assert request.products == [PRODUCT, PRODUCT]
    assert (request.statement, request.description) == ("SHOP*ORDER2", "buy a apple")
    assert (request.expiry_minutes, request.fraud_check) == (60, False)
    assert (request.front_url, request.notify_url) == (
        "https://shop.example.com/done",
        "https://shop.example.com/notify",
    )
    assert request.three_ds is ThreeDsMode.NO
    assert request.three_ds_data == schemas.ThreeDsData(
        status="Y",
        eci="05",
        version="2.2.0",
        cavv=Secret("AAABBEg0VhI0VniQEjRWAAAAAAA="),
        ds_trans_id="a772a34d-d58a-4896-bf22-40b2af96eabd",
        xid="05",
    )


LEAST_PAYMENT = {
    "amount": 100.99,
    "currency": "usd",
    "orderNo": 20220828000002,
    "paymentMethodType": "CARD",
    "deviceInfo": {"browser": {"userAgent": "x"}, "clientIp": "::1", "language": "en"},
    "card": {"cardNo": 4444333322221111, "firstName": "A", "lastName": "B"},
}


def test_a_payment_needs_little() -> None:
    request = payment_at_noon(encoded(LEAST_PAYMENT))
    assert request.amount == Money(10099, "USD")
    assert request.card is not None
    assert (request.card.security_code, request.card.expiry_month, request.card.expiry_year) == (None, None, None)
    assert (request.capture_mode, request.keep_card, request.expiry_minutes) == (CaptureMode.AUTO, "", 60)
    assert (request.three_ds, request.three_ds_data, request.fraud_check) == (ThreeDsMode.AUTO, None, False)
    assert (request.billing, request.shipping, request.products) == (None, None, [])
    assert (request.statement, request.description, request.front_url, request.notify_url) == ("", "", "", "")


def test_objects_are_kept_as_sent_but_tidy() -> None:
    """Trimmed, countries and enums in our spelling, numbers as text, booleans as booleans, nothing unknown."""
    body = changed(FULL_PAYMENT, "billing.address.country", " hk ")
    body = changed(body, "billing.address.city", "  Hong Kong ")
    body = changed(body, "billing.address.line2", "")
    body = changed(body, "billing.address.moon", "full")
    body = changed(body, "billing.phone.countryCode", "+852")
    body = changed(body, "billing.storedcredentials", "NONE")
    body = changed(body, "deviceInfo.browser.javaEnable", "TRUE")
    body = changed(body, "deviceInfo.browser.screenWidth", 1200)
    body = changed(body, "deviceInfo.mobile", {})
    request = payment_at_noon(encoded(body))
    expected = changed(BILLING, "address", ADDRESS | {"country": "HK", "city": "Hong Kong"})
    expected = changed(expected, "address.line2", GONE)
    assert request.billing == expected | {"phone": PHONE | {"countryCode": "+852"}, "storedcredentials": "none"}
    assert request.device == changed(changed(DEVICE, "browser.javaEnable", True), "mobile", {})


@pytest.mark.parametrize(
    ("stored", "reason", "plan"),
    [
        ("store", "instalment", "INSTALMENT"),
        ("store", None, "UNSCHEDULED"),
        ("none", "RECURRING", ""),
        (None, "RECURRING", ""),
    ],
)
def test_a_card_is_kept_only_when_asked(stored: str | None, reason: str | None, plan: str) -> None:
    body = changed(PAYMENT, "billing", BILLING | {"storedcredentials": stored, "customerInitiatedReason": reason})
    assert payment_at_noon(encoded(body)).keep_card == plan


def test_a_long_statement_text_is_cut() -> None:
    """128 characters are accepted, 18 go on the statement."""
    request = payment_at_noon(encoded(PAYMENT | {"billingDesc": "0123456789" * 12 + "01234567"}))
    assert request.statement == "012345678901234567"
    assert fault(payment_at_noon, PAYMENT | {"billingDesc": "x" * 129}) == ("2003", "billingDesc")


def test_a_capture_is_read() -> None:
    request = read_capture(encoded({"captureAmount": 60, "orderNo": "20220828", "tradeNo": TRADE_NO}))
    assert (request.amount_text, request.order_no, request.trade_no) == ("60.00", "20220828", int(TRADE_NO))
    assert request.as_sent == {"captureAmount": "60.00", "orderNo": "20220828", "tradeNo": TRADE_NO}


def test_a_refund_is_read() -> None:
    request = read_refund(encoded(REFUND))
    assert (request.amount_text, request.refund_number, request.reason) == ("50.00", "202208280000001", "damaged")
    assert (request.order_no, request.trade_no) == ("20220828000002", None)
    assert (request.client_ip, request.notify_url) == ("203.0.113.9", "https://shop.example.com/notify")
    assert request.as_sent == REFUND


def test_a_subscription_is_read() -> None:
    request = read_subscribe(encoded(SUBSCRIBE | {"signMethod": "SHA256", "apiVersion": 20990101}))
    assert (request.api_version, request.sign_method) == ("20990101", "sha256")
    assert request.subscribe_url == request.as_sent["subscribeUrl"] == "https://shop.example.com/webhook"


@pytest.mark.parametrize("read", [read_cancel, read_query, read_refund_query])
def test_an_order_is_named_by_one_number_or_both(read: Reader) -> None:
    assert (read(b'{"orderNo": "20220828"}').order_no, read(b'{"orderNo": "20220828"}').trade_no) == ("20220828", None)
    both = read(encoded({"orderNo": "20220828", "tradeNo": int(TRADE_NO)}))
    assert (both.order_no, both.trade_no) == ("20220828", int(TRADE_NO))
    assert (read(encoded({"tradeNo": TRADE_NO})).order_no, read(encoded({"tradeNo": TRADE_NO})).as_sent) == (
        "",
        {"tradeNo": TRADE_NO},
    )


# --- rules over every endpoint ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "path", "field"), EVERY_FIELD, ids=FIELD_IDS)
def test_every_declared_field_is_present_in_the_full_examples(name: str, path: str, field: Field) -> None:
    """The tables below and the examples cover all fields; a wrong JSON type in any of them is 2001 and names it."""
    read, body = READERS[name]
    read(encoded(body))
    wrong: object = ["x"] if not isinstance(field.kind, ListOf) else {"x": "y"}
    assert fault(read, changed(body, path, wrong)) == ("2001", path)


@pytest.mark.parametrize("blank", [GONE, None, "", "  \t"], ids=["missing", "null", "empty", "blank"])
@pytest.mark.parametrize(("name", "path", "field"), EVERY_FIELD, ids=FIELD_IDS)
def test_every_field_may_be_left_out_unless_it_is_required(name: str, path: str, field: Field, blank: object) -> None:
    read, body = READERS[name]
    without = changed(body, path, blank)
    if field.required and path not in ("card", "paymentMethodType"):
        assert fault(read, without) == ("2002", path)
    elif path == "card":
        assert fault(read, without) == ("2011", path)
    elif path in ("card.expiryMonth", "card.expiryYear"):
        assert fault(read, without) == ("2002", path)
    else:
        read(encoded(without))


@pytest.mark.parametrize(("name", "path", "field"), EVERY_FIELD, ids=FIELD_IDS)
def test_every_scalar_refuses_control_characters(name: str, path: str, field: Field) -> None:
    if isinstance(field.kind, Scalar):
        read, body = READERS[name]
        if path == "paymentMethodType" and name == "payment":
            body = changed(body, "card", GONE)  # An unreadable method has no object of its own.
        for text in ("a\x00b", "\ud800", "x\x1by"):
            assert fault(read, changed(body, path, text)) == ("2003", path)


@pytest.mark.parametrize("name", SHAPES)
def test_unknown_fields_are_ignored(name: str) -> None:
    read, body = READERS[name]
    assert read(encoded(body | {"x-unknown": {"a": ["\x00", "\ud800", 1e3, None]}, "": []})) == read(encoded(body))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("junk", [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"a":' * 100_000, b"x" * (1 << 20)])
def test_rubbish_is_2001_everywhere(name: str, junk: bytes) -> None:
    assert fault(READERS[name][0], junk)[0] == "2001"


# --- formats ----------------------------------------------------------------------------------------------------------

LENGTHS = [
    ("token", "appId", 1, 64),
    ("token", "secret", 1, 128),
    ("cashier", "description", 1, 255),
    ("cashier", "orderNo", 5, 64),
    ("cashier", "shipping.carrier", 1, 64),
    ("cashier", "shipping.trackingNo", 1, 64),
    ("cashier", "shipping.firstName", 1, 64),
    ("cashier", "shipping.lastName", 1, 50),
    ("cashier", "shipping.email", 3, 255),
    ("cashier", "productInfo[0].imageUrl", 1, 512),
    ("cashier", "productInfo[0].productName", 1, 512),
    ("cashier", "productInfo[0].sku", 1, 128),
    ("cashier", "productInfo[0].url", 1, 512),
    ("payment", "orderNo", 5, 64),
    ("payment", "description", 1, 50),
    ("payment", "billingDesc", 1, 128),
    ("payment", "billing.email", 3, 255),
    ("payment", "billing.address.city", 1, 50),
    ("payment", "billing.address.line1", 1, 128),
    ("payment", "billing.address.line2", 1, 128),
    ("payment", "billing.address.line3", 1, 128),
    ("payment", "billing.address.postcode", 1, 50),
    ("payment", "billing.address.state", 1, 50),
    ("payment", "billing.phone.countryCode", 1, 7),
    ("payment", "billing.phone.number", 1, 26),
    ("payment", "card.firstName", 1, 64),
    ("payment", "card.lastName", 1, 64),
    ("payment", "deviceInfo.deviceId", 1, 128),
    ("payment", "deviceInfo.language", 2, 16),
    ("payment", "deviceInfo.browser.userAgent", 1, 1024),
    ("payment", "deviceInfo.mobile.deviceModel", 1, 64),
    ("payment", "deviceInfo.mobile.osType", 1, 64),
    ("payment", "deviceInfo.mobile.osVersion", 1, 64),
    ("query", "orderNo", 5, 64),
    ("query", "paymentMethodType", 1, 255),
    ("refund", "reason", 1, 255),
    ("refund", "refundNumber", 1, 64),
    ("refundQuery", "orderNo", 1, 64),
]


@pytest.mark.parametrize(("name", "path", "shortest", "longest"), LENGTHS)
def test_lengths_hold_at_their_limits_and_not_one_further(name: str, path: str, shortest: int, longest: int) -> None:
    read, body = READERS[name]
    for length in (shortest, longest):
        read(encoded(changed(body, path, "x" * length)))
        read(encoded(changed(body, path, f"  {'x' * length} ")))
    assert fault(read, changed(body, path, "x" * (longest + 1))) == ("2003", path)
    if shortest > 1:
        assert fault(read, changed(body, path, "x" * (shortest - 1))) == ("2003", path)


@pytest.mark.parametrize("path", ["description", "billing.address.city", "card.firstName"])
def test_lengths_count_characters_and_not_bytes(path: str) -> None:
    payment_at_noon(encoded(changed(PAYMENT, path, "中" * 50)))


@pytest.mark.parametrize("text", ["+1", "+1234567", "1-684", "+1-684"])
def test_a_plus_before_a_calling_code_does_not_count(text: str) -> None:
    payment_at_noon(encoded(changed(PAYMENT, "billing.phone.countryCode", text)))


@pytest.mark.parametrize("text", ["+", "+12345678"])
def test_a_plus_alone_is_no_calling_code(text: str) -> None:
    path = "billing.phone.countryCode"
    assert fault(payment_at_noon, changed(PAYMENT, path, text)) == ("2003", path)


WRONG = [
    ("orderNo", "2003", ["1234", "a b c d", "2022\t0828", "订单20220828", "é1234"]),
    ("amount", "2005", ["0", "0.00", "-1", "1.234", "1e3", "10000000", "12345678", "1,00", "free", True, 0, -1, 1e30]),
    ("currency", "2003", ["US", "USDX", "U1D", 840, True]),
    ("currency", "2006", ["XXX", "zzz"]),
    ("paymentMethodType", "2004", ["cash", "cards", "upii", "apple pay"]),
    ("expiryTime", "2003", ["0", "14401", "1.5", "soon", -1, True]),
    ("fraudMode", "2004", ["yes", True, "0"]),
    ("threeDsMode", "2004", ["yes", False]),
    ("frontUrl", "2009", ["shop.example.com", "ftp://shop.example.com", "https://shop example.com", 1, True]),
    ("notificationUrl", "2009", ["string", "//x", "https://", "https://x/" + "y" * 503]),
    ("card.captureMethod", "2004", ["later"]),
    ("card.cardNo", "2007", ["4444333322221112", "444433332222", "1" * 20, "4444x33322221111", "---", 4]),
    ("card.cvc", "2003", ["12", "12345", "abc", "٤٠١"]),
    ("card.expiryMonth", "2008", ["0", "13", "June", "1.0", True]),
    ("card.expiryYear", "2008", ["7", "202", "20277", "next"]),
    ("billing.address.country", "2003", ["USA", "U", "1A", 1]),
    ("billing.birthday", "2003", ["1990-8-1", "01.08.1990", "1990-02-30", "19900801"]),
    ("billing.customerInitiatedReason", "2004", ["SOMETIMES"]),
    ("billing.storedcredentials", "2004", ["yes", True]),
    ("deviceInfo.clientIp", "2003", ["localhost", "10.1.1", "10.1.1.256", "fe80::1%eth0", 1]),
    ("deviceInfo.browser.javaEnable", "2003", ["yes", 1]),
    ("productInfo[1].price", "2005", ["0", "-5", "5.555", "1e1"]),
    ("productInfo[1].quantity", "2003", ["0", "00", "-1", "1.5", "many", "1234567890"]),
    ("threeDsData.eci", "2004", ["5", "08", "03"]),
    ("threeDsData.authenticationResultCode", "2004", ["C", "X", "YES"]),
]


@pytest.mark.parametrize(("path", "code", "values"), WRONG, ids=[f"{path} {code}" for path, code, _ in WRONG])
def test_wrong_values_are_told_by_their_code(path: str, code: str, values: list[object]) -> None:
    """Each refusal names the field by its whole path and never repeats the value."""
    body = FULL_PAYMENT
    for value in values:
        wrong = changed(body, path, value)
        if path == "paymentMethodType":
            wrong = changed(wrong, "card", GONE)
        assert fault(payment_at_noon, wrong) == (code, path), value


@pytest.mark.parametrize("amount", ["1e7", "1e-3", "1e30", "100.999", "12345678", "0.001"])
def test_amounts_written_as_json_numbers_are_judged_as_written(amount: str) -> None:
    body = encoded(PAYMENT).replace(b'"199.68"', amount.encode())
    assert fault(payment_at_noon, body) == ("2005", "amount")


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("0.01", "USD", 1),
        ("9999999.99", "USD", 999_999_999),
        ("100", "JPY", 100),
        ("100.0", "JPY", 100),
        ("100.00", "krw", 100),
        ("1.5", "KWD", 1500),
        ("0.01", "BHD", 10),
    ],
)
def test_amount_and_currency_become_money(amount: str, currency: str, minor: int) -> None:
    request = read_cashier(encoded({"amount": amount, "currency": currency, "orderNo": "12345"}))
    assert request.amount == Money(minor, currency.upper())


@pytest.mark.parametrize("currency", ["JPY", "KRW", "VND", "CLP"])
@pytest.mark.parametrize("amount", ["100.50", "100.5", "100.01", "0.01"])
def test_a_currency_without_decimals_takes_none(amount: str, currency: str) -> None:
    body = {"amount": amount, "currency": currency, "orderNo": "12345"}
    assert fault(read_cashier, body) == ("2005", "amount")
    with pytest.raises(Rejected) as caught:
        amount_in("100.50", currency, field="captureAmount")
    assert (caught.value.code.code, caught.value.said) == ("2005", f"captureAmount: must be whole in {currency}")


def test_an_amount_becomes_money_in_the_currency_of_its_order() -> None:
    assert amount_in("100.55", "USD") == Money(10055, "USD")
    assert amount_in("100.00", "JPY") == Money(100, "JPY")
    assert amount_in("100.55", "KWD") == Money(100_550, "KWD")


@pytest.mark.parametrize("name", ["capture", "refund"])
@pytest.mark.parametrize("amount", ["0", "-1", "1.234", "1e3", "12345678", ""])
def test_later_amounts_obey_the_same_format(name: str, amount: str) -> None:
    path = "captureAmount" if name == "capture" else "amount"
    read, body = READERS[name]
    assert fault(read, changed(body, path, amount)) == ("2005" if amount else "2002", path)


@pytest.mark.parametrize("name", ["capture", "cancel", "query", "refund", "refundQuery"])
def test_an_order_must_be_named(name: str) -> None:
    """Neither number: 2010. A number that is wrong is told as such, also beside a missing one."""
    read, body = READERS[name]
    unnamed = changed(changed(body, "orderNo", GONE), "tradeNo", GONE)
    for nameless in (unnamed, unnamed | {"orderNo": " ", "tradeNo": None}):
        with pytest.raises(Rejected) as caught:
            read(encoded(nameless))
        assert caught.value.code.code == "2010"
        assert "orderNo" in caught.value.said
        assert "tradeNo" in caught.value.said
    assert fault(read, unnamed | {"orderNo": "x" * 65}) == ("2003", "orderNo")
    for trade_no in ("1", "5893275101059563521", "x" * 18, "0" * 18, "string"):
        assert fault(read, unnamed | {"tradeNo": trade_no}) == ("2003", "tradeNo")


def test_short_refund_numbers_can_be_asked_for() -> None:
    """A refund's number may have one character, an order's needs five."""
    assert read_refund_query(b'{"orderNo": "7"}').order_no == "7"
    assert fault(read_query, {"orderNo": "7"}) == ("2003", "orderNo")


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("apiVersion", "2025070", "2003"),
        ("apiVersion", "202507033", "2003"),
        ("apiVersion", "version1", "2003"),
        ("signMethod", "md5", "2004"),
        ("signMethod", "none", "2004"),
        ("subscribeUrl", "string", "2009"),
        ("subscribeUrl", "https://" + "x" * 505, "2009"),
    ],
)
def test_wrong_subscriptions_are_refused(path: str, value: str, code: str) -> None:
    assert fault(read_subscribe, SUBSCRIBE | {path: value}) == (code, path)


def test_a_product_list_at_its_limit() -> None:
    assert len(read_cashier(encoded(CASHIER | {"productInfo": [PRODUCT] * 200})).products) == 200
    assert fault(read_cashier, CASHIER | {"productInfo": [PRODUCT] * 201}) == ("2012", "productInfo")
    assert read_cashier(encoded(CASHIER | {"productInfo": []})).products == []


# --- cards ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "year", "now", "good"),
    [
        ("07", "2025", "2025-07-31T23:59:59+08:00", True),
        ("07", "2025", "2025-08-01T00:00:00+08:00", False),
        ("07", "2025", "2025-07-31T16:00:00+00:00", False),
        ("7", "25", "2025-07-31T15:59:59+00:00", True),
        ("12", "2025", "2025-12-31T23:59:59+08:00", True),
        ("12", "2025", "2026-01-01T00:00:00+08:00", False),
        ("06", "2025", "2025-07-01T00:00:00+08:00", False),
        ("01", "0000", "2025-07-01T00:00:00+08:00", False),
        ("12", "9999", "2025-07-01T00:00:00+08:00", True),
    ],
)
def test_a_card_is_good_until_the_end_of_its_month(month: str, year: str, now: str, good: bool) -> None:
    """The end of the month is that of UTC+08:00."""
    body = encoded(PAYMENT | {"card": CARD | {"expiryMonth": month, "expiryYear": year}})
    if good:
        card = read_payment(body, at(now)).card
        assert card is not None
        assert card.expiry_month == int(month)
    else:
        assert fault(lambda raw: read_payment(raw, at(now)), body) == ("2008", "card.expiryMonth")


@pytest.mark.parametrize(
    ("number", "sent"),
    [
        ("4444333322221111", "4444 3333 2222 1111"),
        ("4444333322221111", " 4444-3333-2222-1111 "),
        ("6212454545454690", "6212454545454690"),
        ("8100000000000001", "8100000000000001"),
        ("378282246310005", "378282246310005"),
        ("4222222222222", "4222222222222"),
        ("6200000000000000001", "6200000000000000001"),
    ],
)
def test_card_numbers_are_read_without_what_people_write_between(number: str, sent: str) -> None:
    """UnionPay numbers (62, 81) are issued without a check digit."""
    card = payment_at_noon(encoded(changed(PAYMENT, "card.cardNo", sent))).card
    assert card is not None
    assert card.number.reveal() == number


@pytest.mark.parametrize("cvc", ["401", "0401", 401, " 401 "])
def test_security_codes_have_three_or_four_digits(cvc: object) -> None:
    card = payment_at_noon(encoded(changed(PAYMENT, "card.cvc", cvc))).card
    assert card is not None
    assert card.security_code == Secret(str(cvc).strip())


def test_faults_of_a_card_are_told_in_the_order_of_its_fields() -> None:
    past = CARD | {"expiryYear": "2020", "lastName": "x" * 65}
    assert fault(payment_at_noon, PAYMENT | {"card": past}) == ("2008", "card.expiryMonth")
    assert fault(payment_at_noon, PAYMENT | {"card": past | {"cardNo": "4"}}) == ("2007", "card.cardNo")
    assert fault(payment_at_noon, PAYMENT | {"card": past | {"firstName": ""}}) == ("2002", "card.firstName")


# --- methods and 3-D Secure -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", WALLET_METHODS)
def test_other_methods_are_read_without_a_card(method: Method) -> None:
    """Objects of methods that were not chosen are ignored, however wrong they are."""
    for sent in (method.value, method.upper()):
        request = payment_at_noon(encoded(PAYMENT | {"paymentMethodType": sent, "card": ["rubbish"]}))
        assert request.method is method
        assert (request.card, request.capture_mode) == (None, CaptureMode.AUTO)
        assert "card" not in request.as_sent


def test_upi_is_upay() -> None:
    assert payment_at_noon(encoded(PAYMENT | {"paymentMethodType": "UPI"})).method is Method.UPAY


@pytest.mark.parametrize("method", METHODS)
def test_a_single_method_object_tells_the_method(method: Method) -> None:
    body = changed(changed(PAYMENT, "paymentMethodType", GONE), "card", GONE)
    own = CARD if method is Method.CARD else {"productType": PRODUCTS[method][0].value}
    assert payment_at_noon(encoded(body | {method.value: own})).method is method


def test_no_object_or_several_do_not_tell_the_method() -> None:
    body = changed(PAYMENT, "paymentMethodType", None)
    assert payment_at_noon(encoded(body | {"wechat": None, "alipay": ""})).method is Method.CARD
    assert fault(payment_at_noon, body | {"wechat": {}}) == ("2002", "paymentMethodType")
    assert fault(payment_at_noon, changed(body, "card", GONE)) == ("2002", "paymentMethodType")


def test_a_card_payment_needs_a_card() -> None:
    assert fault(payment_at_noon, changed(PAYMENT, "card", GONE)) == ("2011", "card")
    assert fault(payment_at_noon, changed(PAYMENT, "card", GONE) | {"wechat": WALLET}) == ("2011", "card")
    assert fault(payment_at_noon, PAYMENT | {"card": {}}) == ("2002", "card.cardNo")
    assert fault(payment_at_noon, PAYMENT | {"card": "4444333322221111"}) == ("2001", "card")


@pytest.mark.parametrize("status", ["Y", "A", "U", "N", "R", "y"])
def test_results_of_the_merchants_own_3d_secure_are_passed_on(status: str) -> None:
    body = PAYMENT | {"threeDsData": THREE_DS_DATA | {"authenticationResultCode": status}}
    data = payment_at_noon(encoded(body)).three_ds_data
    assert data is not None
    assert data.authentication == Authentication(status=status.upper(), eci="05", version="2.2.0")


@pytest.mark.parametrize("eci", ["05", "06", "07", "02", "01", "00"])
def test_an_indicator_alone_is_enough(eci: str) -> None:
    """A result without a status counts as passed; 3-D Secure 2 has no xid."""
    data = payment_at_noon(encoded(PAYMENT | {"threeDsData": {"eci": eci}})).three_ds_data
    assert data == schemas.ThreeDsData(status="", eci=eci, version="", cavv=None, ds_trans_id="", xid="")
    assert data.authentication == Authentication(status="Y", eci=eci)
    assert data.cryptogram is None


def test_only_the_indicator_is_required() -> None:
    data = changed(THREE_DS_DATA, "eci", GONE)
    assert fault(payment_at_noon, PAYMENT | {"threeDsData": data}) == ("2002", "threeDsData.eci")


# --- what may be kept and echoed --------------------------------------------------------------------------------------


def test_the_kept_request_has_no_card_number_no_security_code_and_no_cryptogram() -> None:
    """Everything else is there as sent."""
    kept = payment_at_noon(encoded(FULL_PAYMENT | {"x": "unknown"})).as_sent
    card = {name: value for name, value in CARD.items() if name != "cvc"} | {"cardNo": "444433******1111"}
    authentication = {name: value for name, value in THREE_DS_DATA.items() if name != "cavv"}
    assert kept == FULL_PAYMENT | {"card": card, "threeDsData": authentication}
    text = msgspec.json.encode(kept).decode()
    assert "4444333322221111" not in text
    assert "cvc" not in text


def test_a_masked_copy_leaves_the_original_alone() -> None:
    """The card itself is still needed after its masked copy was made."""
    found = {"orderNo": "12345", "card": {"cardNo": Secret("4444333322221111"), "cvc": Secret("401")}}
    assert masked_copy(found) == {"orderNo": "12345", "card": {"cardNo": "444433******1111"}}
    assert found["card"] == {"cardNo": Secret("4444333322221111"), "cvc": Secret("401")}


def test_a_request_shows_no_secret() -> None:
    text = repr(payment_at_noon(encoded(FULL_PAYMENT | {"card": CARD | {"cvc": "9173"}})))
    assert "4444333322221111" not in text
    assert "9173" not in text


def test_a_refusal_carries_what_its_answer_echoes() -> None:
    """Top-level texts as understood, or as sent where they were not; nothing of the card."""
    with pytest.raises(Rejected) as caught:
        payment_at_noon(encoded(PAYMENT | {"amount": 100, "currency": "usd", "orderNo": "2022"}))
    assert caught.value.said == "orderNo: length must be 5 to 64"
    fields = caught.value.fields
    assert (fields["amount"], fields["currency"], fields["orderNo"]) == ("100.00", "USD", "2022")
    assert "4444" not in str(fields)
    with pytest.raises(Rejected) as caught:
        read_token(encoded({"secret": "hush"}))
    assert caught.value.fields == {}


# --- the declarations themselves --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "path", "field"), EVERY_FIELD, ids=FIELD_IDS)
def test_every_field_is_described(name: str, path: str, field: Field) -> None:
    """One line of words for the documentation, and a default that its own kind accepts."""
    assert re.fullmatch(r"[A-Z`3][^\n]*\.", field.about), field.about
    if field.default is not None:
        assert isinstance(field.kind, Scalar)
        assert not field.required
        assert field.kind.accept(field.default) == field.default


def test_both_kinds_of_payment_differ_by_the_card_only() -> None:
    by_card = [field.name for field in bodies.PAYMENT_BY_CARD.fields]
    otherwise = [field.name for field in bodies.PAYMENT_OTHERWISE.fields]
    by_card.remove("card")
    assert by_card == otherwise


def test_no_shape_declares_a_name_twice() -> None:
    for shape in [*SHAPES.values(), *(value for value in vars(shapes).values() if isinstance(value, Shape))]:
        names = [field.name for field in shape.fields]
        assert len(set(names)) == len(names)


# --- anything at all --------------------------------------------------------------------------------------------------

KNOWN_CODES = {CODES[fault] for row in CHECK_ORDER for fault in row}
TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=70) | st.sampled_from(
    ["0", "-1", "1e3", "1.234", "٣", "\x00", "\ud800", "a b", "4444333322221111", "https://a", "2025-02-30", "true"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


def read_or_rejected(read: Reader, body: bytes) -> None:
    """A typed request that can be stored, or a refusal that can be answered; never another exception."""
    try:
        answer = getattr(read(body), "as_sent", None)
    except Rejected as rejected:
        answer = [rejected.said, rejected.fields]
        known = rejected.code in KNOWN_CODES
    else:
        known = True
    assert known
    msgspec.json.encode(answer)


@settings(max_examples=600)
@given(where=st.sampled_from(EVERY_FIELD), value=JSON)
def test_any_json_in_any_field_is_read_or_refused(where: tuple[str, str, Field], value: object) -> None:
    name, path, _ = where
    read, body = READERS[name]
    read_or_rejected(read, encoded(changed(body, path, value)))


@settings(max_examples=300)
@given(name=st.sampled_from(sorted(READERS)), body=st.dictionaries(TEXTS, JSON, max_size=5))
def test_any_object_is_read_or_refused(name: str, body: Body) -> None:
    read_or_rejected(READERS[name][0], encoded(body))


@settings(max_examples=300)
@given(name=st.sampled_from(sorted(READERS)), body=st.binary(max_size=200))
def test_any_bytes_are_refused(name: str, body: bytes) -> None:
    read_or_rejected(READERS[name][0], body)


@settings(max_examples=200)
@given(name=st.sampled_from(sorted(READERS)), place=st.integers(0, 5000), byte=st.integers(0, 255))
def test_any_damaged_byte_is_read_or_refused(name: str, place: int, byte: int) -> None:
    read, body = READERS[name]
    damaged = bytearray(encoded(body))
    damaged[place % len(damaged)] = byte
    read_or_rejected(read, bytes(damaged))


def test_every_choice_reads_its_own_values() -> None:
    for _, _, field in EVERY_FIELD:
        if isinstance(field.kind, Choice):
            assert [field.kind.accept(value.upper()) for value in field.kind.values] == list(field.kind.values)
