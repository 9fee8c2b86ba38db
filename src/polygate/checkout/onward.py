"""Where the browser goes from the addresses that banks, wallets and codes lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from polygate.checkout.pages import go, notice
from polygate.checkout.phases import AT_WALLET, RESULTS, Seen
from polygate.checkout.results import result_page
from polygate.checkout.waiting import Watch, waiting_page
from polygate.checkout.words import Words, words_in
from polygate.operations.context import Context
from polygate.operations.links import locale_wanted
from polygate.protocols.contract import MerchantProtocol

LANGUAGE_COOKIE: Final = "checkout-language"
"""Remembers the hosted page's language on the way through 3-D Secure or a wallet; it names a language and nobody."""
_PATHS: Final = ("/3ds", "/q")


def remember_language(answer: Response, words: Words, *, base_url: str) -> None:
    secure = base_url.startswith("https:")
    for path in _PATHS:
        answer.set_cookie(LANGUAGE_COOKIE, words.locale, path=path, httponly=True, samesite="lax", secure=secure)


def remembered_words(request: Request) -> Words:
    """The language for a payment we could not find: the one of its page, or else the first that the browser wants."""
    return words_in(request.cookies.get(LANGUAGE_COOKIE) or locale_wanted(request.headers.get("accept-language", "")))


def nowhere(request: Request, status: int) -> Response:
    """For browsers at an address that leads nowhere."""
    return notice(remembered_words(request), status, about="nowhere")


async def onward(
    request: Request, context: Context, protocols: Mapping[str, MerchantProtocol], seen: Seen, watch: Watch
) -> Response:
    """On to the hosted page or the shop; without either, a page of our own that waits or shows the result."""
    payment = seen.payment
    ids = payment.merchant_id, payment.payment_id
    if payment.is_checkout:
        words = words_in(request.cookies.get(LANGUAGE_COOKIE) or payment.language)
        return go(context.links.checkout(*ids, words.locale))
    if seen.phase in AT_WALLET:
        return go(context.links.wallet_page(*ids))
    words = words_in(payment.language)
    if seen.phase not in RESULTS:
        return await waiting_page(context, seen, words, watch)
    shop = await protocols[payment.protocol].browser_return(context, payment)
    return go(shop, 302) if shop else await result_page(context, seen, words)
