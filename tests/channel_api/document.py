"""The OpenAPI document of the Channel API, and answers held to it."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import httpx
import jsonschema_rs

from polygate.protocols.registry import protocols
from tests.support.house import BASE_URL

PREFIX: Final = "/api/channel/"


@cache
def document() -> dict[str, Any]:
    return dict(protocols()["channel"].reference(BASE_URL).document)


def operation(path: str) -> dict[str, Any]:
    (found,) = document()["paths"][PREFIX + path].values()
    return dict(found)


@cache
def validator(path: str, status: int) -> jsonschema_rs.Draft202012Validator:
    """Of the answers of a call with this status; what is not documented in them is a fault too."""
    schema = operation(path)["responses"][str(status)]["content"]["application/json"]["schema"]
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
    item = document()["paths"].get(PREFIX + path)
    if item is None or method.lower() not in item:
        return
    assert str(response.status_code) in operation(path)["responses"], f"{path}: {response.status_code}"
    faults = validator(path, response.status_code).iter_errors(response.json())
    assert [f"{path}: {fault.message}" for fault in faults] == []
