"""The base rules every endpoint obeys (section 1) and the order in which faults are told (section 4.1)."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from polygate.protocols.gateway.door import BODY_MAX_BYTES
from polygate.protocols.gateway.routes import ENDPOINTS
from tests.gateway_api.answers import ANSWERS, ECHOED
from tests.support.bodies import payment_body, refund_body
from tests.support.house import Shop

pytestmark = pytest.mark.anyio

PATHS = ("connect/token", *ENDPOINTS)


async def test_every_endpoint_has_its_list_of_answer_fields() -> None:
    """Otherwise its answers would pass unchecked."""
    assert set(PATHS) == set(ANSWERS)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "FOO"])
async def test_every_endpoint_is_post_only(shop: Shop, method: str) -> None:
    """Rule 2, with and without a token."""
    for path, headers in itertools.product(PATHS, ({}, {"Authorization": shop.token})):
        response = await shop.http.request(method, f"/gateway/v1/{path}", headers=headers)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        # The answer to HEAD has no body (RFC 9110, 9.3.2).
        assert method == "HEAD" or response.json()["respCode"] == "9405"


NO_ENDPOINTS = (
    *(
        "",
        "nothing",
        "payments",
        "PAYMENT",
        "payment/",
        "payment//",
        "/payment",
        "//payment",
        "payment.json",
        "connect",
    ),
    *("connect/token/", "payment%3Fx", "payment%23x", "pay%09ment", "pay%0Dment", "payment%00", "payment%2F"),
    *("%2E%2E/v1/payment", "付款", "mitPayment/x"),
)


async def test_an_unknown_path_is_9404(shop: Shop) -> None:
    """Only the exact spelling is an endpoint: whoever guards one by its path in a proxy must not be walked around."""
    for path, method in itertools.product(NO_ENDPOINTS, ("POST", "GET")):
        response = await shop.http.request(method, f"http://gateway.test/gateway/v1/{path}", json={})
        assert (response.status_code, response.json().get("respCode")) == (404, "9404"), path


async def test_the_root_of_the_api_is_no_endpoint(shop: Shop) -> None:
    """And no redirect either, which would turn a POST with a token into whatever the client makes of it."""
    response = await shop.http.post("/gateway/v1", json={})
    assert (response.status_code, response.json()["respCode"]) == (404, "9404")


MEDIA_TYPES = {
    "application/json": True,
    "application/json;charset=UTF-8": True,
    "APPLICATION/JSON ; charset=utf8": True,
    "application/json; charset=gbk": True,
    None: True,
    "": True,
    "text/plain": False,
    "text/json": False,
    "application/xml": False,
    "application/x-www-form-urlencoded": False,
    "multipart/form-data; boundary=x": False,
    "application/json-patch+json": False,
    "application/jsonp": False,
    "json": False,
    ";": True,
}


async def test_the_media_type_is_json_or_nothing(shop: Shop) -> None:
    """Rules 3 and 4: clients forget it, but a form or XML is something else."""
    for media_type, accepted in MEDIA_TYPES.items():
        headers = {"Authorization": shop.token} | ({} if media_type is None else {"Content-Type": media_type})
        response = await shop.ask("query", content=b'{"orderNo":"nothing"}', headers=headers)
        assert response.json()["respCode"] == ("3001" if accepted else "9415"), media_type


async def test_without_a_media_type_the_body_must_still_be_json(shop: Shop) -> None:
    response = await shop.ask("query", content=b"orderNo=nothing", headers={"Authorization": shop.token})
    assert response.json()["respCode"] == "2001"


async def test_a_body_may_have_one_mebibyte(shop: Shop) -> None:
    """Rule 5: at the limit it is read, one byte more is HTTP 413."""
    headers = {"Authorization": shop.token}
    body = b'{"orderNo":"nothing"}'
    for size, code in ((BODY_MAX_BYTES, "3001"), (BODY_MAX_BYTES + 1, "9413")):
        response = await shop.ask("query", content=body.ljust(size), headers=headers)
        assert response.json()["respCode"] == code


@pytest.mark.parametrize("blank", [None, "", "  ", "\t\r\n ", "\u3000"])
async def test_missing_null_and_blank_are_the_same(shop: Shop, blank: object) -> None:
    """Rules 7 and 9: for an optional field not given, for a required one 2002 and the field's name."""
    assert (await shop.pay("blank-1", description=blank, frontUrl=blank, threeDsMode=blank))["respCode"] == "0000"
    missing = await shop.pay("blank-2", currency=blank)
    assert missing["respCode"] == "2002"
    assert missing["respMsg"].startswith("currency: ")


