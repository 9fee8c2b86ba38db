"""A merchant's payments: the list with its filters, search by any number, and taking it away as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from polygate.console import saved_views, shown
from polygate.console.export import ListFile, Pages, export_pages, narrowed_pages
from polygate.console.narrowing import narrowed
from polygate.console.page import MERCHANT, Page
from polygate.console.paging import PAGE_ROWS, Shown
from polygate.console.rendering import PRIVATE
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.methods import Method
from polygate.core.money import Money, plain
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.refunds import Refund
from polygate.core.shipments import Shipment
from polygate.core.subscriptions import Subscription
from polygate.core.transitions import PaymentState
from polygate.core.webhooks import Webhook
from polygate.protocols.registry import NAMES
from polygate.store.search import Found, Match

PAYMENTS: Final = f"{MERCHANT}/payments"
_PLACE: Final = "payments"
STATE_KINDS: Final = {
    PaymentState.CREATED: "quiet",
    PaymentState.PENDING: "wait",
    PaymentState.AUTHORIZED: "info",
    PaymentState.CAPTURING: "wait",
    PaymentState.VOIDING: "wait",
    PaymentState.CAPTURED: "good",
    PaymentState.FAILED: "bad",
    PaymentState.CANCELED: "quiet",
    PaymentState.EXPIRED: "quiet",
}
_COLUMNS: Final = (
    "created", "tradeNo", "orderNo", "state", "amount", "currency", "captured", "refunded", "method", "product",
    "cardBrand", "card", "appId", "api", "acquirer", "acquirerReference", "bankReference", "decline", "attach", "test",
)  # fmt: skip


async def payments(visit: Visit) -> Response:
    if visit.query("q"):
        return await _search(visit)
    apps = await visit.context.reads.apps(visit.merchant_id)
    wanted = narrowed(visit, _choices([app.app_id for app in apps]))
    page = await visit.context.store.listing.page(
        Payment, wanted.filter, merchant_id=visit.merchant_id, before=visit.before, limit=PAGE_ROWS
    )
    return visit.show(
        "payments/list",
        422 if wanted.faults else 200,
        listing=Shown.of(page),
        faults=wanted.faults,
        apps=apps,
        states=tuple(PaymentState),
        methods=tuple(Method),
        apis=NAMES,
        kinds=STATE_KINDS,
        query=saved_views.query_of(visit.request.url.query),
        views=await saved_views.views(visit, _PLACE),
        place=_PLACE,
    )


async def _search(visit: Visit) -> Response:
    """What a number belongs to; straight to its page where that is all there is."""
    number = visit.query("q")[:128]
    found = await visit.context.store.search.find(number, merchant_id=visit.merchant_id)
    results = [(match, place_of(visit, match.row)) for match in found]
    if len(found) == 1:
        return RedirectResponse(results[0][1], 303, PRIVATE)
    return visit.show("payments/found", number=number, results=results, about=_about, kinds=STATE_KINDS)


def place_of(visit: Visit, row: Found) -> str:
    """The page about something that was found."""
    match row:
        case Payout():
            return visit.at(f"payouts/{row.payout_id}")
        case Subscription():
            return visit.at(f"subscriptions/{row.subscription_id}")
        case Webhook():
            return visit.at(f"developers/webhooks/{row.webhook_id}")
        case _:
            return visit.at(f"payments/{row.payment_id}")


def _about(match: Match) -> tuple[str, str, Money | None, int]:
    """What was found: its kind, its number, its amount, and when it was made."""
    row = match.row
    kind = type(row).__name__.lower()
    match row:
        case Payment():
            return kind, row.order_no, row.shown, row.created_ms
        case Refund() | Payout():
            return kind, row.number, row.amount, row.created_ms
        case Subscription():
            return kind, row.number, Money(row.amount_minor, row.currency), row.created_ms
        case Shipment():
            return kind, row.tracking_no, None, row.created_ms
        case _:
            at_ms = getattr(row, "created_ms", 0) or getattr(row, "at_ms", 0)
            return kind, str(getattr(row, "agreement_id", 0) or getattr(row, "webhook_id", 0)), None, at_ms


async def _pages(visit: Visit) -> Pages | None:
    apps = await visit.context.reads.apps(visit.merchant_id)
    return await narrowed_pages(Payment, _choices([app.app_id for app in apps]))(visit)


def _cells(payment: Payment) -> Sequence[Any]:
    currency = payment.currency
    card = payment.card
    return (
        shown.iso(payment.created_ms),
        str(payment.payment_id),
        payment.order_no,
        payment.state.value,
        plain(payment.asked),
        currency,
        plain(payment.captured),
        plain(Money(payment.refunding_minor, currency)),
        payment.method,
        payment.product,
        card.brand.value if card else "",
        card.masked if card else "",
        payment.app_id,
        payment.protocol,
        payment.acquirer,
        payment.reference,
        payment.details.bank_reference,
        payment.decline,
        payment.attach,
        "yes" if payment.is_test else "no",
    )


def _choices(app_ids: Sequence[str]) -> dict[str, Sequence[str]]:
    return {"state": tuple(PaymentState), "method": tuple(Method), "app_id": app_ids, "protocol": NAMES}


_FILE: Final = ListFile("payments", _COLUMNS, _pages, _cells, "payment.list_exported", note="payments.export_cards")
PAGES: Final = (Page("GET", PAYMENTS, payments, Permission.VIEW), *export_pages(PAYMENTS, _FILE))
