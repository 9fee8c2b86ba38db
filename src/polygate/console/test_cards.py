"""Developers → Test cards: what the sandbox answers, and the first payment through each API, ready to be run."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from polygate.connectors import sandbox
from polygate.console.first_payment import first_payments
from polygate.console.page import MERCHANT, Page
from polygate.console.trial_words import in_words, pieces
from polygate.console.visit import Visit
from polygate.core.access import Permission

TEST_CARDS: Final = f"{MERCHANT}/developers/test-cards"


async def show(visit: Visit) -> Response:
    apps = await visit.context.reads.apps(visit.merchant_id)
    first = first_payments(visit.merchant, apps[0].app_id if apps else "...", visit.context.links.base_url)
    return visit.show("developers/test_cards", trials=sandbox.TRIALS, first=first, pieces=pieces, in_words=in_words)


PAGES: Final = (Page("GET", TEST_CARDS, show, Permission.VIEW_INTEGRATION),)
