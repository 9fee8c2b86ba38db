"""A merchant's shipments, as it told of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from polygate.console.narrowing import narrowed
from polygate.console.page import MERCHANT, Page
from polygate.console.paging import PAGE_ROWS, Shown
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.shipments import Shipment
from polygate.core.transitions import ShipmentState

KINDS: Final = {
    ShipmentState.DELIVERED: "good",
    ShipmentState.ON_HOLD: "wait",
    ShipmentState.LOCAL_PICKUP: "wait",
    ShipmentState.RETURNED: "bad",
    ShipmentState.CANCELED: "quiet",
}
_CHOICES: Final[dict[str, Sequence[str]]] = {"state": tuple(ShipmentState)}


async def shipments(visit: Visit) -> Response:
    page = await visit.context.store.listing.page(
        Shipment,
        narrowed(visit, _CHOICES).filter,
        merchant_id=visit.merchant_id,
        before=visit.before,
        limit=PAGE_ROWS,
    )
    return visit.show("shipments/list", listing=Shown.of(page), states=tuple(ShipmentState), kinds=KINDS)


PAGES: Final = (Page("GET", f"{MERCHANT}/shipments", shipments, Permission.VIEW),)
