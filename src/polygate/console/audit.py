"""Who changed what: a merchant's own record, and for operators everybody's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from polygate.console.audit_values import value_text
from polygate.console.page import MERCHANT, OPERATOR, Page
from polygate.console.paging import FETCHED, Listing
from polygate.console.visit import Visit
from polygate.console.words import LANGUAGES
from polygate.core.access import Permission
from polygate.core.ids import MerchantId
from polygate.core.merchants import Merchant
from polygate.core.people import AuditEntry, User
from polygate.operations.audit import COMMAND_LINE

SUBJECTS: Final = tuple(
    dict.fromkeys(key.split(".")[1] for key in LANGUAGES["en"].texts if re.fullmatch(r"audit\.\w+\.\w+", key))
)
"""What actions begin with: those that have a text, like `audit.user.invited`."""


async def of_merchant(visit: Visit) -> Response:
    people = await visit.context.reads.users(visit.merchant_id)
    return await _show(visit, visit.merchant_id, people, {})


async def of_all(visit: Visit) -> Response:
    merchants = {each.merchant_id: each for each in await visit.context.reads.merchants(limit=1_000)}
    return await _show(visit, None, [], merchants)


async def _show(
    visit: Visit, merchant_id: MerchantId | None, people: list[User], merchants: Mapping[MerchantId, Merchant]
) -> Response:
    subject = visit.query("subject") if visit.query("subject") in SUBJECTS else ""
    person = next((user for user in people if str(user.user_id) == visit.query("person")), None)
    found = await visit.context.reads.audit_entries(
        merchant_id=merchant_id,
        before=visit.before,
        limit=FETCHED,
        action=f"{subject}." if subject else "",
        user_id=person.user_id if person else 0,
    )
    return visit.show(
        "audit/list",
        listing=Listing(found, lambda entry: entry.entry_id),
        subjects=SUBJECTS,
        people=people,
        merchants=merchants,
        changes=changes,
        told=value_text,
        command_line=COMMAND_LINE,
    )


def changes(entry: AuditEntry) -> list[tuple[str, Any, Any]]:
    """Name, before and after of each field that changed; of something new, only what there is to tell."""
    names = dict.fromkeys((*entry.before, *entry.after))
    told = [(name, entry.before.get(name), entry.after.get(name)) for name in names]
    return [(name, old, new) for name, old, new in told if entry.before or (new != "" and new is not False)]


PAGES: Final = (
    Page("GET", f"{MERCHANT}/audit", of_merchant, Permission.VIEW_AUDIT),
    Page("GET", f"{OPERATOR}/audit", of_all, Permission.OPERATE),
)
