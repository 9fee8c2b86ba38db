"""Calls as a reference page shows them: what is asked and answered, and variables that lead from one to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Template
from typing import Any

import msgspec

from polygate.protocols.reading.json_schema import Schema

Json = dict[str, Any]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """`$NAME` in a body is a variable. What answers make up anew each time is only of the right form."""

    path: str
    title: str
    body: Json | list[Json] | None = None
    answer: Json
    opens: Mapping[str, str] = {}
    """Variables that get a fresh number, by the word it begins with."""
    keeps: Mapping[str, str] = {}
    """Variables that get a member of the answer."""
    after: str = ""
    """The title of the sample whose variables this one goes on with."""


def values_in(samples: Iterable[Sample], *, fresh: int) -> dict[str, str]:
    """What the variables are in the answers; `fresh` ends every number that a sample opens."""
    found: dict[str, str] = {}
    for sample in samples:
        found |= {name: f"{start}-{fresh}" for name, start in sample.opens.items()}
        found |= {name: sample.answer[member] for name, member in sample.keeps.items()}
    return found


def requests(samples: Iterable[Sample], values: Mapping[str, str]) -> Schema:
    """Bodies as an OpenAPI document has them, by their titles: with a value in the place of each variable."""
    return {sample.title: {"value": _filled(sample.body, values)} for sample in samples}


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {name: _filled(part, values) for name, part in value.items()}
        case list():
            return [_filled(part, values) for part in value]
        case str():
            return Template(value).safe_substitute(values)
        case _:
            return value
