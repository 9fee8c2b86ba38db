"""Subscriptions: when each charge is due, what its result does, and how they end."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import pytest

from polygate.core import subscriptions
from polygate.core.payments import Payment
from polygate.core.refusals import Reason, Refused
from polygate.core.subscriptions import LOOK_AGAIN_MS, Cycle, Subscription
from polygate.core.transitions import PaymentState, SubscriptionState
from tests.core.case import NOW_MS, Case
from tests.core.tables import Row, table

HOUR_MS: Final = 3_600_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


def a_payment(state: str, *, at_ms: int = NOW_MS) -> Payment:
    return msgspec.structs.replace(
        Case().payment, state=PaymentState(state), answered_ms=at_ms, agreement_id=77, order_no="SUB-77"
    )


def started(
    *, cycle: str = "MONTH", charges: int = 12, anchor: str = "2026-01-31T10:20:30.400", zone: tzinfo = UTC
) -> Subscription:
    begun = subscriptions.begin(
        a_payment("pending"), subscription_id=9, cycle=Cycle(cycle), charges_total=charges, now_ms=NOW_MS
    )
    return subscriptions.look(begun, a_payment("captured", at_ms=ms(anchor)), now_ms=ms(anchor), zone=zone)


SCHEDULE = """
    # cycle          anchor                    charge   due
      DAY            2026-02-27T23:59:59.999   2        2026-02-28T23:59:59.999
      DAY            2026-02-27T23:59:59.999   3        2026-03-01T23:59:59.999
      WEEK           2026-01-01T00:00:00.000   3        2026-01-15T00:00:00.000
      MONTH          2026-01-31T10:20:30.400   2        2026-02-28T10:20:30.400     # February has no 31st
      MONTH          2026-01-31T10:20:30.400   3        2026-03-31T10:20:30.400     # and March has it again
      MONTH          2026-01-31T10:20:30.400   4        2026-04-30T10:20:30.400
      MONTH          2028-01-30T00:00:00.000   2        2028-02-29T00:00:00.000     # a leap year
      MONTH          2026-12-15T00:00:00.000   2        2027-01-15T00:00:00.000
      THREE_MONTHS   2026-11-30T00:00:00.000   2        2027-02-28T00:00:00.000
      SIX_MONTHS     2026-08-31T00:00:00.000   2        2027-02-28T00:00:00.000
      YEAR           2028-02-29T00:00:00.000   2        2029-02-28T00:00:00.000
      YEAR           2028-02-29T00:00:00.000   5        2032-02-29T00:00:00.000
      MONTH          2026-01-31T10:20:30.400   1        2026-01-31T10:20:30.400
"""


@pytest.mark.parametrize("row", table(SCHEDULE), ids=str)
def test_each_charge_keeps_the_day_and_time_of_the_first(row: Row) -> None:
    """Counted from the first one, so that a short month does not shift those after it."""
    assert subscriptions.charge_ms(started(cycle=row.cycle, anchor=row.anchor), int(row.charge), zone=UTC) == ms(
        row.due
    )


BY_THE_CLOCK = """
    # zone               cycle   anchor                charge  due
      Asia/Shanghai      MONTH   2026-02-27T16:00:00   2       2026-03-27T16:00:00   # 28 February, not the 27th
      Asia/Shanghai      MONTH   2026-01-31T15:59:59   2       2026-02-28T15:59:59   # the last second of the 31st
      Asia/Shanghai      MONTH   2026-01-31T16:00:00   2       2026-02-28T16:00:00   # and the first of 1 February
      Asia/Shanghai      MONTH   2026-03-30T16:30:00   2       2026-04-29T16:30:00   # the 31st, the 30th in April
      Asia/Shanghai      YEAR    2028-02-28T16:00:00   2       2029-02-27T16:00:00   # 29 February of a leap year
      Asia/Shanghai      YEAR    2028-02-28T16:00:00   5       2032-02-28T16:00:00
      America/Sao_Paulo  MONTH   2026-02-01T02:59:59   2       2026-03-01T02:59:59   # 31 January, 28 February
      Pacific/Auckland   MONTH   2026-08-30T12:00:00   2       2026-09-29T11:00:00   # the 31st at midnight
      America/New_York   DAY     2026-03-07T15:00:00   2       2026-03-08T14:00:00   # ten o'clock, whatever the season
      America/New_York   MONTH   2026-02-08T07:30:00   2       2026-03-08T07:30:00   # half past two is left out
      America/New_York   MONTH   2026-02-08T07:30:00   3       2026-04-08T06:30:00
      America/New_York   WEEK    2026-10-25T05:30:00   2       2026-11-01T05:30:00   # half past one comes twice
      America/New_York   YEAR    2026-11-01T06:30:00   1       2026-11-01T06:30:00   # and this was the second
