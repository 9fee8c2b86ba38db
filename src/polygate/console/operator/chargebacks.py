"""Chargebacks: what payers got back through their banks, and writing one down that the acquirer tells of."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from polygate.console.page import OPERATOR, Page
from polygate.console.paging import PAGE_ROWS, Shown
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.chargebacks import Chargeback
from polygate.core.money import Money, parse
from polygate.core.payments import Payment
from polygate.core.refusals import Refused
from polygate.operations.charge_back import charge_back

CHARGEBACKS: Final = f"{OPERATOR}/chargebacks"
CASE_MAX_LENGTH: Final = 64
REASON_MAX_LENGTH: Final = 255


async def chargebacks(visit: Visit) -> Response:
    page = await visit.context.store.listing.page(Chargeback, merchant_id=None, before=visit.before, limit=PAGE_ROWS)
    listing = Shown.of(page)
    owners = await visit.context.store.operating.owners(list(listing.rows))
    return visit.show("operator/chargebacks", listing=listing, owners=owners)


async def show_new(visit: Visit) -> Response:
    return _new(visit, {})


async def record(visit: Visit) -> Response:
    """A case that is told of twice is written down once."""
    faults: dict[str, str] = {}
    payment = await _payment(visit, faults)
    amount = _amount(visit, payment, faults) if payment else None
    case_no, reason = visit.form("case_no"), visit.form("reason")
    if not 0 < len(case_no) <= CASE_MAX_LENGTH or not case_no.isprintable():
        faults["case_no"] = visit.words("chargebacks.text_wrong", most=CASE_MAX_LENGTH)
    if not 0 < len(reason) <= REASON_MAX_LENGTH or not reason.isprintable():
        faults["reason"] = visit.words("chargebacks.text_wrong", most=REASON_MAX_LENGTH)
    if faults or payment is None or amount is None:
        return _new(visit, faults)
    entry = visit.entry(
        "chargeback.recorded", about=str(payment.payment_id), merchant_id=payment.merchant_id,
        after={"case": case_no, "amount": str(amount), "reason": reason},
    )  # fmt: skip
    try:
        await charge_back(visit.context, payment, amount, case_no=case_no, reason=reason, also=(entry,))
    except Refused as refused:
        return _new(visit, {"amount": visit.words(f"chargebacks.{refused.reason.value}")})
    return await visit.go(CHARGEBACKS, "chargebacks.recorded", case=case_no)


async def _payment(visit: Visit, faults: dict[str, str]) -> Payment | None:
    found = await visit.context.reads.payments_numbered(visit.form("payment"))
    if len(found) == 1:
        return found[0]
    faults["payment"] = visit.words("chargebacks.payment_several" if found else "chargebacks.payment_wrong")
    return None


def _amount(visit: Visit, payment: Payment, faults: dict[str, str]) -> Money | None:
    """Nothing typed stands for all that is left."""
    text = visit.form("amount")
    if not text:
        return payment.refundable if payment.refundable.minor else payment.captured
    try:
        amount = parse(text, payment.currency)
    except ValueError:
        amount = Money(0, payment.currency)
    if not 0 < amount.minor < 2**62:
        faults["amount"] = visit.words("chargebacks.amount_wrong", currency=payment.currency)
        return None
    return amount


def _new(visit: Visit, faults: dict[str, str]) -> Response:
    values = {name: visit.form(name) or visit.query(name) for name in ("payment", "amount", "case_no", "reason")}
    return visit.show("operator/new_chargeback", 422 if faults else 200, values=values, faults=faults)


PAGES: Final = (
    Page("GET", CHARGEBACKS, chargebacks, Permission.OPERATE),
    Page("GET", f"{CHARGEBACKS}/new", show_new, Permission.OPERATE),
    Page("POST", f"{CHARGEBACKS}/new", record, Permission.OPERATE),
)
