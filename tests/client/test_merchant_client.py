"""The Merchant client against the contract's own requests, answers and notifications."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from polygate.client import ApiError, AuthenticationFailed, InvalidSignature, MerchantClient, Money, NetworkUnknown
from polygate.client.calls import Conversation
from polygate.client.merchant import (
    Address,
    Browser,
    Card,
    ChargebackNotification,
    Order,
    PaymentNotification,
    Plan,
    ProductInfo,
    RefundNotification,
    RefundOrder,
    TrackingRow,
)
from polygate.core.cards import Secret
from tests.client.talking import asked, compact, told
from tests.protocols.merchant.examples import (
    BASIC,
    INTEROP_KEY,
    KEY,
    MERCHANT_NO,
    MESSAGES,
    NOTIFICATIONS,
    RETURN_PARAMETERS,
    RETURNED_URL,
)

BASE = "https://gateway.example"
CLIENT = MerchantClient(BASE, merchant_no=MERCHANT_NO, secret_key=KEY)
DANA = {"first_name": "Dana", "last_name": "Reyes", "country": "US"}
SEATTLE = {"city": "Seattle", "address": "1 Pine St", "zip_code": "98101"}
URLS: dict[str, Any] = {
    "callback_url": "https://shop.example/return",
    "notification_url": "https://shop.example/hooks/pay",
}
CARD = Card(
    card_number=Secret("4300000000000000"),
    expired_year="29",
    expired_month="12",
    cardholder="DANA REYES",
    cvv=Secret("123"),
)

CHECKOUT = Order(
    transaction_type="Sale",
    transaction_id="ORD-2026-000123-1",
    order_id="ORD-2026-000123",
    amount=Money(4990, "USD"),
    app_id="100200300400",
    transaction_ip="203.0.113.7",
    **URLS,
    transaction_method="Default",
    product_infos=(
        ProductInfo(
            product_name="Desk lamp",
            currency="USD",
            price="24.95",
            sku="LAMP-01",
            quantity=2,
            product_link="https://shop.example/p/LAMP-01",
        ),
    ),
    billing_address=Address(**DANA, **SEATTLE, email="dana@shop.example", phone="5550100", state="WA"),
    shipping_address=Address(**DANA, **SEATTLE),
    secure=False,
    browser=Browser(user_agent="Mozilla/5.0", referer="https://shop.example/"),
)


def recurring(number: str, product: ProductInfo, plan: Plan, card: Card | None = None) -> Order:
    return Order(
        transaction_id=number,
        order_id=number,
        amount=Money(900, "USD"),
        app_id="100200300400",
        transaction_ip="203.0.113.7",
        **URLS,
        product_infos=(product,),
        card=card,
        plan=plan,
        billing_address=Address(**DANA),
    )


MONTHLY = recurring(
    "SUB-77",
    ProductInfo(product_name="Monthly plan", currency="USD", price="9.00", sku="PLAN-M", quantity=1),
    Plan(subscription_cycle="MONTH", subscription_period=12),
)
WEEKLY = recurring(
    "SUB-90",
    ProductInfo(product_name="Weekly plan", currency="USD", price="9.00", sku="PLAN-W", quantity=1),
    Plan(subscription_cycle="WEEK", subscription_period=3),
    CARD,
)
DIRECT = Order(
    transaction_id="ORD-2026-000200-1",
    order_id="ORD-2026-000200",
    amount=Money(1550, "USD"),
    app_id="100200300400",
    transaction_ip="203.0.113.7",
    **URLS,
    product_infos=(ProductInfo(product_name="Cable", currency="USD", price="15.50", sku="CB-1", quantity=1),),
    card=CARD,
    billing_address=Address(**DANA, email="dana@shop.example"),
    secure=True,
    browser=Browser(
        accept="text/html",
        user_agent="Mozilla/5.0",
        accept_language="en-US",
        java_enabled=False,
        color_depth="24",
        screen_height="1080",
        screen_width="1920",
        time_zone_offset="-480",
    ),
)
REFUND = RefundOrder(
    unique_id="2006613456789012480",
    amount="10.00",
    refund_transaction_id="RF-2026-0001",
    remark="one lamp returned",
)
PARCELS = [
    TrackingRow(unique_id="2006613456789012480", company="DHL", number="DHL0001112223"),
    TrackingRow(unique_id="2006613500000012481", company="UPS", number="1Z999AA10123456784", remark="2 parcels"),
]

CREATIONS: dict[str, tuple[str, Any]] = {
    "checkout_payment": ("/checkout/payment", MerchantClient.checkout_payment.conversation(CLIENT, CHECKOUT)),
    "checkout_subscription": (
        "/checkout/subscription",
        MerchantClient.checkout_subscription.conversation(CLIENT, MONTHLY),
    ),
    "payment": ("/api/payment", MerchantClient.payment.conversation(CLIENT, DIRECT)),
    "subscription": ("/api/subscription", MerchantClient.subscription.conversation(CLIENT, WEEKLY)),
    "refund": ("/api/refund", MerchantClient.refund.conversation(CLIENT, REFUND)),
    "upload_tracking": ("/upload/trackingNumber", MerchantClient.upload_tracking.conversation(CLIENT, PARCELS)),
}


def as_we_write_it(example: Any) -> Any:
    """Apps and amounts as texts, which numbers may also be; no empty extension, which says nothing."""
    if not isinstance(example, dict):
        return example
    texts = {"appId": str(example.get("appId")), "amount": str(example["amount"]).replace("15.5", "15.50")}
    return {name: texts.get(name, value) for name, value in example.items() if value != {}}


@pytest.mark.parametrize("call", CREATIONS)
def test_requests_are_the_published_examples(call: str) -> None:
    path, conversation = CREATIONS[call]
    request = asked(conversation)
    assert (request.method, request.url) == ("POST", BASE + path)
    assert request.headers["Authorization"] == BASIC
    assert request.headers["Content-Type"] == "application/json"
    assert msgspec.json.decode(request.body) == as_we_write_it(MESSAGES[call]["request"])


@pytest.mark.parametrize("call", ["checkout_payment", "refund", "upload_tracking"])
def test_requests_have_the_published_bytes(call: str) -> None:
    """Where the example's spelling is the one we chose, its members come in the same order too."""
    conversations: dict[str, Callable[[], Conversation[Any]]] = {
        "checkout_payment": lambda: MerchantClient.checkout_payment.conversation(CLIENT, CHECKOUT),
        "refund": lambda: MerchantClient.refund.conversation(CLIENT, REFUND),
        "upload_tracking": lambda: MerchantClient.upload_tracking.conversation(CLIENT, PARCELS),
    }
    assert asked(conversations[call]()).body == compact(as_we_write_it(MESSAGES[call]["request"]))


