"""The OpenAPI 3.1 document of the Signed API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from polygate.protocols.documenting import openapi, samples
from polygate.protocols.documenting.openapi import NamedSchemas
from polygate.protocols.doors import JSON
from polygate.protocols.reading.answer_fields import Body
from polygate.protocols.reading.json_schema import Schema, request_schema
from polygate.protocols.signed.bodies import PAYER, TRADE_ENV
from polygate.protocols.signed.documentation import answer_shapes
from polygate.protocols.signed.documentation.calls import CALLS, Description
from polygate.protocols.signed.documentation.samples import SAMPLES, VALUES
from polygate.protocols.signed.door import PREFIXES
from polygate.protocols.signed.errors import Code
from polygate.protocols.signed.kinds import CURRENCY
from polygate.protocols.signed.routes import ENDPOINTS
from polygate.protocols.signed.signature import NOTIFICATION_AGENT

VERSION: Final = "2"

_NAMED: Final = NamedSchemas(
    {
        CURRENCY: "Currency",
        PAYER: "Payer",
        TRADE_ENV: "TradeEnv",
        answer_shapes.ACTION: "Action",
        answer_shapes.BALANCE: "Balance",
    }
)
_STATUS: Final[Mapping[int, str]] = {
    200: "Understood: `code` says what became of it. Signed.",
    401: "Not proven.",
    403: "No `User-Agent`, where the operator wants one.",
    405: "Not a `POST`.",
    413: "Too large.",
    415: "Not JSON.",
    429: "Too many requests.",
    500: "An internal fault; nobody knows what became of it, so query first. Signed.",
    503: "Not available at the moment. Signed, if it came to that.",
}
_AUTHORIZATION: Final = "`V2_SHA256 appId=...,sign=...,timestamp=...,nonce=...`."
_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    200: {"Authorization": _AUTHORIZATION},
    405: {"Allow": "`POST`."},
    429: {"Retry-After": "Seconds to wait."},
    503: {"Retry-After": "Seconds to wait."},
}
_NOTICE_HEADERS: Final[Mapping[str, str]] = {
    "Authorization": _AUTHORIZATION,
    "User-Agent": f"`{NOTIFICATION_AGENT}`.",
}


def document(base_url: str, *, title: str, about: str) -> Schema:
    paths = {f"{prefix}/{path}": {"post": _operation(prefix, path)} for prefix in PREFIXES for path in CALLS}
    return openapi.document(
        title=title,
        about=about,
        version=VERSION,
        base_url=base_url,
        tags=(call.group for call in CALLS.values()),
        paths=paths,
        webhooks={
            "payment": _notification("The end of a payment", "the payment", answer_shapes.PAYMENT),
            "payout": _notification("The end of a payout", "the payout", answer_shapes.PAYOUT),
            "refund": _notification("The end of a refund", "the refund, if it has one", answer_shapes.REFUND),
        },
        schemas=_NAMED.all(),
        proofs={
            "signature": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": f"{_AUTHORIZATION} SHA-256 over seven lines: see how to sign.",
            }
        },
    )


def operation_id(path: str) -> str:
    """`payment/create` is `paymentCreate`."""
    first, second = path.split("/")
    return first + second.capitalize()


def _operation(prefix: str, path: str) -> Schema:
    call = CALLS[path]
    body = {"schema": request_schema(ENDPOINTS[path].shape, _NAMED.refer), "examples": _examples(path)}
    operation: Schema = {
        "operationId": operation_id(path),
        "summary": call.title,
        "description": call.about,
        "tags": [call.group],
        "requestBody": {"required": True, "content": {JSON: body}},
        "responses": _responses(call),
        "x-codes": [{"code": code.code, "status": code.http_status, "about": code.message} for code in call.all_codes],
    }
    if prefix != PREFIXES[0]:
        operation |= {"operationId": f"pg{operation_id(path)[0].upper()}{operation_id(path)[1:]}"}
        operation |= {"x-same-as": operation_id(path)}
    return operation


def _examples(path: str) -> Schema:
    return samples.requests((each for each in SAMPLES if each.path == path), VALUES)


def _responses(call: Description) -> Schema:
    found: Schema = {}
    for status, codes in openapi.by_status(call.all_codes).items():
        schema = _refusal(codes)
        if status == 200:
            refused = [code for code in codes if code is not Code.OK]
            schema = {"oneOf": [_done(_data_of(call.answer)), _refusal(refused)]}
        found[str(status)] = openapi.response(_STATUS[status], schema, _HEADERS.get(status))
    return found


def _notification(title: str, whose: str, body: Body) -> Schema:
    return openapi.notification(
        title,
        f"Sent to the `notifyUrl` of {whose}.",
        _done(_data_of(body)),
        received=("2XX", 'Received, if the body is `{"code": "OK"}` or the text `OK`.'),
        headers=_NOTICE_HEADERS,
    )


def _done(data: Schema) -> Schema:
    return _envelope((Code.OK,), {"type": "null", "description": "Null."}, data)


def _refusal(codes: Sequence[Code]) -> Schema:
    text = {"type": "string", "minLength": 1, "description": "What went wrong, for people."}
    return _envelope(codes, text, {"type": "null", "description": "Null."})


def _envelope(codes: Iterable[Code], message: Schema, data: Schema) -> Schema:
    listed = {"type": "string", "enum": [code.code for code in codes], "description": "Result."}
    return openapi.object_of({"code": listed, "errorMessage": message, "data": data})


def _data_of(body: Body) -> Schema:
    """Every field is always there; the action of a payment may be null."""
    schema = _NAMED.whole(body)
    properties = schema["properties"]
    if "action" in properties:
        about = properties["action"].pop("description")
        properties["action"] = {"oneOf": [properties["action"], {"type": "null"}], "description": about}
    return {**schema, "required": list(properties), "description": "Result."}
