"""Open a store by its URL: the right dialect, checked against the schema this program works with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from polygate.core.blocks import Block
from polygate.core.cards import Secret
from polygate.core.people import Session
from polygate.core.saved_views import SavedView
from polygate.core.transitions import AgreementState
from polygate.store.attention import Attention
from polygate.store.contract import Change, Database, Insert, Taken
from polygate.store.direct import sqlite_path
from polygate.store.listing import Listing
from polygate.store.operating import Operating
from polygate.store.reads import Reads, Row
from polygate.store.schema import check
from polygate.store.search import Search
from polygate.store.sqlite.database import SqliteDatabase
from polygate.store.statistics import Statistics
from polygate.store.vault import PURPOSES, Vault, new_data_key, open_vault


class Store:
    """The open database: `submit` writes, `reads` asks, `listing`, `search` and `statistics` show it to people."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.dialect: Final = database.dialect
        self.reads = Reads(database, shared=database.fetch_shared)
        self.listing = Listing(database.fetch_apart)
        self.search = Search(database.fetch_apart)
        self.statistics = Statistics(database.fetch_apart)
        self.operating = Operating(database.fetch_apart)
        self.attention = Attention(database.fetch_apart)

    async def submit(self, change: Change) -> None:
        """Durable on return. Raises Taken, Stale or Busy if nothing took effect, Unavailable if that is not known."""
        await self._database.submit(change)

    async def claim(
        self, row_type: type[Row], *, now_ms: int, until_ms: int, limit: int, passing_over: Sequence[int] = ()
    ) -> list[Row]:
        """The rows of a kind due longest, kept from other workers until `until_ms`. Raises Unavailable."""
        return await self._database.claim(
            row_type, now_ms=now_ms, until_ms=until_ms, limit=limit, passing_over=passing_over
        )

    async def fetch(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """For reports that have no name in `Reads`."""
        return await self._database.fetch(sql, params)

    async def forget_tokens(self, expired_before_ms: int) -> int:
        """Access tokens that expired before a time. Returns how many there were."""
        return await self._database.execute("DELETE FROM tokens WHERE expires_ms < %s", (expired_before_ms,))

    async def forget_nonces(self, used_before_ms: int) -> int:
        """Nonces whose calls are too old to be repeated. Returns how many there were."""
        return await self._database.execute("DELETE FROM used_nonces WHERE used_ms < %s", (used_before_ms,))

    async def forget_unused_cards(self, kept_before_ms: int) -> int:
        """Kept cards under no living agreement: neither a declined payment nor one that was revoked is a reason to keep
        a card number."""
        return await self._database.execute(
            "DELETE FROM vault_cards WHERE created_ms < %s AND NOT EXISTS (SELECT 1 FROM agreements a "
            "WHERE a.merchant_id = vault_cards.merchant_id AND a.payment_id = vault_cards.payment_id AND a.state = %s)",
            (kept_before_ms, AgreementState.LIVE.value),
        )

    async def forget_risk_events(self, before_ms: int) -> int:
        """Checked payments that no limit counts any more."""
        return await self._database.execute("DELETE FROM risk_events WHERE at_ms < %s", (before_ms,))

    async def forget_ended_blocks(self, before_ms: int) -> int:
        """Blocks that ended before a time. Returns how many there were."""
        return await self._database.execute("DELETE FROM blocks WHERE until_ms > 0 AND until_ms < %s", (before_ms,))

    async def forget_previous_keys(self, now_ms: int) -> int:
        """Keys and secrets that were replaced and are good no more. Returns how many merchants and apps had one."""
        forgotten = 0
        for table, key, hashed in (
            ("merchants", "secret_key", ""),
            ("merchants", "access_key", ", previous_access_key_hash = ''"),
            ("apps", "secret", ""),
        ):
            forgotten += await self._database.execute(
                f"UPDATE {table} SET sealed_previous_{key} = %s, previous_{key}_until_ms = 0{hashed} "
                f"WHERE previous_{key}_until_ms > 0 AND previous_{key}_until_ms <= %s",
                (b"", now_ms),
            )
        return forgotten

    async def mark_session(self, session: Session, *, seen_ms: int, flash: str) -> None:
        """When it was last used, and what to tell on its next page (JSON text). Neither is worth a version."""
        await self._database.execute(
            "UPDATE sessions SET seen_ms = %s, flash = %s WHERE merchant_id = %s AND session_id = %s",
            (seen_ms, flash, session.merchant_id, session.session_id),
        )

    async def forget_sessions(self, *, unused_since_ms: int, begun_before_ms: int) -> int:
        """Sessions that nobody used since a time, or that began before one."""
        return await self._database.execute(
            "DELETE FROM sessions WHERE seen_ms < %s OR created_ms < %s", (unused_since_ms, begun_before_ms)
        )

    async def forget_guesses(self, before_ms: int) -> int:
        """Wrong guesses, the last of which was made before a time."""
        return await self._database.execute("DELETE FROM guesses WHERE changed_ms < %s", (before_ms,))

    async def forget_calls(self, before_id: int, *, at_most: int) -> int:
        """The oldest calls of the log below an identifier. Returns how many there were."""
        return await self._database.execute(
            "DELETE FROM calls WHERE (call_id, merchant_id) IN "
            "(SELECT call_id, merchant_id FROM calls WHERE call_id < %s ORDER BY call_id LIMIT %s)",
            (before_id, at_most),
        )

    async def remove_saved_view(self, view: SavedView) -> None:
        sql = "DELETE FROM saved_views WHERE merchant_id = %s AND view_id = %s"
        await self._database.execute(sql, (view.merchant_id, view.view_id))

    async def remove_block(self, block: Block) -> bool:
        """Whether it was still there."""
        sql = "DELETE FROM blocks WHERE merchant_id = %s AND block_id = %s"
        return await self._database.execute(sql, (block.merchant_id, block.block_id)) == 1

    async def close(self) -> None:
        await self._database.close()


async def open_store(url: str) -> Store:
    """Raises NotMigrated, NewerSchema or Unavailable."""
    check(url)
    path = sqlite_path(url)
    if path is not None:
        return Store(SqliteDatabase(path))
    from polygate.store.postgres.database import PostgresDatabase  # With its driver, which a file needs not.

    database = PostgresDatabase(url)
    await database.open()
    return Store(database)


async def unlock_vault(store: Store, master: Secret, *, now_ms: int) -> Vault:
    """Open the vault, making the data keys on first use. Raises WrongMasterKey."""
    rows = await store.reads.data_keys()
    missing = [purpose for purpose in PURPOSES if all(row.purpose != purpose for row in rows)]
    if rows:
        open_vault(master, rows)  # A wrong master key must not add keys of its own.
    for purpose in missing:
        key = new_data_key(master, purpose=purpose, key_id=f"{purpose}-1", now_ms=now_ms)
        try:
            await store.submit(Change(guards=(Insert(key),)))
        except Taken:
            continue  # Another process starting at the same time made it.
    return open_vault(master, await store.reads.data_keys() if missing else rows)
