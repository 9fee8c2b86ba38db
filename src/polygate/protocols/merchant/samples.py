"""Calls for the reference, in an order in which they work one after the other, and what they are answered."""

from __future__ import annotations

from typing import Final

from polygate.protocols.documenting.samples import Sample, values_in


class Call(Sample, frozen=True, kw_only=True):
    """Its path has the query of a search."""

    call: str
    """The path of the call, as the document has it."""


_ORDER: Final = {
    "currency": "USD",
    "amount": "49.90",
    "appId": "$APP_ID",
    "transactionIp": "203.0.113.7",
    "callbackUrl": "https://shop.example/return",
    "notificationUrl": "https://shop.example/hooks/pay",
    "productInfos": [{"productName": "Desk lamp", "price": "49.90", "quantity": 1}],
    "billingAddress": {"firstName": "Dana", "lastName": "Reyes", "country": "US"},
}
_CARD: Final = {
    "cardNumber": "4300000000000000",
    "expiredYear": "35",
    "expiredMonth": "12",
    "cardholder": "DANA REYES",
    "cvv": "123",
}
_PLAN: Final = {"subscriptionCycle": "MONTH", "subscriptionPeriod": 12}
_ID: Final = "1204039467826907136"
_FRESH: Final = 1767229270
_AT: Final = 1767229270900
_TRANSACTION: Final = {
    "uniqueId": _ID,
    "appId": 779628502753737,
    "transactionId": f"ORD-{_FRESH}",
    "transactionCurrency": "USD",
    "transactionAmount": "49.90",
}
_PAID: Final = {
    "code": 100,
    **_TRANSACTION,
    "transactionMethod": "CreditCard",
    "transactionCardNumber": "430000******0000",
    "billDescription": "Demo Shop",
    "transactionMessage": "Approved",
    "message": "successful transaction",
    "timestamp": _AT,
    "isTest": True,
}
_OPENED: Final = {
    "code": 301,
    **_TRANSACTION,
    "transactionMethod": "Default",
    "transactionCardNumber": "",
    "billDescription": "Demo Shop",
    "transactionMessage": "Redirect",
    "redirectUrl": "https://pay.example.com/h5/en-us/cashier.html?token=cs_...",
    "message": "redirect required",
    "timestamp": _AT,
    "isTest": True,
}
_FOUND: Final = {
    "code": 100,
    "uniqueId": _ID,
    "appId": 779628502753737,
    "transactionId": f"ORD-{_FRESH}",
    "orderId": f"ORD-{_FRESH}",
    "transactionCurrency": "USD",
    "transactionAmount": "49.90",
    "transactionMethod": "CreditCard",
    "transactionCardNumber": "430000******0000",
    "billDescription": "Demo Shop",
    "transactionMessage": "Approved",
    "transactionAt": "2026-01-01 01:01:10",
    "message": "successful transaction",
    "timestamp": _AT,
    "isTest": True,
    "is3d": False,
}
_REFUND: Final = {
    "code": 110,
    "refundTransactionId": f"RF-{_FRESH}",
    "uniqueId": _ID,
    "refundUniqueId": "1204039467826907140",
    "refundCurrency": "USD",
    "refundAmount": "10.00",
    "refundRequestAt": "2026-01-01 01:01:11",
    "message": "Refund request successful",
    "timestamp": _AT,
}
_PAGE: Final = {
    "code": 121,
    "message": "Search success",
    "timestamp": _AT,
    "currPage": 1,
    "totalCount": 1,
    "totalPage": 1,
    "pageSize": 10,
}
_CHARGED: Final = "A card payment"

SAMPLES: Final = (
    Call(
        path="/checkout/payment",
        call="/checkout/payment",
        title="An order on the hosted page",
        body={"transactionId": "$NUMBER", **_ORDER},
        answer=_OPENED,
        opens={"NUMBER": "ORD"},
    ),
    Call(
        path="/checkout/subscription",
        call="/checkout/subscription",
        title="A subscription on the hosted page",
        body={"transactionId": "$NUMBER", **_ORDER, "extension": _PLAN},
        answer=_OPENED,
        opens={"NUMBER": "SUB"},
    ),
    Call(
        path="/api/payment",
        call="/api/payment",
        title=_CHARGED,
        body={"transactionId": "$NUMBER", **_ORDER, "card": _CARD},
        answer=_PAID,
        opens={"NUMBER": "ORD"},
        keeps={"UNIQUE_ID": "uniqueId"},
    ),
    Call(
        path="/api/subscription",
        call="/api/subscription",
        title="A subscription by card",
        body={"transactionId": "$PLAN", **_ORDER, "card": _CARD, "extension": _PLAN},
        answer=_PAID,
        opens={"PLAN": "SUB"},
    ),
    Call(
        path="/api/refund",
        call="/api/refund",
        title="A part of it back",
        body={"uniqueId": "$UNIQUE_ID", "amount": "10.00", "refundTransactionId": "$REFUND"},
        answer=_REFUND,
        opens={"REFUND": "RF"},
        after=_CHARGED,
    ),
    Call(
        path="/upload/trackingNumber",
        call="/upload/trackingNumber",
        title="Where the parcel is",
        body=[{"uniqueId": "$UNIQUE_ID", "company": "DHL", "number": "DHL0001112223"}],
        answer={"code": 141, "message": "upload successful", "timestamp": _AT},
        after=_CHARGED,
    ),
    Call(
        path="/search/list/order?transactionId=$NUMBER",
        call="/search/list/order",
        title="The order by the merchant's number",
        answer={**_PAGE, "data": [_FOUND]},
        after=_CHARGED,
    ),
    Call(
        path="/search/order/$UNIQUE_ID",
        call="/search/order/{uniqueId}",
        title="The order by the gateway's number",
        answer=_FOUND,
        after=_CHARGED,
    ),
    Call(
        path="/search/list/refund?uniqueId=$UNIQUE_ID",
        call="/search/list/refund",
        title="The refunds of a transaction",
        answer={**_PAGE, "data": [{**_REFUND, "merchantRefundId": f"RF-{_FRESH}"}]},
        after="A part of it back",
    ),
)
VALUES: Final = values_in(SAMPLES, fresh=_FRESH)
