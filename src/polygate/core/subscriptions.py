"""Subscriptions: a kept card charged again on a schedule, each time as a payment of its own.

The number of a renewal is made of the first payment's number and the count of the charge. So the unique index on order
numbers lets every charge happen once, however many workers try, and however often they die in between.
"""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final

import msgspec

from polygate.core.ids import MerchantId, PaymentId
from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import SUBSCRIPTION, PaymentState, SubscriptionEvent, SubscriptionState, after

DECLINES_MAX: Final = 3
"""So many declines in a row end a subscription."""

LOOK_AGAIN_MS: Final = 5_000
"""How soon a charge that has no result yet is looked at again."""


class Cycle(StrEnum):
    """The time from one charge to the next."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    THREE_MONTHS = "THREE_MONTHS"
    SIX_MONTHS = "SIX_MONTHS"
    YEAR = "YEAR"


_DAYS: Final = {Cycle.DAY: 1, Cycle.WEEK: 7}
_MONTHS: Final = {Cycle.MONTH: 1, Cycle.THREE_MONTHS: 3, Cycle.SIX_MONTHS: 6, Cycle.YEAR: 12}


class Plan(msgspec.Struct, frozen=True):
    """What the payer agrees to."""

    cycle: Cycle
    charges_total: int
    """The first included."""


class Subscription(msgspec.Struct, frozen=True):
    merchant_id: MerchantId
    subscription_id: int
    payment_id: PaymentId
    """The first charge."""
    protocol: str
    app_id: str
    number: str
    """The merchant's number of the first charge."""
    state: SubscriptionState
    amount_minor: int
    currency: str
    cycle: Cycle
    charges_total: int
    charges_made: int
    """Approved and declined ones, the first included."""
    declines: int
    """In a row, up to now."""
    agreement_id: int
    """0 until the first charge was approved."""
    anchor_ms: int
    """When the first charge was approved: the later ones keep its day and time."""
    due_ms: int
    """When the jobs look at it; 0 once it is over."""
    created_ms: int
    changed_ms: int
    why: str
    """Why it is over, in words."""
    version: int = 1

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def next_number(self) -> str:
        """The order number of the next charge."""
        return f"{self.number}-{self.charges_made + 1}"


def begin(payment: Payment, *, subscription_id: int, cycle: Cycle, charges_total: int, now_ms: int) -> Subscription:
    """A subscription that starts once its first payment is approved. Written together with that payment."""
    return Subscription(
        merchant_id=payment.merchant_id,
        subscription_id=subscription_id,
        payment_id=payment.payment_id,
        protocol=payment.protocol,
        app_id=payment.app_id,
        number=payment.order_no,
        state=SubscriptionState.STARTING,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        cycle=cycle,
        charges_total=charges_total,
        charges_made=0,
        declines=0,
        agreement_id=0,
        anchor_ms=0,
        due_ms=now_ms + LOOK_AGAIN_MS,
        created_ms=now_ms,
        changed_ms=now_ms,
        why="",
    )


def charge_ms(subscription: Subscription, charge: int, *, zone: tzinfo) -> int:
    """When a charge is due, counted from 1, in milliseconds since 1970: the first charge's time and some cycles.

    Days, months and the time of day are those of the zone in which its API writes times (merchant contract, 2.2 and
    6.2). A month that lacks the day has its last day instead; later months have the day again.
    """
    return _later(subscription.anchor_ms, subscription.cycle, charge - 1, zone)


def look(subscription: Subscription, payment: Payment | None, *, now_ms: int, zone: tzinfo) -> Subscription:
    """The subscription after a look at its running charge: the first payment while it starts, the renewal later.

    Unchanged but for the next look while the charge has no result.
    """
    if payment is None or payment.state in _UNDECIDED:
        return _moved(subscription, now_ms, changed_ms=subscription.changed_ms, due_ms=now_ms + LOOK_AGAIN_MS)
    approved = payment.state in _APPROVED
    if subscription.state is SubscriptionState.STARTING:
        if not approved:
            return _over(subscription, SubscriptionEvent.NOT_STARTED, "the first payment was not made", now_ms)
        subscription = msgspec.structs.replace(
            subscription,
            state=after(SUBSCRIPTION, subscription.state, SubscriptionEvent.STARTED),
            agreement_id=payment.agreement_id,
            anchor_ms=payment.answered_ms,
        )
    made = subscription.charges_made + 1
    declines = 0 if approved else subscription.declines + 1
    counted = msgspec.structs.replace(subscription, charges_made=made, declines=declines)
    if declines >= DECLINES_MAX:
        return _over(counted, SubscriptionEvent.GIVEN_UP, f"{DECLINES_MAX} charges in a row were declined", now_ms)
    if made >= subscription.charges_total:
        return _over(counted, SubscriptionEvent.COMPLETED, "all charges were made", now_ms)
    return _moved(counted, now_ms, due_ms=charge_ms(counted, made + 1, zone=zone))


def end_without_card(subscription: Subscription, *, now_ms: int) -> Subscription:
    """The agreement was revoked: nothing can be charged any more."""
    return _over(subscription, SubscriptionEvent.GIVEN_UP, "the card may not be charged any more", now_ms)


def cancel(subscription: Subscription, *, why: str, now_ms: int) -> Subscription:
    """Somebody ends it. Raises Refused(SUBSCRIPTION_OVER)."""
    if subscription.state is not SubscriptionState.ACTIVE:
        raise Refused(Reason.SUBSCRIPTION_OVER, f"a subscription that is {subscription.state} cannot be canceled")
    return _over(subscription, SubscriptionEvent.CANCELED, why, now_ms)


def mark(subscription: Subscription) -> str:
    """What the next charge carries along for its webhooks: the first payment and the count of the charge."""
    return f"{subscription.payment_id}:{subscription.charges_made + 1}"


def read_mark(attach: str) -> tuple[PaymentId, int]:
    """The first payment and the count of the charge. Raises ValueError for what is no mark."""
    first, _, charge = attach.partition(":")
    return PaymentId(int(first)), int(charge)


_UNDECIDED: Final = frozenset({PaymentState.CREATED, PaymentState.PENDING})
_APPROVED: Final = frozenset(
    {PaymentState.AUTHORIZED, PaymentState.CAPTURING, PaymentState.VOIDING, PaymentState.CAPTURED}
)


def _over(subscription: Subscription, event: SubscriptionEvent, why: str, now_ms: int) -> Subscription:
    state = after(SUBSCRIPTION, subscription.state, event)
    return _moved(subscription, now_ms, state=state, why=why, due_ms=0)


def _moved(subscription: Subscription, now_ms: int, **changes: Any) -> Subscription:
    return msgspec.structs.replace(
        subscription, **{"version": subscription.version + 1, "changed_ms": now_ms, **changes}
    )


def _later(anchor_ms: int, cycle: Cycle, cycles: int, zone: tzinfo) -> int:
    """By the zone's wall clock. A time that it leaves out comes an hour later; of one that it shows twice, the one
    that the first charge had."""
    anchor = datetime.fromtimestamp(anchor_ms // 1_000, zone)
    if cycle in _DAYS:
        then = (anchor + timedelta(days=_DAYS[cycle] * cycles)).replace(fold=anchor.fold)
    else:
        years, month = divmod(anchor.month - 1 + _MONTHS[cycle] * cycles, 12)
        year, month = anchor.year + years, month + 1
        then = anchor.replace(year=year, month=month, day=min(anchor.day, calendar.monthrange(year, month)[1]))
    return int(then.timestamp()) * 1_000 + anchor_ms % 1_000
