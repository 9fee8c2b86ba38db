"""The hosted page: choose a card, pay, see the result, go back to the shop (gateway contract, section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from polygate.checkout.card_form import NAME_MAX_LENGTH, Mistakes, brand_ranges, read_card
from polygate.checkout.pages import go, notice, page
from polygate.checkout.phases import RESULTS, Phase, Seen, look
from polygate.checkout.requests import read_form, refuse_foreign
from polygate.checkout.summary import summary_of
from polygate.checkout.words import LANGUAGES, Words, time_left, words_in
from polygate.core.cards import Brand
from polygate.core.payments import CHECKOUT_TRIES, Payment
from polygate.core.refusals import Reason, Refused
from polygate.operations.context import Context
from polygate.operations.hear_payer import give_up
from polygate.operations.take_payment import CardCharge, pay_open_payment
from polygate.protocols.contract import MerchantProtocol

LANGUAGE_COOKIE: Final = "checkout-language"
"""Remembers the page's language across 3-D Secure; it names a language and nobody."""
_BRAND_RANGES: Final = msgspec.json.encode(brand_ranges()).decode()
_NOTHING_WRONG: Final = Mistakes(messages={}, name="", code_digits=3)


class Cashier:
    def __init__(self, context: Context, protocols: Mapping[str, MerchantProtocol]) -> None:
        self._context = context
        self._protocols = protocols

    async def show(self, request: Request) -> Response:
        """The page for wherever the payer is."""
        words = words_of(request)
        seen = await self._seen(request)
        if seen is None:
            return notice(words, 404)
        payment = seen.payment
        match seen.phase:
            case Phase.FORM:
                return await self._form(request, payment, words, _NOTHING_WRONG)
            case Phase.CHALLENGE:
                return go(self._context.links.challenge(payment.merchant_id, payment.payment_id))
            case Phase.WAITING:
                summary = await summary_of(self._context, payment, words)
                return page("waiting", words, phase=seen.phase, summary=summary, again="", **_languages(request))
            case _:
                return await self._result(request, seen, words)

    async def pay(self, request: Request) -> Response:
        """Charge the card of the form, then show the page anew: a reload never pays twice."""
        refuse_foreign(request, self._context.links.base_url)
        words = words_of(request)
        form = await read_form(request)
        seen = await self._seen(request)
        if seen is None:
            return notice(words, 404)
        payment = seen.payment
        if seen.phase is Phase.FORM:
            card = read_card(form, self._context.clock())
            if isinstance(card, Mistakes):
                return await self._form(request, payment, words, card)
            charge = CardCharge(card=card, client_ip=request.client.host if request.client else "")
            try:
                await pay_open_payment(self._context, payment.merchant_id, payment.payment_id, charge)
            except Refused as refused:
                # Paid, canceled or expired a moment ago: the page shows which. Anything else is not the payer's fault.
                if refused.reason is not Reason.SESSION_CLOSED:
                    return notice(words, 503)
        answer = self._again(payment, words)
        secure = self._context.links.base_url.startswith("https:")
        answer.set_cookie(LANGUAGE_COOKIE, words.locale, path="/3ds", httponly=True, samesite="lax", secure=secure)
        return answer

    async def cancel(self, request: Request) -> Response:
        """The payer gives up; where there is nothing left to give up, the page shows what became of the order."""
        refuse_foreign(request, self._context.links.base_url)
        words = words_of(request)
        seen = await self._seen(request)
        if seen is None:
            return notice(words, 404)
        if seen.phase not in RESULTS:
            with suppress(Refused):  # It may be paid, or closed otherwise, in this very moment.
                await give_up(self._context, seen.payment.merchant_id, seen.payment.payment_id)
        return self._again(seen.payment, words)

    async def leave(self, request: Request) -> Response:
        """Back to the shop, once there is a result to bring along (gateway contract, 7.3)."""
        words = words_of(request)
        seen = await self._seen(request)
        if seen is None:
            return notice(words, 404)
        shop = self._way_back(seen.payment, words) if seen.phase in RESULTS else ""
        return go(shop, 302) if shop else self._again(seen.payment, words)

    async def _seen(self, request: Request) -> Seen | None:
        opened = self._context.links.opened_checkout(request.query_params.get("token", ""))
        return await look(self._context, *opened) if opened else None

    def _again(self, payment: Payment, words: Words) -> Response:
        return go(self._context.links.checkout(payment.merchant_id, payment.payment_id, words.locale))

    def _way_back(self, payment: Payment, words: Words) -> str:
        """The shop's address, told the language the payer reads here; empty if the order names none."""
        return self._protocols[payment.protocol].browser_return(replace(payment, language=words.tag))

    async def _form(self, request: Request, payment: Payment, words: Words, mistakes: Mistakes) -> Response:
        left_ms = payment.expires_ms - self._context.clock()
        return page(
            "card",
            words,
            status=422 if mistakes.messages else 200,
            phase=Phase.FORM,
            summary=await summary_of(self._context, payment, words),
            mistakes=mistakes,
            decline="" if mistakes.messages else payment.decline,
            tries_left=CHECKOUT_TRIES - payment.tries,
            left_ms=left_ms,
            time_left=time_left(words, left_ms),
            brands=tuple(Brand),
            brand_ranges=_BRAND_RANGES,
            name_max_length=NAME_MAX_LENGTH,
            **_languages(request),
        )

    async def _result(self, request: Request, seen: Seen, words: Words) -> Response:
        return page(
            "result",
            words,
            phase=seen.phase,
            payment=seen.payment,
            summary=await summary_of(self._context, seen.payment, words),
            leads_back=bool(self._way_back(seen.payment, words)),
            **_languages(request),
        )


def words_of(request: Request) -> Words:
    return words_in(request.path_params["locale"])


def _languages(request: Request) -> dict[str, Any]:
    """What the links on a page need: the key of its address, and the languages it can be read in."""
    return {"token": request.query_params.get("token", ""), "languages": tuple(LANGUAGES.values())}
