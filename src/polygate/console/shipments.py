"""A merchant's shipments, as it told of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from polygate.console import saved_views, shown
from polygate.console.export import ListFile, export_pages, narrowed_pages
from polygate.console.narrowing import narrowed
from polygate.console.page import MERCHANT, Page
from polygate.console.paging import PAGE_ROWS, Shown
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.shipments import Shipment
from polygate.core.transitions import ShipmentState

SHIPMENTS: Final = f"{MERCHANT}/shipments"
KINDS: Final = {
    ShipmentState.DELIVERED: "good",
    ShipmentState.ON_HOLD: "wait",
    ShipmentState.LOCAL_PICKUP: "wait",
    ShipmentState.RETURNED: "bad",
    ShipmentState.CANCELED: "quiet",
}
_COLUMNS: Final = (
    "created", "shipmentNo", "trackingNo", "carrier", "status", "direction", "shippedOn", "tradeNo", "url", "changed",
)  # fmt: skip
_CHOICES: Final[dict[str, Sequence[str]]] = {"state": tuple(ShipmentState)}


async def shipments(visit: Visit) -> Response:
    page = await visit.context.store.listing.page(
        Shipment,
        narrowed(visit, _CHOICES).filter,
        merchant_id=visit.merchant_id,
        before=visit.before,
        limit=PAGE_ROWS,
    )
    return visit.show(
        "shipments/list",
        listing=Shown.of(page),
        states=tuple(ShipmentState),
        kinds=KINDS,
        query=saved_views.query_of(visit.request.url.query),
    )


def _cells(each: Shipment) -> Sequence[Any]:
    return (
        shown.iso(each.created_ms),
        str(each.shipment_id),
        each.tracking_no,
        each.carrier,
        each.status.value,
        each.direction.value,
        each.shipped_on,
        str(each.payment_id),
        each.url,
        shown.iso(each.changed_ms),
    )


_FILE: Final = ListFile("shipments", _COLUMNS, narrowed_pages(Shipment, _CHOICES), _cells, "shipment.list_exported")
PAGES: Final = (Page("GET", SHIPMENTS, shipments, Permission.VIEW), *export_pages(SHIPMENTS, _FILE))
