"""What the navigation offers: the pages there are, as far as somebody may open them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from polygate.console.page import MERCHANT, OPERATOR, ROOT, Page
from polygate.core.access import may
from polygate.core.people import NO_MERCHANT, User

ACCOUNT: Final = f"{ROOT}/account"


class Place(msgspec.Struct, frozen=True):
    """An entry: its name (the text is `nav.<name>`, and so is the icon), and where it leads."""

    name: str
    path: str


_MERCHANTS: Final = (
    (
        "",
        (
            Place("home", f"{MERCHANT}/"),
            Place("payments", f"{MERCHANT}/payments"),
            Place("refunds", f"{MERCHANT}/refunds"),
            Place("payouts", f"{MERCHANT}/payouts"),
            Place("subscriptions", f"{MERCHANT}/subscriptions"),
            Place("stored_cards", f"{MERCHANT}/stored-cards"),
            Place("shipments", f"{MERCHANT}/shipments"),
            Place("balances", f"{MERCHANT}/balances"),
        ),
    ),
    (
        "developers",
        (
            Place("webhooks", f"{MERCHANT}/developers/webhooks"),
            Place("requests", f"{MERCHANT}/developers/requests"),
            Place("signature", f"{MERCHANT}/developers/signature"),
            Place("test_cards", f"{MERCHANT}/developers/test-cards"),
        ),
    ),
    (
        "system",
        (
            Place("basic_information", f"{MERCHANT}/system/basic-information"),
            Place("website_app", f"{MERCHANT}/system/website-app"),
            Place("team", f"{MERCHANT}/team"),
            Place("audit", f"{MERCHANT}/audit"),
        ),
    ),
)
_OPERATORS: Final = (
    (
        "operator",
        (
            Place("home", f"{OPERATOR}/"),
            Place("merchants", f"{OPERATOR}/merchants"),
            Place("unknown", f"{OPERATOR}/unknown"),
            Place("late", f"{OPERATOR}/late"),
            Place("all_payouts", f"{OPERATOR}/payouts"),
            Place("given_up", f"{OPERATOR}/webhooks"),
            Place("chargebacks", f"{OPERATOR}/chargebacks"),
            Place("blocks", f"{OPERATOR}/blocks"),
            Place("health", f"{OPERATOR}/health"),
            Place("all_audit", f"{OPERATOR}/audit"),
        ),
    ),
)


def places(
    user: User, merchant_no: str, pages: Mapping[str, Mapping[str, Page]]
) -> tuple[tuple[str, tuple[Place, ...]], ...]:
    """Groups of entries, each under the name of its heading; `pages` are all by path and method."""

    def open_to_them(place: Place) -> bool:
        page = pages.get(place.path, {}).get("GET")
        return page is not None and may(user.role, page.permission)

    groups = (*(_MERCHANTS if merchant_no else ()), *(_OPERATORS if user.merchant_id == NO_MERCHANT else ()))
    found = ((heading, tuple(filter(open_to_them, group))) for heading, group in groups)
    return tuple(
        (heading, tuple(Place(each.name, each.path.format(merchant_no=merchant_no)) for each in group))
        for heading, group in found
        if group
    )


def first_place(user: User, merchant_no: str, pages: Mapping[str, Mapping[str, Page]]) -> str:
    """Where somebody belongs who names no page."""
    groups = places(user, merchant_no, pages)
    return groups[0][1][0].path if groups else ACCOUNT
