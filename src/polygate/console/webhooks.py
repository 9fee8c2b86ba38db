"""Developers → Webhooks: what the merchant was told, how every try went, and telling it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.responses import Response

from polygate.console import saved_views, shown
from polygate.console.export import FILE_ROWS, ListFile, Pages, export_pages
from polygate.console.page import MERCHANT, Page
from polygate.console.paging import PAGE_ROWS
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.ids import PaymentId
from polygate.core.masking import masked_text
from polygate.core.webhooks import Webhook, WebhookState
from polygate.operations.tell_again import KeepsChanging, tell_again
from polygate.protocols.registry import protocols
from polygate.store import listing
from polygate.store.listing import Filter

_PLACE: Final = "developers/webhooks"
WEBHOOKS: Final = f"{MERCHANT}/{_PLACE}"
MANY_MAX: Final = 100
_SHOWN_OF_A_SIGN: Final = 6
_NONCE: Final = "example"


async def webhooks(visit: Visit) -> Response:
    return visit.show(
        "webhooks/list",
        listing=await _found(visit, _state(visit)),
        states=tuple(WebhookState),
        query=saved_views.query_of(visit.request.url.query),
    )


def _state(visit: Visit) -> WebhookState | None:
    return next((each for each in WebhookState if each == visit.query("state")), None)


async def _pages(visit: Visit) -> Pages:
    state = _state(visit)
    if visit.query("number"):
        return _one_page(await _found(visit, state))
    wanted = Filter(state=(state,) if state else ())
    return visit.context.store.listing.pages(Webhook, wanted, merchant_id=visit.merchant_id, limit=FILE_ROWS)


async def _one_page(found: _Found) -> Pages:
    yield listing.Page(found.rows, 0)


def _cells(each: Webhook) -> Sequence[Any]:
    return (
        shown.iso(each.at_ms),
        str(each.webhook_id),
        each.kind,
        str(each.payment_id),
        str(each.refund_id or ""),
        each.state.value,
        each.tries,
        shown.iso(each.due_ms) if each.due_ms else "",
        each.url,
        each.app_id,
        each.protocol,
    )


async def webhook(visit: Visit) -> Response:
    found = await _one(visit, visit.part("webhook_id"))
    if found is None:
        return _gone(visit)
    return visit.show(
        "webhooks/one",
        webhook=found,
        tries=await visit.context.reads.webhook_tries(visit.merchant_id, found.webhook_id),
        body=_pretty(found.body),
        headers=await _headers(visit, found),
    )


async def resend(visit: Visit) -> Response:
    found = await _one(visit, visit.part("webhook_id"))
    if found is None:
        return _gone(visit)
    done = await again(visit, found)
    path = visit.at(f"{_PLACE}/{found.webhook_id}")
    return await visit.go(path, "webhooks.resent") if done else await visit.go(path, "webhooks.busy", kind="bad")


async def resend_many(visit: Visit) -> Response:
    """Those that were ticked; what is not the merchant's is passed over."""
    ticked = [await _one(visit, text) for text in visit.form.all("webhook")[:MANY_MAX]]
    found = [each for each in ticked if each is not None]
    if not found:
        return await visit.go(visit.at(_PLACE), "webhooks.none_ticked", kind="bad")
    count = sum([await again(visit, each) for each in found])
    return await visit.go(visit.at(_PLACE), "webhooks.resent_many", count=count)


class _Found(msgspec.Struct, frozen=True):
    """A page of the list, as `Listing` is one."""

    rows: tuple[Webhook, ...]
    next_before: int = 0


async def _found(visit: Visit, state: WebhookState | None) -> _Found:
    """All of the newest, or those about one order, payment or payout."""
    reads, number = visit.context.reads, visit.query("number")
    if not number:
        wanted = Filter(state=(state.value,) if state else ())
        page = await visit.context.store.listing.page(
            Webhook, wanted, merchant_id=visit.merchant_id, before=visit.before, limit=PAGE_ROWS
        )
        return _Found(page.rows, page.before)
    named = [(each.merchant_id, int(each.payment_id)) for each in await reads.payments_numbered(number)]
    named += [(each.merchant_id, int(each.payout_id)) for each in await reads.payouts_numbered(number)]
    own = [key for merchant_id, key in named if merchant_id == visit.merchant_id]
    found = [each for key in own for each in await reads.webhooks(visit.merchant_id, PaymentId(key))]
    newest = sorted(found, key=lambda each: each.webhook_id, reverse=True)
    return _Found(tuple(each for each in newest if state in {None, each.state}))


async def again(visit: Visit, webhook: Webhook) -> bool:
    """Whether it is to be sent again."""
    told = visit.entry("webhook.resent", about=str(webhook.webhook_id), merchant_id=webhook.merchant_id)
    try:
        await tell_again(visit.context.store, webhook, now_ms=visit.now_ms, also=(told,))
    except KeepsChanging:
        return False
    visit.context.webhooks_wait.set()
    return True


async def _one(visit: Visit, named: str) -> Webhook | None:
    """One of this merchant's own."""
    if not (named.isascii() and named.isdecimal() and len(named) < 20):
        return None
    return await visit.context.reads.webhook(visit.merchant_id, int(named))


async def _headers(visit: Visit, webhook: Webhook) -> list[tuple[str, str]]:
    """Those of a try made now, with the proofs in them cut off; none before there is a body."""
    protocol, app = protocols().get(webhook.protocol), await visit.context.reads.app(webhook.app_id)
    if protocol is None or app is None or not webhook.body:
        return []
    try:
        made = protocol.sign_webhook(
            webhook.body.encode(),
            url=protocol.webhook_url(webhook, merchant=visit.merchant, app=app),
            merchant=visit.merchant,
            app=app,
            vault=visit.context.vault,
            now_ms=visit.now_ms,
            nonce=_NONCE,
        )
    except LookupError:
        return []  # A merchant that has no access key any more.
    return _without_proofs(made.headers)


def _without_proofs(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    shown = []
    for name, value in headers.items():
        is_proof = name.lower().endswith(("sign", "signature"))
        shown.append((name, f"{value[:_SHOWN_OF_A_SIGN]}…" if is_proof else masked_text(value)))
    return shown


def _pretty(body: str) -> str:
    try:
        return msgspec.json.format(body, indent=2)
    except msgspec.DecodeError:
        return body


def _gone(visit: Visit) -> Response:
    return visit.lost("webhooks.gone", visit.at(_PLACE))


_WEBHOOK: Final = f"{WEBHOOKS}/{{webhook_id}}"
_COLUMNS: Final = (
    "at", "webhookNo", "kind", "about", "refundNo", "state", "tries", "nextTry", "url", "appId", "api",
)  # fmt: skip
_FILE: Final = ListFile("webhooks", _COLUMNS, _pages, _cells, "webhook.list_exported")
PAGES: Final = (
    Page("GET", WEBHOOKS, webhooks, Permission.VIEW_INTEGRATION),
    *export_pages(WEBHOOKS, _FILE, Permission.VIEW_INTEGRATION),
    Page("POST", f"{WEBHOOKS}/resend", resend_many, Permission.MANAGE_INTEGRATION),
    Page("GET", _WEBHOOK, webhook, Permission.VIEW_INTEGRATION),
    Page("POST", f"{_WEBHOOK}/resend", resend, Permission.MANAGE_INTEGRATION),
)