def test_searches_are_written_into_the_address() -> None:
    request = asked(
        MerchantClient.list_orders.conversation(
            CLIENT,
            transaction_id="ORD-2026-000123-1",
            start_date="2025-12-31 01:01:01",
            ending_date="2026-01-02 01:01:01",
        )
    )
    assert (request.method, request.url, request.body) == ("GET", BASE + MESSAGES["list_orders"]["request"], b"")
    assert request.headers["Authorization"] == BASIC
    assert (
        asked(MerchantClient.list_orders.conversation(CLIENT, curr_page=2)).url
        == f"{BASE}/search/list/order?currPage=2"
    )
    assert asked(MerchantClient.list_orders.conversation(CLIENT)).url == f"{BASE}/search/list/order"
    assert asked(MerchantClient.find_order.conversation(CLIENT, "20/1?x")).url == f"{BASE}/search/order/20%2F1%3Fx"
    refunds = asked(MerchantClient.list_refunds.conversation(CLIENT, refund_unique_id="7", page_size=100))
    assert refunds.url == f"{BASE}/search/list/refund?refundUniqueId=7&pageSize=100"


def test_every_outcome_of_a_payment_is_a_result() -> None:
    """Approved, declined, redirected, pending: a decline is no error."""
    said = [
        told(MerchantClient.payment.conversation(CLIENT, DIRECT), answer) for answer in MESSAGES["payment"]["answers"]
    ]
    assert [answer.code for answer in said] == [100, 101, 301, 102]
    assert [answer.is_paid for answer in said] == [True, False, False, False]
    assert said[0].money == Money(1550, "USD")
    assert said[2].redirect_url == "https://gateway.example/3ds/Qp7rT2aL"
    opened = told(
        MerchantClient.checkout_payment.conversation(CLIENT, CHECKOUT), MESSAGES["checkout_payment"]["answer"]
    )
    assert (opened.app_id, opened.is_test, opened.redirect_url[-8:]) == (100200300400, True, "9hQk2fV7")


def test_refunds_and_uploads_are_read() -> None:
    refund = told(MerchantClient.refund.conversation(CLIENT, REFUND), MESSAGES["refund"]["answer"])
    assert (refund.code, refund.money, refund.refund_at) == (110, Money(1000, "USD"), "")
    uploaded = told(MerchantClient.upload_tracking.conversation(CLIENT, PARCELS), MESSAGES["upload_tracking"]["answer"])
    assert uploaded.code == 141


