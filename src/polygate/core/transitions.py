"""The states of payments, attempts, refunds, agreements and shipments, as data.

Everything that may change a state is a row here, final states included (their rows are empty). The diagrams in
`docs/concepts/states.md` are drawn from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar


class PaymentState(StrEnum):
    CREATED = "created"
    """Waits for the payer to choose how to pay."""
    PENDING = "pending"
    """An attempt is under way: the payer must act or the acquirer has not answered."""
    AUTHORIZED = "authorized"
    CAPTURING = "capturing"
    """A capture is at the acquirer; its amount is reserved."""
    VOIDING = "voiding"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


class PaymentEvent(StrEnum):
    ASKED = "asked"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    DECLINED = "declined"
    DECLINED_FOR_NOW = "declined for now"
    """The payer may try again."""
    METHOD_LEFT = "method left"
    """The payer would rather pay in another way."""
    CAPTURE_ASKED = "capture asked"
    CAPTURE_DECLINED = "capture declined"
    VOID_ASKED = "void asked"
    VOIDED = "voided"
    VOID_DECLINED = "void declined"
    CANCELED = "canceled"
    EXPIRED = "expired"
    PAID_LATE = "paid late"
    """From a wallet, which told us too late: the money was taken for this order (gateway contract, 5.1)."""


PAYMENT: Final[Mapping[PaymentState, Mapping[PaymentEvent, PaymentState]]] = {
    PaymentState.CREATED: {
        PaymentEvent.ASKED: PaymentState.PENDING,
        PaymentEvent.CANCELED: PaymentState.CANCELED,
        PaymentEvent.EXPIRED: PaymentState.EXPIRED,
    },
    PaymentState.PENDING: {
        PaymentEvent.AUTHORIZED: PaymentState.AUTHORIZED,
        PaymentEvent.CAPTURED: PaymentState.CAPTURED,
        PaymentEvent.DECLINED: PaymentState.FAILED,
        PaymentEvent.DECLINED_FOR_NOW: PaymentState.CREATED,
        PaymentEvent.METHOD_LEFT: PaymentState.CREATED,
        PaymentEvent.CANCELED: PaymentState.CANCELED,
        PaymentEvent.EXPIRED: PaymentState.EXPIRED,
    },
    PaymentState.AUTHORIZED: {
        PaymentEvent.CAPTURE_ASKED: PaymentState.CAPTURING,
        PaymentEvent.VOID_ASKED: PaymentState.VOIDING,
    },
    PaymentState.CAPTURING: {
        PaymentEvent.CAPTURED: PaymentState.CAPTURED,
        PaymentEvent.CAPTURE_DECLINED: PaymentState.AUTHORIZED,
    },
    PaymentState.VOIDING: {
        PaymentEvent.VOIDED: PaymentState.CANCELED,
        PaymentEvent.VOID_DECLINED: PaymentState.AUTHORIZED,
    },
    PaymentState.CAPTURED: {},
    PaymentState.FAILED: {},
    PaymentState.CANCELED: {},
    PaymentState.EXPIRED: {PaymentEvent.PAID_LATE: PaymentState.CAPTURED},
}


class AttemptState(StrEnum):
    PLANNED = "planned"
    """Durable, not yet sent: the jobs will send it."""
    ASKED = "asked"
    """Durable and about to be sent, or sent and not yet answered."""
    NEEDS_PAYER = "needs_payer"
    """The payer has to authenticate, or to pay from a wallet; the latter is heard of by asking."""
    PENDING = "pending"
    """The acquirer has it and will decide later."""
    UNKNOWN = "unknown"
    """It was sent and no answer was understood: money may have moved."""
    APPROVED = "approved"
    DECLINED = "declined"
    NOT_SENT = "not_sent"


class AttemptEvent(StrEnum):
    SENT = "sent"
    APPROVED = "approved"
    DECLINED = "declined"
    PENDING = "pending"
    PAYER_NEEDED = "payer needed"
    SILENCE = "silence"
    NEVER_SENT = "never sent"
    WITHDRAWN = "withdrawn"
    """Before anybody was asked."""


_ANSWERS: Final = {
    AttemptEvent.APPROVED: AttemptState.APPROVED,
    AttemptEvent.DECLINED: AttemptState.DECLINED,
    AttemptEvent.PENDING: AttemptState.PENDING,
    AttemptEvent.PAYER_NEEDED: AttemptState.NEEDS_PAYER,
    AttemptEvent.SILENCE: AttemptState.UNKNOWN,
    AttemptEvent.NEVER_SENT: AttemptState.NOT_SENT,
}

ATTEMPT: Final[Mapping[AttemptState, Mapping[AttemptEvent, AttemptState]]] = {
    AttemptState.PLANNED: {
        AttemptEvent.SENT: AttemptState.ASKED,
        AttemptEvent.WITHDRAWN: AttemptState.NOT_SENT,
    },
    AttemptState.ASKED: _ANSWERS,
    AttemptState.NEEDS_PAYER: {
        **_ANSWERS,
        # An inquiry that is not answered leaves the payer where it was.
        AttemptEvent.SILENCE: AttemptState.NEEDS_PAYER,
        AttemptEvent.SENT: AttemptState.ASKED,
    },
    AttemptState.PENDING: _ANSWERS,
    AttemptState.UNKNOWN: _ANSWERS,
    AttemptState.APPROVED: {},
    AttemptState.DECLINED: {},
    AttemptState.NOT_SENT: {},
}


class RefundState(StrEnum):
    ACCEPTED = "accepted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundEvent(StrEnum):
    APPROVED = "approved"
    DECLINED = "declined"


REFUND: Final[Mapping[RefundState, Mapping[RefundEvent, RefundState]]] = {
    RefundState.ACCEPTED: {
        RefundEvent.APPROVED: RefundState.SUCCEEDED,
        RefundEvent.DECLINED: RefundState.FAILED,
    },
    RefundState.SUCCEEDED: {},
    RefundState.FAILED: {},
}


class AgreementState(StrEnum):
    LIVE = "live"
    """The kept card may be charged."""
    REVOKED = "revoked"


class AgreementEvent(StrEnum):
    CHARGED = "charged"
    REVOKED = "revoked"


AGREEMENT: Final[Mapping[AgreementState, Mapping[AgreementEvent, AgreementState]]] = {
    AgreementState.LIVE: {
        AgreementEvent.CHARGED: AgreementState.LIVE,
        AgreementEvent.REVOKED: AgreementState.REVOKED,
    },
    AgreementState.REVOKED: {},
}


class ShipmentState(StrEnum):
    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"
    ON_HOLD = "on_hold"
    LOCAL_PICKUP = "local_pickup"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELED = "canceled"


class ShipmentEvent(StrEnum):
    """What merchants tell of their parcels; we see none of it ourselves."""

    SHIPPED = "shipped"
    MOVED = "moved"
    HELD = "held"
    KEPT_FOR_PICKUP = "kept for pickup"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELED = "canceled"


def _on_its_way(here: ShipmentState) -> Mapping[ShipmentEvent, ShipmentState]:
    """A parcel that has not arrived may be told of in any order: carriers' reports overtake each other."""
    everything = {
        ShipmentEvent.SHIPPED: ShipmentState.SHIPPED,
        ShipmentEvent.MOVED: ShipmentState.IN_TRANSIT,
        ShipmentEvent.HELD: ShipmentState.ON_HOLD,
        ShipmentEvent.KEPT_FOR_PICKUP: ShipmentState.LOCAL_PICKUP,
        ShipmentEvent.DELIVERED: ShipmentState.DELIVERED,
        ShipmentEvent.RETURNED: ShipmentState.RETURNED,
        ShipmentEvent.CANCELED: ShipmentState.CANCELED,
    }
    return {event: then for event, then in everything.items() if then is not here}


