"""Calls for the reference, in an order in which they work one after the other, and what they are answered.

`$NAME` is a variable of the snippets. What answers make up anew each time is only of the right form here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

Json = dict[str, Any]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    """With its query, for a search."""
    call: str
    """The path of the call, as the document has it."""
    title: str
    body: Json | list[Json] | None = None
    answer: Json
    opens: Mapping[str, str] = {}
    """Variables that get a fresh number, by the word it begins with."""
    keeps: Mapping[str, str] = {}
    """Variables that get a member of the answer."""
    after: str = ""
    """The title of the sample whose variables this one goes on with."""


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
_AT: Final = 1767229270900
_TRANSACTION: Final = {
    "uniqueId": _ID,
    "appId": 779628502753737,
    "transactionId": "ORD-1767229270",
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
    "transactionId": "ORD-1767229270",
    "orderId": "ORD-1767229270",
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
    "refundTransactionId": "RF-1767229271",
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
    Sample(
        path="/checkout/payment",
        call="/checkout/payment",
        title="An order on the hosted page",
        body={"transactionId": "$NUMBER", **_ORDER},
        answer=_OPENED,
        opens={"NUMBER": "ORD"},
    ),
    Sample(
        path="/checkout/subscription",
        call="/checkout/subscription",
        title="A subscription on the hosted page",
        body={"transactionId": "$NUMBER", **_ORDER, "extension": _PLAN},
        answer=_OPENED,
        opens={"NUMBER": "SUB"},
    ),
    Sample(
        path="/api/payment",
        call="/api/payment",
        title=_CHARGED,
        body={"transactionId": "$NUMBER", **_ORDER, "card": _CARD},
        answer=_PAID,
        opens={"NUMBER": "ORD"},
        keeps={"UNIQUE_ID": "uniqueId"},
    ),
    Sample(
        path="/api/subscription",
        call="/api/subscription",
        title="A subscription by card",
        body={"transactionId": "$PLAN", **_ORDER, "card": _CARD, "extension": _PLAN},
        answer=_PAID,
        opens={"PLAN": "SUB"},
    ),
    Sample(
        path="/api/refund",
        call="/api/refund",
        title="A part of it back",
        body={"uniqueId": "$UNIQUE_ID", "amount": "10.00", "refundTransactionId": "$REFUND"},
        answer=_REFUND,
        opens={"REFUND": "RF"},
        after=_CHARGED,
    ),
    Sample(
        path="/upload/trackingNumber",
        call="/upload/trackingNumber",
        title="Where the parcel is",
        body=[{"uniqueId": "$UNIQUE_ID", "company": "DHL", "number": "DHL0001112223"}],
        answer={"code": 141, "message": "upload successful", "timestamp": _AT},
        after=_CHARGED,
    ),
    Sample(
        path="/search/list/order?transactionId=$NUMBER",
        call="/search/list/order",
        title="The order by the merchant's number",
        answer={**_PAGE, "data": [_FOUND]},
        after=_CHARGED,
    ),
    Sample(
        path="/search/order/$UNIQUE_ID",
        call="/search/order/{uniqueId}",
        title="The order by the gateway's number",
        answer=_FOUND,
        after=_CHARGED,
    ),
    Sample(
        path="/search/list/refund?uniqueId=$UNIQUE_ID",
        call="/search/list/refund",
        title="The refunds of a transaction",
        answer={**_PAGE, "data": [{**_REFUND, "merchantRefundId": "RF-1767229271"}]},
        after="A part of it back",
    ),
)
