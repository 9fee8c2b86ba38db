"""Unknown outcomes: what was asked and not answered, how old that is, what happens next, and asking right now."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from polygate.console.page import OPERATOR, Page
from polygate.console.paging import FETCHED, Listing
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.attempts import Attempt
from polygate.core.ids import AttemptId
from polygate.core.transitions import AttemptState
from polygate.operations.ask_again import ask_now
from polygate.store.attention import Kind

UNKNOWN: Final = f"{OPERATOR}/unknown"


async def unknown(visit: Visit) -> Response:
    operating = visit.context.store.operating
    found = await operating.in_doubt(before=visit.before, limit=FETCHED, now_ms=visit.now_ms)
    listing = Listing(found, lambda attempt: attempt.attempt_id)
    attention = visit.context.store.attention
    (all_of_them,) = await attention.concerns((Kind.IN_DOUBT,), merchant_id=None, now_ms=visit.now_ms)
    owners = await operating.owners(list(listing.rows))
    return visit.show("operator/unknown", listing=listing, owners=owners, all_of_them=all_of_them)


async def ask(visit: Visit) -> Response:
    """The answer is waited for: whoever asks wants to know."""
    attempt = await _attempt(visit)
    if attempt is None:
        return visit.lost("unknown.gone", UNKNOWN)
    if not attempt.may_be_answered:
        return await visit.go(UNKNOWN, "unknown.known", state=_state(visit, attempt))
    told = visit.entry("attempt.asked", about=str(attempt.attempt_id), merchant_id=attempt.merchant_id)
    after = await ask_now(visit.context, attempt, told)
    kind = "bad" if after.state in {AttemptState.ASKED, AttemptState.UNKNOWN} else "good"
    return await visit.go(UNKNOWN, "unknown.asked", kind=kind, state=_state(visit, after), said=after.said)


async def _attempt(visit: Visit) -> Attempt | None:
    merchant = await visit.context.reads.merchant_by_no(visit.part("number"))
    if merchant is None:
        return None
    return await visit.context.reads.attempt(merchant.merchant_id, AttemptId(visit.identifier("attempt_id")))


def _state(visit: Visit, attempt: Attempt) -> str:
    return visit.words(f"unknown.state_{attempt.state}")


PAGES: Final = (
    Page("GET", UNKNOWN, unknown, Permission.OPERATE),
    Page("POST", f"{UNKNOWN}/{{number}}/{{attempt_id}}/ask", ask, Permission.OPERATE),
)