SHIPMENT: Final[Mapping[ShipmentState, Mapping[ShipmentEvent, ShipmentState]]] = {
    ShipmentState.SHIPPED: _on_its_way(ShipmentState.SHIPPED),
    ShipmentState.IN_TRANSIT: _on_its_way(ShipmentState.IN_TRANSIT),
    ShipmentState.ON_HOLD: _on_its_way(ShipmentState.ON_HOLD),
    ShipmentState.LOCAL_PICKUP: _on_its_way(ShipmentState.LOCAL_PICKUP),
    ShipmentState.DELIVERED: {ShipmentEvent.RETURNED: ShipmentState.RETURNED},
    ShipmentState.RETURNED: {},
    ShipmentState.CANCELED: {},
}


class PayoutState(StrEnum):
    WAITING = "waiting"
    """Accepted and reserved; waits to be sent, or for somebody to name its receiver."""
    SENT = "sent"
    """The acquirer has it, or was asked and has not answered."""
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"
    """It was paid, and the receiver's bank sent the money back."""


class PayoutEvent(StrEnum):
    SENT = "sent"
    PAID = "paid"
    DECLINED = "declined"
    RETURNED = "returned"


PAYOUT: Final[Mapping[PayoutState, Mapping[PayoutEvent, PayoutState]]] = {
    PayoutState.WAITING: {
        PayoutEvent.SENT: PayoutState.SENT,
        PayoutEvent.DECLINED: PayoutState.FAILED,
    },
    PayoutState.SENT: {
        PayoutEvent.PAID: PayoutState.PAID,
        PayoutEvent.DECLINED: PayoutState.FAILED,
    },
    PayoutState.PAID: {PayoutEvent.RETURNED: PayoutState.RETURNED},
    PayoutState.FAILED: {},
    PayoutState.RETURNED: {},
}


