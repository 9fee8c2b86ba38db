"""The addresses of the payer's pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from polygate.checkout import assets, cashier, three_ds
from polygate.checkout.pages import notice
from polygate.checkout.requests import Unfit
from polygate.checkout.words import Words
from polygate.operations.context import Context
from polygate.protocols.contract import MerchantProtocol
from polygate.store.contract import Busy, Unavailable

_Endpoint = Callable[[Request], Awaitable[Response]]


def routes(context: Context, protocols: Mapping[str, MerchantProtocol]) -> list[BaseRoute]:
    """To be mounted at the root of the origin that `context.links` names."""
    hosted, payer = cashier.Cashier(context, protocols), three_ds.ThreeDs(context, protocols)

    def hosted_page(path: str, endpoint: _Endpoint, method: str) -> BaseRoute:
        return Route(f"/h5/{{locale}}/{path}", _kept(endpoint, cashier.words_of), methods=[method])

    def on_the_way(path: str, endpoint: _Endpoint, *methods: str) -> BaseRoute:
        return Route(f"/3ds/{path}", _kept(endpoint, three_ds.words_of), methods=list(methods))

    return [
        hosted_page("cashier.html", hosted.show, "GET"),
        hosted_page("cashier.html", hosted.pay, "POST"),
        hosted_page("cancel", hosted.cancel, "POST"),
        hosted_page("return", hosted.leave, "GET"),
        on_the_way("challenge/{payment_id}", payer.challenge, "GET"),
        on_the_way("return/{payment_id}", payer.returned, "GET", "POST"),
        on_the_way("ddc", payer.device_data, "POST"),
        Route("/checkout/static/{name}", assets.serve, methods=["GET"]),
    ]


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
