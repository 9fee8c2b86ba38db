"""The operations of an OpenAPI document, ready for a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from polygate.protocols.contract import ApiReference, Example
from polygate.reference.fields import FieldRow, Schema, notes, rows


class CodeRow(msgspec.Struct, frozen=True):
    code: str
    status: int
    about: str


class CallPage(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `addresses` are all paths under which it answers."""

    anchor: str
    title: str
    about: str
    group: str
    method: str
    addresses: tuple[str, ...]
    is_list: bool
    """Whether the request is a list of what `request` describes."""
    notes: str
    request: tuple[FieldRow, ...]
    answer: tuple[FieldRow, ...]
    codes: tuple[CodeRow, ...]
    examples: tuple[Example, ...]


class Notice(msgspec.Struct, frozen=True):
    """A webhook: its headers and what its body holds."""

    anchor: str
    title: str
    about: str
    headers: tuple[tuple[str, str], ...]
    fields: tuple[FieldRow, ...]


def calls(api: ApiReference) -> tuple[CallPage, ...]:
    """In the document's order; further addresses of a call stand with it."""
    others: dict[str, list[str]] = {}
    for path, _, operation in _operations(api.document):
        others.setdefault(operation.get("x-same-as", operation["operationId"]), []).append(path)
    return tuple(
        _call(method, operation, others[operation["operationId"]], api)
        for _, method, operation in _operations(api.document)
        if "x-same-as" not in operation
    )


def grouped(pages: Sequence[CallPage]) -> Mapping[str, Sequence[CallPage]]:
    """Calls by their group, in the order in which groups and calls come up."""
    groups: dict[str, list[CallPage]] = {}
    for page in pages:
        groups.setdefault(page.group, []).append(page)
    return groups


def notices(api: ApiReference) -> tuple[Notice, ...]:
    return tuple(
        Notice(
            anchor=f"notice-{name}",
            title=operation["summary"],
            about=operation["description"],
            headers=tuple((each["name"], each["description"]) for each in operation["parameters"]),
            fields=rows(_schema(operation["requestBody"]), api.document),
        )
        for name, item in api.document["webhooks"].items()
        for operation in item.values()
    )


def anchor(title: str) -> str:
    """The name of a heading in an address."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _operations(document: Schema) -> list[tuple[str, str, Any]]:
    paths = document["paths"].items()
    return [(path, method.upper(), operation) for path, item in paths for method, operation in item.items()]


def _call(method: str, operation: Mapping[str, Any], addresses: Sequence[str], api: ApiReference) -> CallPage:
    request = _schema(operation["requestBody"]) if "requestBody" in operation else {}
    answer = _schema(operation["responses"]["200"])
    return CallPage(
        anchor=operation["operationId"],
        title=operation["summary"],
        about=operation["description"],
        group=operation["tags"][0],
        method=method,
        addresses=tuple(addresses),
        is_list=request.get("type") == "array",
        notes=notes(request, api.document),
        request=rows(request, api.document),
        answer=rows(answer.get("oneOf", [answer])[0], api.document),
        codes=tuple(CodeRow(each["code"], each["status"], each["about"]) for each in operation["x-codes"]),
        examples=api.examples.get(operation["operationId"], ()),
    )


def _schema(content: Mapping[str, Any]) -> Schema:
    schema: Schema = next(iter(content["content"].values()))["schema"]
    return schema
