"""The acquirer's book in memory: the whole contract, with the interleavings that a real store would allow."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from polygate.connectors.sandbox import Entry


class MemoryBook:
    """Every call gives way to others before and after it acts; what happens in between is one step."""

    def __init__(self) -> None:
        self.entries: dict[tuple[int, int], Entry] = {}

    async def read(self, merchant_id: int, attempt_id: int) -> Entry | None:
        await asyncio.sleep(0)
        if max(merchant_id, attempt_id) >= 2**63:
            raise OverflowError("a database's columns have 64 bits")
        found = self.entries.get((merchant_id, attempt_id))
        await asyncio.sleep(0)
        return found

    async def about(self, merchant_id: int, original_id: int) -> list[Entry]:
        await asyncio.sleep(0)
        found = [e for e in self.entries.values() if (e.merchant_id, e.original_id) == (merchant_id, original_id)]
        await asyncio.sleep(0)
        return sorted(found, key=lambda entry: entry.attempt_id)

    async def coded(self, reference: str) -> Entry | None:
        await asyncio.sleep(0)
        found = [entry for entry in self.entries.values() if entry.code and entry.reference == reference]
        await asyncio.sleep(0)
        return found[0] if found else None

    async def enter(self, entry: Entry) -> bool:
        await asyncio.sleep(0)
        taken = _key(entry) in self.entries
        if not taken:
            self.entries[_key(entry)] = entry
        await asyncio.sleep(0)
        return not taken

    async def amend(self, entry: Entry, *, expected_version: int) -> bool:
        await asyncio.sleep(0)
        current = self._is_at(entry, expected_version)
        if current:
            self.entries[_key(entry)] = replace(entry, version=expected_version + 1)
        await asyncio.sleep(0)
        return current

    async def enter_under(self, entry: Entry, original: Entry, *, expected_version: int) -> bool:
        await asyncio.sleep(0)
        free = _key(entry) not in self.entries and self._is_at(original, expected_version)
        if free:
            self.entries[_key(entry)] = entry
            kept = self.entries[_key(original)]
            self.entries[_key(original)] = replace(kept, version=expected_version + 1)
        await asyncio.sleep(0)
        return free

    def _is_at(self, entry: Entry, version: int) -> bool:
        kept = self.entries.get(_key(entry))
        return kept is not None and kept.version == version


def _key(entry: Entry) -> tuple[int, int]:
    return entry.merchant_id, entry.attempt_id
