"""The shapes that deployed clients send (section 11), our own client, and what both may rely on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from polygate.client import MerchantClient, Money, Secret
from polygate.client.errors import ApiError, AuthenticationFailed
from polygate.client.merchant import Address, Card, Order, Plan, ProductInfo, RefundOrder, TrackingRow
from tests.merchant_api.client import Client
from tests.protocols.merchant.examples import MESSAGES
from tests.support.server import Demo, Server, demo_server

pytestmark = pytest.mark.xdist_group("merchant_clients")


@pytest.mark.anyio
async def test_the_go_clients_order(client: Client) -> None:
    """Texts for numbers; no order, no shipping address, no browser; the address of the machine itself."""
    body = client.order(appId=str(client.app.app_id), orderId=None, transactionIp="127.0.0.1", amount="10")
    body["productInfos"][0]["quantity"] = "2"
    opened = await client.call("/checkout/payment", body)

    assert (type(opened["code"]), opened["code"]) == (int, 301)
    assert {type(opened[name]) for name in ("uniqueId", "transactionId", "redirectUrl", "message")} == {str}
    day = {"startDate": "2026-03-01 04:00:00", "endingDate": "2026-03-03 04:00:00"}
    found = await client.list(transactionId="T-1", **day)
    assert [(row["transactionId"], row["code"]) for row in found["data"]] == [("T-1", 102)]


@pytest.mark.anyio
async def test_the_php_plugins_order(client: Client) -> None:
    """Four decimals, empty texts, an empty extension, a method that is misspelled, two members of a browser."""
    body = client.order(
        amount="49.9000", transactionMethod="Defaulte", extension={}, orderId=None,
        billingAddress={"country": "US", "state": "", "firstName": "Dana"},
        browser={"userAgent": "Mozilla/5.0 " + "x" * 400, "referer": "https://shop.example/"},
    )  # fmt: skip
    opened = await client.call("/checkout/payment", body)
    await client.submit(opened["redirectUrl"])
    refund = await client.call("/api/refund", {"uniqueId": int(opened["uniqueId"]), "amount": "1.0000",
                                               "refundTransactionId": 123})  # fmt: skip
    tracked = {"uniqueId": opened["uniqueId"], "company": "DHL", "trackingNumber": "1"}

    assert opened["uniqueId"]
    assert (refund["code"], refund["refundTransactionId"]) == (110, "123")
    assert await client.code("/upload/trackingNumber", tracked) == 141


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("call", "path", "codes"),
    [
        ("checkout_payment", "/checkout/payment", {301}),
        ("checkout_subscription", "/checkout/subscription", {301}),
        ("payment", "/api/payment", {100}),
        ("subscription", "/api/subscription", {100}),
    ],
)
async def test_the_contracts_examples_are_answered_in_its_form(
    client: Client, call: str, path: str, codes: set[int]
) -> None:
    """With our own app in the place of the example's."""
    answer = await client.call(path, MESSAGES[call]["request"] | {"appId": client.app.app_id})
    shown = MESSAGES[call].get("answer") or MESSAGES[call]["answers"][0]

    assert list(answer) == list(shown)
    assert answer["code"] in codes
    for name in ("transactionId", "transactionCurrency", "transactionAmount", "transactionMethod", "billDescription",
                 "transactionCardNumber", "transactionMessage", "message", "isTest"):  # fmt: skip
        assert answer[name] == shown[name]


@pytest.mark.anyio
async def test_searches_are_answered_in_the_contracts_form(client: Client) -> None:
    paid = await client.pay()
    await client.refund(paid["uniqueId"])
    orders, refunds = await client.list(), await client.refunds()

    assert list(orders) == list(MESSAGES["list_orders"]["answer"])
    assert list(orders["data"][0]) == list(MESSAGES["list_orders"]["answer"]["data"][0])
    assert list(await client.find(paid["uniqueId"])) == list(MESSAGES["find_order"]["answer"])
    assert set(refunds["data"][0]) | {"refundAt"} == set(MESSAGES["list_refunds"]["answer"]["data"][0])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Demo]]:
    directory: Path = tmp_path_factory.mktemp("demo")
    with demo_server(directory) as running:
        yield running


def test_our_own_client_against_a_real_server(demo: tuple[Server, Demo]) -> None:
    server, credentials = demo
    shop = credentials.merchant
    order = Order(
        transaction_id="OWN-1",
        amount=Money(4990, "USD"),
        app_id=credentials.app["appId"],
        transaction_ip="203.0.113.7",
        callback_url="https://shop.example/return",
        notification_url="https://shop.example/hooks/pay",
        product_infos=(ProductInfo(product_name="Lamp", price="49.90", quantity=1),),
        billing_address=Address(first_name="Dana", country="US"),
        card=Card(
            card_number=Secret("4300000000000000"), expired_year="35", expired_month="12", cardholder="DANA REYES",
            cvv=Secret("123"),
        ),
    )  # fmt: skip
    with MerchantClient(server.base_url, merchant_no=shop["merchantNo"], secret_key=Secret(shop["secretKey"])) as own:
        paid = own.payment(order)
        assert paid.is_paid
        with pytest.raises(ApiError, match="501"):
            own.payment(order)
        opened = own.checkout_payment(_other(order, "OWN-2"))
        assert opened.redirect_url.startswith(server.base_url)
        renewed = own.subscription(_other(order, "OWN-3", with_card=True))
        assert renewed.is_paid
        refund = own.refund(RefundOrder(unique_id=paid.unique_id, amount="10.00", refund_transaction_id="OWN-RF"))
        assert refund.code == 110
        assert own.upload_tracking([TrackingRow(unique_id=paid.unique_id, company="DHL", number="1")]).code == 141
        assert own.find_order(paid.unique_id).order_id == "OWN-1"
        assert own.list_orders(transaction_id="OWN-2").data[0].code == 102
        assert own.list_refunds(refund_transaction_id="OWN-RF").data[0].unique_id == paid.unique_id
    stranger = MerchantClient(server.base_url, merchant_no=shop["merchantNo"], secret_key=Secret("wrong"))
    with stranger, pytest.raises(AuthenticationFailed):
        stranger.list_orders()


def _other(order: Order, number: str, *, with_card: bool = False) -> Order:
    plan = Plan(subscription_cycle="MONTH", subscription_period=12) if with_card else None
    return replace(order, transaction_id=number, card=order.card if with_card else None, plan=plan)
