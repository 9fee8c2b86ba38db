"""The page with the result, in words that fit how the payer paid."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from polygate.checkout.pages import page
from polygate.checkout.phases import Seen
from polygate.checkout.summary import summary_of
from polygate.checkout.words import Words
from polygate.core.methods import Method
from polygate.core.outcomes import Decline
from polygate.core.payments import Payment
from polygate.operations.context import Context


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
    return page(
        "result",
        words,
        phase=seen.phase,
        payment=seen.payment,
        why=why_declined(seen.payment, words),
        summary=await summary_of(context, seen.payment, words),
        leads_back=leads_back,
        token=token,
        languages=languages,
    )


def why_declined(payment: Payment, words: Words) -> str:
    """Why the last try was declined; empty if it was not. A wallet tells little, and nothing about banks and cards."""
    if not payment.decline:
        return ""
    if payment.method in {Method.CARD, ""}:
        return words(f"decline.{payment.decline}")
    unreachable = payment.decline == Decline.UNREACHABLE
    return words("refused.unreachable" if unreachable else "refused.by_wallet", method=words.method(payment.method))
