"""The hosted page: choose how to pay, pay, see the result, go back to the shop (gateway contract, section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from polygate.checkout.card_form import NAME_MAX_LENGTH, Mistakes, brand_ranges
from polygate.checkout.live import Live
from polygate.checkout.onward import remember_language
from polygate.checkout.pages import go, notice, page
from polygate.checkout.phases import RESULTS, Phase, Seen, look
from polygate.checkout.results import result_page, why_declined
from polygate.checkout.summary import hosted_order, summary_of
from polygate.checkout.waiting import Watch, challenge_page, waiting_page, wallet_page
from polygate.checkout.ways import how_to_pay, is_telephone, product_for, ways_for
from polygate.checkout.words import LANGUAGES, Words, time_left, words_in
from polygate.core.cards import Brand
from polygate.core.methods import Method, Product
from polygate.core.payments import Payment
from polygate.core.refusals import Reason, Refused
from polygate.operations.charging import CardCharge, How, WalletCharge
from polygate.operations.context import Context
from polygate.operations.hear_payer import give_up, leave_method
from polygate.operations.take_payment import pay_open_payment
from polygate.pages.forms import read_form, refuse_foreign
from polygate.protocols.contract import MerchantProtocol

_BRAND_RANGES: Final = msgspec.json.encode(brand_ranges()).decode()
_NOTHING_WRONG: Final = Mistakes(messages={}, name="", code_digits=3)
_FORWARD: Final = "forward"
"""Marks the address under which the page sends the browser on to a wallet's page, just after that was chosen."""


