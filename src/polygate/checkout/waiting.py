"""Pages that wait: for the payer to pay in a wallet or confirm at the bank, or for an acquirer to answer. They switch
when there is news."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from polygate.checkout.pages import page
from polygate.checkout.phases import Phase, Seen
from polygate.checkout.summary import hosted_order, summary_of
from polygate.checkout.words import Words, time_left
from polygate.core import upi
from polygate.core.methods import Method
from polygate.operations.context import Context
from polygate.pages.qr import code_svg


class Watch(msgspec.Struct, frozen=True):
    """Where a waiting page goes when there is news (by default it is loaded anew), and the stream that tells it."""

    again: str = ""
    events: str = ""


async def waiting_page(
    context: Context, seen: Seen, words: Words, watch: Watch, *, token: str = "", languages: Sequence[Words] = ()
) -> Response:
    """The acquirer has not answered yet: there is nothing for the payer to do."""
    return page(
        "waiting",
        words,
        phase=seen.phase,
        watch=watch,
        by_card=seen.payment.method == Method.CARD,
        summary=await summary_of(context, seen.payment, words),
        token=token,
        languages=languages,
    )


async def challenge_page(
    context: Context, seen: Seen, words: Words, watch: Watch, *, token: str, languages: Sequence[Words]
) -> Response:
    """The payer has left the page of the card's bank, or opened the order's once more: on to the bank, or not."""
    here = context.links.challenge(seen.payment.merchant_id, seen.payment.payment_id)
    return await _in_app(context, "challenge", seen, words, watch, here=here, token=token, languages=languages)


async def bank_page(context: Context, seen: Seen, words: Words, watch: Watch, *, in_hand: bool) -> Response:
    """The payer has to pay from account to account: a UPI code and links to apps, a Pix code to scan or to paste, or a
    request that waits in the payer's own app.

    `in_hand` is for a telephone, where the apps are and which cannot scan itself.
    """
    payment, charge = seen.payment, seen.charge
    assert charge is not None
    code = charge.payer_code
    own: dict[str, Any]
    if code.startswith(upi.SCHEME):
        template, own = "upi", {"link": code, "apps": upi.app_links(code), "payee": upi.payee_in(code)}
    elif code:
        template, own = "pix", {"text": code}
    else:
        template, own = "collect", {"address": (await hosted_order(context, payment)).payer_address}
    here = context.links.wallet(payment.merchant_id, payment.payment_id)
    return await _in_app(
        context,
        template,
        seen,
        words,
        watch,
        here=here,
        app=words(f"app.{payment.method}"),
        code=code_svg(code) if code else "",
        has_page=bool(charge.payer_url),
        in_hand=in_hand,
        **own,
    )


async def wallet_page(
    context: Context,
    seen: Seen,
    words: Words,
    watch: Watch,
    *,
    forward: bool = False,
    in_hand: bool = False,
    may_choose: bool = False,
    token: str = "",
    languages: Sequence[Words] = (),
) -> Response:
    """The payer has to pay in a wallet: a code to scan, or a link to its page. `forward` sends the browser there.

    `in_hand` is for a telephone, which cannot scan what it shows itself.
    """
    payment, charge = seen.payment, seen.charge
    assert charge is not None
    here = context.links.wallet(payment.merchant_id, payment.payment_id)
    return await _in_app(
        context,
        "wallet",
        seen,
        words,
        watch,
        here=here,
        app=words(f"app.{payment.method}"),
        code=code_svg(charge.payer_code or here) if seen.phase is Phase.SCAN else "",
        has_page=bool(charge.payer_url),
        in_hand=in_hand,
        forward=forward and seen.phase is Phase.OPEN,
        may_choose=may_choose,
        token=token,
        languages=languages,
    )


async def _in_app(
    context: Context, template: str, seen: Seen, words: Words, watch: Watch, *, here: str, **own: Any
) -> Response:
    """While the payer acts elsewhere, at the address `here`: with the order beside it, and the time that is left."""
    payment = seen.payment
    left_ms = max(payment.expires_ms - context.clock(), 0)
    return page(
        template,
        words,
        phase=seen.phase,
        payment=payment,
        method=words.method(payment.method),
        here=here,
        watch=watch,
        summary=await summary_of(context, payment, words),
        left_ms=left_ms,
        time_left=time_left(words, left_ms),
        **own,
    )
