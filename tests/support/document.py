"""The OpenAPI document of an API as it is served, and answers held to it."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any, Final

import httpx
import jsonschema_rs

from polygate.protocols.registry import protocols
from tests.support.house import BASE_URL

Schema = dict[str, Any]


class Document:
    def __init__(self, api: str, prefix: str = "") -> None:
        """`api` is a protocol's name, and `prefix` begins the paths of its calls."""
        self._api: Final = api
        self.prefix: Final = prefix

    @cached_property
    def whole(self) -> Schema:
        return dict(protocols()[self._api].reference(BASE_URL).document)

    @property
    def paths(self) -> Schema:
        found: Schema = self.whole["paths"]
        return found

    def operation(self, path: str) -> Schema:
        """The one method of a path."""
        (found,) = self.paths[self.prefix + path].values()
        return dict(found)

    def request_schema(self, path: str) -> Schema:
        return _schema(self.operation(path)["requestBody"])

    def answer_schema(self, path: str, status: int) -> Schema:
        return _schema(self.operation(path)["responses"][str(status)])

    def resolved(self, schema: Schema) -> Schema:
        """A schema with what it refers to."""
        if "$ref" not in schema:
            return schema
        name = schema["$ref"].removeprefix("#/components/schemas/")
        return {**self.whole["components"]["schemas"][name], **schema}

    def validator(self, schema: Schema) -> jsonschema_rs.Draft202012Validator:
        """Of one of the document's schemas, which may refer to others."""
        whole = schema | {"components": self.whole["components"]}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)

    def hold(self, path: str, response: httpx.Response) -> None:
        """Fails where an answer's status, code or shape is not in the document. Paths that there are not have none."""
        if (item := self.paths.get(self.prefix + path)) is None:
            return
        if str(response.status_code) in self.operation(path)["responses"]:
            faults = self._validator(path, response.status_code).iter_errors(response.json())
            assert [f"{path}: {fault.message}" for fault in faults] == [], response.text
        else:  # Only that the path has no such method is told without being documented under another one.
            assert response.request.method.lower() not in item, f"{path}: {response.status_code}"
            assert response.status_code in {404, 405}, f"{path}: {response.status_code}"

    @cache  # noqa: B019  # There are four documents, and they are kept for as long as the tests run.
    def _validator(self, path: str, status: int) -> jsonschema_rs.Draft202012Validator:
        """Of answers; what is not documented in them is a fault too."""
        components = {"components": self.whole["components"]}
        schema = _closed(self.answer_schema(path, status) | components)
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def _schema(content: Schema) -> Schema:
    found: Schema = content["content"]["application/json"]["schema"]
    return found


def _closed(schema: Any) -> Any:
    """The schema, with nothing let through but what it names."""
    match schema:
        case dict():
            inner = {name: _closed(part) for name, part in schema.items()}
            return {"additionalProperties": False, **inner} if schema.get("type") == "object" else inner
        case list():
            return [_closed(part) for part in schema]
        case _:
            return schema