class Cashier:
    def __init__(self, context: Context, protocols: Mapping[str, MerchantProtocol], live: Live) -> None:
        self._context = context
        self._protocols = protocols
        self._live = live

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
                # Whoever sees this came back from the bank, or opened the page once more.
                answer = await challenge_page(self._context, seen, words, _watch(request), **_links(request))
                remember_language(answer, words, base_url=self._context.links.base_url)
                return answer
            case Phase.SCAN | Phase.OPEN:
                answer = await wallet_page(
                    self._context,
                    seen,
                    words,
                    _watch(request),
                    forward=_FORWARD in request.query_params,
                    in_hand=is_telephone(request),
                    may_choose=len(await ways_for(self._context, payment)) > 1,
                    **_links(request),
                )
                remember_language(answer, words, base_url=self._context.links.base_url)
                return answer
            case Phase.WAITING:
                return await waiting_page(self._context, seen, words, _watch(request), **_links(request))
            case _:
                leads_back = bool(payment.front_url)
                return await result_page(self._context, seen, words, leads_back=leads_back, **_links(request))

    async def pay(self, request: Request) -> Response:
        """Charge what the form says, then show the page anew: a reload never pays twice."""
        refuse_foreign(request, self._context.links.base_url)
        words = words_of(request)
        form = await read_form(request)
        seen = await self._seen(request)
        if seen is None:
            return notice(words, 404)
        payment = seen.payment
        how: How | Mistakes | None = None
        if seen.phase is Phase.FORM:
            how = await how_to_pay(self._context, request, payment, form)
            if how is None:
                return await self._form(request, payment, words, _NOTHING_WRONG, is_gone=True)
        if isinstance(how, Mistakes):
            return await self._form(request, payment, words, how)
        if how is not None:
            try:
                await pay_open_payment(self._context, payment.merchant_id, payment.payment_id, how)
            except Refused as refused:
                # Paid, canceled or expired a moment ago: the page shows which. Anything else is not the payer's fault.
                if refused.reason is not Reason.SESSION_CLOSED:
                    return notice(words, 503)
        answer = await self._on_with(request, payment, words, how)
        remember_language(answer, words, base_url=self._context.links.base_url)
        return answer

    async def choose_again(self, request: Request) -> Response:
        """The payer leaves a wallet or the bank. Where that is too late, the page shows what became of the order."""
        refuse_foreign(request, self._context.links.base_url)
        words = words_of(request)
        seen = await self._seen(request)
        if seen is None:
            return notice(words, 404)
        with suppress(Refused):
            await leave_method(self._context, seen.payment.merchant_id, seen.payment.payment_id)
        return self._again(seen.payment, words)

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
        shop = await self._way_back(seen.payment, words) if seen.phase in RESULTS else ""
        return go(shop, 302) if shop else self._again(seen.payment, words)

    async def events(self, request: Request) -> Response:
        seen = await self._seen(request)
        return notice(words_of(request), 404) if seen is None else self._live.follow(request, seen)

    async def _seen(self, request: Request) -> Seen | None:
        opened = self._context.links.opened_checkout(request.query_params.get("token", ""))
        return await look(self._context, *opened) if opened else None

    async def _on_with(self, request: Request, payment: Payment, words: Words, how: How | None) -> Response:
        """To the bank or the wallet that was chosen, without a stop here; otherwise the page as it is now."""
        if isinstance(how, CardCharge):
            seen = await self._seen(request)
            if seen is not None and seen.phase is Phase.CHALLENGE:
                return go(self._context.links.challenge(payment.merchant_id, payment.payment_id))
        return self._again(payment, words, forward=isinstance(how, WalletCharge) and how.product is Product.H5)

    def _again(self, payment: Payment, words: Words, *, forward: bool = False) -> Response:
        link = self._context.links.checkout(payment.merchant_id, payment.payment_id, words.locale)
        return go(f"{link}&{_FORWARD}=1" if forward else link)

    async def _way_back(self, payment: Payment, words: Words) -> str:
        """The shop's address, told the language the payer reads here; empty if the order names none."""
        protocol = self._protocols[payment.protocol]
        return await protocol.browser_return(self._context, replace(payment, language=words.tag))

    async def _form(
        self, request: Request, payment: Payment, words: Words, mistakes: Mistakes, *, is_gone: bool = False
    ) -> Response:
        """`is_gone` is whether the payer chose a way that is not offered, or not any more."""
        ways = await ways_for(self._context, payment)
        order = await hosted_order(self._context, payment)
        in_hand = is_telephone(request)
        left_ms = payment.expires_ms - self._context.clock()
        return page(
            "pay",
            words,
            status=422 if mistakes.messages else 409 if is_gone else 200,
            phase=Phase.FORM,
            summary=await summary_of(self._context, payment, words),
            ways=ways,
            products={way: product_for(way, in_hand=in_hand) for way in ways if way is not Method.CARD},
            chosen=_chosen(ways, payment, mistakes),
            mistakes=mistakes,
            is_gone=is_gone,
            why="" if mistakes.messages else why_declined(payment, words),
            tries_left=payment.tries_most - payment.tries,
            left_ms=left_ms,
            time_left=time_left(words, left_ms),
            brands=tuple(Brand),
            brand_ranges=_BRAND_RANGES,
            any_digits=order.takes_any_digits,
            name_max_length=NAME_MAX_LENGTH,
            **_links(request),
        )


def words_of(request: Request) -> Words:
    return words_in(request.path_params["locale"])


def _chosen(ways: tuple[Method, ...], payment: Payment, mistakes: Mistakes) -> Method | None:
    """What the page opens with: what the payer chose before, or else the first way there is."""
    before = Method.CARD if mistakes.messages else payment.method
    return next((way for way in ways if way == before), ways[0] if ways else None)


def _watch(request: Request) -> Watch:
    """News leads to this very address, unless that one would send the browser on once more."""
    token = request.query_params.get("token", "")
    again = f"cashier.html?token={token}" if _FORWARD in request.query_params else ""
    return Watch(again=again, events=f"events?token={token}")


def _links(request: Request) -> dict[str, Any]:
    """What the links on a page need: the key of its address, and the languages it can be read in."""
    return {"token": request.query_params.get("token", ""), "languages": tuple(LANGUAGES.values())}
