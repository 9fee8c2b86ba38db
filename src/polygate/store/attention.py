"""What somebody should look at: outcomes nobody knows, money that waits, notifications that do not arrive.

Merchants are told of their own, operators of everybody's. Each question reads the few rows that an index keeps for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from polygate.core.attempts import BY_HAND, AttemptKind
from polygate.core.ids import MerchantId, first_at
from polygate.core.transitions import AttemptState
from polygate.store.contract import Fetch

MOST: Final = 1_000
"""More are not counted."""
OVERDUE_MS: Final = 60_000
"""What is due is taken up within seconds; later than this says that no job runs, or that they do not keep up."""
_OUTBOX_LATE_MS: Final = 600_000
_GIVEN_UP_FOR_MS: Final = 7 * 86_400_000
_RELEASE_WITHIN_MS: Final = 48 * 3_600_000

# Conditions begin with those of an index, word for word.
_MAY_BE_ANSWERED: Final = ", ".join(
    f"'{state}'" for state in (AttemptState.ASKED, AttemptState.PENDING, AttemptState.UNKNOWN)
)
_OPEN_PAYMENTS: Final = "state IN ('created', 'pending', 'authorized', 'capturing', 'voiding')"
_OPEN_PAYOUTS: Final = "state IN ('waiting', 'sent')"
_UNDELIVERED: Final = "state IN ('waiting', 'given_up')"
IN_DOUBT: Final = "due_ms > 0 AND (state = 'unknown' OR (state = 'asked' AND due_ms < %s))"
"""Not answered in a way that we understood, or asked by a process that died and not looked at since; of the time that
is `OVERDUE_MS` ago."""
GIVEN_BACK: Final = f"kind = '{AttemptKind.GIVE_BACK}'"
NOBODY_NAMED: Final = f"{_OPEN_PAYOUTS} AND state = 'waiting' AND attempt_id = 0"
CARRIED_BY_HAND: Final = f"{_OPEN_PAYOUTS} AND state = 'sent' AND acquirer = '{BY_HAND}'"


class Kind(StrEnum):
    UNKNOWN = "unknown"
    """Attempts whose acquirer has not said for a minute what became of them."""
    IN_DOUBT = "in_doubt"
    """Those of them that no acquirer has called pending: somebody may ask about them."""
    GOING_BACK = "going_back"
    """Money that came for closed orders, on its way back to its payers."""
    RELEASED_SOON = "released_soon"
    """Authorizations that end within two days unless they are captured."""
    PAYOUT_WAITS = "payout_waits"
    """Payouts that wait to be sent, or for their receiver to be named."""
    RECEIVER = "receiver"
    """Those of them whose receiver somebody has to name."""
    BY_HAND = "by_hand"
    """Payouts that an operator carries out and has not told the end of."""
    WEBHOOK_LATE = "webhook_late"
    """Notifications that have not arrived for ten minutes."""
    WEBHOOK_GIVEN_UP = "webhook_given_up"
    """Notifications that were given up within a week."""


OF_MERCHANTS: Final = (
    Kind.UNKNOWN,
    Kind.GOING_BACK,
    Kind.PAYOUT_WAITS,
    Kind.WEBHOOK_LATE,
    Kind.WEBHOOK_GIVEN_UP,
    Kind.RELEASED_SOON,
)
"""What a merchant is told of, the gravest first."""


class Concern(msgspec.Struct, frozen=True):
    kind: Kind
    count: int
    """Up to `MOST`."""
    oldest_ms: int
    """Since when the oldest of them waits, in milliseconds since 1970; 0 for none."""


class _Question(NamedTuple):
    table: str
    since: str
    order: str
    """What the index is in the order of: the oldest, or those due longest, are counted."""
    where: str
    values: tuple[Any, ...] = ()


def _question(kind: Kind, now_ms: int) -> _Question:
    match kind:
        case Kind.UNKNOWN:
            waits = f"due_ms > 0 AND state IN ({_MAY_BE_ANSWERED}) AND NOT {GIVEN_BACK} AND created_ms < %s"
            return _Question("attempts", "created_ms", "due_ms", waits, (now_ms - OVERDUE_MS,))
        case Kind.IN_DOUBT:
            return _Question("attempts", "created_ms", "due_ms", IN_DOUBT, (now_ms - OVERDUE_MS,))
        case Kind.GOING_BACK:
            return _Question("attempts", "created_ms", "attempt_id", f"{GIVEN_BACK} AND closed_ms = 0")
        case Kind.RELEASED_SOON:
            ends = f"{_OPEN_PAYMENTS} AND state = 'authorized' AND expires_ms < %s"
            return _Question("payments", "created_ms", "payment_id", ends, (now_ms + _RELEASE_WITHIN_MS,))
        case Kind.PAYOUT_WAITS:
            return _Question("payouts", "created_ms", "payout_id", f"{_OPEN_PAYOUTS} AND state = 'waiting'")
        case Kind.RECEIVER:
            return _Question("payouts", "created_ms", "payout_id", NOBODY_NAMED)
        case Kind.BY_HAND:
            return _Question("payouts", "changed_ms", "payout_id", CARRIED_BY_HAND)
        case Kind.WEBHOOK_LATE:
            late = f"{_UNDELIVERED} AND state = 'waiting' AND at_ms < %s"
            return _Question("webhooks", "at_ms", "webhook_id", late, (now_ms - _OUTBOX_LATE_MS,))
        case Kind.WEBHOOK_GIVEN_UP:
            given_up = f"{_UNDELIVERED} AND webhook_id > %s AND state = 'given_up'"
            return _Question("webhooks", "at_ms", "webhook_id", given_up, (first_at(now_ms - _GIVEN_UP_FOR_MS),))


class Attention:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def concerns(
        self, kinds: Iterable[Kind] = OF_MERCHANTS, *, merchant_id: MerchantId | None, now_ms: int
    ) -> list[Concern]:
        """How many there are of each kind; only operators leave the merchant out. Raises Unavailable or TooLong."""
        return [await self._count(kind, merchant_id=merchant_id, now_ms=now_ms) for kind in kinds]

    async def _count(self, kind: Kind, *, merchant_id: MerchantId | None, now_ms: int) -> Concern:
        table, since, order, where, values = _question(kind, now_ms)
        # The plus keeps the merchant out of the planners' sight, who would else read all of a merchant's rows.
        whose, who = ("AND +merchant_id = %s ", (merchant_id,)) if merchant_id is not None else ("", ())
        rows = await self._fetch(
            f"SELECT count(*), COALESCE(min(since), 0) FROM (SELECT {since} AS since FROM {table} "
            f"WHERE {where} {whose}ORDER BY {order} LIMIT %s) AS found",
            (*values, *who, MOST),
        )
        count, oldest_ms = rows[0]
        return Concern(kind, count, oldest_ms)