class SubscriptionState(StrEnum):
    STARTING = "starting"
    """The first payment has no result yet."""
    ACTIVE = "active"
    COMPLETED = "completed"
    ENDED = "ended"
    """Given up: declined too often, or its card was revoked."""
    CANCELED = "canceled"
    NEVER_STARTED = "never_started"


class SubscriptionEvent(StrEnum):
    STARTED = "started"
    NOT_STARTED = "not started"
    COMPLETED = "completed"
    GIVEN_UP = "given up"
    CANCELED = "canceled"


SUBSCRIPTION: Final[Mapping[SubscriptionState, Mapping[SubscriptionEvent, SubscriptionState]]] = {
    SubscriptionState.STARTING: {
        SubscriptionEvent.STARTED: SubscriptionState.ACTIVE,
        SubscriptionEvent.NOT_STARTED: SubscriptionState.NEVER_STARTED,
    },
    SubscriptionState.ACTIVE: {
        SubscriptionEvent.COMPLETED: SubscriptionState.COMPLETED,
        SubscriptionEvent.GIVEN_UP: SubscriptionState.ENDED,
        SubscriptionEvent.CANCELED: SubscriptionState.CANCELED,
    },
    SubscriptionState.COMPLETED: {},
    SubscriptionState.ENDED: {},
    SubscriptionState.CANCELED: {},
    SubscriptionState.NEVER_STARTED: {},
}

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


class NoSuchTransition(Exception):
    """The table has no such row: a mistake of ours, never of a caller."""


def after(table: Mapping[State, Mapping[Event, State]], state: State, event: Event) -> State:
    """The state that follows; raises NoSuchTransition where the table allows none."""
    try:
        return table[state][event]
    except KeyError:
        raise NoSuchTransition(f"{event} while {state}") from None


def can_become(table: Mapping[State, Mapping[Event, State]], state: State, wanted: State) -> bool:
    """Whether any event leads from one state to another."""
    return wanted in table[state].values()


def is_final(table: Mapping[State, Mapping[Event, State]], state: State) -> bool:
    return not table[state]
