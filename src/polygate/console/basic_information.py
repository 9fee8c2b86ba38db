"""System → Basic information: who the merchant is, its two keys, and what was agreed on for the Channel API."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from polygate.console import overlap
from polygate.console.page import MERCHANT, Page
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.money import Money, plain
from polygate.operations import rotation

_PLACE: Final = "system/basic-information"
BASIC: Final = f"{MERCHANT}/{_PLACE}"


async def show(visit: Visit) -> Response:
    merchant = visit.merchant
    first = await visit.context.reads.first_app(visit.merchant_id)
    return visit.show(
        "system/basic",
        fees=[(currency, rule.basis_points, rule.fixed_minor) for currency, rule in sorted(merchant.fees.items())],
        secret_until=_still(visit, merchant.previous_secret_key_until_ms),
        access_until=_still(visit, merchant.previous_access_key_until_ms),
        first_app=first,
        limits=[
            (name, _amount(each.least_minor, visit), _amount(each.most_minor, visit))
            for name, each in (("credit", merchant.channel.credit_limits), ("debit", merchant.channel.debit_limits))
        ],
        overlaps=overlap.choices(visit),
    )


async def rotate_secret_key(visit: Visit) -> Response:
    """The new key is on the answer itself: it is shown once."""
    span_ms = overlap.chosen_ms(visit)
    key = await rotation.rotate_secret_key(visit.context, visit.merchant, overlap_ms=span_ms, actor=visit.actor)
    until_ms = visit.now_ms + span_ms if span_ms else 0
    return visit.show("system/new_key", what="secret_key", key=key.reveal(), until_ms=until_ms)


async def rotate_access_key(visit: Visit) -> Response:
    """Likewise."""
    span_ms = overlap.chosen_ms(visit) if visit.merchant.sealed_access_key else 0
    key = await rotation.rotate_access_key(visit.context, visit.merchant, overlap_ms=span_ms, actor=visit.actor)
    until_ms = visit.now_ms + span_ms if span_ms else 0
    return visit.show("system/new_key", what="access_key", key=key.reveal(), until_ms=until_ms)


async def end_overlap(visit: Visit) -> Response:
    await rotation.end_merchant_overlap(visit.context, visit.merchant, actor=visit.actor)
    return await visit.go(visit.at(_PLACE), "system.overlap_ended")


def _still(visit: Visit, until_ms: int) -> int:
    return until_ms if visit.now_ms < until_ms else 0


def _amount(minor: int, visit: Visit) -> str:
    currency = visit.context.channel.currency
    return f"{plain(Money(minor, currency))} {currency}" if minor else ""


PAGES: Final = (
    Page("GET", BASIC, show, Permission.VIEW_SETTINGS),
    Page("POST", f"{BASIC}/secret-key", rotate_secret_key, Permission.ROTATE_SECRETS, needs_code=True),
    Page("POST", f"{BASIC}/access-key", rotate_access_key, Permission.ROTATE_SECRETS, needs_code=True),
    Page("POST", f"{BASIC}/end-overlap", end_overlap, Permission.ROTATE_SECRETS, needs_code=True),
)
