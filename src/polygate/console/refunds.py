"""A merchant's refunds: the list with its filters, and as a file."""

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
from polygate.core.money import plain
from polygate.core.refunds import Refund
from polygate.core.transitions import RefundState
from polygate.protocols.registry import NAMES

REFUNDS: Final = f"{MERCHANT}/refunds"
_PLACE: Final = "refunds"
KINDS: Final = {RefundState.ACCEPTED: "wait", RefundState.SUCCEEDED: "good", RefundState.FAILED: "bad"}
_CHOICES: Final[dict[str, Sequence[str]]] = {"state": tuple(RefundState), "protocol": NAMES}
_COLUMNS: Final = (
    "created", "refundNo", "number", "tradeNo", "state", "amount", "currency", "reason", "finished", "said", "api",
)  # fmt: skip


async def refunds(visit: Visit) -> Response:
    wanted = narrowed(visit, _CHOICES)
    page = await visit.context.store.listing.page(
        Refund, wanted.filter, merchant_id=visit.merchant_id, before=visit.before, limit=PAGE_ROWS
    )
    return visit.show(
        "refunds/list",
        422 if wanted.faults else 200,
        listing=Shown.of(page),
        faults=wanted.faults,
        states=tuple(RefundState),
        kinds=KINDS,
        query=saved_views.query_of(visit.request.url.query),
        views=await saved_views.views(visit, _PLACE),
        place=_PLACE,
    )


def _cells(refund: Refund) -> Sequence[Any]:
    return (
        shown.iso(refund.created_ms),
        str(refund.refund_id),
        refund.number,
        str(refund.payment_id),
        refund.state.value,
        plain(refund.amount),
        refund.currency,
        refund.reason,
        shown.iso(refund.finished_ms) if refund.finished_ms else "",
        refund.said,
        refund.protocol,
    )


_FILE: Final = ListFile("refunds", _COLUMNS, narrowed_pages(Refund, _CHOICES), _cells, "refund.list_exported")
PAGES: Final = (Page("GET", REFUNDS, refunds, Permission.VIEW), *export_pages(REFUNDS, _FILE))
