"""The OpenAPI 3.1 document of the Gateway API, made of what the code declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from polygate.protocols.documenting import openapi, samples
from polygate.protocols.doors import JSON
from polygate.protocols.gateway import answer_shapes, webhook
from polygate.protocols.gateway.documentation.named_schemas import NAMED, body_schema
from polygate.protocols.gateway.documentation.responses import Call, responses, with_result
from polygate.protocols.gateway.documentation.samples import SAMPLES, VALUES
from polygate.protocols.gateway.errors import Code
from polygate.protocols.reading.answer_fields import Body
from polygate.protocols.reading.json_schema import Schema

_SIGNED: Final[Mapping[str, str]] = {
    "X-App-Id": "The app of the order.",
    "X-Sign-Method": f"`{webhook.SIGN_METHOD}`.",
    "X-Timestamp": "Milliseconds since 1970.",
    "X-Nonce": "32 hex digits, new on every try.",
    "X-Sign": "Signature, 64 hex digits.",
}


def document(calls: Mapping[str, Call], *, base_url: str, prefix: str, title: str, about: str) -> dict[str, Any]:
    """`calls` are by path below `prefix`; the path that stands first is the name of an endpoint with several."""
    first = {id(call.about): path for path, call in reversed([*calls.items()])}
    return openapi.document(
        title=title,
        about=about,
        version=webhook.API_VERSION,
        base_url=base_url,
        tags=(str(call.about.group) for call in calls.values()),
        paths={
            f"{prefix}/{path}": {"post": _operation(path, call, same_as=first[id(call.about)])}
            for path, call in calls.items()
        },
        webhooks={
            "payment": _notification("The result of a payment", answer_shapes.PAYMENT_NOTICE, _results()),
            "refund": _notification("The end of a refund", answer_shapes.REFUND_NOTICE, (Code.DONE, Code.DECLINED)),
        },
        schemas=NAMED.all(),
        proofs={
            "bearer": {"type": "http", "scheme": "bearer", "description": "An access token after `Bearer`."},
            "bare": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "The access token alone.",
            },
        },
    )


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
            "content": {JSON: {"schema": body_schema(each.request), "examples": _examples(same_as)}},
        },
        "responses": responses(call),
        "x-codes": [{"code": code.code, "status": code.http_status, "about": code.message} for code in each.all_codes],
    }
    if Code.NO_TOKEN not in each.codes:
        operation["security"] = []
    if same_as != path:
        operation["x-same-as"] = operation_id(same_as)
    return operation


def _examples(path: str) -> Schema:
    return samples.requests((each for each in SAMPLES if each.path == path), VALUES)


def _notification(title: str, body: Body, codes: Sequence[Code]) -> Schema:
    return openapi.notification(
        title,
        "Sent to the `notificationUrl` of the order or refund, else to the app's `subscribeUrl`.",
        with_result(NAMED.whole(body), codes),
        received=("2XX", "Received, unless the body is JSON with a `respCode` other than `0000`."),
        headers=_SIGNED,
    )


def _results() -> Sequence[Code]:
    return [code for code in Code if code is Code.DONE or code.code.startswith("4")]
