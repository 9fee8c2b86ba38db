"""The OpenAPI document of the Signed API, and answers held to it."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import httpx
import jsonschema_rs

from polygate.protocols.registry import protocols
from tests.channel_api.document import closed
from tests.support.house import BASE_URL

PREFIX: Final = "/v2/"


@cache
def document() -> dict[str, Any]:
    return dict(protocols()["signed"].reference(BASE_URL).document)


def operation(path: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][PREFIX + path]["post"]
    return found


@cache
def _validator(path: str, status: int) -> jsonschema_rs.Draft202012Validator:
    """Of the answers of a call with this status; what is not documented in them is a fault too."""
    schema = operation(path)["responses"][str(status)]["content"]["application/json"]["schema"]
    whole = closed(schema) | {"components": closed(document()["components"])}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def hold_to_document(path: str, response: httpx.Response) -> None:
    """Fails where an answer's status, code or shape is not in the document. Paths that there are not have none."""
    if PREFIX + path not in document()["paths"] or response.status_code == 404:
        return
    assert str(response.status_code) in operation(path)["responses"], f"{path}: {response.status_code}"
    faults = _validator(path, response.status_code).iter_errors(response.json())
    assert [f"{path}: {fault.message}" for fault in faults] == []
