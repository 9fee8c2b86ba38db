"""Webhooks of all merchants that were given up, and sending them again."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from polygate.console.page import OPERATOR, Page
from polygate.console.paging import PAGE_ROWS, Shown
from polygate.console.visit import Visit
from polygate.console.webhooks import MANY_MAX, again
from polygate.core.access import Permission
from polygate.core.webhooks import Webhook, WebhookState
from polygate.store.listing import Filter

GIVEN_UP: Final = f"{OPERATOR}/webhooks"


async def given_up(visit: Visit) -> Response:
    store = visit.context.store
    page = await store.listing.page(
        Webhook,
        Filter(state=(WebhookState.GIVEN_UP,)),
        merchant_id=None,
        before=visit.before,
        limit=PAGE_ROWS,
    )
    listing = Shown.of(page)
    return visit.show("operator/webhooks", listing=listing, owners=await store.operating.owners(list(listing.rows)))


async def resend(visit: Visit) -> Response:
    """Those that were ticked."""
    ticked = [text for text in visit.form.all("webhook")[:MANY_MAX] if text.isascii() and text.isdecimal()]
    found = [await visit.context.reads.webhook_by_id(int(text)) for text in ticked if len(text) < 20]
    webhooks = [each for each in found if each is not None]
    if not webhooks:
        return await visit.go(GIVEN_UP, "webhooks.none_ticked", kind="bad")
    count = sum([await again(visit, each) for each in webhooks])
    return await visit.go(GIVEN_UP, "webhooks.resent_many", count=count)


PAGES: Final = (
    Page("GET", GIVEN_UP, given_up, Permission.OPERATE),
    Page("POST", f"{GIVEN_UP}/resend", resend, Permission.OPERATE),
)
