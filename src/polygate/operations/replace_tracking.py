"""Keep one parcel for each payment, for APIs on which a parcel that is told of later takes the place of the former."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from polygate.core import shipments
from polygate.core.facts import Fact
from polygate.core.ids import ShipmentId
from polygate.core.payments import Payment
from polygate.core.shipments import Direction, NumberType, Tracking
from polygate.core.transitions import ShipmentState
from polygate.operations.context import Context
from polygate.store.contract import Change, Insert, Stale, Taken, Update

_REMARK = "remark"


class Parcel(msgspec.Struct, frozen=True):
    payment: Payment
    tracking_no: str
    carrier: str
    remark: str

    @property
    def data(self) -> dict[str, str]:
        return {_REMARK: self.remark} if self.remark else {}


async def replace_tracking(context: Context, parcels: Sequence[Parcel]) -> None:
    """All of them or none. Of two for one payment the last one counts. Raises Refused(TRACKING_NOT_NOW)."""
    last = {parcel.payment.payment_id: parcel for parcel in parcels}
    while True:
        decided = [each for parcel in last.values() if (each := await _decide(context, parcel))]
        if not decided:
            return
        guards = tuple(guard for guard, _ in decided)
        facts: tuple[Any, ...] = tuple(fact for _, fact in decided)
        try:
            await context.store.submit(Change(guards, facts))
        except (Stale, Taken):
            continue  # Somebody told of one of them at the same moment.
        return


async def _decide(context: Context, parcel: Parcel) -> tuple[Insert | Update, Fact] | None:
    payment, now_ms = parcel.payment, context.clock()
    told = await context.reads.shipments(payment.merchant_id, payment.payment_id)
    if not told:
        shipment, fact = shipments.add(
            payment, _tracking(parcel, now_ms), shipment_id=_id(context), now_ms=now_ms, mint=context.mint
        )
        return Insert(msgspec.structs.replace(shipment, data=parcel.data)), fact
    changed = shipments.replaced(
        payment,
        told[-1],
        tracking_no=parcel.tracking_no,
        carrier=parcel.carrier,
        data=parcel.data,
        now_ms=now_ms,
        mint=context.mint,
    )
    return (Update(changed[0]), changed[1]) if changed else None


def _tracking(parcel: Parcel, now_ms: int) -> Tracking:
    """What this kind of API does not tell is the most likely."""
    return Tracking(
        tracking_no=parcel.tracking_no,
        carrier=parcel.carrier,
        shipped_on=datetime.fromtimestamp(now_ms // 1_000, UTC).date().isoformat(),
        direction=Direction.FORWARD,
        status=ShipmentState.SHIPPED,
        number_type=NumberType.CARRIER,
        url="",
    )


def _id(context: Context) -> ShipmentId:
    return ShipmentId(context.mint())
