"""The OpenAPI document of the Gateway API, and answers held to it."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import httpx
import jsonschema_rs

from polygate.protocols.registry import protocols

BASE_URL: Final = "http://gateway.test"
PREFIX: Final = "/gateway/v1/"


@cache
def document() -> dict[str, Any]:
    return dict(protocols()["gateway"].reference(BASE_URL).document)


def operation(path: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][PREFIX + path]["post"]
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with what it refers to."""
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].removeprefix("#/components/schemas/")
    return {**document()["components"]["schemas"][name], **schema}


def request_schema(path: str) -> dict[str, Any]:
    found: dict[str, Any] = operation(path)["requestBody"]["content"]["application/json"]["schema"]
    return found


def answer_schema(path: str, status: int) -> dict[str, Any]:
    found: dict[str, Any] = operation(path)["responses"][str(status)]["content"]["application/json"]["schema"]
    return found


@cache
def _validator(path: str, status: int) -> jsonschema_rs.Draft202012Validator:
    schema = answer_schema(path, status) | {"components": document()["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def hold_to_document(path: str, response: httpx.Response) -> None:
    """Fails where an answer's status, code or shape is not in the document. Paths that there are not have none."""
    if PREFIX + path not in document()["paths"]:
        return
    assert str(response.status_code) in operation(path)["responses"], f"{path}: {response.status_code}"
    faults = [
        f"{path}: {fault.message}" for fault in _validator(path, response.status_code).iter_errors(response.json())
    ]
    assert faults == []
