"""A merchant's balances by currency, and the postings that each figure is the sum of."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from polygate.console import books, currencies
from polygate.console.page import MERCHANT, Page
from polygate.console.paging import PAGE_ROWS, Shown
from polygate.console.visit import Visit
from polygate.core import ledger
from polygate.core.access import Permission
from polygate.core.ledger import PostingRow
from polygate.core.money import EXPONENTS
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


async def _payouts(visit: Visit, rows: tuple[PostingRow, ...]) -> frozenset[int]:
    """Which of the postings' subjects are payouts; the others are payments."""
    subjects = sorted({row.payment_id for row in rows if row.payment_id})
    return await visit.context.reads.payouts_among(visit.merchant_id, subjects)


_MOVING: Final = (ledger.PENDING, ledger.PAYING, ledger.RESERVED, ledger.HELD)
PAGES: Final = (
    Page("GET", BALANCES, balances, Permission.VIEW),
    Page("GET", f"{BALANCES}/{{currency}}/{{figure}}", postings, Permission.VIEW),
)
