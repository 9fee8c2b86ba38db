"""Rows of every registered kind: plain ones, told apart by a number, and random ones."""

from __future__ import annotations

import types
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st
from sqlalchemy import Connection, inspect

from polygate.store.rows import tables

Row = TypeVar("Row", bound=msgspec.Struct)

MERCHANT: Final = 7


def some(row_type: type[Row], number: int = 1, /, **fields: Any) -> Row:
    """A row whose fields differ from those of any other number, all of one merchant, version 1 and never due."""
    usual = {"merchant_id": MERCHANT, "version": 1, "due_ms": 0}
    values = {name: fields.get(name, usual.get(name, _plain(name, hint, number))) for name, hint in fields_of(row_type)}
    return row_type(**values)


def next_version(row: Row, **changes: Any) -> Row:
    return msgspec.structs.replace(row, version=row.version + 1, **changes)  # type: ignore[attr-defined]


def same_number(row_type: type[Row], number: int, other: Any) -> Row:
    """A row under the number that another one has already."""
    taken = {name: getattr(other, name) for name in ("protocol", "order_no", "number_scope")}
    return some(row_type, number, **taken)


def unique_keys(connection: Connection) -> dict[str, list[tuple[str, ...]]]:
    """The columns of every unique key of every table, the primary key first, as the database itself knows them."""
    schema = inspect(connection)
    return {
        table.name: [
            tuple(schema.get_pk_constraint(table.name)["constrained_columns"]),
            *(tuple(each["column_names"]) for each in schema.get_unique_constraints(table.name)),
        ]
        for table in tables()
    }


def fields_of(row_type: type[msgspec.Struct]) -> list[tuple[str, Any]]:
    hints = get_type_hints(row_type)
    return [(name, hints[name]) for name in row_type.__struct_fields__]


def _plain(name: str, hint: Any, number: int) -> Any:
    base = getattr(hint, "__supertype__", hint)
    if base is int:
        return number
    if base is str:
        return f"{name} {number}"
    if base is bytes:
        return f"{name} {number}".encode()
    if base is bool:
        return number % 2 == 0
    if isinstance(base, type) and issubclass(base, StrEnum):
        return list(base)[number % len(base)]
    if isinstance(base, type) and issubclass(base, msgspec.Struct):
        return base(**{field: _plain(field, each, number) for field, each in fields_of(base)})
    if isinstance(base, types.UnionType):
        return _plain(name, get_args(base)[0], number)
    if get_origin(base) is tuple:
        each = get_args(base)[0]
        if each is int:
            return (number, number + 1)
        return (name, str(number)) if each is str else (_plain(name, each, number),)
    if get_origin(base) is Mapping:
        return {name: _plain(name, get_args(base)[1], number)}
    return number  # Whatever JSON can say.


# Text of any script, with quotes and emoji: all of Unicode but halves of pairs, which no encoding has, and NUL, which
# PostgreSQL does not.
_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40) | st.sampled_from(
    [
        "",
        "'; DROP TABLE payments; --",
        'He said "hi"\\',
        "%s %b %% ?",
        "{1,2}",
        "NULL",
        "日本語",
        "👩‍👩‍👧‍👦🏳️‍🌈",
        "مرحبا",
        "\n\t\r",
        "1e3",
        "007",
    ]
)
_integers = st.integers(-(2**63), 2**63 - 1) | st.sampled_from(
    [0, -1, 2**15, 2**31, 2**32, 2**53 + 1, 2**63 - 1, -(2**63)]
)
_anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts
    | st.just("\0"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value a field may hold."""
    base = getattr(hint, "__supertype__", hint)
    if base is int:
        return _integers
    if base is str:
        return _texts
    if base is bytes:
        return st.binary(max_size=40)
    if base is bool:
        return st.booleans()
    if base is types.NoneType:
        return st.none()
    if base is Any:
        return _anything
    if isinstance(base, type) and issubclass(base, StrEnum):
        return st.sampled_from(list(base))
    if isinstance(base, type) and issubclass(base, msgspec.Struct):
        return rows(base)
    if isinstance(base, types.UnionType):
        return st.one_of([values(each) for each in get_args(base)])
    if get_origin(base) is tuple:
        return st.lists(values(get_args(base)[0]), max_size=4).map(tuple)
    if get_origin(base) is Mapping:
        return st.dictionaries(_texts, values(get_args(base)[1]), max_size=4)
    raise TypeError(f"no values for {hint}")


def rows(row_type: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Any row of a kind."""
    return st.builds(row_type, **{name: values(hint) for name, hint in fields_of(row_type)})
