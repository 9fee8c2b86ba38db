"""The OpenAPI 3.1 document of the Gateway API, made of what the code declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from string import Template
from typing import Any, Final, NamedTuple

from polygate.protocols.gateway import answer_shapes, shapes, shipping_bodies, webhook
from polygate.protocols.gateway.answer_fields import Body
from polygate.protocols.gateway.descriptions import Description, Variants
from polygate.protocols.gateway.errors import Code
from polygate.protocols.gateway.fields import ListOf, Shape
from polygate.protocols.gateway.json_schema import (
    LIMITS,
    Named,
    Schema,
    answer_schema,
    kind_schema,
    limits,
    request_schema,
    scalar_schema,
    variants_schema,
)
from polygate.protocols.gateway.kinds import Currency
from polygate.protocols.gateway.samples import SAMPLES, VALUES, Sample
from polygate.protocols.gateway.wallet_objects import WALLETS

VERSION: Final = "3.1.0"
MEDIA_TYPE: Final = "application/json"

_SIGNED: Final[Mapping[str, str]] = {
    "X-App-Id": "The app of the order.",
    "X-Sign-Method": f"`{webhook.SIGN_METHOD}`.",
    "X-Timestamp": "Milliseconds since 1970.",
    "X-Nonce": "32 hex digits, new on every try.",
    "X-Sign": "Signature, 64 hex digits.",
}


class Call(NamedTuple):
    """An endpoint as the document tells of it; `echoed` are the names in a refusal beside its code."""

    about: Description
    echoed: Iterable[str]
    lists: Iterable[str]
    """Arrays in a refusal, always empty."""


_NAMED: Final[Mapping[Named, str]] = {
    Currency(): "Currency",
    shapes.ADDRESS: "Address",
    shapes.PHONE: "Phone",
    shapes.BILLING: "Billing",
    shapes.SHIPPING: "Shipping",
    shapes.PRODUCT: "Product",
    shapes.CARD: "Card",
    shapes.BROWSER: "Browser",
    shapes.DEVICE: "Device",
    shapes.THREE_DS_DATA: "ThreeDsData",
    **{shape: "Wallet" + method[0].upper() + method[1:] for method, shape in WALLETS.items()},
    shipping_bodies.ADD: "Parcel",
    answer_shapes.DEVICE_DATA: "DeviceDataCollection",
    answer_shapes.SDK: "WalletStart",
    answer_shapes.ORDER: "Order",
    answer_shapes.DETAILS: "IssuerDetails",
    answer_shapes.AUTHENTICATION: "Authentication",
    answer_shapes.REFUND_OF_ORDER: "RefundOfOrder",
}
"""What several places share, or what would bury its surroundings."""

_STATUS: Final[Mapping[int, str]] = {
    200: "Understood: `respCode` says what became of it.",
    401: "Not signed in.",
    403: "Not allowed.",
    405: "Not a `POST`.",
    413: "Too large.",
    415: "Not JSON.",
    429: "Too many requests.",
    500: "An internal fault; nobody knows what became of it, so query first.",
    503: "Not available at the moment.",
}
_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    405: {"Allow": "`POST`."},
    429: {"Retry-After": "Seconds to wait."},
    503: {"Retry-After": "Seconds to wait."},
}


def document(calls: Mapping[str, Call], *, base_url: str, prefix: str, title: str, about: str) -> dict[str, Any]:
    """`calls` are by path below `prefix`; the path that stands first is the name of an endpoint with several."""
    first = {id(call.about): path for path, call in reversed([*calls.items()])}
    return {
        "openapi": VERSION,
        "info": {"title": title, "version": webhook.API_VERSION, "description": about},
        "servers": [{"url": base_url}],
        "security": [{"bearer": []}, {"bare": []}],
        "tags": [{"name": group} for group in dict.fromkeys(str(call.about.group) for call in calls.values())],
        "paths": {
            f"{prefix}/{path}": {"post": _operation(path, call, same_as=first[id(call.about)])}
            for path, call in calls.items()
        },
        "webhooks": {
            "payment": _notification("The result of a payment", answer_shapes.PAYMENT_NOTICE, _results()),
            "refund": _notification("The end of a refund", answer_shapes.REFUND_NOTICE, (Code.DONE, Code.DECLINED)),
        },
        "components": {
            "schemas": {name: _object(named) for named, name in _NAMED.items()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An access token after `Bearer`."},
                "bare": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "The access token alone.",
                },
            },
        },
    }


def operation_id(path: str) -> str:
    """A name for code generators: `cashier/order` is `cashierOrder`."""
    first, *rest = path.replace("-", "/").split("/")
    return first + "".join(word[0].upper() + word[1:] for word in rest)


def _operation(path: str, call: Call, *, same_as: str) -> Schema:
    each = call.about
    operation: Schema = {
        "operationId": operation_id(path),
        "summary": each.title,
        "description": each.about,
        "tags": [str(each.group)],
        "requestBody": {
            "required": True,
            "content": {MEDIA_TYPE: {"schema": _request(each.request), "examples": _examples(same_as)}},
        },
        "responses": _responses(call),
        "x-codes": [{"code": code.code, "status": code.http_status, "about": code.message} for code in each.all_codes],
    }
    if Code.NO_TOKEN not in each.codes:
        operation["security"] = []
    if same_as != path:
        operation["x-same-as"] = operation_id(same_as)
    return operation


def _examples(path: str) -> Schema:
    return {sample.title: {"value": _filled(sample)} for sample in SAMPLES if sample.path == path}


def _filled(sample: Sample) -> Any:
    """A sample with a text in the place of each variable."""

    def fill(value: Any) -> Any:
        match value:
            case dict():
                return {name: fill(part) for name, part in value.items()}
            case list():
                return [fill(part) for part in value]
            case str():
                return Template(value).safe_substitute(VALUES)
            case _:
                return value

    return fill(sample.body)


def _responses(call: Call) -> Schema:
    by_status: dict[int, list[Code]] = {}
    for code in call.about.all_codes:
        by_status.setdefault(code.http_status, []).append(code)
    responses = {}
    for status, codes in sorted(by_status.items()):
        schema = _result(codes) if status != 200 else _understood(call, codes)
        response: Schema = {"description": _STATUS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        if status in _HEADERS:
            response["headers"] = {
                name: {"description": about, "schema": {"type": "string"}} for name, about in _HEADERS[status].items()
            }
        responses[str(status)] = response
    return responses


def _understood(call: Call, codes: Sequence[Code]) -> Schema:
    """Carried out, or refused: then the texts that are always there are told as they were sent, or left empty."""
    refused = [code for code in codes if code.code.startswith(("2", "3"))]
    carried_out = [code for code in codes if code not in refused]
    answer = _with_result(_object(call.about.answer), carried_out)
    return {"oneOf": [answer, _with_result(_refusal(call), refused)]}


def _refusal(call: Call) -> Schema:
    if call.about.refusal is not None:
        return _object(call.about.refusal)
    texts = {name: {"type": "string", "description": "As sent, or empty."} for name in call.echoed}
    lists = {name: {"type": "array", "maxItems": 0, "description": "Empty."} for name in call.lists}
    return _plain(texts | lists)


def _notification(title: str, body: Body, codes: Sequence[Code]) -> Schema:
    return {
        "post": {
            "summary": title,
            "description": "Sent to the `notificationUrl` of the order or refund, else to the app's `subscribeUrl`.",
            "security": [],
            "parameters": [
                {"name": name, "in": "header", "required": True, "description": about, "schema": {"type": "string"}}
                for name, about in _SIGNED.items()
            ],
            "requestBody": {
                "required": True,
                "content": {MEDIA_TYPE: {"schema": _with_result(_object(body), codes)}},
            },
            "responses": {
                "2XX": {"description": "Received, unless the body is JSON with a `respCode` other than `0000`."}
            },
        }
    }


def _results() -> Sequence[Code]:
    return [code for code in Code if code is Code.DONE or code.code.startswith("4")]


def _result(codes: Iterable[Code]) -> Schema:
    return _with_result(_plain({}), codes)


def _with_result(schema: Schema, codes: Iterable[Code]) -> Schema:
    result = {
        "respCode": {
            "type": "string",
            "enum": [code.code for code in codes],
            "description": "Result.",
            LIMITS: "4 digits",
        },
        "respMsg": {"type": "string", "minLength": 1, "description": "The same in words, for people.", LIMITS: "text"},
    }
    return {
        **schema,
        "properties": {**schema["properties"], **result},
        "required": [*schema.get("required", ()), *result],
    }


def _plain(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _request(request: Shape | ListOf | Variants) -> Schema:
    match request:
        case Variants():
            return variants_schema(request.field, request.shapes, _refer)
        case ListOf():
            return kind_schema(request, _refer)
        case Shape():
            return _object(request)


def _object(named: Named) -> Schema:
    match named:
        case Shape():
            return request_schema(named, _refer)
        case Body():
            return answer_schema(named, _refer)
        case Currency():
            return scalar_schema(named) | {LIMITS: limits(named)}


def _refer(named: Named) -> Schema:
    name = _NAMED.get(named)
    return {"$ref": f"#/components/schemas/{name}"} if name else _object(named)
