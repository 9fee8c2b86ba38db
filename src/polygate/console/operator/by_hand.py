"""Payouts that the operator carries out by hand: take one over, and say that it was paid, failed or came back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import Response

from polygate.console.operator.payouts import ONE, found_payout, gone, path_of, show_payout
from polygate.console.page import Page
from polygate.console.receiver_form import read_receiver
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.by_hand import SAID_MAX_LENGTH, bank_reference, what_happened
from polygate.core.merchants import Merchant
from polygate.core.payouts import Payout
from polygate.core.refusals import Refused
from polygate.operations.pay_by_hand import mark_failed, mark_paid, mark_returned, take_by_hand


async def take(visit: Visit) -> Response:
    """With its receiver, where it has none yet."""
    merchant, found = await found_payout(visit)
    if merchant is None or found is None:
        return gone(visit)
    receiver = None
    if found.receiver is None:
        faults: dict[str, str] = {}
        receiver = read_receiver(visit, found.currency, faults, by_hand=True)
        if receiver is None:
            return await show_payout(visit, merchant, found, faults)
    return await _done(
        visit, merchant, found, take_by_hand(visit.context, visit.actor, found, receiver), "taken_by_hand"
    )


async def paid(visit: Visit) -> Response:
    merchant, found = await found_payout(visit)
    if merchant is None or found is None:
        return gone(visit)
    try:
        reference = bank_reference(visit.form("reference"))
    except ValueError:
        return await show_payout(visit, merchant, found, {"reference": visit.words("payouts.reference_wrong")})
    return await _done(visit, merchant, found, mark_paid(visit.context, visit.actor, found, reference), "marked_paid")


async def failed(visit: Visit) -> Response:
    return await _ended(visit, mark_failed, "marked_failed")


async def returned(visit: Visit) -> Response:
    return await _ended(visit, mark_returned, "marked_returned")


async def _ended(visit: Visit, mark: Callable[..., Awaitable[Payout]], told: str) -> Response:
    merchant, found = await found_payout(visit)
    if merchant is None or found is None:
        return gone(visit)
    try:
        said = what_happened(visit.form("said"))
    except ValueError:
        wrong = {"said": visit.words("payouts.why_wrong", most=SAID_MAX_LENGTH)}
        return await show_payout(visit, merchant, found, wrong)
    return await _done(visit, merchant, found, mark(visit.context, visit.actor, found, said), told)


async def _done(visit: Visit, merchant: Merchant, payout: Payout, change: Awaitable[Payout], told: str) -> Response:
    """On to the payout as it is now. Sent twice, a form does what it says once."""
    try:
        await change
    except Refused as refused:
        return await visit.go(path_of(merchant, payout), "payouts.by_hand_refused", kind="bad", said=refused.said)
    return await visit.go(path_of(merchant, payout), f"payouts.{told}")


PAGES: Final = (
    Page("POST", f"{ONE}/take", take, Permission.OPERATE, needs_code=True),
    Page("POST", f"{ONE}/paid", paid, Permission.OPERATE, needs_code=True),
    Page("POST", f"{ONE}/failed", failed, Permission.OPERATE, needs_code=True),
    Page("POST", f"{ONE}/returned", returned, Permission.OPERATE, needs_code=True),
)
