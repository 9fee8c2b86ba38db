"""End an agreement by hand: the payer took back the consent, or the merchant must not charge the card any more."""

from __future__ import annotations

from typing import Any

from polygate.core import agreements
from polygate.core.agreements import Agreement
from polygate.core.facts import FactKind
from polygate.operations.context import Context
from polygate.store.contract import Change, Stale, Update


async def revoke_agreement(
    context: Context, agreement: Agreement, why: str, *, also: tuple[Any, ...] = ()
) -> Agreement:
    """Durable on return: a charge that has not begun by then is refused. Raises Refused(CARD_NOT_KNOWN) if it ended
    before. It is told on the timeline of the payment in which the payer agreed. `also` are
    rows that are written with it."""
    while True:
        now_ms = context.clock()
        revoked = agreements.revoke(agreement, why, now_ms=now_ms)
        told = agreements.fact(
            revoked, FactKind.CARD_REVOKED, agreement.payment_id, now_ms, context.mint(), why=revoked.why
        )
        try:
            await context.store.submit(Change((Update(revoked),), (told, *also)))
        except Stale:
            agreement = await context.reads.agreement(agreement.merchant_id, agreement.agreement_id) or agreement
            continue
        return revoked
