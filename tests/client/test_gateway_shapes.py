"""The Gateway client's types say what the gateway itself declares: fields of requests, answers and notifications.

Also how an answer is understood, and what one conversation asks, without any server.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from polygate.client import ApiError, AuthenticationFailed, GatewayClient, Money, NetworkUnknown, Secret
from polygate.client.calls import Response
from polygate.client.gateway import Wallet, answers, notifications, orders
from polygate.core.methods import Method, Product
from polygate.protocols.gateway import answer_shapes as told
from polygate.protocols.gateway import bodies, shapes
from polygate.protocols.gateway.shipping import bodies as shipping_bodies
from polygate.protocols.gateway.stored_cards import bodies as stored_card_bodies
from polygate.protocols.gateway.wallet_objects import WALLETS
from polygate.protocols.reading.answer_fields import Body, Listed
from polygate.protocols.reading.fields import Shape
from tests.client.gateway_orders import card, order
from tests.client.talking import JSON

RESULT = {"respCode", "respMsg"}
ANSWERS: dict[type, Body] = {
    answers.CashierSession: told.CASHIER,
    answers.PaymentAnswer: told.PAYMENT,
    answers.DeviceDataForm: told.DEVICE_DATA,
    answers.CaptureAnswer: told.CAPTURE,
    answers.CancelAnswer: told.CANCEL,
    answers.OrderAnswer: told.QUERY,
    answers.OrderInfo: told.ORDER,
    answers.IssuerDetails: told.DETAILS,
    answers.Authentication: told.AUTHENTICATION,
    answers.RefundOfOrder: told.REFUND_OF_ORDER,
    answers.RefundAnswer: told.REFUND_QUERY,
    answers.TrackingAnswer: told.TRACKINGS_OF_MANY,
    answers.Parcel: told.PARCEL,
    answers.SubscribeAnswer: told.SUBSCRIBE,
    notifications.PaymentNotification: told.PAYMENT_NOTICE,
    notifications.RefundNotification: told.REFUND_NOTICE,
}
REQUESTS: dict[type, Shape] = {
    orders.Address: shapes.ADDRESS,
    orders.Phone: shapes.PHONE,
    orders.Billing: shapes.BILLING,
    orders.Shipping: shapes.SHIPPING,
    orders.ProductInfo: shapes.PRODUCT,
    orders.Card: shapes.CARD,
    orders.Browser: shapes.BROWSER,
    orders.DeviceInfo: shapes.DEVICE,
    orders.ThreeDsData: shapes.THREE_DS_DATA,
    orders.CashierOrder: bodies.CASHIER,
    orders.PaymentOrder: bodies.PAYMENT_BY_CARD,
    orders.MitOrder: stored_card_bodies.MIT_PAYMENT,
    orders.SubscriptionOrder: stored_card_bodies.SUBSCRIPTION_PAYMENT,
    orders.RefundOrder: bodies.REFUND,
    orders.Tracking: shipping_bodies.ADD,
}
IGNORED: dict[type, set[str]] = {orders.PaymentOrder: {"wallet"}, orders.SubscriptionOrder: {"threeDsMode"}}
"""A wallet goes under its method's name; 3-D Secure has no effect where the payer is absent."""
PRICED = {orders.CashierOrder, orders.PaymentOrder, orders.MitOrder}


def named(kind: type) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


@pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
def test_every_declared_field_of_an_answer_has_its_place(kind: type) -> None:
    """None is lost, none is made up, and none is demanded that may be absent."""
    declared = {field.name: field for field in ANSWERS[kind].fields}
    assert declared.keys() - {"notifyType"} - RESULT == named(kind) - RESULT
    demanded = {field.encode_name for field in msgspec.structs.fields(kind) if field.required} - RESULT
    assert demanded <= {name for name, field in declared.items() if field.always}


def test_lists_in_answers_are_read_as_what_they_list() -> None:
    """The refunds of an order, the faults of a batch."""
    for body, name, kind in (
        (told.REFUND_QUERY, "refunds", answers.RefundInfo),
        (told.TRACKINGS_OF_MANY, "errors", answers.TrackingFault),
    ):
        listed = next(field.form for field in body.fields if field.name == name)
        assert isinstance(listed, Listed)
        assert isinstance(listed.each, Body)
        assert {field.name for field in listed.each.fields} == named(kind)


@pytest.mark.parametrize("kind", REQUESTS, ids=lambda kind: kind.__name__)
def test_every_declared_field_of_a_request_can_be_given(kind: type) -> None:
    """And those that must be given are asked for."""
    declared = {field.name: field for field in REQUESTS[kind].fields}
    given = named(kind) | ({"currency"} if kind in PRICED else set())
    assert declared.keys() ^ given == IGNORED.get(kind, set())
    demanded = {field.encode_name for field in msgspec.structs.fields(kind) if field.required}
    needed = {name for name, field in declared.items() if field.required} - {"currency", "card"}
    assert needed <= demanded | {"card"}


def test_wallets_take_what_any_wallet_takes() -> None:
    declared = {field.name for wallet in WALLETS.values() for field in wallet.fields}
    assert declared == named(Wallet)


