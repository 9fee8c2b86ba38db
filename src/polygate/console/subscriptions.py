"""A merchant's subscriptions: the list, one with its charges, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from polygate.console import saved_views, shown
from polygate.console.export import ListFile, export_pages, narrowed_pages
from polygate.console.narrowing import narrowed
from polygate.console.page import MERCHANT, Page
from polygate.console.paging import PAGE_ROWS, Shown
from polygate.console.visit import Visit
from polygate.core import subscriptions as rules
from polygate.core.access import Permission
from polygate.core.agreements import identifier
from polygate.core.money import plain
from polygate.core.payments import Payment
from polygate.core.refusals import Refused
from polygate.core.subscriptions import Subscription
from polygate.core.transitions import SubscriptionState
from polygate.operations.charge_subscription import cancel_subscription

SUBSCRIPTIONS: Final = f"{MERCHANT}/subscriptions"
KINDS: Final = {
    SubscriptionState.STARTING: "wait",
    SubscriptionState.ACTIVE: "good",
    SubscriptionState.COMPLETED: "info",
    SubscriptionState.ENDED: "bad",
    SubscriptionState.CANCELED: "quiet",
    SubscriptionState.NEVER_STARTED: "quiet",
}
_CHOICES: Final[dict[str, Sequence[str]]] = {"state": tuple(SubscriptionState)}
_COLUMNS: Final = (
    "created", "subscriptionNo", "number", "state", "amount", "currency", "cycle", "chargesMade", "chargesTotal",
    "declines", "why", "appId", "api",
)  # fmt: skip
_CHARGES_SHOWN: Final = 50
"""The latest."""


async def subscriptions(visit: Visit) -> Response:
    wanted = narrowed(visit, _CHOICES)
    page = await visit.context.store.listing.page(
        Subscription, wanted.filter, merchant_id=visit.merchant_id, before=visit.before, limit=PAGE_ROWS
    )
    return visit.show(
        "subscriptions/list",
        listing=Shown.of(page),
        states=tuple(SubscriptionState),
        kinds=KINDS,
        faults=wanted.faults,
        query=saved_views.query_of(visit.request.url.query),
    )


def _cells(each: Subscription) -> Sequence[Any]:
    return (
        shown.iso(each.created_ms),
        str(each.subscription_id),
        each.number,
        each.state.value,
        plain(each.amount),
        each.currency,
        each.cycle.value,
        each.charges_made,
        each.charges_total,
        each.declines,
        each.why,
        each.app_id,
        each.protocol,
    )


async def subscription(visit: Visit) -> Response:
    found = await _found(visit)
    if found is None:
        return _gone(visit)
    active = found.state is SubscriptionState.ACTIVE
    next_ms = rules.charge_ms(found, found.charges_made + 1, zone=visit.context.merchant.zone) if active else 0
    return visit.show(
        "subscriptions/one",
        subscription=found,
        kinds=KINDS,
        charges=await _charges(visit, found),
        next_ms=next_ms,
        agreement=await visit.context.reads.agreement(visit.merchant_id, found.agreement_id),
        identifier=identifier,
        can_cancel=active,
    )


async def cancel(visit: Visit) -> Response:
    """Canceled twice is canceled once."""
    found = await _found(visit)
    if found is None:
        return _gone(visit)
    path = visit.at(f"subscriptions/{found.subscription_id}")
    entry = visit.entry(
        "subscription.canceled", about=found.number, before={"state": found.state.value},
        after={"state": SubscriptionState.CANCELED.value},
    )  # fmt: skip
    try:
        await cancel_subscription(visit.context, found, why=f"canceled by {visit.user.login}", also=(entry,))
    except Refused:
        return await visit.go(path, "subscriptions.over", kind="bad")
    return await visit.go(path, "subscriptions.canceled", number=found.number)


async def _charges(visit: Visit, found: Subscription) -> list[Payment]:
    """The latest first; the first one is the payment that started it."""
    latest = min(found.charges_made + 1, found.charges_total)
    numbers = [f"{found.number}-{charge}" for charge in range(max(latest - _CHARGES_SHOWN, 1) + 1, latest + 1)]
    payments = await visit.context.reads.payments_by_orders(visit.merchant_id, found.protocol, [found.number, *numbers])
    return payments[::-1]


async def _found(visit: Visit) -> Subscription | None:
    return await visit.context.reads.subscription(visit.merchant_id, visit.identifier("subscription_id"))


def _gone(visit: Visit) -> Response:
    return visit.lost("subscriptions.gone", visit.at("subscriptions"))


_ONE: Final = f"{SUBSCRIPTIONS}/{{subscription_id}}"
_FILE: Final = ListFile(
    "subscriptions", _COLUMNS, narrowed_pages(Subscription, _CHOICES), _cells, "subscription.list_exported"
)
PAGES: Final = (
    Page("GET", SUBSCRIPTIONS, subscriptions, Permission.VIEW),
    *export_pages(SUBSCRIPTIONS, _FILE),
    Page("GET", _ONE, subscription, Permission.VIEW),
    Page("POST", f"{_ONE}/cancel", cancel, Permission.MANAGE_PAYMENTS),
)
