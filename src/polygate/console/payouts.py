"""A merchant's payouts: the list, one with everything on record about it, and a new one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from polygate.console import currencies, life, saved_views, shown
from polygate.console.export import ListFile, export_pages, narrowed_pages
from polygate.console.narrowing import narrowed
from polygate.console.page import MERCHANT, Page
from polygate.console.paging import PAGE_ROWS, Shown
from polygate.console.receiver_form import methods_for, read_receiver, typed
from polygate.console.story import story
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.ids import PayoutId
from polygate.core.merchants import App
from polygate.core.money import Money, parse, plain
from polygate.core.payouts import Payout, PayoutOrder
from polygate.core.refusals import Reason, Refused
from polygate.core.repeats import PayoutTaken
from polygate.core.transitions import PayoutState
from polygate.operations.balances import funds_of
from polygate.operations.pay_out import pay_out
from polygate.operations.timeline import entries_about
from polygate.protocols.registry import NAMES

PAYOUTS: Final = f"{MERCHANT}/payouts"
KINDS: Final = {
    PayoutState.WAITING: "wait",
    PayoutState.SENT: "wait",
    PayoutState.PAID: "good",
    PayoutState.FAILED: "bad",
    PayoutState.RETURNED: "bad",
}
_CHOICES: Final[dict[str, Sequence[str]]] = {"state": tuple(PayoutState), "protocol": NAMES}
_COLUMNS: Final = (
    "created", "payoutNo", "number", "state", "amount", "currency", "fee", "receiver", "account", "method", "reference",
    "said", "closed", "appId", "api",
)  # fmt: skip
_USUAL_API: Final = "channel"
"""The API as whose orders these are made: its queries find them, and its callbacks tell of them."""
_API_OF_OTHERS: Final = "signed"
"""Likewise of other currencies than the one that the first API has. Its orders name their own address, these none."""
_NUMBER: Final = re.compile("[A-Za-z0-9._-]{1,64}")


async def payouts(visit: Visit) -> Response:
    wanted = narrowed(visit, _CHOICES)
    page = await visit.context.store.listing.page(
        Payout, wanted.filter, merchant_id=visit.merchant_id, before=visit.before, limit=PAGE_ROWS
    )
    return visit.show(
        "payouts/list",
        422 if wanted.faults else 200,
        listing=Shown.of(page),
        currencies=await currencies.to_narrow_by(visit),
        faults=wanted.faults,
        states=tuple(PayoutState),
        kinds=KINDS,
        query=saved_views.query_of(visit.request.url.query),
    )


def _cells(payout: Payout) -> Sequence[Any]:
    receiver = payout.receiver
    return (
        shown.iso(payout.created_ms),
        str(payout.payout_id),
        payout.number,
        payout.state.value,
        plain(payout.amount),
        payout.currency,
        plain(payout.fee),
        receiver.name if receiver else "",
        receiver.account if receiver else "",
        receiver.method if receiver else "",
        payout.reference,
        payout.said,
        shown.iso(payout.closed_ms) if payout.closed_ms else "",
        payout.app_id,
        payout.protocol,
    )


async def payout(visit: Visit) -> Response:
    found = await visit.context.reads.payout(visit.merchant_id, PayoutId(visit.identifier("payout_id")))
    if found is None:
        return visit.lost("payouts.gone", visit.at("payouts"))
    entries = await entries_about(visit.context.reads, visit.merchant_id, found.payout_id)
    lines = story(entries, visit)
    return visit.show("payouts/one", payout=found, kinds=KINDS, lines=lines, steps=life.of_payout(found, visit))


async def show_new(visit: Visit) -> Response:
    return await _new(visit, {}, _payable(visit, visit.query("currency")), number=f"console-{visit.context.mint()}")


async def create(visit: Visit) -> Response:
    """The number is unique among the merchant's payouts: a form that is sent twice pays once."""
    currency = _payable(visit, visit.form("currency"))
    app = await visit.context.reads.first_app(visit.merchant_id)
    faults: dict[str, str] = {}
    if currency != (visit.form("currency").upper() or currency):
        faults["amount"] = visit.words("payments.currency_wrong")
    number = visit.form("number")
    if not _NUMBER.fullmatch(number):
        faults["number"] = visit.words("payouts.number_wrong")
    amount = _amount(visit, currency, faults)
    receiver = read_receiver(visit, currency, faults)
    if faults or amount is None or receiver is None or app is None:
        return await _new(visit, faults, currency, number=number)
    order = PayoutOrder(
        merchant_id=visit.merchant_id,
        app_id=app.app_id,
        protocol=_api_of(visit, currency),
        number=number,
        amount=amount,
        fee=visit.merchant.payout_fee_rule(currency).fee(amount),
        receiver=receiver,
        description=visit.merchant.name,
        attach="",
        notify_url="",
        request={},
    )
    entry = visit.entry(
        "payout.ordered",
        about=number,
        after={"amount": str(amount), "fee": str(order.fee), "receiver": f"{receiver.name} …{receiver.account[-4:]}"},
    )
    try:
        # As long as that API's identifiers are.
        mint = visit.context.mint_exact if order.protocol == _USUAL_API else visit.context.mint
        made = await pay_out(visit.context, order, at_once=False, payout_id=PayoutId(mint()), also=(entry,))
    except PayoutTaken as taken:
        return await visit.go(visit.at(f"payouts/{taken.first.payout_id}"), "payouts.taken", kind="bad")
    except Refused as refused:
        faults["amount" if refused.reason is Reason.BALANCE_TOO_SMALL else "method"] = visit.words(
            "payouts.too_small" if refused.reason is Reason.BALANCE_TOO_SMALL else "payouts.method_wrong"
        )
        return await _new(visit, faults, currency, number=number)
    return await visit.go(visit.at(f"payouts/{made.payout_id}"), "payouts.ordered", number=number)