async def test_scalars_may_be_numbers_and_booleans(shop: Shop) -> None:
    """Rule 8: their plain text counts, and booleans may be text."""
    body = payment_body("1234567890")
    body |= {"orderNo": 1234567890, "amount": 12, "expiryTime": 60, "description": True}
    body["card"] |= {"cardNo": 4444333322221111, "cvc": 401, "expiryMonth": 12, "expiryYear": 2035}
    body["deviceInfo"]["browser"] |= {"javaEnable": "true", "javascriptEnable": "FALSE", "screenHeight": 800}
    paid = await shop.call("payment", body)
    assert (paid["respCode"], paid["orderNo"], paid["amount"]) == ("0000", "1234567890", "12.00")
    assert (await shop.query("1234567890"))["order"]["tradeComments"] == "true"


async def test_blanks_around_values_are_cut_off(shop: Shop) -> None:
    """Rule 9, for the number by which the order is found afterwards."""
    paid = await shop.pay("  trimmed-1 ", amount=" 100.00 ", currency="\tusd ")
    assert (paid["respCode"], paid["orderNo"], paid["currency"]) == ("0000", "trimmed-1", "USD")
    assert await shop.status("trimmed-1") == "successed"


async def test_enums_are_matched_in_any_case_and_answered_in_ours(shop: Shop) -> None:
    """Rule 10."""
    body = payment_body("any-case", capture="MANUAL", paymentMethodType="CARD", threeDsMode="No", fraudMode="n")
    assert (await shop.call("payment", body))["orderStatus"] == "authorized"
    assert (await shop.query("any-case"))["order"]["paymentMethodType"] == "card"


async def test_unknown_fields_are_ignored_at_every_level(shop: Shop) -> None:
    """Rule 6, also where their names or values are strange."""
    strange: dict[str, Any] = {"x": [{"y": None}], "\ud800": "\ud800", "": {}, "respCode": "9999", "tradeNo": "1"}
    body = payment_body("unknown-1")
    body |= strange | {"card": body["card"] | strange}
    body["deviceInfo"] |= strange | {"browser": body["deviceInfo"]["browser"] | strange}
    headers = {"Authorization": shop.token}
    paid = (await shop.ask("payment", content=json.dumps(body), headers=headers)).json()
    assert (paid["respCode"], paid["orderStatus"]) == ("0000", "successed")


@pytest.mark.parametrize(
    ("amount", "currency", "answered"),
    [
        ("0.01", "USD", "0.01"),
        ("9999999.99", "USD", "9999999.99"),
        ("0000001", "USD", "1.00"),
        ("1.5", "EUR", "1.50"),
        ("500", "JPY", "500.00"),
        ("500.00", "JPY", "500.00"),
        ("500.0", "krw", "500.00"),
        ("1.25", "KWD", "1.25"),
    ],
)
async def test_amounts_are_answered_with_two_decimals(shop: Shop, amount: str, currency: str, answered: str) -> None:
    """Section 1.1, in `payment`, `query`, `refund` and `refundQuery` alike, whatever decimals the currency has."""
    paid = await shop.pay("money-1", amount=amount, currency=currency)
    assert (paid["respCode"], paid["amount"], paid["currency"]) == ("0000", answered, currency.upper())
    refunded = await shop.refund("money-1", "r-1", amount)
    assert (refunded["respCode"], refunded["amount"]) == ("0000", answered)
    assert (await shop.call("refundQuery", {"orderNo": "r-1"}))["amount"] == answered
    response = await shop.ask("query", {"orderNo": "money-1"})
    assert f'"payAmount":{answered},' in response.text.replace("}", ",")
    assert f'"amount":{answered},' in response.text


