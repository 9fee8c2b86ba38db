"""What a merchant's payments and payouts cost, by currency."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace
from starlette.responses import Response

from polygate.console.operator.fee_form import Line, lines_of, read_lines
from polygate.console.operator.merchant import MERCHANT, changed, of_merchant
from polygate.console.page import Page
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.merchants import Merchant
from polygate.core.money import CURRENCIES


@of_merchant
async def show(visit: Visit, merchant: Merchant) -> Response:
    return _show(visit, merchant, lines_of(merchant.fees), lines_of(merchant.payout_fees))


@of_merchant
async def save(visit: Visit, merchant: Merchant) -> Response:
    fees, lines = read_lines(visit.form, "fee")
    payout_fees, payout_lines = read_lines(visit.form, "payout_fee")
    if any(line.fault for line in (*lines, *payout_lines)):
        return _show(visit, merchant, lines, payout_lines, status=422)
    return await changed(
        visit,
        merchant,
        lambda kept: replace(kept, fees=fees, payout_fees=payout_fees),
        "merchant.fees_changed",
        place="fees",
    )


def _show(
    visit: Visit, merchant: Merchant, lines: tuple[Line, ...], payout_lines: tuple[Line, ...], *, status: int = 200
) -> Response:
    return visit.show(
        "operator/fees", status, merchant=merchant, lines=lines, payout_lines=payout_lines, currencies=CURRENCIES
    )


PAGES: Final = (
    Page("GET", f"{MERCHANT}/fees", show, Permission.OPERATE),
    Page("POST", f"{MERCHANT}/fees", save, Permission.OPERATE),
)