CLIENT = GatewayClient("https://pay.example", app_id="1", secret=Secret("s"))


def sent(conversation: Any) -> list[Any]:
    """What a conversation asks once it has a token: the request's end of the address, and its body."""
    next(conversation)
    request = conversation.send(Response(200, JSON, b'{"respCode":"0000","respMsg":"","accessToken":"at_1"}'))
    CLIENT._token = None
    assert request.headers["Authorization"] == "Bearer at_1"
    return [request.url.removeprefix("https://pay.example/gateway/v1/"), msgspec.json.decode(request.body)]


def test_a_payment_is_written_as_the_contract_has_it() -> None:
    """Amount and currency from the money, the card's secrets in the clear, and nothing that was not given."""
    path, body = sent(GatewayClient.payment.conversation(CLIENT, order(order_no="order-1", amount=Money(1050, "USD"))))
    assert path == "payment"
    assert body == {
        "amount": "10.50",
        "currency": "USD",
        "orderNo": "order-1",
        "paymentMethodType": "card",
        "card": {
            "cardNo": "4444333322221111",
            "cvc": "401",
            "expiryMonth": "12",
            "expiryYear": "2035",
            "firstName": "Amy",
            "lastName": "Lee",
        },
        "deviceInfo": {"clientIp": "203.0.113.9", "language": "en-US", "browser": {"userAgent": "Test/1"}},
    }


@pytest.mark.parametrize("method", [Method.PAY_NOW, Method.PAYPAL, Method.ALIPAY_PLUS])
def test_a_wallet_goes_under_its_methods_name(method: Method) -> None:
    wallet = Wallet(product_type=Product.H5)
    _, body = sent(GatewayClient.payment.conversation(CLIENT, order(method=method, card=None, wallet=wallet)))
    assert body[method.value] == {"productType": "h5"}
    assert "wallet" not in body


def test_cards_do_not_show_in_orders() -> None:
    """Whoever logs an order logs stars."""
    shown = repr(order(card=card()))
    assert "4444333322221111" not in shown
    assert "Secret(***)" in shown


def understood(status: int, code: str) -> str:
    """The name of what a query becomes by one answer."""
    conversation = GatewayClient.cancel.conversation(CLIENT, order_no="order-1")
    CLIENT._token = Secret("at_1")
    next(conversation)
    answer = {"respCode": code, "respMsg": "so", "orderNo": "order-1", "tradeNo": ""}
    try:
        conversation.send(Response(status, JSON, msgspec.json.encode(answer)))
    except StopIteration as end:
        return type(end.value).__name__
    except (ApiError, NetworkUnknown) as error:
        return type(error).__name__
    finally:
        CLIENT._token = None
    return "asks again"


@pytest.mark.parametrize(
    ("status", "code", "becomes"),
    [
        (200, "0000", "CancelAnswer"),
        (200, "4012", "CancelAnswer"),
        (200, "9002", "CancelAnswer"),
        (200, "2003", "ApiError"),
        (200, "3008", "ApiError"),
        (401, "1001", "AuthenticationFailed"),
        (401, "1002", "AuthenticationFailed"),
        (401, "1003", "asks again"),
        (401, "1004", "asks again"),
        (403, "1005", "ApiError"),
        (403, "1006", "ApiError"),
        (429, "9429", "ApiError"),
        (500, "9001", "NetworkUnknown"),
        (503, "9003", "ApiError"),
    ],
)
def test_codes_are_results_errors_or_doubts(status: int, code: str, becomes: str) -> None:
    """A decline and an unknown outcome of the acquirer are results; a fault in the middle leaves a doubt."""
    assert understood(status, code) == becomes


def test_a_renewed_token_that_is_refused_too_is_an_error() -> None:
    """Once is enough: no endless asking."""
    conversation = GatewayClient.query.conversation(CLIENT, order_no="order-1")
    CLIENT._token = Secret("at_1")
    expired = Response(401, JSON, b'{"respCode":"1004","respMsg":"token expired"}')
    next(conversation)
    signing_in = conversation.send(expired)
    assert signing_in.url.endswith("/connect/token")
    assert "Authorization" not in signing_in.headers
    repeated = conversation.send(Response(200, JSON, b'{"respCode":"0000","respMsg":"","accessToken":"at_2"}'))
    assert repeated.headers["Authorization"] == "Bearer at_2"
    with pytest.raises(AuthenticationFailed):
        conversation.send(expired)
    CLIENT._token = None


def test_a_token_that_somebody_else_renewed_is_used() -> None:
    """Of many tasks that share a client, one renews."""
    CLIENT._token = Secret("at_1")
    conversation = GatewayClient.query.conversation(CLIENT, order_no="order-1")
    next(conversation)
    CLIENT._token = Secret("at_2")
    repeated = conversation.send(Response(401, JSON, b'{"respCode":"1004","respMsg":"token expired"}'))
    assert repeated.url.endswith("/query")
    assert repeated.headers["Authorization"] == "Bearer at_2"
    CLIENT._token = None
