"""The currencies that a merchant has to do with: those to choose from, rather than three letters to type."""

from __future__ import annotations

from polygate.console.receiver_form import methods_for
from polygate.console.visit import Visit
from polygate.core import ledger
from polygate.core.money import EXPONENTS


async def to_narrow_by(visit: Visit) -> tuple[tuple[str, str], ...]:
    """Values and texts: every currency, then those in which anything ever moved, and the one that is asked for."""
    moved = {currency for _, currency in await visit.context.books.balances(visit.merchant_id)}
    asked = {visit.query("currency").upper()} & EXPONENTS.keys()
    return ("", visit.words("payments.every_currency")), *((each, each) for each in sorted(moved | asked))


async def to_pay_out(visit: Visit) -> tuple[str, ...]:
    """Those with something available that somebody pays out; that of the Channel API comes first, also without."""
    usual = visit.context.channel.currency
    sums = await visit.context.books.balances(visit.merchant_id)
    others = {
        currency
        for (account, currency), minor in sums.items()
        if account == ledger.AVAILABLE and minor > 0 and methods_for(visit, currency)
    }
    return usual, *sorted(others - {usual})
