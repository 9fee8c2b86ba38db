"""The addresses of the payer's pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from polygate.checkout.cashier import Cashier, words_of
from polygate.checkout.live import Live
from polygate.checkout.onward import remembered_words
from polygate.checkout.pages import ASSETS, notice
from polygate.checkout.three_ds import ThreeDs
from polygate.checkout.wallets import Wallets
from polygate.checkout.words import Words
from polygate.operations.context import Context
from polygate.pages.forms import Unfit
from polygate.protocols.contract import MerchantProtocol
from polygate.store.contract import Busy, Unavailable

_Endpoint = Callable[[Request], Awaitable[Response]]


def routes(context: Context, protocols: Mapping[str, MerchantProtocol]) -> list[BaseRoute]:
    """To be mounted at the root of the origin that `context.links` names."""
    live = Live(context)
    hosted = Cashier(context, protocols, live)
    three_ds = ThreeDs(context, protocols)
    wallets = Wallets(context, protocols, live)

    def hosted_page(path: str, endpoint: _Endpoint, method: str) -> BaseRoute:
        return Route(f"/h5/{{locale}}/{path}", _kept(endpoint, words_of), methods=[method])

    def on_the_way(path: str, endpoint: _Endpoint, *methods: str) -> BaseRoute:
        return Route(path, _kept(endpoint, remembered_words), methods=list(methods))

    return [
        hosted_page("cashier.html", hosted.show, "GET"),
        hosted_page("cashier.html", hosted.pay, "POST"),
        hosted_page("choose", hosted.choose_again, "POST"),
        hosted_page("cancel", hosted.cancel, "POST"),
        hosted_page("return", hosted.leave, "GET"),
        hosted_page("events", hosted.events, "GET"),
        hosted_page("{rest:path}", _lost, "GET"),
        on_the_way("/3ds/challenge/{payment_id}", three_ds.challenge, "GET"),
        on_the_way("/3ds/return/{payment_id}", three_ds.returned, "GET", "POST"),
        on_the_way("/3ds/ddc", three_ds.device_data, "POST"),
        on_the_way("/q/{token}", wallets.open, "GET"),
        on_the_way("/q/{token}/return", wallets.returned, "GET", "POST"),
        on_the_way("/q/{token}/page", wallets.page, "GET"),
        on_the_way("/q/{token}/paid", wallets.paid, "POST"),
        on_the_way("/q/{token}/events", wallets.events, "GET"),
        ASSETS.route(),
    ]


async def _lost(request: Request) -> Response:
    """For a hosted page's address that lost a part on the way."""
    return notice(words_of(request), 404)


def _kept(endpoint: _Endpoint, words_of: Callable[[Request], Words]) -> _Endpoint:
    """The endpoint, with a page of words for what no page of ours asks and for a store that cannot answer."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Unfit as unfit:
            status = unfit.status
        except (Busy, Unavailable):
            status = 503
        # Every hosted page of an order is beside its card page, and that one always knows how the order stands.
        again = f"cashier.html?{request.url.query}" if "locale" in request.path_params else ""
        return notice(words_of(request), status, again=again)

    return answer