WRONG_MONEY = (
    [
        (amount, "USD", "2005")
        for amount in ("0", "0.00", "-1", "+1", "1.234", "1e3", "10000000", ".5", "5.", "1,00", "\u0661")
    ]
    + [
        ("1.50", "JPY", "2005"),
        ("0.01", "CLP", "2005"),
        ("1", "XXX", "2006"),
        ("1", "US", "2003"),
        ("1", "840", "2003"),
    ]
    + [("1", "USD、EUR、HKD", "2003"), ("1", "US$", "2003"), ("1", "BTC", "2006")]
)


async def test_wrong_money_is_told_apart(shop: Shop) -> None:
    """Malformed and unfit amounts are 2005, an unsupported currency 2006, no currency code at all 2003."""
    for amount, currency, code in WRONG_MONEY:
        assert (await shop.pay("money-2", amount=amount, currency=currency))["respCode"] == code, (amount, currency)


async def test_an_error_echoes_the_request(shop: Shop) -> None:
    """Section 1.3: what the normal answer always holds, from the request where known, else empty."""
    wrong = await shop.pay("2022", amount="100.99")
    assert wrong.pop("respMsg") == "orderNo: length must be 5 to 64"
    assert wrong == {"respCode": "2003", "amount": "100.99", "currency": "USD", "orderNo": "2022", "tradeNo": ""}
    await shop.pay("echo-1", currency="JPY", amount="500", capture="manual")
    for amount, code in (("1.50", "2005"), ("501", "3005"), ("x", "2005")):
        wrong = await shop.call("capture", {"orderNo": "echo-1", "captureAmount": amount})
        assert (wrong["respCode"], wrong["orderNo"]) == (code, "echo-1")
        assert wrong["respMsg"].startswith("captureAmount")
    wrong = await shop.refund("echo-1", "echo-r-1", "1.50")
    assert (wrong["respCode"], wrong["refundOrderNo"], wrong["amount"]) == ("2005", "echo-r-1", "1.50")
    assert (wrong["mercId"], wrong["refundTradeNo"]) == (shop.merchant.merchant_no, "")


@pytest.mark.parametrize("path", list(ENDPOINTS))
async def test_every_endpoint_echoes_its_required_fields_in_an_error(shop: Shop, path: str) -> None:
    """For a body that is not even JSON all of them are empty, but for the merchant's own number."""
    response = await shop.ask(path, content=b"{", headers={"Authorization": shop.token})
    body = response.json()
    assert set(body) == ECHOED[path]
    empty = set(body) - {"respCode", "respMsg", "mercId"}
    assert all(body[name] == ([] if name == "trackings" else "") for name in empty)
    assert body.get("mercId", shop.merchant.merchant_no) == shop.merchant.merchant_no


async def test_the_first_fault_is_told_in_the_published_order(shop: Shop) -> None:
    """Token, shape, required fields, formats, enums, state: mending one fault after the other walks down the list."""
    body = payment_body("in-order", threeDsMode="maybe", amount="1.999", currency=None, card="no object")
    assert await shop.code("payment", body, headers={}) == "1002"
    headers = {"Authorization": shop.token}
    for change, code in (
        ({}, "2001"),
        ({"card": payment_body("x")["card"]}, "2002"),
        ({"currency": "USD"}, "2005"),
        ({"amount": "1.99"}, "2004"),
        ({"threeDsMode": "auto"}, "0000"),
        ({}, "3002"),
    ):
        body |= change
        assert await shop.code("payment", body, headers=headers) == code


async def test_a_token_is_checked_before_the_body_is_read(shop: Shop) -> None:
    """A stranger learns nothing about media types, sizes or fields."""
    for options in (
        {"content": b"{"},
        {"content": b"x", "headers": {"Content-Type": "text/plain"}},
        {"content": b"{" * (BODY_MAX_BYTES + 1)},
    ):
        assert (await shop.ask("payment", **({"headers": {}} | options))).json()["respCode"] == "1002"


async def test_nothing_is_kept_of_a_refused_request(shop: Shop) -> None:
    """1xxx, 2xxx and 3xxx: no order, nothing charged, and the number stays free."""
    assert (await shop.pay("free-number", amount="0"))["respCode"] == "2005"
    assert await shop.code("payment", payment_body("free-number"), headers={}) == "1002"
    assert await shop.code("refund", refund_body("free-number", "r-1", "1.00")) == "3001"
    assert await shop.code("query", {"orderNo": "free-number"}) == "3001"
    assert (await shop.pay("free-number"))["respCode"] == "0000"
