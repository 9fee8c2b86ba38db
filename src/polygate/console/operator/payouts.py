"""Payouts of all merchants: those that wait for a receiver, for the operator's word, or came back; name, or reject."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from polygate.console import life
from polygate.console.page import OPERATOR, Page
from polygate.console.paging import FETCHED, PAGE_ROWS, Listing, Shown
from polygate.console.payouts import KINDS
from polygate.console.receiver_form import methods_by_hand, read_receiver, typed
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.ids import PayoutId
from polygate.core.merchants import Merchant
from polygate.core.payouts import Payout
from polygate.core.refusals import Refused
from polygate.core.transitions import AttemptState, PayoutState
from polygate.operations.pay_out import name_receiver, reject_payout
from polygate.store.listing import Filter

PAYOUTS: Final = f"{OPERATOR}/payouts"
WHY_MAX_LENGTH: Final = 128
SHOWN: Final = {
    "receiver": (),
    "by_hand": (),
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
    if show in {"receiver", "by_hand"}:
        waiting = store.operating.without_receiver if show == "receiver" else store.operating.by_hand
        listing = Listing(await waiting(before=visit.before, limit=FETCHED), lambda payout: payout.payout_id)
    else:
        wanted = Filter(state=tuple(state.value for state in SHOWN[show]))
        listing = Shown.of(
            await store.listing.page(Payout, wanted, merchant_id=None, before=visit.before, limit=PAGE_ROWS)
        )
    owners = await store.operating.owners(list(listing.rows))
    return visit.show("operator/payouts", listing=listing, owners=owners, show=show, choices=tuple(SHOWN), kinds=KINDS)


async def payout(visit: Visit) -> Response:
    merchant, found = await found_payout(visit)
    return await show_payout(visit, merchant, found, {}) if merchant and found else gone(visit)


async def name(visit: Visit) -> Response:
    """Said twice, the second is refused: it has a receiver by then."""
    merchant, found = await found_payout(visit)
    if merchant is None or found is None:
        return gone(visit)
    faults: dict[str, str] = {}
    receiver = read_receiver(visit, found.currency, faults)
    if receiver is None:
        return await show_payout(visit, merchant, found, faults)
    try:
        await name_receiver(visit.context, visit.actor, found, receiver)
    except Refused:
        return await visit.go(path_of(merchant, found), "payouts.not_now", kind="bad")
    return await visit.go(path_of(merchant, found), "payouts.named", name=receiver.name)


async def reject(visit: Visit) -> Response:
    merchant, found = await found_payout(visit)
    if merchant is None or found is None:
        return gone(visit)
    why = visit.form("why")
    if not 0 < len(why) <= WHY_MAX_LENGTH or not why.isprintable():
        return await show_payout(visit, merchant, found, {"why": visit.words("payouts.why_wrong", most=WHY_MAX_LENGTH)})
    try:
        await reject_payout(visit.context, visit.actor, found, said=why)
    except Refused:
        return await visit.go(path_of(merchant, found), "payouts.not_now", kind="bad")
    return await visit.go(path_of(merchant, found), "payouts.rejected")


async def show_payout(visit: Visit, merchant: Merchant, payout: Payout, faults: dict[str, str]) -> Response:
    attempt = await visit.context.reads.attempt(payout.merchant_id, payout.attempt_id) if payout.attempt_id else None
    values: dict[str, Any] = {
        "merchant": merchant,
        "payout": payout,
        "kinds": KINDS,
        "steps": life.of_payout(payout, visit),
        "values": typed(visit),
        "why": visit.form("why"),
        "faults": faults,
        "reference": visit.form("reference"),
        "said": visit.form("said"),
        "methods": methods_by_hand(visit, payout.currency),
        "waits": payout.state is PayoutState.WAITING and not payout.attempt_id,
        "is_planned": attempt is not None and attempt.state is AttemptState.PLANNED,
    }
    return visit.show("operator/payout", 422 if faults else 200, **values)


async def found_payout(visit: Visit) -> tuple[Merchant | None, Payout | None]:
    merchant = await visit.context.reads.merchant_by_no(visit.part("number"))
    if merchant is None:
        return None, None
    return merchant, await visit.context.reads.payout(merchant.merchant_id, PayoutId(visit.identifier("payout_id")))


def gone(visit: Visit) -> Response:
    return visit.lost("payouts.gone", PAYOUTS)


def path_of(merchant: Merchant, payout: Payout) -> str:
    return f"{PAYOUTS}/{merchant.merchant_no}/{payout.payout_id}"


ONE: Final = f"{PAYOUTS}/{{number}}/{{payout_id}}"
PAGES: Final = (
    Page("GET", PAYOUTS, payouts, Permission.OPERATE),
    Page("GET", ONE, payout, Permission.OPERATE),
    Page("POST", f"{ONE}/receiver", name, Permission.OPERATE, needs_code=True),
    Page("POST", f"{ONE}/reject", reject, Permission.OPERATE),
)
