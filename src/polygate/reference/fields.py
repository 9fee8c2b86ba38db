"""JSON Schemas as lists of fields for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

Schema = Mapping[str, Any]

_WORDS: Final = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


class FieldRow(msgspec.Struct, frozen=True):
    """One field. `fields` are those inside it, if it is an object or a list of them."""

    name: str
    kind: str
    limits: str
    required: bool
    about: str
    default: str
    notes: str
    """What holds for the fields inside it together."""
    fields: tuple[FieldRow, ...]


def rows(schema: Schema, document: Schema) -> tuple[FieldRow, ...]:
    """The fields of an object, or of the objects in a list, in their order."""
    schema = _resolved(_element(schema), document)
    required = set(schema.get("required", ()))
    return tuple(_row(name, each, name in required, document) for name, each in schema.get("properties", {}).items())


def notes(schema: Schema, document: Schema) -> str:
    """What holds for the fields of an object together."""
    return str(_target(_element(schema), document).get("description", ""))


def _row(name: str, schema: Schema, required: bool, document: Schema) -> FieldRow:
    resolved = _resolved(schema, document)
    inner = rows(schema, document)
    return FieldRow(
        name=name,
        kind=_kind(resolved, document, has_fields=bool(inner)),
        limits=str(resolved.get("x-limits", "")),
        required=required,
        about=str(resolved.get("description", "")),
        default=str(resolved.get("default", "")),
        notes=notes(schema, document) if inner and "$ref" in _element(schema) else "",
        fields=inner,
    )


def _kind(schema: Schema, document: Schema, *, has_fields: bool) -> str:
    match schema.get("type"):
        case [kind, "null"]:
            return f"{_kind({**schema, 'type': kind}, document, has_fields=has_fields)} or null"
        case "array":
            each = _resolved(schema.get("items", {}), document)
            return f"list of {'objects' if has_fields else _WORDS.get(str(each.get('type')), 'anything') + 's'}"
        case "object":
            return "object"
        case other:
            return _WORDS.get(str(other), "")


def _element(schema: Schema) -> Schema:
    """What a list holds; anything else is itself."""
    element: Schema = schema.get("items", schema)
    return element


def _resolved(schema: Schema, document: Schema) -> Schema:
    """A schema with what it refers to; what stands beside a reference comes first."""
    match schema.get("oneOf"):
        case [{"$ref": _} as named, {"type": "null"}]:
            target = _target(named, document)
            return {**target, **schema, "type": [target["type"], "null"]}
        case _:
            return {**_target(schema, document), **schema}


def _target(schema: Schema, document: Schema) -> Schema:
    found: Any = document
    if "$ref" not in schema:
        return schema
    for step in str(schema["$ref"]).removeprefix("#/").split("/"):
        found = found[step]
    target: Schema = found
    return target
