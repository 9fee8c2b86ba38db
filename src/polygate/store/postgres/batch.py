"""One batch of changes as one transaction: a few statements with array parameters, in two round trips.

`begin` tells which changes hold, `finish` writes their rows and commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection

from polygate.store.contract import Change, Insert, Stale, StoreError, Taken, Update
from polygate.store.rows import Table, puts_by_table, table_of

Key = tuple[Any, ...]
Results = list[StoreError | None]
"""None for each change that holds, else why it lost."""

_TYPES: Final = {"int": "int8", "str": "text", "bool": "bool", "bytes": "bytea"}


async def begin(connection: AsyncConnection[Any], changes: Sequence[Change], *, mark: tuple[str, Key]) -> Results:
    """Begin the transaction, leave the writer's mark (a statement and its parameters) and write all guards."""
    results: Results = [None] * len(changes)
    groups, apart = _sorted_out(changes)
    cursors = []
    async with connection.pipeline():
        await connection.execute("BEGIN")
        await connection.execute(*mark)
        for kind, table, rows in groups:
            ordered = [rows[key][1] for key in sorted(rows)]
            cursors.append(await connection.execute(_guard_sql(kind, table), _by_column(ordered)))
    for cursor, (kind, _, rows) in zip(cursors, groups, strict=True):
        held = set(await cursor.fetchall())
        for key, (place, _) in rows.items():
            if key not in held:
                row = changes[place].guards[0].row
                results[place] = Taken(row) if kind is Insert else Stale(row)
    for place in apart:
        results[place] = await _guard_together(connection, changes[place])
    return results


async def finish(connection: AsyncConnection[Any], changes: Sequence[Change], results: Results) -> None:
    """Write the other rows of the changes that hold, and commit."""
    async with connection.pipeline():
        for table, rows in puts_by_table(changes, results).items():
            # One statement cannot write a row twice; as on SQLite, the later one stands.
            once = rows if table.append_only else list({table.key_of(row): row for row in rows}.values())
            await connection.execute(_put_sql(table), _by_column(once))
        await connection.execute("COMMIT")


_Group = tuple[type, Table, dict[Key, tuple[int, list[Any]]]]
"""Guards that share a statement: their kind, their table, and by key each one's place in the batch and its values."""


def _sorted_out(changes: Sequence[Change]) -> tuple[list[_Group], list[int]]:
    """The groups, and the places of the changes that go alone.

    Those with several guards do, and so does a second one about the same key: a statement writes a row once. Groups
    come in the order of their tables and rows in that of their keys, so that two writers rarely wait for each other.
    """
    groups: dict[tuple[str, str], _Group] = {}
    apart: list[int] = []
    for place, change in enumerate(changes):
        if not change.guards:
            continue
        if len(change.guards) > 1:
            apart.append(place)
            continue
        guard = change.guards[0]
        kind, table = type(guard), table_of(type(guard.row))
        values = table.encode(guard.row)
        _, _, rows = groups.setdefault((table.name, kind.__name__), (kind, table, {}))
        if rows.setdefault(table.key_of(values), (place, values))[0] != place:
            apart.append(place)
    return [groups[name] for name in sorted(groups)], apart


async def _guard_together(connection: AsyncConnection[Any], change: Change) -> StoreError | None:
    """All guards of one change hold, or none of them is written."""
    lost: StoreError | None = None
    async with connection.transaction():
        for guard in change.guards:
            table = table_of(type(guard.row))
            cursor = await connection.execute(_guard_sql(type(guard), table), _by_column([table.encode(guard.row)]))
            if not await cursor.fetchall():
                lost = Taken(guard.row) if isinstance(guard, Insert) else Stale(guard.row)
                raise psycopg.Rollback
    return lost


def _by_column(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _arrays(table: Table) -> str:
    return ", ".join(f"%b::{_TYPES[kind]}[]" for kind in table.kinds)


@cache
def _guard_sql(kind: type, table: Table) -> str:
    """Returns the key of each row whose guard held."""
    if kind is Update:
        sets = ", ".join(f"{column} = u.{column}" for column in table.changing)
        same = " AND ".join(f"t.{column} = u.{column}" for column in table.key)
        return (
            f"UPDATE {table.name} AS t SET {sets} FROM unnest({_arrays(table)}) AS u ({table.column_list}) "
            f"WHERE {same} AND t.version = u.version - 1 RETURNING {', '.join(f't.{column}' for column in table.key)}"
        )
    return (
        f"INSERT INTO {table.name} ({table.column_list}) SELECT * FROM unnest({_arrays(table)}) "
        f"ON CONFLICT DO NOTHING RETURNING {', '.join(table.key)}"
    )


@cache
def _put_sql(table: Table) -> str:
    insert = f"INSERT INTO {table.name} ({table.column_list}) SELECT * FROM unnest({_arrays(table)})"
    if table.append_only:
        return insert
    sets = ", ".join(f"{column} = excluded.{column}" for column in table.changing)
    return f"{insert} ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {sets}"
