"""What needs attention is counted for its merchant alone, and nothing that is as it should be."""

from __future__ import annotations

from typing import Any, Final

import pytest

from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.ids import MerchantId, first_at
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.transitions import AttemptState, PaymentState, PayoutState
from polygate.core.webhooks import Webhook, WebhookState
from polygate.store.attention import Concern, Kind
from polygate.store.contract import Change, TooLong
from polygate.store.opened import Store
from polygate.store.postgres import database as postgres
from polygate.store.sqlite import database as sqlite
from tests.store.samples import MERCHANT, some

pytestmark = pytest.mark.anyio

OURS: Final = MerchantId(MERCHANT)
NOW_MS: Final = 1_772_000_000_000
MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000


def rows(merchant_id: MerchantId) -> list[Any]:
    """One of each kind that matters, and its neighbors that do not."""

    def attempt(number: int, state: AttemptState, kind: AttemptKind, age_ms: int) -> Attempt:
        key = number + merchant_id * 100
        created_ms = NOW_MS - age_ms
        return some(
            Attempt, key, attempt_id=key, merchant_id=merchant_id, state=state, kind=kind, created_ms=created_ms,
            due_ms=1 if state is not AttemptState.APPROVED else 0,
            closed_ms=0 if state is not AttemptState.APPROVED else created_ms,
        )  # fmt: skip

    def payment(number: int, state: PaymentState, left_ms: int) -> Payment:
        key = number + merchant_id * 100
        return some(
            Payment, key, payment_id=key, merchant_id=merchant_id, state=state, created_ms=NOW_MS - DAY_MS,
            expires_ms=NOW_MS + left_ms,
        )  # fmt: skip

    def webhook(number: int, state: WebhookState, age_ms: int) -> Webhook:
        at_ms = NOW_MS - age_ms
        key = first_at(at_ms) + number + merchant_id * 100
        return some(Webhook, number, webhook_id=key, merchant_id=merchant_id, state=state, at_ms=at_ms)

    def payout(number: int, state: PayoutState) -> Payout:
        key = number + merchant_id * 100
        return some(
            Payout, key, payout_id=key, merchant_id=merchant_id, state=state, attempt_id=0, created_ms=NOW_MS - DAY_MS
        )  # fmt: skip

    return [
        attempt(1, AttemptState.UNKNOWN, AttemptKind.CHARGE, 5 * MINUTE_MS),
        attempt(2, AttemptState.PENDING, AttemptKind.REFUND, 9 * MINUTE_MS),
        attempt(3, AttemptState.ASKED, AttemptKind.CHARGE, 1_000),
        attempt(4, AttemptState.NEEDS_PAYER, AttemptKind.CHARGE, DAY_MS),
        attempt(5, AttemptState.APPROVED, AttemptKind.CHARGE, DAY_MS),
        attempt(6, AttemptState.PLANNED, AttemptKind.GIVE_BACK, 7 * MINUTE_MS),
        payment(1, PaymentState.AUTHORIZED, DAY_MS),
        payment(2, PaymentState.AUTHORIZED, 3 * DAY_MS),
        payment(3, PaymentState.CAPTURED, DAY_MS),
        webhook(1, WebhookState.WAITING, 30 * MINUTE_MS),
        webhook(2, WebhookState.WAITING, MINUTE_MS),
        webhook(3, WebhookState.GIVEN_UP, DAY_MS),
        webhook(4, WebhookState.GIVEN_UP, 8 * DAY_MS),
        webhook(5, WebhookState.DELIVERED, DAY_MS),
        payout(1, PayoutState.WAITING),
        payout(2, PayoutState.PAID),
    ]


async def test_each_concern_is_counted_with_its_age(store: Store) -> None:
    """Another merchant's are not among them; a merchant without any has none; operators see everybody's."""
    await store.submit(Change((), tuple(rows(OURS) + rows(MerchantId(8)))))

    assert await store.attention.concerns(merchant_id=OURS, now_ms=NOW_MS) == [
        Concern(Kind.UNKNOWN, 2, NOW_MS - 9 * MINUTE_MS),
        Concern(Kind.GOING_BACK, 1, NOW_MS - 7 * MINUTE_MS),
        Concern(Kind.PAYOUT_WAITS, 1, NOW_MS - DAY_MS),
        Concern(Kind.WEBHOOK_LATE, 1, NOW_MS - 30 * MINUTE_MS),
        Concern(Kind.WEBHOOK_GIVEN_UP, 1, NOW_MS - DAY_MS),
        Concern(Kind.RELEASED_SOON, 1, NOW_MS - DAY_MS),
    ]
    theirs = await store.attention.concerns(merchant_id=MerchantId(9), now_ms=NOW_MS)
    assert {(each.count, each.oldest_ms) for each in theirs} == {(0, 0)}
    assert await store.attention.concerns(Kind, merchant_id=None, now_ms=NOW_MS) == [
        Concern(Kind.UNKNOWN, 4, NOW_MS - 9 * MINUTE_MS),
        Concern(Kind.IN_DOUBT, 4, NOW_MS - 5 * MINUTE_MS),
        Concern(Kind.GOING_BACK, 2, NOW_MS - 7 * MINUTE_MS),
        Concern(Kind.RELEASED_SOON, 2, NOW_MS - DAY_MS),
        Concern(Kind.PAYOUT_WAITS, 2, NOW_MS - DAY_MS),
        Concern(Kind.RECEIVER, 2, NOW_MS - DAY_MS),
        Concern(Kind.BY_HAND, 0, 0),
        Concern(Kind.WEBHOOK_LATE, 2, NOW_MS - 30 * MINUTE_MS),
        Concern(Kind.WEBHOOK_GIVEN_UP, 2, NOW_MS - DAY_MS),
    ]


async def test_a_read_apart_that_takes_too_long_is_ended(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the next one is answered."""
    monkeypatch.setattr(sqlite, "_APART_S", 0.2)
    monkeypatch.setattr(postgres, "_APART_S", 1)  # In whole seconds; its connection is not opened yet.
    forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    with pytest.raises(TooLong, match="no answer in"):
        await store._database.fetch_apart(forever, ())
    assert await store._database.fetch_apart("SELECT 1 + %s", (1,)) == [(2,)]
