"""Shipments: what a merchant tells of the parcels of an order (gateway contract, 4.11 to 4.14 and 5.4).

We see no parcel ourselves. What is told is kept for the merchant's own pages, and for whoever has to answer a payer
that nothing came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, assert_never

import msgspec

from polygate.core.decisions import fact
from polygate.core.facts import Fact, FactKind
from polygate.core.ids import MerchantId, Mint, PaymentId, ShipmentId
from polygate.core.payments import Payment
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import SHIPMENT, PaymentState, ShipmentState, can_become

FIRST_STATES: Final = tuple(state for state in ShipmentState if state is not ShipmentState.CANCELED)
"""What a parcel may be told to be at first: before that there is nothing to cancel."""


DATA_MOST: Final = 50
"""How many texts of its own a merchant may keep with a shipment."""


_SHIPPABLE: Final = frozenset({PaymentState.AUTHORIZED, PaymentState.CAPTURED})


class Direction(StrEnum):
    FORWARD = "forward"
    """To the buyer."""
    RETURN = "return"
    """Back to the merchant."""


class NumberType(StrEnum):
    """Who gave the parcel its number."""

    CARRIER = "carrier"
    PARTNER = "partner"
    """A platform that accompanies the parcel from end to end."""


class Tracking(msgspec.Struct, frozen=True):
    """A parcel as it is told of at first."""

    tracking_no: str
    carrier: str
    shipped_on: str
    """`yyyy-MM-dd`, where the parcel was sent from."""
    direction: Direction
    status: ShipmentState
    number_type: NumberType
    url: str
    """Where the payer can look; empty if not told."""


class Shipment(msgspec.Struct, frozen=True):
    """A parcel as it is known now. Its number is unique within its payment."""

    merchant_id: MerchantId
    shipment_id: ShipmentId
    payment_id: PaymentId
    tracking_no: str
    carrier: str
    shipped_on: str
    direction: Direction
    status: ShipmentState
    number_type: NumberType
    url: str
    data: Mapping[str, str]
    """The merchant's own texts."""
    created_ms: int
    changed_ms: int
    version: int = 1

    @property
    def is_live(self) -> bool:
        return self.status is not ShipmentState.CANCELED


class StatusChange(msgspec.Struct, frozen=True):
    state: ShipmentState


class FieldChange(msgspec.Struct, frozen=True):
    field: str
    """A field of `Tracking`, neither its number nor its status."""
    value: str


class DataChange(msgspec.Struct, frozen=True):
    key: str
    value: str
    replaces: bool
    """The key must be there already."""


ShipmentChange = StatusChange | FieldChange | DataChange


def add(
    payment: Payment, tracking: Tracking, *, shipment_id: ShipmentId, now_ms: int, mint: Mint
) -> tuple[Shipment, Fact]:
    """A parcel nobody has told of yet. Raises Refused(TRACKING_NOT_NOW) where nothing may leave for this payment."""
    if payment.state not in _SHIPPABLE:
        raise Refused(Reason.TRACKING_NOT_NOW, f"an order that is {payment.state} cannot be shipped")
    told = msgspec.structs.asdict(tracking)
    shipment = Shipment(
        merchant_id=payment.merchant_id,
        shipment_id=shipment_id,
        payment_id=payment.payment_id,
        **told,
        data={},
        created_ms=now_ms,
        changed_ms=now_ms,
    )
    return shipment, fact(payment, FactKind.SHIPMENT_ADDED, now_ms, mint, told)


def same(first: Shipment, tracking: Tracking) -> Shipment:
    """The parcel that was told of before, if nothing about it differs. Raises Refused(TRACKING_TAKEN)."""
    if all(getattr(first, field) == told for field, told in msgspec.structs.asdict(tracking).items()):
        return first
    raise Refused(Reason.TRACKING_TAKEN, "trackingNo is already used with other content")


def replaced(
    payment: Payment,
    shipment: Shipment,
    *,
    tracking_no: str,
    carrier: str,
    data: Mapping[str, str],
    now_ms: int,
    mint: Mint,
) -> tuple[Shipment, Fact] | None:
    """Another parcel in the place of one told of before (merchant contract, 6.6); None where it is the same."""
    changed = msgspec.structs.replace(shipment, tracking_no=tracking_no, carrier=carrier, data=data)
    if changed == shipment:
        return None
    told = {"tracking_no": shipment.tracking_no, "changes": _differences(shipment, changed)}
    changed = msgspec.structs.replace(changed, changed_ms=now_ms, version=shipment.version + 1)
    return changed, fact(payment, FactKind.SHIPMENT_CHANGED, now_ms, mint, told)


def change(
    payment: Payment,
    shipment: Shipment,
    changes: Sequence[ShipmentChange],
    data: Mapping[str, str],
    *,
    now_ms: int,
    mint: Mint,
) -> tuple[Shipment, Fact] | None:
    """All changes in their order, then `data` merged into the parcel's own; None where that changes nothing.

    Raises Refused: TRACKING_CHANGE_NOT_ALLOWED for a state that cannot follow, TRACKING_DATA_NOT_ALLOWED for a key
    that should be there, or too many of them.
    """
    changed = shipment
    for each in changes:
        changed = _changed(changed, each)
    changed = msgspec.structs.replace(changed, data={**changed.data, **data})
    if len(changed.data) > DATA_MOST:
        raise Refused(Reason.TRACKING_DATA_NOT_ALLOWED, f"a tracking keeps at most {DATA_MOST} texts")
    if changed == shipment:
        return None
    told = {"tracking_no": shipment.tracking_no, "changes": _differences(shipment, changed)}
    changed = msgspec.structs.replace(changed, changed_ms=now_ms, version=shipment.version + 1)
    return changed, fact(payment, FactKind.SHIPMENT_CHANGED, now_ms, mint, told)


def _changed(shipment: Shipment, each: ShipmentChange) -> Shipment:
    match each:
        case StatusChange(state):
            # What a carrier reports twice is no mistake.
            if state is not shipment.status and not can_become(SHIPMENT, shipment.status, state):
                raise Refused(
                    Reason.TRACKING_CHANGE_NOT_ALLOWED, f"a tracking that is {shipment.status} cannot become {state}"
                )
            return msgspec.structs.replace(shipment, status=state)
        case FieldChange(field, value):
            return msgspec.structs.replace(shipment, **{field: value})
        case DataChange(key, value, replaces):
            if replaces and key not in shipment.data:
                raise Refused(Reason.TRACKING_DATA_NOT_ALLOWED, "the tracking has no text under this key to replace")
            return msgspec.structs.replace(shipment, data={**shipment.data, key: value})
        case _:
            assert_never(each)


def _differences(before: Shipment, after: Shipment) -> dict[str, list[str]]:
    """What it was and what it is, by field; the merchant's own texts under `data.` and their key."""
    fields = {name: [getattr(before, name), getattr(after, name)] for name in Tracking.__struct_fields__}
    texts = {f"data.{key}": [before.data.get(key, ""), value] for key, value in after.data.items()}
    return {name: pair for name, pair in {**fields, **texts}.items() if pair[0] != pair[1]}
