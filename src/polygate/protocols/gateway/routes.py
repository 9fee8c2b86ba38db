"""The endpoints of the Gateway API: who, read, operation, show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
from starlette.requests import HTTPConnection

from polygate.core.merchants import App
from polygate.core.money import Money
from polygate.core.payments import CaptureMode, PaymentOrder
from polygate.core.refunds import RefundOrder
from polygate.core.routing import NO_ACQUIRER, has_currency, offered
from polygate.core.transitions import PaymentState
from polygate.operations.caller_notes import caller_is, caller_says
from polygate.operations.capture_payment import capture_payment
from polygate.operations.context import Context
from polygate.operations.credentials import issue_token, verified_app
from polygate.operations.look_up import find_refunds
from polygate.operations.open_checkout import open_checkout
from polygate.operations.refund_payment import refund_payment
from polygate.operations.subscribe import subscribe as subscribe_app
from polygate.operations.take_payment import take_payment
from polygate.operations.void_payment import void_payment
from polygate.protocols.gateway import answers, descriptions, schemas
from polygate.protocols.gateway.auth import admit
from polygate.protocols.gateway.charges import charge_of
from polygate.protocols.gateway.descriptions import Description
from polygate.protocols.gateway.errors import Code, Rejected
from polygate.protocols.gateway.methods import METHODS
from polygate.protocols.gateway.order_view import query_answer
from polygate.protocols.gateway.orders import NAME, find_order, order_key, require_method
from polygate.protocols.gateway.shipping import endpoints as shipping
from polygate.protocols.gateway.shipping import requests as shipping_requests
from polygate.protocols.gateway.stored_cards import endpoints as stored_cards
from polygate.protocols.gateway.stored_cards import requests as stored_card_requests
from polygate.protocols.gateway.webhook import API_VERSION
from polygate.store.reads import Caller

MINUTE_MS: Final = 60_000


class Asked(Protocol):
    """A request that was read without fault."""

    @property
    def as_sent(self) -> dict[str, Any]: ...


Request = TypeVar("Request", bound=Asked)


class Endpoint(msgspec.Struct, Generic[Request], frozen=True):
    """How a body is read, what is done with it, and the fields that error answers echo.

    `echoes` maps a name in the answer to its name in the request (section 1.3).
    """

    read: Callable[[bytes, int], Request]
    """Takes the body and the time."""
    handle: Callable[[Context, Caller, Request], Awaitable[answers.Answer]]
    echoes: Mapping[str, str]
    about: Description
    lists: tuple[str, ...] = ()
    """The arrays of the answer, which are empty where nothing was done."""


async def token(context: Context, body: bytes, request: HTTPConnection) -> answers.Answer:
    """Section 2.1. The one endpoint that is called without a token."""
    asked = schemas.read_token(body)
    caller_says(request.scope, app_id=asked.app_id)
    verified = await verified_app(context, asked.app_id, asked.secret.reveal())
    if verified is None:
        raise Rejected(Code.WRONG_CREDENTIALS)
    app = verified.app
    merchant = await context.reads.merchant(app.merchant_id)
    if merchant is not None:
        caller_is(request.scope, merchant, app)
    if not app.enabled or merchant is None or not merchant.enabled:
        raise Rejected(Code.APP_DISABLED)
    admit(context, app, request)
    access_token = await issue_token(context, app, ends_ms=verified.ends_ms)
    return {
        "accessToken": access_token.reveal(),
        "expiresIn": verified.token_life_ms(context.clock()) // 1_000,
        "respCode": Code.DONE.code,
        "respMsg": Code.DONE.message,
    }


async def cashier(context: Context, caller: Caller, asked: schemas.CashierRequest) -> answers.Answer:
    """Section 4.2."""
    _require_any(context, caller.app, asked.amount)
    opened = await open_checkout(context, _order(caller, asked, language="en-US", keep_card=""))
    return answers.checkout_answer(context, opened)


async def payment(context: Context, caller: Caller, asked: schemas.PaymentRequest) -> answers.Answer:
    """Section 4.3."""
    require_method(caller.app, asked.method)
    attach = asked.wallet.attach if asked.wallet else ""
    order = _order(caller, asked, language=asked.language, keep_card=asked.keep_card, attach=attach)
    taken = await take_payment(context, order, charge_of(caller, asked))
    charge = None
    if taken.state is PaymentState.PENDING:
        charge = await context.reads.attempt(taken.merchant_id, taken.charge_id)
    return answers.payment_answer(context, taken, charge)


async def capture(context: Context, caller: Caller, asked: schemas.CaptureRequest) -> answers.Answer:
    """Section 4.4."""
    found = await find_order(context, caller, asked)
    amount = schemas.amount_in(asked.amount_text, found.currency, field="captureAmount")
    return answers.capture_answer(await capture_payment(context, found, amount))


async def cancel(context: Context, caller: Caller, asked: schemas.OrderName) -> answers.Answer:
    """Section 4.5."""
    found = await find_order(context, caller, asked)
    return answers.cancel_answer(await void_payment(context, found))


async def query(context: Context, caller: Caller, asked: schemas.OrderName) -> answers.Answer:
    """Section 4.8."""
    found = await find_order(context, caller, asked)
    details = await context.reads.order_details(found.merchant_id, found.payment_id)
    app = await context.reads.app(found.app_id)
    if details is None or app is None:
        raise LookupError(f"payment {found.payment_id} is incomplete")
    refunds = await context.reads.refunds(found.merchant_id, found.payment_id)
    shipments = await context.reads.shipments(found.merchant_id, found.payment_id)
    return query_answer(found, details, refunds, shipments, app=app, merchant=caller.merchant)


async def refund(context: Context, caller: Caller, asked: schemas.RefundRequest) -> answers.Answer:
    """Section 4.9."""
    found = await find_order(context, caller, asked)
    order = RefundOrder(
        number=asked.refund_number,
        amount=schemas.amount_in(asked.amount_text, found.currency),
        reason=asked.reason,
        client_ip=asked.client_ip,
        notify_url=asked.notify_url or found.notify_url,
    )
    return answers.refund_answer(await refund_payment(context, found, order), caller.merchant)


async def refund_query(context: Context, caller: Caller, asked: schemas.OrderName) -> answers.Answer:
    """Section 4.10."""
    refunds, of_order = await find_refunds(context, order_key(caller, asked))
    if of_order and len(refunds) > 1:
        return answers.refunds_answer(refunds, caller.merchant)
    return answers.refund_answer(refunds[0], caller.merchant)


async def subscribe(context: Context, caller: Caller, asked: schemas.SubscribeRequest) -> answers.Answer:
    """Section 4.15."""
    await subscribe_app(context, caller.app, asked.subscribe_url)
    return {
        "apiVersion": API_VERSION,
        "respCode": Code.DONE.code,
        "respMsg": Code.DONE.message,
        "signMethod": asked.sign_method,
        "subscribeUrl": asked.subscribe_url,
    }


def _same(*names: str) -> Mapping[str, str]:
    return {name: name for name in names}


_PAYMENT_ECHOES: Final = _same("amount", "currency", "orderNo", "tradeNo")
_REFUND_ECHOES: Final = {
    **_same("amount", "currency", "mercId", "refundStatus"),
    "refundTradeNo": "",
    "refundOrderNo": "refundNumber",
}


def _untimed(read: Callable[[bytes], Request]) -> Callable[[bytes, int], Request]:
    return lambda body, _now_ms: read(body)


_SUBSCRIBE: Final = Endpoint(
    _untimed(schemas.read_subscribe),
    subscribe,
    _same("apiVersion", "signMethod", "subscribeUrl"),
    descriptions.SUBSCRIBE,
)

_TRACKING_ECHOES: Final = {"desc": ""}

ENDPOINTS: Final[Mapping[str, Endpoint[Any]]] = {
    "cashier/order": Endpoint(
        _untimed(schemas.read_cashier), cashier, _same("orderNo", "redirectUrl"), descriptions.CASHIER
    ),
    "payment": Endpoint(schemas.read_payment, payment, _PAYMENT_ECHOES, descriptions.PAYMENT),
    "capture": Endpoint(
        _untimed(schemas.read_capture), capture, {**_PAYMENT_ECHOES, "amount": "captureAmount"}, descriptions.CAPTURE
    ),
    "cancel": Endpoint(_untimed(schemas.read_cancel), cancel, _same("orderNo", "tradeNo"), descriptions.CANCEL),
    "mitPayment": Endpoint(
        stored_card_requests.read_mit, stored_cards.mit_payment, _PAYMENT_ECHOES, descriptions.MIT_PAYMENT
    ),
    "subscriptionPayment": Endpoint(
        stored_card_requests.read_subscription,
        stored_cards.subscription_payment,
        _PAYMENT_ECHOES,
        descriptions.SUBSCRIPTION_PAYMENT,
    ),
    "query": Endpoint(_untimed(schemas.read_query), query, {}, descriptions.QUERY),
    "refund": Endpoint(_untimed(schemas.read_refund), refund, _REFUND_ECHOES, descriptions.REFUND),
    "refundQuery": Endpoint(
        _untimed(schemas.read_refund_query), refund_query, _REFUND_ECHOES, descriptions.REFUND_QUERY
    ),
    "shipping/tracking": Endpoint(
        _untimed(shipping_requests.read_add), shipping.add, _TRACKING_ECHOES, descriptions.TRACKING, ("trackings",)
    ),
    "shipping/tracking-batch": Endpoint(
        _untimed(shipping_requests.read_batch),
        shipping.add_many,
        _TRACKING_ECHOES,
        descriptions.TRACKING_BATCH,
        ("trackings",),
    ),
    "shipping/tracking-modify": Endpoint(
        _untimed(shipping_requests.read_change),
        shipping.change,
        _TRACKING_ECHOES,
        descriptions.TRACKING_MODIFY,
        ("trackings",),
    ),
    "shipping/retrieve": Endpoint(
        _untimed(shipping_requests.read_retrieve),
        shipping.retrieve,
        _same("shipmentDate", "shipmentDirection", "shippingStatus", "trackingNumberType"),
        descriptions.RETRIEVE,
    ),
    "webhook/subscribe": _SUBSCRIBE,
    # The path was lost in the original document; these two are what integrators guess.
    "webhook": _SUBSCRIBE,
    "subscribe": _SUBSCRIBE,
}
"""Path below `/gateway/v1/` → endpoint; `connect/token` stands apart."""


def _require_any(context: Context, app: App, amount: Money) -> None:
    """The page must have something to offer: 1006 where the app may take nothing, 2006 and 2005 where nothing fits."""
    offers = context.offers(is_test=app.is_test)
    currency = amount.currency
    if any(method in METHODS for method in offered(app.methods, amount, offers=offers)):
        return
    enabled = [method for method in METHODS if method in app.methods]
    if any(has_currency(offer, method, currency) for offer in offers.values() for method in enabled):
        raise Rejected(Code.BAD_AMOUNT, f"amount: no payment method of this app takes as much as {amount}")
    if any(method in offer for offer in offers.values() for method in enabled):
        raise Rejected(Code.CURRENCY_NOT_SUPPORTED, f"currency: no payment method of this app takes {currency}")
    raise Rejected(Code.NOT_ENABLED, "no payment method is enabled for this app" if offers else NO_ACQUIRER)


def _order(
    caller: Caller,
    asked: schemas.CashierRequest | schemas.PaymentRequest,
    *,
    language: str,
    keep_card: str,
    attach: str = "",
) -> PaymentOrder:
    request: Mapping[str, Any] = asked.as_sent
    return PaymentOrder(
        merchant_id=caller.merchant.merchant_id,
        app_id=caller.app.app_id,
        protocol=NAME,
        order_no=asked.order_no,
        amount=asked.amount,
        capture_mode=CaptureMode(asked.capture_mode),
        three_ds=asked.three_ds.value,
        fraud_check=asked.fraud_check,
        life_ms=asked.expiry_minutes * MINUTE_MS,
        notify_url=asked.notify_url,
        front_url=asked.front_url,
        language=language,
        attach=attach,
        keep_card=keep_card,
        fee=caller.merchant.fee_rule(asked.amount.currency),
        request=request,
        is_test=caller.app.is_test,
    )
