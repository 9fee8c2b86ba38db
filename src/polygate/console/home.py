"""Home: how business goes, and what somebody should look at."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from polygate.console.business import PERIODS, overview
from polygate.console.page import MERCHANT, Page
from polygate.console.visit import Visit
from polygate.core.access import Permission

HOME: Final = f"{MERCHANT}/"


async def home(visit: Visit) -> Response:
    concerns = await visit.context.store.attention.concerns(merchant_id=visit.merchant_id, now_ms=visit.now_ms)
    return visit.show(
        "home/home",
        periods=PERIODS,
        overview=await overview(visit, visit.merchant_id),
        concerns=[concern for concern in concerns if concern.count],
    )


PAGES: Final = (Page("GET", HOME, home, Permission.VIEW),)
