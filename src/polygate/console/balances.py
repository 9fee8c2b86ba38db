"""A merchant's balances by currency, and the postings that each figure is the sum of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from polygate.console import books, currencies, shown
from polygate.console.export import FILE_ROWS, ListFile, Pages, export_pages
from polygate.console.page import MERCHANT, Page
from polygate.console.paging import PAGE_ROWS, Shown
from polygate.console.visit import Visit
from polygate.core import ledger
from polygate.core.access import Permission
from polygate.core.ledger import PostingRow
from polygate.core.money import EXPONENTS, Money, plain
from polygate.store.listing import Filter

BALANCES: Final = f"{MERCHANT}/balances"
ACCOUNTS: Final = {
    "pending": ledger.PENDING,
    "available": ledger.AVAILABLE,
    "paying": ledger.PAYING,
    "refunding": ledger.RESERVED,
    "held": ledger.HELD,
}
"""The figures that are shown, and the account of each."""
_SHOWN: Final = 25


async def balances(visit: Visit) -> Response:
    """Currencies in which something moved that is not at rest come first."""
    sums = await visit.context.books.balances(visit.merchant_id)
    own = {currency for (account, currency), minor in sums.items() if minor and account in ACCOUNTS.values()}
    moving = {currency for currency in own if any(sums[account, currency] for account in _MOVING)}
    ordered = sorted(own, key=lambda currency: (currency not in moving, currency))
    wanted = visit.query("currency").upper()
    shown = [each for each in ordered if each == wanted] if wanted else ordered
    everything = bool(visit.query("all"))
    return visit.show(
        "balances/list",
        currencies=shown if everything else shown[:_SHOWN],
        more=0 if everything else max(len(shown) - _SHOWN, 0),
        of=lambda name, currency: sums[ACCOUNTS[name], currency],
        names=tuple(ACCOUNTS),
        wanted=wanted,
        choices=await currencies.to_narrow_by(visit),
    )


async def postings(visit: Visit) -> Response:
    currency, name = visit.part("currency").upper(), visit.part("figure")
    account = ACCOUNTS.get(name)
    if account is None or currency not in EXPONENTS:
        return visit.lost("balances.gone", visit.at("balances"))
    page = await visit.context.store.listing.page(
        PostingRow,
        Filter(currency=(currency,), account=(account,)),
        merchant_id=visit.merchant_id,
        before=visit.before,
        limit=PAGE_ROWS,
    )
    listing = Shown.of(page)
    sums = await visit.context.books.balances(visit.merchant_id)
    return visit.show(
        "balances/postings",
        listing=listing,
        account=account,
        name=name,
        currency=currency,
        total=sums[account, currency],
        payouts=await _payouts(visit, listing.rows),
        name_of=books.account,
        event=books.event,
    )


async def _pages(visit: Visit) -> Pages | None:
    currency, account = visit.part("currency").upper(), ACCOUNTS.get(visit.part("figure"))
    if account is None or currency not in EXPONENTS:
        return None
    return visit.context.store.listing.pages(
        PostingRow,
        Filter(currency=(currency,), account=(account,)),
        merchant_id=visit.merchant_id,
        limit=FILE_ROWS,
    )


def _cells(row: PostingRow) -> Sequence[Any]:
    return (
        shown.iso(row.at_ms),
        str(row.posting_id),
        row.why,
        row.debit,
        row.credit,
        plain(Money(row.amount_minor, row.currency)),
        row.currency,
        str(row.payment_id or ""),
    )


async def _payouts(visit: Visit, rows: tuple[PostingRow, ...]) -> frozenset[int]:
    """Which of the postings' subjects are payouts; the others are payments."""
    subjects = sorted({row.payment_id for row in rows if row.payment_id})
    return await visit.context.reads.payouts_among(visit.merchant_id, subjects)


_MOVING: Final = (ledger.PENDING, ledger.PAYING, ledger.RESERVED, ledger.HELD)
_POSTINGS: Final = f"{BALANCES}/{{currency}}/{{figure}}"
_COLUMNS: Final = ("at", "postingNo", "why", "debit", "credit", "amount", "currency", "about")
_FILE: Final = ListFile("postings", _COLUMNS, _pages, _cells, "posting.list_exported")
PAGES: Final = (
    Page("GET", BALANCES, balances, Permission.VIEW),
    Page("GET", _POSTINGS, postings, Permission.VIEW),
    *export_pages(_POSTINGS, _FILE),
)
