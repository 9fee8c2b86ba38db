"""What requests and answers may hold, as JSON Schema (2020-12) and in words. Nothing is said here that is not declared.

A schema describes what a client should send. The base rules accept more (numbers for texts, other letter case), and the
reference says so in words: a schema of everything that is understood would be of no use to a code generator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from polygate.protocols.reading.answer_fields import Body, Form, Listed, Written
from polygate.protocols.reading.fields import AnyJson, Field, Kind, ListOf, Scalar, Shape, Varied
from polygate.protocols.reading.kinds import Currency

Schema = dict[str, Any]
Named = Shape | Body | Currency
Refer = Callable[[Named], Schema]
"""The schema of something at its place: a reference if the document names it, else the thing itself."""

LIMITS: Final = "x-limits"
"""The extension that holds a field's limits in words."""


def scalar_schema(kind: Scalar) -> Schema:
    """One value, spelled as it is read."""
    return {**kind.schema(), LIMITS: kind.limits()}


def request_schema(shape: Shape, refer: Refer) -> Schema:
    """An object that clients send."""
    schema: Schema = {
        "type": "object",
        "properties": {field.name: _asked(field, refer) for field in shape.fields},
    }
    if required := [field.name for field in shape.fields if field.required]:
        schema["required"] = required
    if about := " ".join(rule.about for rule in shape.rules):
        schema["description"] = about
    for rule in shape.rules:
        assert not rule.schema.keys() & schema.keys(), f"{rule.about} says what another rule says too"
        schema |= rule.schema
    return schema


def variants_schema(field: str, shapes: Mapping[Any, Shape], refer: Refer) -> Schema:
    """One object for all values of a field: what only some of them require is conditional."""
    each = {value: request_schema(shape, refer) for value, shape in shapes.items()}
    properties = {name: schema for one in each.values() for name, schema in one["properties"].items()}
    common = [name for name in properties if all(name in one["required"] for one in each.values())]
    conditions = [
        {"if": {"properties": {field: {"const": str(value)}}, "required": [field]}, "then": {"required": own}}
        for value, one in each.items()
        if (own := [name for name in one["required"] if name not in common])
    ]
    about = dict.fromkeys(one.get("description", "") for one in each.values())
    schema = {"type": "object", "properties": properties, "required": common, "description": " ".join(about).strip()}
    return schema | ({"allOf": conditions} if conditions else {})


def answer_schema(body: Body, refer: Refer) -> Schema:
    """An object that we send. Further fields may come: that is no change of the contract."""
    schema: Schema = {
        "type": "object",
        "properties": {field.name: _told(field.form, field.about, refer) for field in body.fields},
    }
    if always := [field.name for field in body.fields if field.always]:
        schema["required"] = always
    return schema


def _asked(field: Field, refer: Refer) -> Schema:
    schema = kind_schema(field.kind, refer) | {"description": field.about}
    if field.default is not None:
        schema["default"] = str(field.default)
    return schema


def kind_schema(kind: Kind, refer: Refer) -> Schema:
    """A value of any kind at its place."""
    match kind:
        case Shape():
            return refer(kind)
        case Varied():
            return variants_schema("type", kind.shapes, refer)
        case ListOf():
            size = {"minItems": kind.shortest, "maxItems": kind.longest}
            words = f"{kind.shortest} to {kind.longest} elements"
            return {"type": "array", "items": refer(kind.shape), **size, LIMITS: words}
        case AnyJson():
            return {**kind.schema, LIMITS: kind.rule}
        case Currency():
            return refer(kind)
        case _:
            return scalar_schema(kind)


def _told(form: Form, about: str, refer: Refer) -> Schema:
    match form:
        case Written():
            schema: Mapping[str, Any] = {**form.schema, LIMITS: form.limits}
        case Body():
            schema = refer(form)
        case Listed():
            schema = {"type": "array", "items": _each(form.each, refer)}
        case _:
            schema = kind_schema(form, refer)
    return {**schema, "description": about}


def _each(each: Body | Written, refer: Refer) -> Schema:
    return refer(each) if isinstance(each, Body) else {**each.schema, LIMITS: each.limits}
