"""The requests of the Gateway API: what each body holds, and the typed value it becomes (section 4).

Every `read_*` function takes the raw body and raises Rejected for the first fault by the check order of section 4.1.
Optional texts that were not given are empty. `as_sent` is the request as it may be kept: known fields only, trimmed,
the card number masked, neither a security code nor what a payer's wallet showed.
"""

from __future__ import annotations

from typing import Any

import msgspec

from polygate.core.cards import Card, Cryptogram, Secret, mask
from polygate.core.methods import Method
from polygate.core.money import Money, parse
from polygate.core.outcomes import Authentication
from polygate.core.payments import CaptureMode
from polygate.protocols.gateway.bodies import (
    CANCEL,
    CAPTURE,
    CASHIER,
    PAYMENT_BY_CARD,
    PAYMENT_BY_WALLET,
    PAYMENT_OTHERWISE,
    QUERY,
    REFUND,
    REFUND_QUERY,
    STATEMENT_MAX_LENGTH,
    SUBSCRIBE,
    TOKEN,
)
from polygate.protocols.gateway.errors import Code, Rejected
from polygate.protocols.gateway.methods import METHODS
from polygate.protocols.gateway.reading import decode, read
from polygate.protocols.gateway.shapes import CARD, METHOD, ThreeDsMode
from polygate.protocols.gateway.wallet_objects import WALLETS, Wallet, read_wallet, without_code
from polygate.protocols.reading.faults import Wrong
from polygate.protocols.reading.fields import Found, Given, Shape, absent, text_of


def amount_in(text: str, currency: str, *, field: str = "amount") -> Money:
    """The money an `amount_text` means in its order's currency. Raises Rejected (2005), naming `field`."""
    try:
        return parse(text, currency)
    except ValueError:
        raise Rejected(Code.BAD_AMOUNT, f"{field}: must be whole in {currency}", {field: text}) from None


# --- access token, section 2.1 ---------------------------------------------------------------------------------------


class TokenRequest(msgspec.Struct, frozen=True):
    app_id: str
    secret: Secret


def read_token(body: bytes) -> TokenRequest:
    found = read(TOKEN, decode(body))
    return TokenRequest(found["appId"], found["secret"])


# --- payment and checkout session, sections 4.2 and 4.3 --------------------------------------------------------------


class ThreeDsData(msgspec.Struct, frozen=True, kw_only=True):
    """What the merchant's own 3-D Secure left behind. `status` is empty where the merchant did not tell it."""

    status: str
    eci: str
    version: str
    cavv: Secret | None
    ds_trans_id: str
    xid: str

    @property
    def authentication(self) -> Authentication:
        """For the acquirer; a result without a status counts as passed (section 6.4)."""
        return Authentication(status=self.status or "Y", eci=self.eci, version=self.version)

    @property
    def cryptogram(self) -> Cryptogram | None:
        return Cryptogram(self.cavv, self.ds_trans_id, self.xid) if self.cavv else None


class CashierRequest(msgspec.Struct, frozen=True, kw_only=True):
    amount: Money
    order_no: str
    capture_mode: CaptureMode
    description: str
    expiry_minutes: int
    fraud_check: bool
    front_url: str
    notify_url: str
    products: list[dict[str, Any]]
    shipping: dict[str, Any] | None
    three_ds: ThreeDsMode
    as_sent: dict[str, Any]


class PaymentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`billing`, `shipping`, `device` and `products` are ready to be kept as JSON, in wire names."""

    amount: Money
    order_no: str
    method: Method
    card: Card | None
    """There for a card payment, None for every other method."""
    wallet: Wallet | None
    """There for every method but the card."""
    capture_mode: CaptureMode
    keep_card: str
    """The plan kind under which the card is to be kept for later charges; empty if it is not."""
    device: dict[str, Any]
    client_ip: str
    language: str
    billing: dict[str, Any] | None
    statement: str
    description: str
    expiry_minutes: int
    fraud_check: bool
    front_url: str
    notify_url: str
    products: list[dict[str, Any]]
    shipping: dict[str, Any] | None
    three_ds: ThreeDsMode
    three_ds_data: ThreeDsData | None
    as_sent: dict[str, Any]


def read_cashier(body: bytes) -> CashierRequest:
    found = read(CASHIER, decode(body))
    order = CASHIER.defaults | found
    return CashierRequest(
        amount=parse(order["amount"], order["currency"]),
        order_no=order["orderNo"],
        capture_mode=order["captureMethod"],
        description=order.get("description", ""),
        expiry_minutes=int(order["expiryTime"]),
        fraud_check=order["fraudMode"] == "Y",
        front_url=order.get("frontUrl", ""),
        notify_url=order.get("notificationUrl", ""),
        products=order.get("productInfo", []),
        shipping=order.get("shipping"),
        three_ds=order["threeDsMode"],
        as_sent=found,
    )


def read_payment(body: bytes, now_ms: int) -> PaymentRequest:
    """`now_ms`, in milliseconds since 1970, is what the card's expiry is judged against."""
    given = _with_method(decode(body))
    shape = _shape_for(given)
    found = read(shape, given, now_ms)
    order = shape.defaults | found
    method = order["paymentMethodType"]
    card = order.get("card")
    three_ds_data = order.get("threeDsData")
    return PaymentRequest(
        amount=parse(order["amount"], order["currency"]),
        order_no=order["orderNo"],
        method=method,
        card=card and card_in(card),
        wallet=read_wallet(method, order.get(method, {})) if method in WALLETS else None,
        capture_mode=(CARD.defaults | (card or {}))["captureMethod"],
        keep_card=plan_in(order.get("billing", {})) if card else "",
        device=order["deviceInfo"],
        client_ip=order["deviceInfo"]["clientIp"],
        language=order["deviceInfo"]["language"],
        billing=order.get("billing"),
        statement=order.get("billingDesc", "")[:STATEMENT_MAX_LENGTH],
        description=order.get("description", ""),
        expiry_minutes=int(order["expiryTime"]),
        fraud_check=order["fraudMode"] == "Y",
        front_url=order.get("frontUrl", ""),
        notify_url=order.get("notificationUrl", ""),
        products=order.get("productInfo", []),
        shipping=order.get("shipping"),
        three_ds=order["threeDsMode"],
        three_ds_data=three_ds_data and _three_ds_data(three_ds_data),
        as_sent=masked_copy(found),
    )


