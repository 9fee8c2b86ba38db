"""The log of calls."""

from __future__ import annotations

from polygate.core.calls import NOBODY, Call
from polygate.core.ids import MerchantId
from polygate.store.reads.questions import Questions


class CallReads(Questions):
    async def call(self, call_id: int) -> Call | None:
        """Whoever's call has an identifier."""
        return await self._one(Call, "call_id = %s AND left_out = 0", call_id)

    async def calls(
        self,
        *,
        merchant_id: MerchantId | None,
        before: int,
        after: int = 0,
        limit: int,
        protocol: str = "",
        app_id: str = "",
        order_no: str = "",
        code: str = "",
        refused: bool | None = None,
    ) -> list[Call]:
        """Newest first, of one merchant or (for operators only) of all; `after` and `before` bound the identifiers."""
        given = {
            "call_id < %s": before,
            "call_id > %s": after,
            "merchant_id = %s": merchant_id,
            "protocol = %s": protocol or None,
            "app_id = %s": app_id or None,
            "order_no = %s": order_no or None,
            "code = %s": code or None,
            "refused = %s": refused,
        }
        wanted = {condition: value for condition, value in given.items() if value is not None}
        where = f"left_out = 0 AND {' AND '.join(wanted)} ORDER BY call_id DESC LIMIT %s"
        return await self._many(Call, where, *wanted.values(), limit)

    async def calls_left_out(self, *, after: int, before: int) -> int:
        """How many calls are missing between two identifiers: anybody's, they were never looked at."""
        found = await self._rows.fetch(
            "SELECT COALESCE(SUM(left_out), 0) FROM calls WHERE merchant_id = %s AND call_id > %s AND call_id < %s",
            (NOBODY, after, before),
        )
        return int(found[0][0])
