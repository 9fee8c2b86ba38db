"""A merchant's stored cards: what payers agreed to, without any card number, and taking that back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from polygate.console.narrowing import narrowed
from polygate.console.page import MERCHANT, Page
from polygate.console.paging import PAGE_ROWS, Shown
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.agreements import Agreement, agreement_id_in, identifier
from polygate.core.refusals import Refused
from polygate.core.transitions import AgreementState
from polygate.operations.revoke_agreement import revoke_agreement

STORED_CARDS: Final = f"{MERCHANT}/stored-cards"
PLANS: Final = ("RECURRING", "INSTALMENT", "UNSCHEDULED")
WHY_MAX_LENGTH: Final = 255
_CHOICES: Final[dict[str, Sequence[str]]] = {"state": tuple(AgreementState), "kind": PLANS}


async def stored_cards(visit: Visit) -> Response:
    wanted = narrowed(visit, _CHOICES)
    page = await visit.context.store.listing.page(
        Agreement, wanted.filter, merchant_id=visit.merchant_id, before=visit.before, limit=PAGE_ROWS
    )
    return visit.show(
        "stored_cards/list", listing=Shown.of(page), states=tuple(AgreementState), plans=PLANS, identifier=identifier
    )


async def stored_card(visit: Visit) -> Response:
    found = await _found(visit)
    return _one(visit, found, {}) if found else _gone(visit)


async def revoke(visit: Visit) -> Response:
    found = await _found(visit)
    if found is None:
        return _gone(visit)
    why = visit.form("why")
    if not 0 < len(why) <= WHY_MAX_LENGTH or not why.isprintable():
        return _one(visit, found, {"why": visit.words("stored_cards.why_wrong", most=WHY_MAX_LENGTH)})
    path = visit.at(f"stored-cards/{identifier(found.agreement_id)}")
    entry = visit.entry(
        "stored_card.revoked", about=identifier(found.agreement_id), before={"state": found.state.value},
        after={"state": AgreementState.REVOKED.value, "why": why},
    )  # fmt: skip
    try:
        await revoke_agreement(visit.context, found, why, also=(entry,))
    except Refused:
        return await visit.go(path, "stored_cards.over", kind="bad")
    return await visit.go(path, "stored_cards.revoked", card=found.card.masked)


def _one(visit: Visit, agreement: Agreement, faults: dict[str, str]) -> Response:
    return visit.show(
        "stored_cards/one",
        422 if faults else 200,
        agreement=agreement,
        identifier=identifier(agreement.agreement_id),
        is_live=agreement.state is AgreementState.LIVE,
        why=visit.form("why"),
        faults=faults,
    )


async def _found(visit: Visit) -> Agreement | None:
    return await visit.context.reads.agreement(visit.merchant_id, agreement_id_in(visit.part("identifier")))


def _gone(visit: Visit) -> Response:
    return visit.lost("stored_cards.gone", visit.at("stored-cards"))


_ONE: Final = f"{STORED_CARDS}/{{identifier}}"
PAGES: Final = (
    Page("GET", STORED_CARDS, stored_cards, Permission.VIEW),
    Page("GET", _ONE, stored_card, Permission.VIEW),
    Page("POST", f"{_ONE}/revoke", revoke, Permission.MANAGE_PAYMENTS),
)
