"""How the gateway does: its queues, the outbox, the database, and whether the books balance."""

from __future__ import annotations

import time
from typing import Final

from starlette.responses import Response

from polygate.console.page import OPERATOR, Page
from polygate.console.visit import Visit
from polygate.core.access import Permission


async def health(visit: Visit) -> Response:
    store = visit.context.store
    begun = time.perf_counter()
    await store.reads.ping()
    answered_ms = (time.perf_counter() - begun) * 1_000
    seen = await visit.context.books.look()
    return visit.show(
        "operator/health",
        answered_ms=answered_ms,
        database=store.dialect,
        schema=await store.operating.schema(),
        queues=await store.operating.queues(now_ms=visit.now_ms),
        outbox=await store.operating.outbox(),
        books=seen,
        owners=await store.operating.owners(list(seen.faults)),
    )


PAGES: Final = (Page("GET", f"{OPERATOR}/health", health, Permission.OPERATE),)
