"""The OpenAPI 3.1 document of the Merchant API, made of what the code declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from polygate.protocols.doors import JSON
from polygate.protocols.merchant import bodies
from polygate.protocols.merchant.door import BODY_MAX_BYTES
from polygate.protocols.merchant.errors import Code
from polygate.protocols.merchant.samples import SAMPLES
from polygate.protocols.merchant.schemas import PAGE_MOST
from polygate.protocols.reading.fields import Shape
from polygate.protocols.reading.json_schema import Named, Schema, kind_schema, request_schema, scalar_schema

VERSION: Final = "1"
ONE_ORDER: Final = "/search/order/{uniqueId}"

_NAMES: Final[Mapping[int, str]] = {
    id(bodies.PRODUCT): "Product",
    id(bodies.BILLING): "BillingAddress",
    id(bodies.SHIPPING): "ShippingAddress",
    id(bodies.CARD): "Card",
    id(bodies.BROWSER): "Browser",
    id(bodies.PLAN): "Plan",
    id(bodies.TRACKING): "TrackingRow",
}
_NAMED: Final = (
    bodies.PRODUCT,
    bodies.BILLING,
    bodies.SHIPPING,
    bodies.CARD,
    bodies.BROWSER,
    bodies.PLAN,
    bodies.TRACKING,
)
_STATUS: Final[Mapping[int, str]] = {
    200: "Understood: `code` says what became of it.",
    400: "No JSON of the right kind.",
    401: "Not known.",
    413: f"More than {BODY_MAX_BYTES // 1024} KiB.",
    415: "Another media type than JSON.",
    429: "Too many calls at once.",
    500: "A fault; nobody knows what became of it, so search first.",
}
_AT_THE_DOOR: Final = {401: Code.UNAUTHORIZED, 429: Code.FAILED, 500: Code.SYSTEM_ERROR}
_IN_THE_BODY: Final = {400: Code.FAILED, 413: Code.FAILED, 415: Code.FAILED}


class Call(msgspec.Struct, frozen=True):
    """A call as the reference shows it."""

    title: str
    about: str
    group: str
    shape: Shape
    answer: Schema
    done: tuple[Code, ...]
    """What it answers where it was carried out."""
    refused: tuple[Code, ...]
    is_search: bool = False
    is_list: bool = False


def document(base_url: str, *, title: str, about: str) -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": VERSION, "description": about},
        "servers": [{"url": base_url}],
        "security": [{"basic": []}],
        "tags": [{"name": group} for group in dict.fromkeys(call.group for call in CALLS.values())],
        "paths": {path: {"get" if call.is_search else "post": _operation(path, call)} for path, call in CALLS.items()},
        "webhooks": {
            "payment": _notification("The end of a transaction", _PAYMENT_TOLD, optional=_RENEWAL),
            "refund": _notification("The end of a refund", _REFUND_TOLD),
            "chargeback": _notification("A chargeback", _CHARGEBACK_TOLD),
        },
        "components": {
            "schemas": {_NAMES[id(shape)]: request_schema(shape, _refer) for shape in _NAMED},
            "securitySchemes": {
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The merchant's number, and its secret key.",
                }
            },
        },
    }


def operation_id(path: str) -> str:
    """`/search/order/{uniqueId}` is `searchOrder`."""
    first, *rest = [part for part in path.split("/") if part and not part.startswith("{")]
    return first + "".join(part[0].upper() + part[1:] for part in rest)


def _refer(named: Named) -> Schema:
    if id(named) in _NAMES:
        return {"$ref": f"#/components/schemas/{_NAMES[id(named)]}"}
    assert not isinstance(named, Shape), "every object has a name"
    return scalar_schema(named)  # type: ignore[arg-type]


def _operation(path: str, call: Call) -> Schema:
    operation: Schema = {
        "operationId": operation_id(path),
        "summary": call.title,
        "description": call.about,
        "tags": [call.group],
    }
    door = _AT_THE_DOOR if call.is_search else {**_IN_THE_BODY, **_AT_THE_DOOR}
    if call.is_search:
        operation["parameters"] = _parameters(path, call.shape)
    else:
        operation["requestBody"] = {"required": True, "content": {JSON: _request(path, call)}}
    refused = (*call.refused, Code.NOT_ACTIVE)
    good = {**call.answer, "properties": {**call.answer["properties"], "code": _code(call.done)}}
    bad = _object(_short(refused), required=("code", "message", "timestamp"))
    responses = {
        str(status): _response(status, _object(_short((code,)), required=("code", "message", "timestamp")))
        for status, code in sorted(door.items())
    }
    operation["responses"] = {"200": _response(200, {"oneOf": [good, bad]}), **responses}
    told = [(code, 200) for code in (*call.done, *refused)] + [(code, status) for status, code in sorted(door.items())]
    operation["x-codes"] = [
        {"code": str(code.value), "status": status, "about": _STATUS[status] if status != 200 else code.message}
        for code, status in told
    ]
    return operation


def _request(path: str, call: Call) -> Schema:
    schema: Schema = (
        request_schema(call.shape, _refer)
        if not call.is_list
        else {
            "type": "array",
            "items": _refer(call.shape),
            "minItems": 1,
            "maxItems": bodies.TRACKING_ROWS_MAX,
        }
    )
    examples = {sample.title: {"value": sample.body} for sample in SAMPLES if sample.call == path}
    return {"schema": schema, "examples": examples}


def _parameters(path: str, shape: Shape) -> list[Schema]:
    if path == ONE_ORDER:
        about = "The gateway's number."
        return [{"name": "uniqueId", "in": "path", "required": True, "description": about, "schema": _UNIQUE_ID}]
    return [
        {
            "name": field.name,
            "in": "query",
            "required": False,
            "description": field.about,
            "schema": _QUERIES.get(field.name) or kind_schema(field.kind, _refer),
        }
        for field in shape.fields
    ]


def _response(status: int, schema: Schema) -> Schema:
    return {"description": _STATUS[status], "content": {JSON: {"schema": schema}}}


def _short(codes: Sequence[Code]) -> Schema:
    return {
        "code": _code(codes),
        "message": _text("What went wrong, for people."),
        "timestamp": _TIMESTAMP,
        "transactionId": _text("The merchant's number, where it could be read."),
    }


def _code(codes: Sequence[Code]) -> Schema:
    return {"type": "integer", "enum": sorted({code.value for code in codes}), "description": "What became of it."}


def _object(properties: Schema, *, required: Sequence[str] | None = None) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties if required is None else required)}


def _text(about: str, **limits: Any) -> Schema:
    return {"type": "string", "description": about, **limits}


def _notification(title: str, told: Schema, *, optional: Schema | None = None) -> Schema:
    body = _object({**told, **(optional or {}), "sign": _text("64 hex digits.")}, required=(*told, "sign"))
    return {
        "post": {
            "summary": title,
            "description": "Sent to the `notificationUrl` of the transaction.",
            "security": [],
            "parameters": [],
            "requestBody": {"required": True, "content": {JSON: {"schema": body}}},
            "responses": {"200": {"description": "Received; nothing else counts."}},
        }
    }


_UNIQUE_ID: Final[Schema] = {"type": "string", "pattern": "^[0-9]{19}$", "x-limits": "19 digits"}
_PAGE_NUMBER: Final[Schema] = {"type": "integer", "minimum": 1}
_DATE: Final[Schema] = {
    "type": "string",
    "pattern": r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])( ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])?$",
    "x-limits": "`YYYY-MM-DD` or `YYYY-MM-DD HH:MM:SS`",
}
_QUERIES: Final[Mapping[str, Schema]] = {
    "startDate": _DATE,
    "endingDate": _DATE,
    "currPage": {**_PAGE_NUMBER, "maximum": 10**6, "default": 1},
    "pageSize": {**_PAGE_NUMBER, "maximum": PAGE_MOST, "default": 10},
}
_TIMESTAMP: Final[Schema] = {"type": "integer", "description": "When the message was built, in ms since 1970."}
_TIME: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"
_MONEY: Final = r"^[0-9]+\.[0-9]{2,3}$"
_ID: Final = _text("The gateway's number of the transaction.", pattern="^[0-9]{19}$")
_APP_ID: Final[Schema] = {"type": "integer", "description": "The app."}
_NUMBER: Final = _text("The merchant's number of the transaction.")
_CURRENCY: Final = _text("Currency, ISO 4217.")
_AMOUNT: Final = _text("Two decimals, or as many as the currency has.", pattern=_MONEY)
_MASKED: Final = _text("First six and last four digits; empty without a card.")
_DESCRIPTION: Final = _text("What the payer's statement says.")
_CHANNEL: Final = _text("What the channel says.")
_MESSAGE: Final = _text("The same as `code`, for people.")
_IS_TEST: Final[Schema] = {"type": "boolean", "description": "Whether the app is in test mode."}
_WHOLE: Final[Schema] = {"type": "integer", "minimum": 0}

_TRANSACTION: Final[Schema] = {
    "code": {},
    "uniqueId": _ID,
    "appId": _APP_ID,
    "transactionId": _NUMBER,
    "transactionCurrency": _CURRENCY,
    "transactionAmount": _AMOUNT,
    "transactionMethod": _text("How the payer pays; `Default` until that is chosen."),
    "transactionCardNumber": _MASKED,
    "billDescription": _DESCRIPTION,
    "transactionMessage": _CHANNEL,
    "message": _MESSAGE,
    "timestamp": _TIMESTAMP,
    "isTest": _IS_TEST,
}
_REDIRECT: Final = {"redirectUrl": _text("Where to send the payer, with code 301.")}
_CREATED: Final = _object({**_TRANSACTION, **_REDIRECT}, required=tuple(_TRANSACTION))
_STATES: Final = (Code.APPROVED, Code.DECLINED, Code.PENDING, Code.CLOSED)
_FOUND: Final = _object(
    {
        **_TRANSACTION,
        "code": _code(_STATES),
        "orderId": _text("The merchant's order."),
        "transactionAt": _text("When the state last changed.", pattern=_TIME),
        "is3d": {"type": "boolean", "description": "Whether 3-D Secure was used."},
    }
)
_REFUNDED: Final[Schema] = {
    "code": _code((Code.REFUND_ACCEPTED, Code.REFUNDED, Code.REFUND_FAILED)),
    "refundTransactionId": _text("The merchant's number of the refund."),
    "uniqueId": _ID,
    "refundUniqueId": _text("The gateway's number of the refund.", pattern="^[0-9]{19}$"),
    "refundCurrency": _CURRENCY,
    "refundAmount": _AMOUNT,
    "refundRequestAt": _text("When it was asked for.", pattern=_TIME),
    "message": _MESSAGE,
    "timestamp": _TIMESTAMP,
}
_REFUND_END: Final = {"refundAt": _text("When it ended; absent before.", pattern=_TIME)}
_REFUND: Final = _object({**_REFUNDED, **_REFUND_END}, required=tuple(_REFUNDED))
_REFUND_ROW: Final = _object(
    {**_REFUNDED, **_REFUND_END, "merchantRefundId": _text("The same as `refundTransactionId`.")},
    required=(*_REFUNDED, "merchantRefundId"),
)


def _page(row: Schema) -> Schema:
    return _object(
        {
            "code": {},
            "message": _MESSAGE,
            "timestamp": _TIMESTAMP,
            "currPage": {**_WHOLE, "description": "The page."},
            "totalCount": {**_WHOLE, "description": "Rows that match."},
            "totalPage": {**_WHOLE, "description": "Pages."},
            "pageSize": {**_WHOLE, "description": "Rows of a page."},
            "data": {"type": "array", "items": row, "description": "The rows, the newest first."},
        }
    )


_CREATING: Final = (Code.BAD_PARAMETER, Code.NUMBER_TAKEN, Code.FAILED)
_OUTCOMES: Final = (Code.APPROVED, Code.DECLINED, Code.PENDING, Code.CLOSED, Code.REDIRECT)
_RECURRING: Final = "The card is kept, and charged again on its schedule, each time as a transaction of its own."

CALLS: Final[Mapping[str, Call]] = {
    "/checkout/payment": Call(
        "Open an order on the hosted page", "The payer goes to `redirectUrl` and pays there, by card or otherwise.",
        "Checkout", bodies.CHECKOUT_PAYMENT, _CREATED, (Code.REDIRECT,), _CREATING,
    ),
    "/checkout/subscription": Call(
        "Open a subscription on the hosted page", f"The payer pays the first time by card. {_RECURRING}",
        "Checkout", bodies.CHECKOUT_SUBSCRIPTION, _CREATED, (Code.REDIRECT,), _CREATING,
    ),
    "/api/payment": Call(
        "Charge a card", "301 sends the payer to 3-D Secure. The final result is in the notification.",
        "Direct payments", bodies.PAYMENT, _CREATED, _OUTCOMES, _CREATING,
    ),
    "/api/subscription": Call(
        "Charge a card now and later", _RECURRING,
        "Direct payments", bodies.SUBSCRIPTION, _CREATED, _OUTCOMES, _CREATING,
    ),
    "/api/refund": Call(
        "Give money back", "All or a part. A repeated call with the same content gives the first refund again.",
        "Refunds", bodies.REFUND, _REFUND, (Code.REFUND_ACCEPTED, Code.REFUNDED, Code.REFUND_FAILED),
        (Code.REFUND_FAILED,),
    ),
    "/upload/trackingNumber": Call(
        "Upload tracking numbers",
        "All rows or none. A row for a transaction that has one takes its place. One object counts as a list of one.",
        "Shipping", bodies.TRACKING, _object({"code": {}, "message": _MESSAGE, "timestamp": _TIMESTAMP}),
        (Code.UPLOADED,), (Code.NOT_UPLOADED,), is_list=True,
    ),
    "/search/list/order": Call(
        "Search transactions",
        "Everything that is given has to fit. Without any number and date, those of the last month.",
        "Searches", bodies.ORDER_SEARCH, _page(_FOUND), (Code.FOUND,), (Code.NOT_FOUND,), is_search=True,
    ),
    ONE_ORDER: Call(
        "Look up a transaction", "`code` is its state.",
        "Searches", Shape(), _FOUND, _STATES, (Code.NOT_FOUND,), is_search=True,
    ),
    "/search/list/refund": Call(
        "Search refunds", "Likewise; dates are those of the request.",
        "Searches", bodies.REFUND_SEARCH, _page(_REFUND_ROW), (Code.FOUND,), (Code.NOT_FOUND,), is_search=True,
    ),
}  # fmt: skip

_PAYMENT_TOLD: Final[Schema] = {
    "code": _code((Code.APPROVED, Code.DECLINED, Code.CLOSED)),
    "appId": _APP_ID,
    "isTest": _IS_TEST,
    "uniqueId": _ID,
    "transactionType": _text("`Sale`."),
    "transactionCurrency": _CURRENCY,
    "transactionAmount": _AMOUNT,
    "transactionId": _NUMBER,
    "billDescription": _DESCRIPTION,
    "transactionCardNumber": _MASKED,
    "transactionMessage": _CHANNEL,
    "message": _MESSAGE,
    "timestamp": _TIMESTAMP,
}
_RENEWAL: Final[Schema] = {
    "originalUniqueId": _text("Of the first charge; renewals only."),
    "subscriptionIndex": {"type": "integer", "minimum": 2, "description": "Which charge it is; renewals only."},
}
_REFUND_TOLD: Final[Schema] = {
    "code": _code((Code.REFUNDED, Code.REFUND_FAILED)),
    "transactionType": _text("`Refund`."),
    "appId": _APP_ID,
    "uniqueId": _ID,
    "refundCurrency": _CURRENCY,
    "refundAmount": _AMOUNT,
    "refundUniqueId": _text("The gateway's number of the refund."),
    "refundMessage": _CHANNEL,
    "merchantRefundId": _text("The merchant's number of the refund."),
    "message": _MESSAGE,
    "timestamp": _TIMESTAMP,
}
_CHARGEBACK_TOLD: Final[Schema] = {
    "appId": _APP_ID,
    "transactionType": _text("`Chargeback`."),
    "chargebackCurrency": _CURRENCY,
    "chargebackAmount": _AMOUNT,
    "uniqueId": _ID,
    "transactionId": _NUMBER,
    "chargebackUniqueId": _text("The gateway's number of the chargeback."),
    "timestamp": _TIMESTAMP,
}
