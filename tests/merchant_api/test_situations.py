"""Section 9 as data, the order in which a new transaction is checked (6.1), and what stays free or hidden."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest
from msgspec.structs import replace

from polygate.assembly import House
from polygate.core.cards import Secret
from polygate.operations.administer import (
    allow_addresses,
    disable_app,
    set_merchant_enabled,
    set_methods,
    set_test_mode,
)
from polygate.protocols.merchant.bodies import METHODS, NOT_YET
from tests.merchant_api.client import CARD, PATHS, Client
from tests.support.house import MovableClock, rows

pytestmark = pytest.mark.anyio

CREATIONS: Final = ("/checkout/payment", "/checkout/subscription", "/api/payment", "/api/subscription")


def creation(client: Client, path: str, transaction_id: str = "T-1", **changes: Any) -> dict[str, Any]:
    """A good body for any of the four."""
    own: dict[str, Any] = {}
    if path.startswith("/api"):
        own["card"] = CARD
    if path.endswith("subscription"):
        own["extension"] = {"subscriptionCycle": "WEEK", "subscriptionPeriod": 3}
    return client.order(transaction_id, **(own | changes))


@pytest.mark.parametrize("path", PATHS)
async def test_a_disabled_merchant_is_told_so(house: House, client: Client, path: str) -> None:
    await set_merchant_enabled(house.context.store, client.merchant, enabled=False)
    answer = await client.ask(path)

    assert answer.status_code == 200
    assert answer.json() | {"timestamp": 0} == {"code": 201, "message": "merchant is not active", "timestamp": 0}


_URL: Final = "{} must be an absolute http or https URL without a user name or blanks, at most 255 characters"
BROKEN: Final = (
    *(b"", b"{", b"null", b'"text"', b"1", b"{'a': 1}", b'{"a": NaN}', b"\xff\xfe", b"[" * 5_000, b"\x00"),
)


@pytest.mark.parametrize("path", [path for path, method in PATHS.items() if method == "POST"])
async def test_broken_json(client: Client, path: str) -> None:
    headers = {"Authorization": client.proof, "Content-Type": "application/json"}
    for body in BROKEN:
        answer = await client.ask(path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, 400)
        assert answer.json()["message"] == "request body is not valid JSON"


async def test_a_list_is_no_order_and_a_text_no_list(client: Client) -> None:
    assert (await client.ask("/api/payment", json=[])).status_code == 400
    assert (await client.ask("/upload/trackingNumber", json="x")).status_code == 400


@pytest.mark.parametrize("path", CREATIONS)
async def test_every_creation_checks_in_the_contracts_order(house: House, client: Client, path: str) -> None:
    """Fields before the app, the app before the number, the number before the order."""
    await client.pay("PAID", orderId="O-1")
    bad = {"amount": "0", "appId": "1", "transactionId": "PAID", "orderId": "O-1"}
    for fixed, code, said in (
        ((), 500, "amount must be a number above 0 in plain digits, at most 12, 3 of them after the point"),
        (("amount",), 500, "appId is unknown or disabled"),
        (("amount", "appId"), 501, "transactionId already used"),
        (("amount", "appId", "transactionId"), 400, "orderId already has a successful transaction"),
    ):
        body = creation(client, path, "T-1", **{name: value for name, value in bad.items() if name not in fixed})
        refused = await client.call(path, body)
        assert (refused["code"], refused["message"]) == (code, said)
        assert refused["transactionId"] == body["transactionId"]
        assert set(refused) == {"code", "message", "timestamp", "transactionId"}
    good = await client.call(path, creation(client, path))
    assert good["code"] in {100, 301}


BAD_FIELDS: Final[tuple[tuple[dict[str, Any], str], ...]] = (
    ({"transactionType": "Authorization"}, "transactionType must be Sale"),
    ({"transactionId": " "}, "transactionId is required"),
    ({"transactionId": "x" * 129}, "transactionId must have at most 128 characters"),
    ({"transactionId": "a\nb"}, "transactionId must have no control characters"),
    ({"transactionId": True}, "transactionId must be a text or a whole number"),
    ({"transactionId": "0"}, "transactionId must not be 0"),
    ({"currency": "US"}, "currency must be a three-letter currency code"),
    ({"currency": "XXX"}, "currency is not a supported currency"),
    ({"amount": "49.901"}, "amount has more decimals than USD"),
    ({"currency": "JPY", "amount": "100.5"}, "amount has more decimals than JPY"),
    ({"amount": None}, "amount is required"),
    ({"transactionIp": "300.1.1.1"}, "transactionIp must be an IPv4 or IPv6 address"),
    ({"appId": None}, "appId is required"),
    ({"appId": "shop"}, "appId must be digits"),
    ({"callbackUrl": "javascript:alert(1)"}, _URL.format("callbackUrl")),
    ({"notificationUrl": ""}, "notificationUrl is required"),
    ({"productInfos": []}, "productInfos must have 1 to 100 elements"),
    ({"productInfos": [{}] * 101}, "productInfos must have 1 to 100 elements"),
    ({"productInfos": {}}, "productInfos must be a list"),
    ({"productInfos": [{"quantity": -1}]}, "productInfos[0].quantity must be a whole number from 0 to 9999"),
    ({"billingAddress": None}, "billingAddress is required"),
    ({"billingAddress": {}}, "billingAddress.country is required"),
    ({"billingAddress": {"country": "USA"}}, "billingAddress.country must be a two-letter country code"),
    ({"shippingAddress": "x"}, "shippingAddress must be an object"),
    ({"secure": "maybe"}, "secure must be true or false"),
    ({"secure": True}, "browser is required where secure is true"),
    ({"card": None}, "card is required"),
    ({"card": {**CARD, "cardNumber": "4300"}}, "card.cardNumber must have 13 to 19 digits"),
    ({"card": {**CARD, "expiredMonth": "13"}}, "card.expiredMonth must be 01 to 12"),
    ({"card": {**CARD, "expiredYear": "2029"}}, "card.expiredYear length must be 2"),
    ({"card": {**CARD, "cvv": "12"}}, "card.cvv length must be 3 to 4"),
    ({"card": {**CARD, "cvv": "12x"}}, "card.cvv must be 3 or 4 digits"),
)  # fmt: skip


async def test_the_first_bad_field_is_named(client: Client) -> None:
    for changes, message in BAD_FIELDS:
        refused = await client.call("/api/payment", client.order(**({"card": CARD} | changes)))
        assert (refused["code"], refused["message"]) == (500, message)
        assert CARD["cardNumber"] not in str(refused)


AMOUNTS: Final[tuple[tuple[object, str, str], ...]] = (
    ("49.9000", "USD", "49.90"),
    ("100.000", "JPY", "100.00"),
    (15.5, "USD", "15.50"),
    (7, "USD", "7.00"),
    ("1.5", "KWD", "1.500"),
    ("0001.50", "USD", "1.50"),
    (1e2, "USD", "100.00"),
    ("999999999999", "USD", "999999999999.00"),
)


async def test_amounts_are_exact(client: Client) -> None:
    for place, (amount, currency, shown) in enumerate(AMOUNTS):
        opened = await client.checkout(f"T-{place}", amount=amount, currency=currency)
        assert opened["transactionAmount"] == shown


async def test_what_is_no_amount(client: Client) -> None:
    wide = "\N{FULLWIDTH DIGIT ONE}"
    amounts: tuple[object, ...] = ("0", "-1", "1e2", "1,5", ".5", "5.", "+5", "1234567890123", "0.0001", wide, [], {})
    for amount in amounts:
        assert await client.code("/checkout/payment", client.order(amount=amount)) == 500


@pytest.mark.parametrize("how", ["unknown", "foreign", "disabled", "elsewhere"])
async def test_an_app_that_may_not_be_used(house: House, client: Client, other: Client, how: str) -> None:
    store = house.context.store
    if how == "disabled":
        await disable_app(store, client.app)
    if how == "elsewhere":
        await allow_addresses(store, client.app, ("198.51.100.0/24",))
    app_id = {"unknown": "100000000000000", "foreign": other.app.app_id}.get(how, client.app.app_id)
    refused = await client.call("/checkout/payment", client.order(appId=app_id))

    assert (refused["code"], refused["message"]) == (500, "appId is unknown or disabled")


async def test_a_domain_names_the_app_where_its_number_does_not(client: Client, other: Client) -> None:
    opened = await client.checkout("T-1", appId=None, domain="Shop.Example")

    assert opened["appId"] == int(client.app.app_id)
    assert opened["billDescription"] == "shop.example"
    for domain in ("other.example", "unknown.example"):
        assert await client.code("/checkout/payment", client.order("T-2", appId=None, domain=domain)) == 500


async def test_methods_that_nobody_takes(client: Client) -> None:
    for name in NOT_YET:
        refused = await client.call("/checkout/payment", client.order(transactionMethod=name))
        assert (refused["code"], refused["message"]) == (500, "transactionMethod is not enabled for this app")


async def test_methods_and_currencies_that_are_not_enabled(house: House, client: Client) -> None:
    assert await client.code("/checkout/payment", client.order(transactionMethod="alipay")) == 500
    assert (await client.checkout("T-1", transactionMethod="WECHATPAY"))["transactionMethod"] == "Default"
    assert (await client.checkout("T-2", transactionMethod="Defaulte"))["transactionMethod"] == "Default"
    await set_methods(house.context.store, client.app, ("payNow",))
    for path in ("/api/payment", "/api/subscription", "/checkout/subscription"):
        refused = await client.call(path, creation(client, path, "T-3"))
        assert (refused["code"], refused["message"]) == (500, "cards are not enabled for this app"), path
    refused = await client.call("/checkout/payment", client.order("T-3"))
    assert (refused["code"], refused["message"]) == (500, "currency is not enabled for this app")
    assert (await client.checkout("T-3", currency="SGD"))["code"] == 301


async def test_a_live_app_is_told_that_no_acquirer_takes_live_payments(house: House, client: Client) -> None:
    """Rather than that its method is not enabled, which it is."""
    await set_test_mode(house.context.store, client.app, is_test=False)
    for path in ("/checkout/payment", "/api/payment", "/api/subscription", "/checkout/subscription"):
        refused = await client.call(path, creation(client, path, "T-1"))
        assert (refused["code"], refused["message"]) == (500, "no acquirer is connected that takes live payments")


async def test_the_page_speaks_the_first_language_of_the_browser_that_it_can(client: Client) -> None:
    for number, (accepted, locale) in enumerate(
        {
            "zh-TW,zh;q=0.9,en;q=0.8": "zh-hk",
            "fr,zh-CN;q=0.9": "zh-cn",
            "en-GB,en;q=0.9,zh-CN;q=0.8": "en-us",
            "xx": "en-us",
        }.items()
    ):
        opened = await client.checkout(f"T-{number}", browser={"acceptLanguage": accepted})
        assert f"/h5/{locale}/" in opened["redirectUrl"], accepted


async def test_the_page_offers_what_the_merchant_wants(client: Client) -> None:
    wanted = await client.checkout("T-1", transactionMethod="CreditCard")
    free = await client.checkout("T-2")

    assert 'id="way-wechat"' not in (await client.open_page(wanted["redirectUrl"])).text
    assert 'id="way-wechat"' in (await client.open_page(free["redirectUrl"])).text


def test_every_method_name_is_one_of_ours() -> None:
    assert len(set(METHODS.values())) == len(METHODS)


async def test_a_live_app_takes_no_test_card(house: House, client: Client) -> None:
    """Simulated acquirers are not for it, and no other is connected: nothing is approved that moved no money."""
    await client.set_app(is_test=False)
    refused = await client.pay()

    assert refused["code"] == 500
    assert (await rows(house.context.store))["attempts"] == 0


async def test_what_is_refused_writes_nothing(house: House, client: Client) -> None:
    before = await rows(house.context.store)
    for changes in ({"amount": "0"}, {"appId": "1"}, {"transactionMethod": "alipay"}):
        assert await client.code("/checkout/payment", client.order(**changes)) == 500

    assert await rows(house.context.store) | {"calls": 0} == before | {"calls": 0}


async def test_an_expired_card_is_declined_and_no_mistake(client: Client) -> None:
    declined = await client.pay(card={"expiredYear": "25"})

    assert (declined["code"], declined["transactionMessage"]) == (101, "Expired card")


CODES: Final = (
    *(("001", 100), ("599", 100), ("600", 102), ("699", 102), ("700", 301), ("799", 301), ("800", 101), ("999", 101)),
    *(("000", 101), ("1123", 100), ("9650", 102)),
)


async def test_the_security_code_decides(client: Client) -> None:
    """Section 10, for any card."""
    for cvv, code in CODES:
        for number in ("4300000000000000", "5555555555554444"):
            answer = await client.pay(f"T-{cvv}-{number}", cvv=cvv, card={"cardNumber": number})
            assert answer["code"] == code
            assert answer["isTest"] is True
            assert ("redirectUrl" in answer) is (code == 301)
            assert answer["transactionCardNumber"] == f"{number[:6]}******{number[-4:]}"


@pytest.mark.parametrize(("choice", "code"), [("pass", 100), ("fail", 101)])
async def test_the_simulated_authentication(client: Client, choice: str, code: int) -> None:
    """A page with two buttons; the browser ends at the shop, with a signed result."""
    asked = await client.pay(cvv="750")
    page = await client.http.get(asked["redirectUrl"], follow_redirects=True)
    assert page.text.count('name="choice"') == 2
    here = asked["redirectUrl"].removeprefix("http://gateway.test")
    bank = await client.http.get(here)
    back = await client.http.post(bank.headers["location"], data={"choice": choice})
    home = await client.http.get(back.headers["location"])
    found = await client.find(asked["uniqueId"])

    assert (found["code"], found["is3d"]) == (code, True)
    assert home.status_code in {302, 303}
    assert f"code={code}&uniqueId={asked['uniqueId']}" in home.headers["location"]


async def test_refunds_that_are_refused(client: Client, other: Client) -> None:
    paid = await client.pay()
    opened = await client.checkout("T-2")
    foreign = await other.pay()
    unknown = str(int(paid["uniqueId"]) + 1)
    said = {}
    for name, unique_id, amount in (
        ("unknown", unknown, "1"), ("foreign", foreign["uniqueId"], "1"), ("text", "x", "1"),
        ("unpaid", opened["uniqueId"], "1"), ("more", paid["uniqueId"], "49.91"), ("nothing", paid["uniqueId"], "0"),
        ("parts", paid["uniqueId"], "1.001"), ("number", "", "1"),
    ):  # fmt: skip
        refused = await client.refund(unique_id, f"RF-{name}", amount)
        assert refused["code"] == 112
        assert "refundUniqueId" not in refused
        said[name] = refused["message"]

    assert said == {
        "unknown": "transaction not found",
        "foreign": "transaction not found",
        "text": "transaction not found",
        "unpaid": "transaction is not paid",
        "more": "refund amount exceeds the refundable amount",
        "nothing": "amount must be a number above 0 in plain digits, at most 12, 3 of them after the point",
        "parts": "amount has more decimals than USD",
        "number": "uniqueId is required",
    }
    assert (await client.refunds())["totalCount"] == 0


async def test_a_refund_number_with_other_content(client: Client) -> None:
    first, second = await client.pay("T-1"), await client.pay("T-2")
    await client.refund(first["uniqueId"])

    for unique_id, amount in ((first["uniqueId"], "10.01"), (second["uniqueId"], "10.00")):
        refused = await client.refund(unique_id, "RF-1", amount)
        assert (refused["code"], refused["message"]) == (112, "refundTransactionId already used with other content")


BAD_QUERIES: Final[tuple[dict[str, str], ...]] = (
    {"startDate": "2026-01-01", "endingDate": "2026-02-01 00:00:01"},
    {"startDate": "2026-01-02", "endingDate": "2026-01-01"},
    {"startDate": "yesterday"},
    {"endingDate": "2026-02-30"},
    {"startDate": "2026-1-1"},
    {"endingDate": "9999-12-31"},
    {"startDate": "0001-01-01"},
    {"currPage": "0"},
    {"currPage": "-1"},
    {"currPage": "x"},
    {"currPage": "1.0"},
    {"pageSize": "0"},
    {"pageSize": "ten"},
    {"uniqueId": "x" * 129},
    {"transactionId": "a\x00b"},
)


async def test_searches_that_are_refused(client: Client) -> None:
    for path in ("/search/list/order", "/search/list/refund"):
        for query in BAD_QUERIES:
            assert await client.code(path, params=query) == 122


async def test_single_searches_that_find_nothing(client: Client, other: Client) -> None:
    foreign = await other.pay()
    for unique_id in (foreign["uniqueId"], "1", "x", "1204039467826907136", "9" * 30, "a/b"):
        refused = await client.find(unique_id)
        assert (refused["code"], refused["message"]) == (122, "transaction not found")


async def test_searches_by_date(client: Client, clock: MovableClock) -> None:
    """Bounds are included; a day ends with its last second; without any, the last month."""
    await client.pay("T-1")
    clock.move(days=40)
    await client.pay("T-2")

    async def found(**query: str) -> list[str]:
        return [row["transactionId"] for row in (await client.list(**query))["data"]]

    assert await found() == ["T-2"]
    assert await found(orderId="O-T-1") == ["T-1"]
    assert await found(startDate="2026-03-02 04:00:00", endingDate="2026-03-02 04:00:00") == ["T-1"]
    assert await found(startDate="2026-03-02 04:00:01") == []
    assert await found(endingDate="2026-03-02") == ["T-1"]
    assert await found(endingDate="2026-03-02 03:59:59") == []
    assert await found(startDate="2026-03-02") == ["T-1"]
    assert await found(startDate="2026-03-15", transactionId="T-1") == []
    assert (await client.list(pageSize=1000))["pageSize"] == 100
    assert (await client.list(currPage="9" * 20))["data"] == []


async def test_searches_for_refunds(client: Client, other: Client) -> None:
    first, second = await client.pay("T-1"), await client.pay("T-2")
    one = await client.refund(first["uniqueId"], "RF-1", "1")
    await client.refund(second["uniqueId"], "RF-2", "2")
    await client.refund(second["uniqueId"], "RF-3", "3")
    await other.refund((await other.pay())["uniqueId"], "RF-1", "1")

    async def found(**query: str) -> list[str]:
        return [row["merchantRefundId"] for row in (await client.refunds(**query))["data"]]

    assert await found() == ["RF-3", "RF-2", "RF-1"]
    assert await found(uniqueId=second["uniqueId"]) == ["RF-3", "RF-2"]
    assert await found(transactionId="T-1") == ["RF-1"]
    assert await found(transactionId="T-1", uniqueId=second["uniqueId"]) == []
    assert await found(refundTransactionId="RF-2") == ["RF-2"]
    assert await found(refundUniqueId=one["refundUniqueId"]) == ["RF-1"]
    assert await found(refundUniqueId="1") == []
    assert await found(transactionId="T-9") == []


async def test_searches_by_numbers_with_blanks_at_their_ends(client: Client) -> None:
    """They are kept and told again to the character, so they are found by it too."""
    paid = await client.pay(" T-1 ", orderId="O-1 ")
    await client.refund(paid["uniqueId"], "RF-1 ", "1")

    for query in ({"transactionId": " T-1 "}, {"orderId": "O-1 "}):
        assert [row["transactionId"] for row in (await client.list(**query))["data"]] == [" T-1 "]
    for query in ({"refundTransactionId": "RF-1 "}, {"transactionId": " T-1 "}):
        assert [row["refundTransactionId"] for row in (await client.refunds(**query))["data"]] == ["RF-1 "]
    assert (await client.list(transactionId="T-1"))["totalCount"] == 0


async def test_the_last_of_repeated_parameters_counts(client: Client) -> None:
    await client.pay("T-1")
    answer = await client.call("/search/list/order?transactionId=T-2&transactionId=T-1&unknown=1")

    assert answer["totalCount"] == 1


@pytest.mark.parametrize(
    ("rows_sent", "message"),
    [
        ([], "the list must have 1 to 99 elements"),
        ([{"uniqueId": "PAID", "company": "DHL", "number": "1"}] * 100, "the list must have 1 to 99 elements"),
        ([{"uniqueId": "PAID", "company": "DHL", "number": "1"}, {"company": "UPS"}], "row 2: uniqueId is required"),
        ([{"uniqueId": "PAID", "number": "1"}], "row 1: company is required"),
        ([{"uniqueId": "PAID", "company": "DHL"}], "row 1: number is required"),
        (["x"], "row 1: must be an object"),
        ([{"uniqueId": "PAID", "company": "DHL", "number": "1"},
          {"uniqueId": "1", "company": "DHL", "number": "1"}], "row 2: transaction not found"),
        ([{"uniqueId": "OPEN", "company": "DHL", "number": "1"}], "row 1: transaction is not paid"),
        ([{"uniqueId": "FOREIGN", "company": "DHL", "number": "1"}], "row 1: transaction not found"),
    ],
)  # fmt: skip
async def test_tracking_that_is_refused(
    house: House, client: Client, other: Client, rows_sent: list[Any], message: str
) -> None:
    """All rows or none."""
    known = {
        "PAID": (await client.pay("T-1"))["uniqueId"],
        "OPEN": (await client.checkout("T-2"))["uniqueId"],
        "FOREIGN": (await other.pay("T-1"))["uniqueId"],
    }
    sent = [
        {**row, "uniqueId": known.get(row["uniqueId"], row["uniqueId"])} if isinstance(row, dict) and "uniqueId" in row
        else row
        for row in rows_sent
    ]  # fmt: skip
    refused = await client.call("/upload/trackingNumber", sent)

    assert (refused["code"], refused["message"]) == (142, message)
    assert (await rows(house.context.store))["shipments"] == 0


async def test_a_later_parcel_takes_the_place_of_the_first(house: House, client: Client) -> None:
    paid = await client.pay()
    key = client.merchant.merchant_id, (await client.payment(paid["uniqueId"])).payment_id
    for number, company in (("1", "DHL"), ("2", "UPS"), ("1", "DHL"), ("1", "DHL")):
        body = {"uniqueId": paid["uniqueId"], "company": company, "trackingNumber": number, "remark": "2 parcels"}
        assert await client.code("/upload/trackingNumber", body) == 141
        (parcel,) = await house.context.reads.shipments(*key)
        assert (parcel.tracking_no, parcel.carrier, parcel.data) == (number, company, {"remark": "2 parcels"})
    # What is told twice changes nothing.
    assert await house.context.store.fetch("SELECT version FROM shipments") == [(3,)]


NOWHERE: Final = (
    *("/checkout", "/checkout/", "/checkout/pay", "/api", "/api/", "/api/Payment", "/api/payment/", "/upload/x"),
    *("/search/list", "/search/order/", "/search", "/checkout/payment/extra"),
)


async def test_paths_that_there_are_not(client: Client) -> None:
    """Told before anybody is asked who they are."""
    for path in NOWHERE:
        answer = await client.ask(path, headers={})
        assert (answer.status_code, answer.json()["code"]) == (404, 404)
        assert answer.json()["message"] == "no such interface"


async def test_wrong_methods(client: Client) -> None:
    for path, right in PATHS.items():
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - {right}:
            answer = await client.ask(path, method=method)
            assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, 400, right)


async def test_neighbors_on_the_same_paths_are_left_alone(client: Client) -> None:
    page = await client.open_page((await client.checkout())["redirectUrl"])
    assets = set(re.findall(r'"(/checkout/static/[^"]+)"', page.text))
    assert assets
    for asset in assets:
        assert (await client.http.get(asset)).status_code == 200
    assert set((await client.http.get("/api/channel/Merchant/Balance")).json()) == {"code", "errorDesc", "result"}


async def test_other_media_types(client: Client) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        headers = {"Authorization": client.proof, "Content-Type": media_type}
        answer = await client.ask("/api/refund", content=b"{}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (415, 400)


async def test_too_long_a_body(client: Client) -> None:
    answer = await client.ask("/api/refund", json={"remark": "x" * 256 * 1024})

    assert (answer.status_code, answer.json()["code"]) == (413, 400)


async def test_a_fault_is_999(house: House, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(type(house.context.reads), "search_payments", broken)
    answer = await client.ask("/search/list/order")

    assert answer.status_code == 500
    assert answer.json() | {"timestamp": 0} == {"code": 999, "message": "system error", "timestamp": 0}


async def test_proofs_that_are_none(client: Client) -> None:
    for header in ("", "Basic", "Basic !!!", "Basic OnNlY3JldA==", "Bearer abc", "Basic 4pyTOng=", "basic  "):
        answer = await client.ask("/search/list/order", headers={"Authorization": header} if header else {})
        assert (answer.status_code, answer.json()["code"]) == (401, 401)


async def test_two_proofs_are_none(client: Client) -> None:
    answer = await client.ask("/search/list/order", headers=[("Authorization", client.proof)] * 2)

    assert answer.status_code == 401


async def test_an_unknown_merchant_and_a_wrong_key_look_the_same(client: Client) -> None:
    key, client.key = client.key, Secret("wrong")
    wrong = await client.ask("/search/list/order")
    client.key, client.merchant = key, replace(client.merchant, merchant_no="10000000000000")
    unknown = await client.ask("/search/list/order")

    assert wrong.json() | {"timestamp": 0} == unknown.json() | {"timestamp": 0}
    assert wrong.status_code == unknown.status_code == 401


async def test_of_two_members_of_one_name_the_last_counts(client: Client) -> None:
    """One of them, and the same one everywhere: what is checked is what is charged."""
    body = json.dumps(client.order(card=CARD))
    headers = {"Authorization": client.proof, "Content-Type": "application/json; charset=utf-8"}
    twice = f'{body[:-1]}, "amount": "7.00", "transactionId": "T-last"}}'
    answer = (await client.ask("/api/payment", content=twice, headers=headers)).json()

    assert (answer["transactionId"], answer["transactionAmount"]) == ("T-last", "7.00")
    assert (await client.payment(answer["uniqueId"])).amount_minor == 700
