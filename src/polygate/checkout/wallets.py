"""Wallets in the payer's browser: what codes to scan say, and the way back (gateway contract, sections 7 and 8)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from polygate.checkout.live import Live
from polygate.checkout.onward import onward, remembered_words
from polygate.checkout.pages import go, notice
from polygate.checkout.phases import AT_WALLET, Phase, Seen, look
from polygate.checkout.waiting import Watch, bank_page, wallet_page
from polygate.checkout.ways import is_telephone
from polygate.checkout.words import words_in
from polygate.core.methods import SETTLED_AT_ONCE
from polygate.operations.context import Context
from polygate.operations.hear_payer import hear_payer_paid, hear_wallet_return
from polygate.pages.forms import refuse_foreign
from polygate.protocols.contract import MerchantProtocol


class Wallets:
    def __init__(self, context: Context, protocols: Mapping[str, MerchantProtocol], live: Live) -> None:
        self._context = context
        self._protocols = protocols
        self._live = live

    async def open(self, request: Request) -> Response:
        """On to the wallet's page; once that is behind the payer, on to whatever came of it."""
        seen = await self._seen(request)
        if seen is None:
            return notice(remembered_words(request), 404)
        if seen.phase in AT_WALLET and seen.charge:
            return go(seen.charge.payer_url)
        return await self._onward(request, seen)

    async def returned(self, request: Request) -> Response:
        """Back from the wallet's page, with whatever it posts along: the acquirer is asked, not the browser."""
        seen = await self._seen(request)
        if seen is None:
            return notice(remembered_words(request), 404)
        # Also where the order expired meanwhile: the payer may have paid just in time.
        if seen.charge and seen.charge.is_paid_elsewhere and seen.charge.may_be_answered:
            ids = seen.payment.merchant_id, seen.payment.payment_id
            await hear_wallet_return(self._context, *ids)
            seen = await look(self._context, *ids) or seen
        return await self._onward(request, seen)

    async def page(self, request: Request) -> Response:
        """The page that waits for a payment taken by API; it draws the code for merchants who cannot."""
        seen = await self._seen(request)
        if seen is None:
            return notice(remembered_words(request), 404)
        if seen.phase in AT_WALLET and not seen.payment.is_checkout:
            shown = bank_page if seen.payment.method in SETTLED_AT_ONCE else wallet_page
            words, watch = words_in(seen.payment.language), _watch(request)
            return await shown(self._context, seen, words, watch, in_hand=is_telephone(request))
        return await self._onward(request, seen)

    async def paid(self, request: Request) -> Response:
        """The payer says to have paid, which the acquirer is asked about."""
        refuse_foreign(request, self._context.links.base_url)
        seen = await self._seen(request)
        if seen is None:
            return notice(remembered_words(request), 404)
        ids = seen.payment.merchant_id, seen.payment.payment_id
        if seen.phase in AT_WALLET:
            await hear_payer_paid(self._context, *ids)
        return go(self._context.links.wallet_page(*ids))

    async def events(self, request: Request) -> Response:
        seen = await self._seen(request)
        return notice(remembered_words(request), 404) if seen is None else self._live.follow(request, seen)

    async def _onward(self, request: Request, seen: Seen) -> Response:
        ids = seen.payment.merchant_id, seen.payment.payment_id
        if seen.phase is Phase.CHALLENGE:
            return go(self._context.links.challenge(*ids))
        return await onward(request, self._context, self._protocols, seen, _watch(request))

    async def _seen(self, request: Request) -> Seen | None:
        opened = self._context.links.opened_wallet(request.path_params["token"])
        return await look(self._context, *opened) if opened else None


def _watch(request: Request) -> Watch:
    place = f"/q/{request.path_params['token']}"
    return Watch(again=f"{place}/page", events=f"{place}/events")
