"""Where operators begin: what needs attention, with counts, and nothing that does not."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.responses import Response

from polygate.console.page import OPERATOR, Page
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.store.operating import COUNTED_MOST


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
        return self.count >= COUNTED_MOST


async def attention(visit: Visit) -> Response:
    looked = await _matters(visit)
    return visit.show("operator/attention", matters=[each for each in looked if each.count], looked=looked)


async def _matters(visit: Visit) -> list[Matter]:
    operating = visit.context.store.operating
    queues = await operating.queues(now_ms=visit.now_ms)
    overdue = [queue for queue in queues if queue.overdue]
    seen = await visit.context.books.look()
    return [
        Matter("books", len(seen.faults), 0, f"{OPERATOR}/health", "bad"),
        Matter("unknown", *await operating.count_in_doubt(now_ms=visit.now_ms), f"{OPERATOR}/unknown", "bad"),
        Matter("receiver", *await operating.count_without_receiver(), f"{OPERATOR}/payouts"),
        Matter("by_hand", *await operating.count_by_hand(), f"{OPERATOR}/payouts?show=by_hand"),
        Matter("late", *await operating.count_not_given_back(), f"{OPERATOR}/late"),
        Matter(
            "overdue",
            sum(queue.overdue for queue in overdue),
            min((queue.oldest_ms for queue in overdue), default=0),
            f"{OPERATOR}/health",
            "bad",
        ),
    ]


PAGES: Final = (Page("GET", f"{OPERATOR}/", attention, Permission.OPERATE),)