def masked_copy(found: Found) -> dict[str, Any]:
    """A request that a shape read, as it may be kept: the card number masked, nothing that proves who pays."""
    kept = found | {wallet: without_code(found[wallet]) for wallet in WALLETS if wallet in found}
    if "card" in found:
        card = {name: value for name, value in found["card"].items() if name != "cvc"}
        kept["card"] = {**card, "cardNo": mask(card["cardNo"].reveal())}
    if "threeDsData" in found:
        kept["threeDsData"] = {name: value for name, value in found["threeDsData"].items() if name != "cavv"}
    return kept


def _with_method(given: Given) -> Given:
    """A single method object tells the method where `paymentMethodType` is missing (section 4.3)."""
    if absent(given.get("paymentMethodType")):
        named = [method for method in METHODS if not absent(given.get(method))]
        if len(named) == 1:
            return {**given, "paymentMethodType": named[0].value}
    return given


def _shape_for(given: Given) -> Shape:
    """The request with the object of its method alone."""
    try:
        method = METHOD.accept(text_of(given.get("paymentMethodType")))
    except Wrong:
        return PAYMENT_OTHERWISE
    return PAYMENT_BY_CARD if method is Method.CARD else PAYMENT_BY_WALLET[method]


def card_in(card: Found) -> Card:
    return Card(
        number=card["cardNo"],
        first_name=card["firstName"],
        last_name=card["lastName"],
        security_code=card.get("cvc"),
        expiry_month=int(card["expiryMonth"]) if "expiryMonth" in card else None,
        expiry_year=int(card["expiryYear"]) if "expiryYear" in card else None,
    )


def plan_in(billing: Found) -> str:
    """The plan kind under which a card is to be kept; empty if it is not (section 3.3)."""
    if billing.get("storedcredentials") != "store":
        return ""
    return str(billing.get("customerInitiatedReason", "UNSCHEDULED"))


def _three_ds_data(data: Found) -> ThreeDsData:
    return ThreeDsData(
        status=data.get("authenticationResultCode", ""),
        eci=data["eci"],
        version=data.get("dsVersion", ""),
        cavv=data.get("cavv"),
        ds_trans_id=data.get("dsTransId", ""),
        xid=data.get("xid", ""),
    )


# --- what is done with an order, sections 4.4, 4.5, 4.8 to 4.10 -------------------------------------------------------


class OrderName(msgspec.Struct, frozen=True, kw_only=True):
    """A request about one order, which it names by one of two numbers or by both."""

    order_no: str
    trade_no: int | None
    as_sent: dict[str, Any]


class CaptureRequest(OrderName, frozen=True, kw_only=True):
    amount_text: str
    """Decimal text; the order's currency turns it into money, see `amount_in`."""


class RefundRequest(OrderName, frozen=True, kw_only=True):
    amount_text: str
    """Decimal text; the order's currency turns it into money, see `amount_in`."""
    client_ip: str
    notify_url: str
    reason: str
    refund_number: str


def read_capture(body: bytes) -> CaptureRequest:
    found = read(CAPTURE, decode(body))
    return CaptureRequest(**order_name(found), amount_text=found["captureAmount"])


def read_cancel(body: bytes) -> OrderName:
    return OrderName(**order_name(read(CANCEL, decode(body))))


def read_query(body: bytes) -> OrderName:
    return OrderName(**order_name(read(QUERY, decode(body))))


def read_refund(body: bytes) -> RefundRequest:
    found = read(REFUND, decode(body))
    return RefundRequest(
        **order_name(found),
        amount_text=found["amount"],
        client_ip=found["clientIp"],
        notify_url=found.get("notificationUrl", ""),
        reason=found["reason"],
        refund_number=found["refundNumber"],
    )


def read_refund_query(body: bytes) -> OrderName:
    """Both numbers may be those of the refund or those of its order."""
    return OrderName(**order_name(read(REFUND_QUERY, decode(body))))


def order_name(found: Found) -> dict[str, Any]:
    """The fields of an `OrderName`."""
    trade_no = found.get("tradeNo")
    return {"order_no": found.get("orderNo", ""), "trade_no": trade_no and int(trade_no), "as_sent": found}


# --- webhook subscription, section 4.15 ------------------------------------------------------------------------------


class SubscribeRequest(msgspec.Struct, frozen=True):
    api_version: str
    sign_method: str
    subscribe_url: str
    as_sent: dict[str, Any]


def read_subscribe(body: bytes) -> SubscribeRequest:
    found = read(SUBSCRIBE, decode(body))
    return SubscribeRequest(found["apiVersion"], found["signMethod"], found["subscribeUrl"], found)
