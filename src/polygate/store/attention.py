"""What a merchant should look at: outcomes nobody knows, money that waits, notifications that do not arrive.

Each question reads the few rows that an index keeps for it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec

from polygate.core.attempts import AttemptKind
from polygate.core.ids import MerchantId, first_at
from polygate.core.transitions import AttemptState, PaymentState, PayoutState
from polygate.core.webhooks import WebhookState
from polygate.store.contract import Fetch

MOST: Final = 1_000
"""More are not counted."""
_IN_DOUBT: Final = ", ".join(f"'{state}'" for state in (AttemptState.ASKED, AttemptState.PENDING, AttemptState.UNKNOWN))
_UNKNOWN_AFTER_MS: Final = 60_000
_OUTBOX_LATE_MS: Final = 600_000
_GIVEN_UP_FOR_MS: Final = 7 * 86_400_000
_RELEASE_WITHIN_MS: Final = 48 * 3_600_000


class Kind(StrEnum):
    UNKNOWN = "unknown"
    """Attempts whose acquirer has not said for a minute what became of them."""
    GOING_BACK = "going_back"
    """Money that came for closed orders, on its way back to its payers."""
    RELEASED_SOON = "released_soon"
    """Authorizations that end within two days unless they are captured."""
    PAYOUT_WAITS = "payout_waits"
    """Payouts that wait to be sent, or for their receiver to be named."""
    WEBHOOK_LATE = "webhook_late"
    """Notifications that have not arrived for ten minutes."""
    WEBHOOK_GIVEN_UP = "webhook_given_up"
    """Notifications that were given up within a week."""


class Concern(msgspec.Struct, frozen=True):
    kind: Kind
    count: int
    """Up to `MOST`."""
    oldest_ms: int
    """Since when the oldest of them waits, in milliseconds since 1970."""


class Attention:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def concerns(self, *, merchant_id: MerchantId, now_ms: int) -> list[Concern]:
        """Those that there are, the gravest first. Raises Unavailable or TooLong."""
        open_attempts = f"due_ms > 0 AND state IN ({_IN_DOUBT})"
        undelivered = "state IN ('waiting', 'given_up')"
        open_payments = "state IN ('created', 'pending', 'authorized', 'capturing', 'voiding')"
        asked: list[tuple[Kind, str, str, str, tuple[Any, ...]]] = [
            (
                Kind.UNKNOWN, "attempts", "created_ms", f"{open_attempts} AND kind <> %s AND created_ms < %s",
                (AttemptKind.GIVE_BACK.value, now_ms - _UNKNOWN_AFTER_MS),
            ),
            (Kind.GOING_BACK, "attempts", "created_ms", "due_ms > 0 AND kind = %s", (AttemptKind.GIVE_BACK.value,)),
            (
                Kind.PAYOUT_WAITS, "payouts", "created_ms", "state IN ('waiting', 'sent') AND state = %s",
                (PayoutState.WAITING.value,),
            ),
            (
                Kind.WEBHOOK_LATE, "webhooks", "at_ms", f"{undelivered} AND state = %s AND at_ms < %s",
                (WebhookState.WAITING.value, now_ms - _OUTBOX_LATE_MS),
            ),
            (
                Kind.WEBHOOK_GIVEN_UP, "webhooks", "at_ms", f"{undelivered} AND webhook_id > %s AND state = %s",
                (first_at(now_ms - _GIVEN_UP_FOR_MS), WebhookState.GIVEN_UP.value),
            ),
            (
                Kind.RELEASED_SOON, "payments", "created_ms", f"{open_payments} AND state = %s AND expires_ms < %s",
                (PaymentState.AUTHORIZED.value, now_ms + _RELEASE_WITHIN_MS),
            ),
        ]  # fmt: skip
        found = [await self._count(*each, merchant_id=merchant_id) for each in asked]
        return [concern for concern in found if concern.count]

    async def _count(
        self, kind: Kind, table: str, since: str, where: str, values: tuple[Any, ...], *, merchant_id: MerchantId
    ) -> Concern:
        # The plus keeps the merchant out of the planners' sight, who would else read all of a merchant's rows.
        rows = await self._fetch(
            f"SELECT count(*), COALESCE(min(since), 0) FROM (SELECT {since} AS since FROM {table} "
            f"WHERE {where} AND +merchant_id = %s LIMIT %s) AS found",
            (*values, merchant_id, MOST),
        )
        count, oldest_ms = rows[0]
        return Concern(kind, count, oldest_ms)
