"""How the store is asked: by plain SQL that serves both databases, for rows of one type or for a few figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from polygate.core import dated_numbers
from polygate.core.ids import DIGITS_MAX, LAST
from polygate.store.contract import Fetch, Rows
from polygate.store.rows import table_of

Row = TypeVar("Row", bound=msgspec.Struct)


class Questions:
    """What every subject's questions rest on."""

    def __init__(self, rows: Rows, *, shared: Fetch | None = None) -> None:
        """`shared` reads what every request asks for; without it such a read is like any other."""
        self._rows = rows
        self._shared = shared or rows.fetch

    async def _page(
        self, row_type: type[Row], given: Mapping[str, Any], order: str, offset: int, limit: int
    ) -> tuple[int, list[Row]]:
        """What is None is not asked for."""
        wanted = {condition: value for condition, value in given.items() if value is not None}
        where = " AND ".join(wanted)
        counted = await self._rows.fetch(
            f"SELECT count(*) FROM {table_of(row_type).name} WHERE {where}", tuple(wanted.values())
        )
        total = int(counted[0][0])
        if offset >= total:
            return total, []
        rows = await self._many(
            row_type, f"{where} ORDER BY {order} LIMIT %s OFFSET %s", *wanted.values(), limit, offset
        )
        return total, rows

    async def _one(self, row_type: type[Row], where: str, *params: Any) -> Row | None:
        found = await self._many(row_type, where, *params)
        return found[0] if found else None

    async def _many(self, row_type: type[Row], where: str, *params: Any) -> list[Row]:
        table = table_of(row_type)
        rows = await self._rows.fetch(f"SELECT {table.column_list} FROM {table.name} WHERE {where}", params)
        return [table.decode(row) for row in rows]


def identifier(number: str) -> int:
    """The identifier of ours that a number can be; 0 for one that is a merchant's in any case."""
    if dated := dated_numbers.identifier(number):
        return dated
    if not (number.isascii() and number.isdecimal() and len(number) <= DIGITS_MAX):
        return 0
    return int(number) if int(number) <= LAST else 0
