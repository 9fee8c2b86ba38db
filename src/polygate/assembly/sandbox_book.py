"""The sandbox acquirer's book, kept in our database beside our own ledger, and never read by it."""

from __future__ import annotations

from typing import Final

import msgspec

from polygate.connectors.sandbox import Entry
from polygate.store.contract import Change, Insert, Stale, Taken, Update
from polygate.store.opened import Store
from polygate.store.rows import Table, register

TABLE: Final = Table(Entry, "sandbox_book", ("merchant_id", "attempt_id"))
register(TABLE)


class StoredBook:
    """Honors `polygate.connectors.sandbox.Book`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(self, merchant_id: int, attempt_id: int) -> Entry | None:
        found = await self._entries("merchant_id = %s AND attempt_id = %s", merchant_id, attempt_id)
        return found[0] if found else None

    async def about(self, merchant_id: int, original_id: int) -> list[Entry]:
        return await self._entries(
            "merchant_id = %s AND original_id = %s ORDER BY attempt_id", merchant_id, original_id
        )

    async def coded(self, reference: str) -> Entry | None:
        found = await self._entries("reference = %s AND code <> ''", reference)
        return found[0] if found else None

    async def enter(self, entry: Entry) -> bool:
        return await self._written(Insert(entry))

    async def amend(self, entry: Entry, *, expected_version: int) -> bool:
        return await self._written(Update(msgspec.structs.replace(entry, version=expected_version + 1)))

    async def enter_under(self, entry: Entry, original: Entry, *, expected_version: int) -> bool:
        bumped = msgspec.structs.replace(original, version=expected_version + 1)
        return await self._written(Insert(entry), Update(bumped))

    async def _written(self, *guards: Insert | Update) -> bool:
        try:
            await self._store.submit(Change(guards))
        except (Taken, Stale):
            return False
        return True

    async def _entries(self, where: str, *params: int | str) -> list[Entry]:
        rows = await self._store.fetch(f"SELECT {TABLE.column_list} FROM {TABLE.name} WHERE {where}", params)
        return [TABLE.decode(row) for row in rows]
