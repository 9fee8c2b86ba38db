"""Payouts of all merchants: those that wait for a receiver, under way and come back; name a receiver, or reject."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from polygate.console.page import OPERATOR, Page
from polygate.console.paging import FETCHED, PAGE_ROWS, Listing, Shown
from polygate.console.payouts import KINDS
from polygate.console.receiver_form import methods_for, read_receiver, typed
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.ids import PayoutId
from polygate.core.merchants import Merchant
from polygate.core.payouts import Payout
from polygate.core.refusals import Refused
from polygate.core.transitions import PayoutState
from polygate.operations.pay_out import name_receiver, reject_payout
from polygate.store.listing import Filter

PAYOUTS: Final = f"{OPERATOR}/payouts"
WHY_MAX_LENGTH: Final = 128
SHOWN: Final = {
    "receiver": (),
    "under_way": (PayoutState.WAITING, PayoutState.SENT),
    "returned": (PayoutState.RETURNED,),
    "failed": (PayoutState.FAILED,),
    "all": (),
}
"""What may be looked at, and the states of it."""


async def payouts(visit: Visit) -> Response:
    show = visit.query("show") if visit.query("show") in SHOWN else "receiver"
    store = visit.context.store
    listing: Listing[Payout] | Shown[Payout]
    if show == "receiver":
        found = await store.operating.without_receiver(before=visit.before, limit=FETCHED)
        listing = Listing(found, lambda payout: payout.payout_id)
    else:
        wanted = Filter(state=tuple(state.value for state in SHOWN[show]))
        listing = Shown.of(
            await store.listing.page(Payout, wanted, merchant_id=None, before=visit.before, limit=PAGE_ROWS)
        )
    owners = await store.operating.owners(list(listing.rows))
    return visit.show("operator/payouts", listing=listing, owners=owners, show=show, choices=tuple(SHOWN), kinds=KINDS)


async def payout(visit: Visit) -> Response:
    merchant, found = await _found(visit)
    return _one(visit, merchant, found, {}) if merchant and found else _gone(visit)


async def name(visit: Visit) -> Response:
    """Said twice, the second is refused: it has a receiver by then."""
    merchant, found = await _found(visit)
    if merchant is None or found is None:
        return _gone(visit)
    faults: dict[str, str] = {}
    receiver = read_receiver(visit, found.currency, faults)
    if receiver is None:
        return _one(visit, merchant, found, faults)
    entry = visit.entry(
        "payout.receiver_named", about=found.number, merchant_id=found.merchant_id,
        after={"receiver": f"{receiver.method.value} {receiver.name} …{receiver.account[-4:]}"},
    )  # fmt: skip
    try:
        await name_receiver(visit.context, found, receiver, also=(entry,))
    except Refused:
        return await visit.go(_path(merchant, found), "payouts.not_now", kind="bad")
    return await visit.go(_path(merchant, found), "payouts.named", name=receiver.name)


async def reject(visit: Visit) -> Response:
    merchant, found = await _found(visit)
    if merchant is None or found is None:
        return _gone(visit)
    why = visit.form("why")
    if not 0 < len(why) <= WHY_MAX_LENGTH or not why.isprintable():
        return _one(visit, merchant, found, {"why": visit.words("payouts.why_wrong", most=WHY_MAX_LENGTH)})
    entry = visit.entry(
        "payout.rejected", about=found.number, merchant_id=found.merchant_id,
        before={"state": found.state.value}, after={"state": PayoutState.FAILED.value, "why": why},
    )  # fmt: skip
    try:
        await reject_payout(visit.context, found, said=why, also=(entry,))
    except Refused:
        return await visit.go(_path(merchant, found), "payouts.not_now", kind="bad")
    return await visit.go(_path(merchant, found), "payouts.rejected")


def _one(visit: Visit, merchant: Merchant, payout: Payout, faults: dict[str, str]) -> Response:
    values: dict[str, Any] = {
        "merchant": merchant,
        "payout": payout,
        "kinds": KINDS,
        "values": typed(visit),
        "why": visit.form("why"),
        "faults": faults,
        "methods": methods_for(visit, payout.currency),
        "waits": payout.state is PayoutState.WAITING and not payout.attempt_id,
    }
    return visit.show("operator/payout", 422 if faults else 200, **values)


async def _found(visit: Visit) -> tuple[Merchant | None, Payout | None]:
    merchant = await visit.context.reads.merchant_by_no(visit.part("number"))
    if merchant is None:
        return None, None
    return merchant, await visit.context.reads.payout(merchant.merchant_id, PayoutId(visit.identifier("payout_id")))


def _gone(visit: Visit) -> Response:
    return visit.lost("payouts.gone", PAYOUTS)


def _path(merchant: Merchant, payout: Payout) -> str:
    return f"{PAYOUTS}/{merchant.merchant_no}/{payout.payout_id}"


_ONE: Final = f"{PAYOUTS}/{{number}}/{{payout_id}}"
PAGES: Final = (
    Page("GET", PAYOUTS, payouts, Permission.OPERATE),
    Page("GET", _ONE, payout, Permission.OPERATE),
    Page("POST", f"{_ONE}/receiver", name, Permission.OPERATE, needs_code=True),
    Page("POST", f"{_ONE}/reject", reject, Permission.OPERATE),
)
