"""Views: a list's filters that somebody gave a name, for themselves alone."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from polygate.console.page import MERCHANT, Page
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.saved_views import MOST, NAME_MOST, SavedView
from polygate.store.contract import Change, Insert

PLACES: Final = ("payments", "refunds")
_FIELDS: Final = ("q", "state", "method", "app_id", "protocol", "currency", "least", "most", "from", "until")
_QUERY_MOST: Final = 500


async def views(visit: Visit, place: str) -> list[SavedView]:
    """Those of this user on a list."""
    return await visit.context.reads.saved_views(visit.merchant_id, visit.user.user_id, place)


def query_of(text: str) -> str:
    """The filters in the query of a list's address, in one order; empty where there are none."""
    given = dict(parse_qsl(text[:_QUERY_MOST]))
    return urlencode({name: given[name] for name in _FIELDS if given.get(name)})


async def save(visit: Visit) -> Response:
    place = _place(visit)
    query, name = query_of(visit.form("query")), visit.form("name")[:NAME_MOST]
    back = visit.at(f"{place}?{query}" if query else place)
    if not query or not name.isprintable() or not name:
        return await visit.go(back, "payments.view_wrong", kind="bad")
    if len(await views(visit, place)) >= MOST:
        return await visit.go(back, "payments.views_full", kind="bad", most=MOST)
    view = SavedView(
        visit.merchant_id, visit.context.mint(), visit.user.user_id, place, name, query, created_ms=visit.now_ms
    )
    await visit.context.store.submit(Change((Insert(view),)))
    return await visit.go(back, "payments.view_saved", name=name)


async def remove(visit: Visit) -> Response:
    place = _place(visit)
    view = next((each for each in await views(visit, place) if str(each.view_id) == visit.part("view_id")), None)
    if view is None:
        return visit.lost("payments.view_gone", visit.at(place))
    await visit.context.store.remove_saved_view(view)
    return await visit.go(visit.at(place), "payments.view_removed")


def _place(visit: Visit) -> str:
    """The list that the form was on."""
    return visit.form("place") if visit.form("place") in PLACES else PLACES[0]


PAGES: Final = (
    Page("POST", f"{MERCHANT}/views", save, Permission.VIEW),
    Page("POST", f"{MERCHANT}/views/{{view_id}}/remove", remove, Permission.VIEW),
)