"""


@pytest.mark.parametrize("row", table(BY_THE_CLOCK), ids=str)
def test_days_and_times_are_those_of_the_zone(row: Row) -> None:
    """The day of the month is the one that the merchant was told, wherever the gateway runs."""
    zone = ZoneInfo(row.zone)
    subscription = started(cycle=row.cycle, anchor=row.anchor, zone=zone)

    assert subscriptions.charge_ms(subscription, int(row.charge), zone=zone) == ms(row.due)


def test_it_starts_with_its_first_payment() -> None:
    """Approved: the payer's agreement is known, and the second charge has its day."""
    subscription = started()

    assert (subscription.state, subscription.agreement_id) == (SubscriptionState.ACTIVE, 77)
    assert (subscription.charges_made, subscription.next_number) == (1, "SUB-77-2")
    assert subscription.due_ms == ms("2026-02-28T10:20:30.400")


@pytest.mark.parametrize("state", ["failed", "canceled", "expired"])
def test_it_never_starts_without_a_first_payment(state: str) -> None:
    """There is nothing to charge later."""
    begun = subscriptions.begin(
        a_payment("pending"), subscription_id=9, cycle=Cycle.DAY, charges_total=3, now_ms=NOW_MS
    )
    over = subscriptions.look(begun, a_payment(state), now_ms=NOW_MS, zone=UTC)

    assert (over.state, over.due_ms) == (SubscriptionState.NEVER_STARTED, 0)


@pytest.mark.parametrize("state", ["created", "pending"])
def test_a_charge_without_a_result_is_looked_at_again(state: str) -> None:
    """Nothing is counted meanwhile."""
    for subscription in (
        started(),
        subscriptions.begin(a_payment("pending"), subscription_id=9, cycle=Cycle.DAY, charges_total=3, now_ms=NOW_MS),
    ):
        again = subscriptions.look(subscription, a_payment(state), now_ms=NOW_MS, zone=UTC)
        assert (again.state, again.charges_made) == (subscription.state, subscription.charges_made)
        assert again.due_ms == NOW_MS + LOOK_AGAIN_MS


def test_the_last_charge_completes_it() -> None:
    """Declined or not: the number of charges was agreed."""
    subscription = started(charges=3)
    subscription = subscriptions.look(subscription, a_payment("captured"), now_ms=NOW_MS, zone=UTC)
    assert subscription.state is SubscriptionState.ACTIVE
    for last in ("captured", "failed"):
        over = subscriptions.look(subscription, a_payment(last), now_ms=NOW_MS, zone=UTC)
        assert (over.state, over.charges_made, over.due_ms) == (SubscriptionState.COMPLETED, 3, 0)


def test_a_single_charge_is_a_subscription_too() -> None:
    """It is complete as soon as it starts."""
    assert started(charges=1).state is SubscriptionState.COMPLETED


DECLINES = """
    # results                                      state     declines
      failed                                       active    1
      failed,failed                                active    2
      failed,failed,failed                         ended     3
      failed,failed,captured,failed,failed         active    2         # a good one in between
      failed,failed,captured,failed,failed,failed  ended     3
"""


@pytest.mark.parametrize("row", table(DECLINES), ids=str)
def test_three_declines_in_a_row_end_it(row: Row) -> None:
    """A good charge in between starts the count anew."""
    subscription = started()
    for result in row.results.split(","):
        subscription = subscriptions.look(subscription, a_payment(result), now_ms=NOW_MS, zone=UTC)

    assert (row.state, int(row.declines)) == (subscription.state, subscription.declines)


def test_without_its_card_it_ends() -> None:
    """Nobody is asked for a charge that the payer no longer agrees to."""
    assert subscriptions.end_without_card(started(), now_ms=NOW_MS).state is SubscriptionState.ENDED


def test_the_operator_can_cancel_it_while_it_runs() -> None:
    """And only then."""
    canceled = subscriptions.cancel(started(), why="enough", now_ms=NOW_MS)
    assert (canceled.state, canceled.due_ms) == (SubscriptionState.CANCELED, 0)
    with pytest.raises(Refused) as refused:
        subscriptions.cancel(canceled, why="enough", now_ms=NOW_MS)
    assert refused.value.reason is Reason.SUBSCRIPTION_OVER


def test_a_renewal_knows_where_it_belongs() -> None:
    """Its webhooks tell the first payment and the count."""
    subscription = started()
    assert subscriptions.read_mark(subscriptions.mark(subscription)) == (subscription.payment_id, 2)
    for other in ("", "table 7", "7:"):
        with pytest.raises(ValueError, match="invalid literal"):
            subscriptions.read_mark(other)
