"""Several tables read side by side in the order of a key they share, so that rows about one thing meet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from typing import Any

from polygate.assembly.doctor.snapshot import Snapshot
from polygate.store.rows import table_of

Key = tuple[int, ...]
Stream = AsyncIterator[list[tuple[Key, Any]]]
"""Rows with their keys, chunk by chunk, keys ascending."""


async def ordered(snapshot: Snapshot, row_type: type[Any], *key: str, kinds: Collection[str] = ()) -> Stream:
    """The rows of a table, of these kinds or of all, by its own index on the key."""
    table = table_of(row_type)
    places = [table.columns.index(column) for column in key]
    where = f"WHERE kind IN ({', '.join(['%s'] * len(kinds))})" if kinds else ""
    sql = f"SELECT {table.column_list} FROM {table.name} {where} ORDER BY {', '.join(key)}"
    async for chunk in snapshot.chunks(sql, tuple(kinds)):
        yield [(tuple(row[place] for place in places), table.decode(row)) for row in chunk]


async def together(*streams: Stream) -> AsyncIterator[tuple[Key, tuple[list[Any], ...]]]:
    """For each key that occurs anywhere, its rows from every stream; lists are empty where a stream has none."""
    heads = [_Head(stream) for stream in streams]
    for head in heads:
        await head.refill()
    while keys := [head.key for head in heads if head.key is not None]:
        key = min(keys)
        yield key, tuple([await head.take_all(key) for head in heads])


class _Head:
    """Where reading stands in one stream. `key` is the next row's, None at the end."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._chunk: list[tuple[Key, Any]] = []
        self._place = 0
        self.key: Key | None = None

    async def refill(self) -> None:
        self._chunk, self._place = await anext(self._stream, []), 0
        self.key = self._chunk[0][0] if self._chunk else None

    async def take_all(self, key: Key) -> list[Any]:
        """The rows of one key, wherever chunks end."""
        rows: list[Any] = []
        while self.key == key:
            rows.append(self._chunk[self._place][1])
            self._place += 1
            if self._place == len(self._chunk):
                await self.refill()
            else:
                self.key = self._chunk[self._place][0]
        return rows