def test_a_repeated_refund_that_failed_is_a_result() -> None:
    """Unlike one that is refused now, it exists."""
    failed = {**MESSAGES["refund"]["answer"], "code": 112, "message": "Refund failed"}
    assert told(MerchantClient.refund.conversation(CLIENT, REFUND), failed).code == 112
    with pytest.raises(ApiError, match="112: refund amount exceeds"):
        told(MerchantClient.refund.conversation(CLIENT, REFUND), MESSAGES["refund"]["refused"])


def test_searches_are_read() -> None:
    page = told(MerchantClient.list_orders.conversation(CLIENT), MESSAGES["list_orders"]["answer"])
    assert (page.total_count, page.data[0].order_id, page.data[0].is3d) == (1, "ORD-2026-000123", False)
    empty = told(MerchantClient.list_orders.conversation(CLIENT), MESSAGES["list_orders"]["empty"])
    assert (empty.total_page, empty.data) == (0, ())
    found = told(MerchantClient.find_order.conversation(CLIENT, "1"), MESSAGES["find_order"]["answer"])
    assert (found.code, found.transaction_at) == (101, "2026-01-01 01:01:11")
    refunds = told(MerchantClient.list_refunds.conversation(CLIENT), MESSAGES["list_refunds"]["answer"])
    assert (refunds.data[0].code, refunds.data[0].refund_at) == (111, "2026-01-02 01:01:05")


REFUSALS = [
    *MESSAGES["errors"],
    MESSAGES["upload_tracking"]["refused"],
    MESSAGES["list_orders"]["refused"],
    MESSAGES["find_order"]["refused"],
]


@pytest.mark.parametrize("answer", REFUSALS, ids=lambda answer: str(answer["code"]))
def test_refusals_are_errors_with_the_protocols_own_code(answer: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as caught:
        told(MerchantClient.find_order.conversation(CLIENT, "1"), answer)
    assert (caught.value.code, caught.value.message) == (str(answer["code"]), answer["message"])


def test_wrong_credentials_have_an_error_of_their_own() -> None:
    answer = {"code": 401, "message": "unauthorized", "timestamp": 1767229261123}
    with pytest.raises(AuthenticationFailed):
        told(MerchantClient.find_order.conversation(CLIENT, "1"), answer, status=401)


def test_a_fault_leaves_it_unknown() -> None:
    answer = {"code": 999, "message": "system error", "timestamp": 1767229261123}
    with pytest.raises(NetworkUnknown):
        told(MerchantClient.refund.conversation(CLIENT, REFUND), answer, status=500)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("approved", PaymentNotification),
        ("declined", PaymentNotification),
        ("closed", PaymentNotification),
        ("renewal", PaymentNotification),
        ("refunded", RefundNotification),
        ("refund_failed", RefundNotification),
        ("chargeback", ChargebackNotification),
    ],
)
def test_the_worked_notifications_are_believed_and_read(name: str, kind: type) -> None:
    """Each by what it is about, with every member."""
    said = CLIENT.verify_notification(compact(NOTIFICATIONS[name]))
    assert type(said) is kind
    shown = {**msgspec.to_builtins(said), "sign": NOTIFICATIONS[name]["sign"]}
    assert {member: shown[member] for member in NOTIFICATIONS[name]} == NOTIFICATIONS[name]


def test_a_paid_order_and_a_renewal_say_so() -> None:
    paid = CLIENT.verify_notification(compact(NOTIFICATIONS["approved"]))
    assert isinstance(paid, PaymentNotification)
    assert (paid.is_paid, paid.subscription_index) == (True, None)
    renewed = CLIENT.verify_notification(compact(NOTIFICATIONS["renewal"]))
    assert isinstance(renewed, PaymentNotification)
    assert (renewed.original_unique_id, renewed.subscription_index) == ("2006613456789012600", 2)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"not json",
        compact({**NOTIFICATIONS["declined"], "code": 100}),
        compact({**NOTIFICATIONS["approved"], "transactionAmount": 49.9}),
        compact({name: value for name, value in NOTIFICATIONS["approved"].items() if name != "sign"}),
    ],
)
def test_a_notification_that_is_not_signed_is_not_believed(body: bytes) -> None:
    with pytest.raises(InvalidSignature):
        CLIENT.verify_notification(body)


def test_a_notification_to_another_merchant_is_not_believed() -> None:
    other = MerchantClient(BASE, merchant_no=MERCHANT_NO, secret_key=INTEROP_KEY)
    with pytest.raises(InvalidSignature):
        other.verify_notification(compact(NOTIFICATIONS["approved"]))


def test_the_browsers_return_is_a_signed_hint() -> None:
    assert msgspec.to_builtins(CLIENT.verify_return(RETURNED_URL)) == RETURN_PARAMETERS
    with pytest.raises(InvalidSignature):
        CLIENT.verify_return(RETURNED_URL.replace("49.90", "4.90"))
