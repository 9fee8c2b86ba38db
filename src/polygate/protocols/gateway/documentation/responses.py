"""The answers of an operation in the OpenAPI document: one response for each HTTP status, with its codes and fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from polygate.protocols.documenting.openapi import by_status, object_of, response
from polygate.protocols.gateway.descriptions import Description
from polygate.protocols.gateway.documentation.named_schemas import NAMED
from polygate.protocols.gateway.errors import Code
from polygate.protocols.reading.json_schema import LIMITS, Schema

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
    401: {"WWW-Authenticate": "`Bearer`; a bare token is as good."},
    405: {"Allow": "`POST`."},
    429: {"Retry-After": "Seconds to wait."},
    503: {"Retry-After": "Seconds to wait."},
}


class Call(NamedTuple):
    """An endpoint as the document tells of it; `echoed` are the names in a refusal beside its code."""

    about: Description
    echoed: Iterable[str]
    lists: Iterable[str]
    """Arrays in a refusal, always empty."""


def responses(call: Call) -> Schema:
    """By status, as text."""
    found = {}
    for status, codes in by_status(call.about.all_codes).items():
        schema = _result(codes) if status != 200 else _understood(call, codes)
        found[str(status)] = response(_STATUS[status], schema, _HEADERS.get(status))
    return found


def _understood(call: Call, codes: Sequence[Code]) -> Schema:
    """Carried out, or refused: then the texts that are always there are told as they were sent, or left empty."""
    refused = [code for code in codes if code.code.startswith(("2", "3"))]
    carried_out = [code for code in codes if code not in refused]
    answer = with_result(NAMED.whole(call.about.answer), carried_out)
    return {"oneOf": [answer, with_result(_refusal(call), refused)]}


def _refusal(call: Call) -> Schema:
    if call.about.refusal is not None:
        return NAMED.whole(call.about.refusal)
    texts = {name: {"type": "string", "description": "As sent, or empty."} for name in call.echoed}
    lists = {name: {"type": "array", "maxItems": 0, "description": "Empty."} for name in call.lists}
    return object_of(texts | lists)


def _result(codes: Iterable[Code]) -> Schema:
    return with_result(object_of({}), codes)


def with_result(schema: Schema, codes: Iterable[Code]) -> Schema:
    """An object with the two fields that every answer and notification has."""
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
