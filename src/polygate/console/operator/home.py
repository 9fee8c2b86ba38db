"""Where operators begin: what needs attention of all merchants' matters, and how business goes."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.responses import Response

from polygate.console.business import PERIODS, overview
from polygate.console.operator.webhooks import GIVEN_UP
from polygate.console.page import OPERATOR, Page
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.people import NO_MERCHANT
from polygate.store.attention import MOST, Kind

_LEADERS: Final = 10
"""Merchants shown, those with most volume."""
MATTERS: Final = {
    Kind.IN_DOUBT: f"{OPERATOR}/unknown",
    Kind.RECEIVER: f"{OPERATOR}/payouts",
    Kind.BY_HAND: f"{OPERATOR}/payouts?show=by_hand",
    Kind.GOING_BACK: f"{OPERATOR}/late",
    Kind.WEBHOOK_GIVEN_UP: GIVEN_UP,
}
"""What operators are told of, and where it is dealt with."""


class Matter(msgspec.Struct, frozen=True):
    """Something to look at: its text is `operator.matter_<name>`."""

    name: str
    count: int
    since_ms: int
    """When the oldest began; 0 where that says nothing."""
    path: str
    kind: str = "wait"
    """Of the badge."""

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.count >= MOST


async def home(visit: Visit) -> Response:
    store = visit.context.store
    looked = await _matters(visit)
    seen = await overview(visit, NO_MERCHANT)
    leaders = await store.statistics.leaders(
        seen.business.currency, from_ms=seen.from_ms, until_ms=seen.until_ms, limit=_LEADERS
    )
    return visit.show(
        "operator/home",
        matters=[each for each in looked if each.count],
        looked=looked,
        periods=PERIODS,
        overview=seen,
        leaders=leaders,
        owners=await store.operating.owners(leaders),
    )


async def _matters(visit: Visit) -> list[Matter]:
    store = visit.context.store
    concerns = await store.attention.concerns(MATTERS, merchant_id=None, now_ms=visit.now_ms)
    queues = await store.operating.queues(now_ms=visit.now_ms)
    overdue = [queue for queue in queues if queue.overdue]
    seen = await visit.context.books.look()
    return [
        Matter("books", len(seen.faults), 0, f"{OPERATOR}/health", "bad"),
        *(Matter(each.kind, each.count, each.oldest_ms, MATTERS[each.kind], _kind(each.kind)) for each in concerns),
        Matter(
            "overdue",
            sum(queue.overdue for queue in overdue),
            min((queue.oldest_ms for queue in overdue), default=0),
            f"{OPERATOR}/health",
            "bad",
        ),
    ]


def _kind(of: Kind) -> str:
    return "bad" if of is Kind.IN_DOUBT else "wait"


PAGES: Final = (Page("GET", f"{OPERATOR}/", home, Permission.OPERATE),)
