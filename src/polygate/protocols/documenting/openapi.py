"""The parts of an OpenAPI 3.1 document that are alike for every API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from polygate.protocols.doors import JSON
from polygate.protocols.reading.answer_fields import Body
from polygate.protocols.reading.fields import Shape
from polygate.protocols.reading.json_schema import Named, Schema, answer_schema, request_schema, scalar_schema
from polygate.protocols.reading.kinds import Currency

VERSION: Final = "3.1.0"


class Coded(Protocol):
    """A result code with the HTTP status that it comes with."""

    @property
    def http_status(self) -> int: ...


Code = TypeVar("Code", bound=Coded)


def document(
    *,
    title: str,
    about: str,
    version: str,
    base_url: str,
    tags: Iterable[str],
    paths: Schema,
    webhooks: Schema,
    schemas: Schema,
    proofs: Mapping[str, Schema],
) -> Schema:
    """`version` is the API's; `tags` may repeat themselves; any of the `proofs` will do for a call."""
    return {
        "openapi": VERSION,
        "info": {"title": title, "version": version, "description": about},
        "servers": [{"url": base_url}],
        "security": [{name: []} for name in proofs],
        "tags": [{"name": tag} for tag in dict.fromkeys(tags)],
        "paths": paths,
        "webhooks": webhooks,
        "components": {"schemas": schemas, "securitySchemes": dict(proofs)},
    }


def by_status(codes: Iterable[Code]) -> dict[int, list[Code]]:
    """Codes by their HTTP status, the lowest first."""
    found: dict[int, list[Code]] = {}
    for code in codes:
        found.setdefault(code.http_status, []).append(code)
    return dict(sorted(found.items()))


def response(about: str, schema: Schema, headers: Mapping[str, str] | None = None) -> Schema:
    """`headers` are told by their names."""
    found: Schema = {"description": about, "content": {JSON: {"schema": schema}}}
    if headers:
        found["headers"] = {name: {"description": said, "schema": {"type": "string"}} for name, said in headers.items()}
    return found


def notification(
    title: str, about: str, body: Schema, *, received: tuple[str, str], headers: Mapping[str, str] | None = None
) -> Schema:
    """A webhook; `received` is the status that means so, and what else has to be true."""
    status, when = received
    return {
        "post": {
            "summary": title,
            "description": about,
            "security": [],
            "parameters": [
                {"name": name, "in": "header", "required": True, "description": said, "schema": {"type": "string"}}
                for name, said in (headers or {}).items()
            ],
            "requestBody": {"required": True, "content": {JSON: {"schema": body}}},
            "responses": {status: {"description": when}},
        }
    }


def object_of(properties: Schema, *, required: Sequence[str] | None = None) -> Schema:
    """An object; all of its members are required unless some are named."""
    names = list(properties if required is None else required)
    return {"type": "object", "properties": properties, **({"required": names} if names else {})}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


class NamedSchemas:
    """What a document calls by a name, because several places share it or it would bury its surroundings."""

    def __init__(self, names: Mapping[Named, str]) -> None:
        self._names = names

    def all(self) -> Schema:
        """By their names."""
        return {name: self.whole(named) for named, name in self._names.items()}

    def refer(self, named: Named) -> Schema:
        """A reference to it if it has a name, else the thing itself."""
        name = self._names.get(named)
        return ref(name) if name else self.whole(named)

    def whole(self, named: Named) -> Schema:
        """The thing itself, referring to the named things inside it."""
        match named:
            case Shape():
                return request_schema(named, self.refer)
            case Body():
                return answer_schema(named, self.refer)
            case Currency():
                return scalar_schema(named)