def _payable(visit: Visit, asked: str) -> str:
    """The currency asked for if somebody pays out in it, else that of the Channel API."""
    currency = asked.upper()
    return currency if methods_for(visit, currency) else visit.context.channel.currency


def _api_of(visit: Visit, currency: str) -> str:
    return _USUAL_API if currency == visit.context.channel.currency else _API_OF_OTHERS


def _amount(visit: Visit, currency: str, faults: dict[str, str]) -> Money | None:
    try:
        amount = parse(visit.form("amount"), currency)
    except ValueError:
        amount = Money(0, currency)
    if not 0 < amount.minor < 2**62:
        faults["amount"] = visit.words("payouts.amount_wrong", currency=currency)
        return None
    if currency == visit.context.channel.currency and not visit.merchant.channel.debit_limits.allow(amount):
        faults["amount"] = visit.words("payouts.outside_limits")
        return None
    return amount


async def _new(visit: Visit, faults: dict[str, str], currency: str, *, number: str) -> Response:
    funds = await funds_of(visit.context, visit.merchant_id, currency)
    app: App | None = await visit.context.reads.first_app(visit.merchant_id)
    return visit.show(
        "payouts/new",
        422 if faults else 200,
        number=number,
        amount=visit.form("amount"),
        values=typed(visit),
        faults=faults,
        methods=methods_for(visit, currency),
        currency=currency,
        currencies=await currencies.to_pay_out(visit),
        api=_api_of(visit, currency),
        available=funds.available_minor,
        can_order=app is not None,
    )


_FILE: Final = ListFile("payouts", _COLUMNS, narrowed_pages(Payout, _CHOICES), _cells, "payout.list_exported")
PAGES: Final = (
    Page("GET", PAYOUTS, payouts, Permission.VIEW),
    *export_pages(PAYOUTS, _FILE),
    Page("GET", f"{PAYOUTS}/new", show_new, Permission.PAY_OUT),
    Page("POST", f"{PAYOUTS}/new", create, Permission.PAY_OUT, needs_code=True),
    Page("GET", f"{PAYOUTS}/{{payout_id}}", payout, Permission.VIEW),
)
