"""The answer of `query`: everything known about an order (section 4.8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from polygate.core.agreements import identifier
from polygate.core.merchants import App, Merchant
from polygate.core.methods import PRODUCTS
from polygate.core.money import Money
from polygate.core.outcomes import Authentication
from polygate.core.payments import NOT_SCORED, OrderDetails, Payment
from polygate.core.refunds import Refund
from polygate.core.shipments import Shipment
from polygate.core.transitions import PaymentState
from polygate.protocols.gateway.answers import ORDER_STATUS, REFUND_STATUS, amount, result
from polygate.protocols.gateway.errors import Code
from polygate.protocols.gateway.times import date_time, plain_time


def query_answer(
    payment: Payment,
    details: OrderDetails,
    refunds: Sequence[Refund],
    shipments: Sequence[Shipment],
    *,
    app: App,
    merchant: Merchant,
) -> dict[str, Any]:
    """`refunds` and `shipments` come oldest first."""
    request = details.request
    answer: dict[str, Any] = {
        "order": _order(payment, request, app=app, merchant=merchant),
        "refund": [_refund(refund) for refund in refunds],
        "respCode": Code.DONE.code,
        "respMsg": Code.DONE.message,
    }
    if payment.card is not None:
        answer["extend"] = _extend(payment)
    if request.get("billing"):
        answer["billing"] = request["billing"]
    if request.get("shipping"):
        answer["shipping"] = {**request["shipping"], **_newest(shipments)}
    return answer


def statement(request_text: str, *, app: App, merchant: Merchant) -> str:
    """The text on the payer's statement: the order's own where the app may set it, else the merchant's name."""
    return (request_text if app.may_set_statement and request_text else merchant.name)[:18]


def _order(payment: Payment, request: Any, *, app: App, merchant: Merchant) -> dict[str, Any]:
    card = payment.card
    is_wallet = payment.method in PRODUCTS
    fields = {
        "billingDesc": statement(request.get("billingDesc", ""), app=app, merchant=merchant),
        "brand": card.brand.value if card else payment.method if is_wallet else "",
        "clientIp": request.get("deviceInfo", {}).get("clientIp", ""),
        "mcc": merchant.mcc,
        "mercName": merchant.name,
        "orderNo": payment.order_no,
        "orderStatus": ORDER_STATUS[payment.state],
        "orderStatusDesc": _described(payment),
        "payName": card.holder if card else payment.details.payer,
        "payNo": card.masked if card else payment.reference if is_wallet else "",
        "payTime": date_time(payment.created_ms),
        "paymentMethodType": payment.method,
        "tradeComments": request.get("description", ""),
        "tradeCurrency": payment.currency,
        "tradeFinishTime": date_time(payment.finished_ms) if payment.finished_ms else "",
        "tradeNo": str(payment.payment_id),
        "websiteId": app.website_id,
    }
    return {name: value for name, value in fields.items() if value} | {"payAmount": _number(payment.shown)}


def _described(payment: Payment) -> str:
    if payment.state in {PaymentState.FAILED, PaymentState.CANCELED} and payment.decline:
        return result(payment)[0].message
    return payment.state.value


def _extend(payment: Payment) -> dict[str, Any]:
    details = payment.details
    assert payment.card is not None
    fields: dict[str, Any] = {
        "arn": details.arn,
        "authorizeCode": details.auth_code,
        "avsResult": details.avs_result,
        "bin": payment.card.masked[:6],
        "cardClass": details.card_class,
        "cvcResult": details.cvc_result,
        "issuerCountryCode": details.issuer_country,
        "riskScore": _risk_score(payment),
        "transactionIdentifier": identifier(payment.agreement_id),
    }
    if details.authentication is not None:
        fields["dsInfo"] = _authentication(details.authentication)
    return {name: value for name, value in fields.items() if value}


def _risk_score(payment: Payment) -> str:
    """The worse of what we and the acquirer make of the payment, where the merchant asked for a check."""
    theirs = payment.details.risk_score
    scores = (payment.risk_score, int(theirs) if theirs.isdecimal() else NOT_SCORED)
    return str(max(scores)) if payment.fraud_check and max(scores) != NOT_SCORED else ""


def _authentication(done: Authentication) -> dict[str, str]:
    fields = {
        "authenticationStatus": done.status,
        "cavvAlgorithm": done.cavv_algorithm,
        "eci": done.eci,
        "enrolled": done.enrolled,
        "signatureVerification": done.signature_verified,
        "threeDsVersion": done.version,
    }
    return {name: value for name, value in fields.items() if value}


def _newest(shipments: Sequence[Shipment]) -> dict[str, str]:
    """The parcel that was told of last and is not canceled, in place of what the order said of it."""
    for shipment in reversed(shipments):
        if shipment.is_live:
            return {"carrier": shipment.carrier, "trackingNo": shipment.tracking_no}
    return {}


def _refund(refund: Refund) -> dict[str, Any]:
    return {
        "amount": _number(refund.amount),
        **({"completeTime": plain_time(refund.finished_ms)} if refund.finished_ms else {}),
        "currency": refund.currency,
        "desc": refund.said or refund.reason,
        "orderNo": refund.number,
        "refundStatus": REFUND_STATUS[refund.state],
        "refundTime": date_time(refund.created_ms),
        "tradeNo": str(refund.refund_id),
    }


def _number(money: Money) -> msgspec.Raw:
    """A JSON number written from the exact decimal text, never by way of a float."""
    return msgspec.Raw(amount(money).encode())
