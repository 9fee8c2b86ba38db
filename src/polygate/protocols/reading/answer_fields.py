"""Declaring what answers hold: the counterpart of `fields`, which declares what requests hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from polygate.protocols.reading.fields import Scalar, Shape


class Written(msgspec.Struct, frozen=True):
    """A value as we write it: its JSON Schema, and the same in words."""

    schema: Mapping[str, Any]
    limits: str


class Body(msgspec.Struct, frozen=True, eq=False):
    """A JSON object in an answer."""

    fields: tuple[Told, ...]

    def __or__(self, other: Body) -> Body:
        return Body(self.fields + other.fields)


class Listed(msgspec.Struct, frozen=True):
    """A JSON array of objects, or of values, in an answer."""

    each: Body | Written


Form = Written | Scalar | Shape | Body | Listed
"""What was sent and is told again has the kind or the shape that it was read by."""


class Told(msgspec.Struct, frozen=True):
    """One field of an answer; `about` is its description."""

    name: str
    form: Form
    always: bool
    """Whether it is in every answer to a request that was carried out; otherwise only when it has a value."""
    about: str


def body(*fields: Told) -> Body:
    return Body(fields)


def always(name: str, form: Form, about: str) -> Told:
    return Told(name, form, True, about)


def sometimes(name: str, form: Form, about: str) -> Told:
    return Told(name, form, False, about)
