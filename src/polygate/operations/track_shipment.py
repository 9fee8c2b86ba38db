"""Keep what a merchant tells of an order's parcels.

A parcel has its own row and version: telling of one never gets in the way of a capture or a refund.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygate.core import shipments
from polygate.core.ids import ShipmentId
from polygate.core.payments import Payment
from polygate.core.refusals import Reason, Refused
from polygate.core.shipments import Shipment, ShipmentChange, Tracking
from polygate.operations.context import Context
from polygate.store.contract import Change, Insert, Stale, Taken, Update


async def add_tracking(context: Context, payment: Payment, tracking: Tracking) -> Shipment:
    """The parcel; the one told of before where this is an equal repeat. Raises Refused."""
    while True:
        first = await context.reads.shipment(payment.merchant_id, payment.payment_id, tracking.tracking_no)
        if first is not None:
            return shipments.same(first, tracking)
        shipment_id = ShipmentId(context.mint())
        shipment, fact = shipments.add(
            payment, tracking, shipment_id=shipment_id, now_ms=context.clock(), mint=context.mint
        )
        try:
            await context.store.submit(Change((Insert(shipment),), (fact,)))
        except Taken:
            continue  # Somebody told of it at the same moment.
        return shipment


async def find_tracking(context: Context, payment: Payment, tracking_no: str) -> Shipment:
    """Raises Refused(TRACKING_NOT_FOUND)."""
    found = await context.reads.shipment(payment.merchant_id, payment.payment_id, tracking_no)
    if found is None:
        raise Refused(Reason.TRACKING_NOT_FOUND, "tracking not found")
    return found


async def change_tracking(
    context: Context, payment: Payment, tracking_no: str, changes: Sequence[ShipmentChange], data: Mapping[str, str]
) -> Shipment:
    """The parcel after all of the changes. Raises Refused; then none was made."""
    while True:
        found = await find_tracking(context, payment, tracking_no)
        changed = shipments.change(payment, found, changes, data, now_ms=context.clock(), mint=context.mint)
        if changed is None:
            return found
        shipment, fact = changed
        try:
            await context.store.submit(Change((Update(shipment),), (fact,)))
        except Stale:
            continue
        return shipment
