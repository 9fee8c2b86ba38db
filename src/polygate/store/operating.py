"""What operators look at, about all merchants: what is in doubt, what waits, and how the queues do.

Every question goes by an index, and counts no further than a page can show.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from polygate.core.attempts import Attempt
from polygate.core.blocks import Block
from polygate.core.books import BooksRound
from polygate.core.ids import MerchantId
from polygate.core.merchants import Merchant
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.people import NO_MERCHANT
from polygate.core.subscriptions import Subscription
from polygate.core.webhooks import Webhook
from polygate.store.attention import CARRIED_BY_HAND, GIVEN_BACK, IN_DOUBT, MOST, NOBODY_NAMED, OVERDUE_MS
from polygate.store.contract import Fetch
from polygate.store.rows import table_of

Row = TypeVar("Row", bound=msgspec.Struct)

_KEPT_LATE: Final = "state = 'captured' AND capture_mode = 'auto' AND captured_ms > expires_ms AND expires_ms > 0"


class Queue(msgspec.Struct, frozen=True):
    """What the jobs have to do of one kind."""

    name: str
    overdue: int
    """So many should have been done by now; no more than `MOST` are counted."""
    oldest_ms: int
    """When the oldest of them was due; 0 where there is none."""


class Sums(msgspec.Struct, frozen=True):
    """Postings from one account to another, in one currency."""

    debit: str
    credit: str
    currency: str
    count: int
    amount_minor: int
    """All together."""
    least_minor: int
    """The smallest of them."""


class Operating:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    # --- merchants ---

    async def merchants(self, text: str, *, before: int, limit: int) -> list[Merchant]:
        """Newest first: all, or those whose name has a text in it or whose number, or whose app's number, it is."""
        if not text:
            return await self._many(Merchant, "merchant_id < %s ORDER BY merchant_id DESC LIMIT %s", before, limit)
        where = (
            "merchant_id < %s AND (lower(name) LIKE %s ESCAPE '!' OR merchant_no = %s "
            "OR merchant_id IN (SELECT merchant_id FROM apps WHERE app_id = %s)) ORDER BY merchant_id DESC LIMIT %s"
        )
        escaped = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
        return await self._many(Merchant, where, before, f"%{escaped}%", text, text, limit)

    async def owners(self, rows: list[Any]) -> dict[MerchantId, Merchant]:
        """The merchants of some rows."""
        ids = sorted({row.merchant_id for row in rows})
        if not ids:
            return {}
        found = await self._many(Merchant, f"merchant_id IN ({', '.join(['%s'] * len(ids))})", *ids)
        return {merchant.merchant_id: merchant for merchant in found}

    # --- in doubt, late, waiting ---

    async def in_doubt(self, *, before: int, limit: int, now_ms: int) -> list[Attempt]:
        """Attempts of which nobody knows what became of them, newest first."""
        where = f"{IN_DOUBT} AND attempt_id < %s ORDER BY attempt_id DESC LIMIT %s"
        return await self._many(Attempt, where, now_ms - OVERDUE_MS, before, limit)

    async def given_back(self, *, before: int, limit: int) -> list[Attempt]:
        """Attempts to give back what was approved too late, newest first."""
        where = f"{GIVEN_BACK} AND attempt_id < %s ORDER BY attempt_id DESC LIMIT %s"
        return await self._many(Attempt, where, before, limit)

    async def paid_late(self, *, before: int, limit: int) -> list[Payment]:
        """Payments that were approved after their order's time and are the merchant's all the same, newest first."""
        where = f"{_KEPT_LATE} AND payment_id < %s ORDER BY payment_id DESC LIMIT %s"
        return await self._many(Payment, where, before, limit)

    async def without_receiver(self, *, before: int, limit: int) -> list[Payout]:
        """Payouts that wait for somebody to say whom they go to, newest first."""
        where = f"{NOBODY_NAMED} AND payout_id < %s ORDER BY payout_id DESC LIMIT %s"
        return await self._many(Payout, where, before, limit)

    async def by_hand(self, *, before: int, limit: int) -> list[Payout]:
        """Payouts that the operator carries out and has not told the end of, newest first."""
        where = f"{CARRIED_BY_HAND} AND payout_id < %s ORDER BY payout_id DESC LIMIT %s"
        return await self._many(Payout, where, before, limit)

    # --- blocks ---

    async def blocks(self, *, kind: str, now_ms: int, before: int, limit: int) -> list[Block]:
        """Those in force, newest first; `kind` is empty for all."""
        kinds = ("AND kind = %s ", (kind,)) if kind else ("", ())
        where = f"(until_ms = 0 OR until_ms > %s) {kinds[0]}AND block_id < %s ORDER BY block_id DESC LIMIT %s"
        return await self._many(Block, where, now_ms, *kinds[1], before, limit)

    # --- queues ---

    async def queues(self, *, now_ms: int) -> tuple[Queue, ...]:
        """What is due and was not done in time."""
        found = []
        for row_type in (Attempt, Payment, Payout, Subscription, Webhook):
            name = table_of(row_type).name
            sql = f"SELECT due_ms AS at FROM {name} WHERE due_ms > 0 AND due_ms <= %s"
            found.append(Queue(name, *await self._count(sql, now_ms - OVERDUE_MS)))
        return tuple(found)

    async def outbox(self) -> tuple[int, int]:
        """How many webhooks were not delivered yet, and when the oldest of these happened."""
        return await self._count("SELECT at_ms AS at FROM webhooks WHERE due_ms > 0")

    async def schema(self) -> str:
        """The migration that the database is at."""
        return str((await self._fetch("SELECT version_num FROM alembic_version", ()))[0][0])

    # --- the books ---

    async def books_round(self) -> BooksRound | None:
        """The last look at all postings that came to its end."""
        found = await self._many(BooksRound, "merchant_id = %s", NO_MERCHANT)
        return found[0] if found else None

    async def posted(
        self, merchant_id: MerchantId, *, after: int, up_to: int, limit: int
    ) -> tuple[int, tuple[Sums, ...]]:
        """A merchant's next postings above an identifier, up to another, added up; and the last one's identifier."""
        rows = await self._fetch(
            "SELECT debit, credit, currency, count(*), sum(amount_minor), min(amount_minor), max(posting_id) FROM "
            "(SELECT debit, credit, currency, amount_minor, posting_id FROM postings WHERE merchant_id = %s "
            "AND posting_id > %s AND posting_id <= %s ORDER BY posting_id LIMIT %s) AS next "
            "GROUP BY debit, credit, currency",
            (merchant_id, after, up_to, limit),
        )
        sums = tuple(
            Sums(debit, credit, currency, int(count), int(total), int(least))
            for debit, credit, currency, count, total, least, _ in rows
        )
        return max((int(row[-1]) for row in rows), default=after), sums

    async def _count(self, sql: str, *params: Any) -> tuple[int, int]:
        """How many there are, no further than it matters, and the earliest of their times."""
        found = await self._fetch(
            f"SELECT count(*), COALESCE(min(at), 0) FROM ({sql} ORDER BY at LIMIT %s) AS counted",
            (*params, MOST),
        )
        count, earliest = found[0]
        return int(count), int(earliest)

    async def _many(self, row_type: type[Row], where: str, *params: Any) -> list[Row]:
        table = table_of(row_type)
        rows = await self._fetch(f"SELECT {table.column_list} FROM {table.name} WHERE {where}", params)
        return [table.decode(row) for row in rows]
