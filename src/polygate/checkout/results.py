"""The page with the result, in words that fit how the payer paid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from polygate.checkout.pages import page
from polygate.checkout.phases import Phase, Seen
from polygate.checkout.summary import summary_of
from polygate.checkout.words import Words
from polygate.core.methods import Method
from polygate.core.outcomes import Decline
from polygate.core.payments import Payment
from polygate.core.transitions import PaymentState
from polygate.operations.context import Context

_STAY_S: Final = 10
"""How long the page is there to be read before it returns to the shop, unless the payer says stay (WCAG 2.2, 2.2.1)."""


async def result_page(
    context: Context,
    seen: Seen,
    words: Words,
    *,
    leads_back: bool = False,
    token: str = "",
    languages: Sequence[Words] = (),
) -> Response:
    """`leads_back` is whether the shop has a page to return to, which takes the `token`."""
    summary = await summary_of(context, seen.payment, words)
    return page(
        "result",
        words,
        phase=seen.phase,
        why=why_declined(seen.payment, words),
        lead=_lead(seen, words, summary.merchant),
        summary=summary,
        leads_back=leads_back,
        stay_s=_STAY_S,
        token=token,
        languages=languages,
    )


def _lead(seen: Seen, words: Words, merchant: str) -> str:
    """What the result means for the payer's money."""
    payment = seen.payment
    if payment.state is PaymentState.AUTHORIZED:
        return words("paid.later", merchant=merchant)
    if seen.phase is Phase.CANCELED and seen.charge:
        if payment.method in {Method.CARD, ""}:
            return words("canceled.by_card")
        return words("canceled.by_wallet", method=words.method(payment.method))
    return words(f"{seen.phase}.lead", merchant=merchant)


def why_declined(payment: Payment, words: Words) -> str:
    """Why the last try was declined; empty if it was not. A wallet tells little, and nothing about banks and cards."""
    if not payment.decline:
        return ""
    if payment.method in {Method.CARD, ""}:
        return words(f"decline.{payment.decline}")
    unreachable = payment.decline == Decline.UNREACHABLE
    return words("refused.unreachable" if unreachable else "refused.by_wallet", method=words.method(payment.method))
