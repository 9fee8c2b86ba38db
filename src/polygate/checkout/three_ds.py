"""3-D Secure in the payer's browser: to the issuer's page, back from it, and on (gateway contract, 6.2)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from polygate.checkout.onward import onward, remembered_words
from polygate.checkout.pages import go, notice, page
from polygate.checkout.phases import Phase, Seen, look
from polygate.checkout.waiting import Watch
from polygate.checkout.words import words_in
from polygate.core.ids import MerchantId, PaymentId
from polygate.operations.context import Context
from polygate.operations.device_data import read_device_data_token
from polygate.operations.hear_payer import complete_authentication
from polygate.pages.forms import read_form
from polygate.protocols.contract import MerchantProtocol


class ThreeDs:
    def __init__(self, context: Context, protocols: Mapping[str, MerchantProtocol]) -> None:
        self._context = context
        self._protocols = protocols

    async def challenge(self, request: Request) -> Response:
        """On to the issuer's page; once that is behind the payer, on to whatever came of it."""
        seen = await self._seen(request)
        if seen is None:
            return notice(remembered_words(request), 404)
        if seen.phase is Phase.CHALLENGE and seen.charge:
            return go(seen.charge.payer_url)
        return await self._onward(request, seen)

    async def returned(self, request: Request) -> Response:
        """Back from the issuer's page, with whatever it posts along: the acquirer is asked, not the browser."""
        opened = self._opened(request)
        seen = await look(self._context, *opened) if opened else None
        if opened is None or seen is None:
            return notice(remembered_words(request), 404)
        if seen.phase is Phase.CHALLENGE:
            await complete_authentication(self._context, *opened)
            seen = await look(self._context, *opened) or seen
        return await self._onward(request, seen)

    async def device_data(self, request: Request) -> Response:
        """The page in the hidden frame that tells its parent when it is done. It never changes the order."""
        form = await read_form(request)
        payment_id = read_device_data_token(self._context.vault, form.get("JWT", ""), self._context.clock())
        status = 400 if payment_id is None else 200
        return page("device_data", words_in(""), status=status, framed=True, done=payment_id is not None)

    async def _onward(self, request: Request, seen: Seen) -> Response:
        challenge = self._context.links.challenge(seen.payment.merchant_id, seen.payment.payment_id)
        return await onward(request, self._context, self._protocols, seen, Watch(again=challenge))

    async def _seen(self, request: Request) -> Seen | None:
        opened = self._opened(request)
        return await look(self._context, *opened) if opened else None

    def _opened(self, request: Request) -> tuple[MerchantId, PaymentId] | None:
        """What the key in the address opens, if it is the payment that the path names."""
        opened = self._context.links.opened_challenge(request.query_params.get("t", ""))
        return opened if opened and str(opened[1]) == request.path_params["payment_id"] else None
