"""The OpenAPI 3.1 document of the Merchant API, made of what the code declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from polygate.protocols.documenting import openapi, samples
from polygate.protocols.documenting.openapi import NamedSchemas, object_of
from polygate.protocols.doors import JSON
from polygate.protocols.merchant import bodies
from polygate.protocols.merchant.answer_schemas import (
    CHARGEBACK_TOLD,
    PAYMENT_TOLD,
    REFUND_TOLD,
    RENEWAL,
    TIMESTAMP,
    code_of,
    text,
)
from polygate.protocols.merchant.descriptions import CALLS, ONE_ORDER, Call
from polygate.protocols.merchant.door import BODY_MAX_BYTES
from polygate.protocols.merchant.errors import Code
from polygate.protocols.merchant.samples import SAMPLES, VALUES
from polygate.protocols.merchant.schemas import PAGE_MOST
from polygate.protocols.reading.fields import Shape
from polygate.protocols.reading.json_schema import Schema, kind_schema, request_schema

VERSION: Final = "1"

_NAMED: Final = NamedSchemas(
    {
        bodies.PRODUCT: "Product",
        bodies.BILLING: "BillingAddress",
        bodies.SHIPPING: "ShippingAddress",
        bodies.CARD: "Card",
        bodies.BROWSER: "Browser",
        bodies.PLAN: "Plan",
        bodies.TRACKING: "TrackingRow",
    }
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


def document(base_url: str, *, title: str, about: str) -> Schema:
    return openapi.document(
        title=title,
        about=about,
        version=VERSION,
        base_url=base_url,
        tags=(call.group for call in CALLS.values()),
        paths={path: {"get" if call.is_search else "post": _operation(path, call)} for path, call in CALLS.items()},
        webhooks={
            "payment": _notification("The end of a transaction", PAYMENT_TOLD, optional=RENEWAL),
            "refund": _notification("The end of a refund", REFUND_TOLD),
            "chargeback": _notification("A chargeback", CHARGEBACK_TOLD),
        },
        schemas=_NAMED.all(),
        proofs={
            "basic": {
                "type": "http",
                "scheme": "basic",
                "description": "The merchant's number, and its secret key.",
            }
        },
    )


def operation_id(path: str) -> str:
    """`/search/order/{uniqueId}` is `searchOrder`."""
    first, *rest = [part for part in path.split("/") if part and not part.startswith("{")]
    return first + "".join(part[0].upper() + part[1:] for part in rest)


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
    good = {**call.answer, "properties": {**call.answer["properties"], "code": code_of(call.done)}}
    responses = {
        str(status): openapi.response(_STATUS[status], _short((code,))) for status, code in sorted(door.items())
    }
    operation["responses"] = {"200": openapi.response(_STATUS[200], {"oneOf": [good, _short(refused)]}), **responses}
    told = [(code, 200) for code in (*call.done, *refused)] + [(code, status) for status, code in sorted(door.items())]
    operation["x-codes"] = [
        {"code": str(code.value), "status": status, "about": _STATUS[status] if status != 200 else code.message}
        for code, status in told
    ]
    return operation


def _request(path: str, call: Call) -> Schema:
    schema: Schema = (
        request_schema(call.shape, _NAMED.refer)
        if not call.is_list
        else {
            "type": "array",
            "items": _NAMED.refer(call.shape),
            "minItems": 1,
            "maxItems": bodies.TRACKING_ROWS_MAX,
        }
    )
    examples = samples.requests((each for each in SAMPLES if each.call == path), VALUES)
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
            "schema": _QUERIES.get(field.name) or kind_schema(field.kind, _NAMED.refer),
        }
        for field in shape.fields
    ]


def _short(codes: Sequence[Code]) -> Schema:
    members = {
        "code": code_of(codes),
        "message": text("What went wrong, for people."),
        "timestamp": TIMESTAMP,
        "transactionId": text("The merchant's number, where it could be read."),
    }
    return object_of(members, required=("code", "message", "timestamp"))


def _notification(title: str, told: Schema, *, optional: Schema | None = None) -> Schema:
    body = object_of({**told, **(optional or {}), "sign": text("64 hex digits.")}, required=(*told, "sign"))
    about = "Sent to the `notificationUrl` of the transaction."
    return openapi.notification(title, about, body, received=("200", "Received; nothing else counts."))
