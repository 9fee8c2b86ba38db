"""Who changed what: a merchant's own record, and for operators everybody's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from polygate.console import shown
from polygate.console.audit_values import value_text
from polygate.console.export import FILE_ROWS, ListFile, Pages, export_pages
from polygate.console.page import MERCHANT, OPERATOR, Page
from polygate.console.paging import FETCHED, Listing
from polygate.console.saved_views import query_of
from polygate.console.visit import Visit
from polygate.console.words import LANGUAGES
from polygate.core.access import Permission
from polygate.core.ids import LAST, MerchantId
from polygate.core.merchants import Merchant
from polygate.core.people import AuditEntry, User
from polygate.operations.audit import COMMAND_LINE
from polygate.store import listing

SUBJECTS: Final = tuple(
    dict.fromkeys(key.split(".")[1] for key in LANGUAGES["en"].texts if re.fullmatch(r"audit\.\w+\.\w+", key))
)
"""What actions begin with: those that have a text, like `audit.user.invited`."""


async def of_merchant(visit: Visit) -> Response:
    people = await visit.context.reads.users(visit.merchant_id)
    return await _show(visit, people, {})


async def of_all(visit: Visit) -> Response:
    merchants = {each.merchant_id: each for each in await visit.context.reads.merchants(limit=1_000)}
    return await _show(visit, [], merchants)


async def _show(visit: Visit, people: list[User], merchants: Mapping[MerchantId, Merchant]) -> Response:
    found = await _entries(visit, people, before=visit.before, limit=FETCHED)
    return visit.show(
        "audit/list",
        listing=Listing(found, lambda entry: entry.entry_id),
        subjects=SUBJECTS,
        people=people,
        merchants=merchants,
        changes=changes,
        told=value_text,
        command_line=COMMAND_LINE,
        query=query_of(visit.request.url.query),
    )


async def _entries(visit: Visit, people: list[User], *, before: int, limit: int) -> list[AuditEntry]:
    """What the query of the page narrows the log to: a merchant's own, or everybody's."""
    subject = visit.query("subject") if visit.query("subject") in SUBJECTS else ""
    person = next((user for user in people if str(user.user_id) == visit.query("person")), None)
    return await visit.context.reads.audit_entries(
        merchant_id=visit.merchant_here.merchant_id if visit.merchant_here else None,
        before=before,
        limit=limit,
        action=f"{subject}." if subject else "",
        user_id=person.user_id if person else 0,
    )


async def _pages(visit: Visit) -> Pages:
    people = await visit.context.reads.users(visit.merchant_id) if visit.merchant_here else []

    async def pages() -> Pages:
        before = LAST
        while found := await _entries(visit, people, before=before, limit=FILE_ROWS):
            before = found[-1].entry_id
            yield listing.Page(tuple(found), before)

    return pages()


def _cells(entry: AuditEntry) -> Sequence[Any]:
    told = "; ".join(f"{name}: {_plain(before)} > {_plain(after)}" for name, before, after in changes(entry))
    return shown.iso(entry.at_ms), entry.action, entry.login, entry.role, entry.address, entry.about, told


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def changes(entry: AuditEntry) -> list[tuple[str, Any, Any]]:
    """Name, before and after of each field that changed; of something new, only what there is to tell."""
    names = dict.fromkeys((*entry.before, *entry.after))
    told = [(name, entry.before.get(name), entry.after.get(name)) for name in names]
    return [(name, old, new) for name, old, new in told if entry.before or (new != "" and new is not False)]


_OWN: Final = f"{MERCHANT}/audit"
_ALL: Final = f"{OPERATOR}/audit"
_COLUMNS: Final = ("at", "action", "login", "role", "address", "about", "changes")
_FILE: Final = ListFile("audit", _COLUMNS, _pages, _cells, "log.list_exported")
PAGES: Final = (
    Page("GET", _OWN, of_merchant, Permission.VIEW_AUDIT),
    *export_pages(_OWN, _FILE, Permission.VIEW_AUDIT),
    Page("GET", _ALL, of_all, Permission.OPERATE),
    *export_pages(_ALL, _FILE, Permission.OPERATE),
)
