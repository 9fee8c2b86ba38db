"""Approvals that came too late: what was given back, and what was kept for the merchant after all."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from polygate.console.page import OPERATOR, Page
from polygate.console.paging import FETCHED, Listing
from polygate.console.visit import Visit
from polygate.core.access import Permission

LATE: Final = f"{OPERATOR}/late"


async def given_back(visit: Visit) -> Response:
    found = await visit.context.store.operating.given_back(before=visit.before, limit=FETCHED)
    return await _show(visit, "operator/given_back", Listing(found, lambda attempt: attempt.attempt_id))


async def kept(visit: Visit) -> Response:
    found = await visit.context.store.operating.paid_late(before=visit.before, limit=FETCHED)
    return await _show(visit, "operator/paid_late", Listing(found, lambda payment: payment.payment_id))


async def _show(visit: Visit, template: str, listing: Listing[Any]) -> Response:
    owners = await visit.context.store.operating.owners(list(listing.rows))
    return visit.show(template, listing=listing, owners=owners)


PAGES: Final = (
    Page("GET", LATE, given_back, Permission.OPERATE),
    Page("GET", f"{LATE}/kept", kept, Permission.OPERATE),
)
