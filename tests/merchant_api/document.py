"""The OpenAPI document of the Merchant API, and answers held to it."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx
import jsonschema_rs

from polygate.protocols.registry import protocols
from tests.support.house import BASE_URL

ONE_ORDER = "/search/order/{uniqueId}"


@cache
def document() -> dict[str, Any]:
    return dict(protocols()["merchant"].reference(BASE_URL).document)


def operation(path: str, method: str) -> dict[str, Any]:
    return dict(document()["paths"][path][method])


@cache
def validator(path: str, method: str, status: int) -> jsonschema_rs.Draft202012Validator:
    """Of the answers of a call with this status; what is not documented in them is a fault too."""
    schema = operation(path, method)["responses"][str(status)]["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator(closed(schema | {"components": document()["components"]}))


def closed(schema: Any) -> Any:
    """The schema, with nothing let through but what it names."""
    match schema:
        case dict():
            inner = {name: closed(part) for name, part in schema.items()}
            return inner | ({"additionalProperties": False} if schema.get("type") == "object" else {})
        case list():
            return [closed(part) for part in schema]
        case _:
            return schema


def hold_to_document(path: str, method: str, response: httpx.Response) -> None:
    """Fails where an answer's status, code or shape is not in the document. Paths that there are not have none."""
    path = path.partition("?")[0]
    if path.startswith("/search/order/") and len(path) > len("/search/order/"):
        path = ONE_ORDER
    item = document()["paths"].get(path, {})
    if method.lower() not in item:
        return
    assert str(response.status_code) in item[method.lower()]["responses"], f"{path}: {response.status_code}"
    faults = validator(path, method.lower(), response.status_code).iter_errors(response.json())
    assert [f"{path}: {fault.message}" for fault in faults] == [], response.text
