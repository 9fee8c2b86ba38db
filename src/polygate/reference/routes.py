"""The addresses of the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final

from msgspec.json import encode
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from polygate.connectors.contract import Trials
from polygate.protocols.contract import ApiReference, MerchantProtocol
from polygate.reference.pages import ASSETS, api_page, index_page, trials_page

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # The same for everybody, and new with every release.
    "Cache-Control": "no-cache",
}


def routes(
    protocols: Mapping[str, MerchantProtocol], *, base_url: str, trials: Sequence[Trials]
) -> Sequence[BaseRoute]:
    """To be mounted at the root. `base_url` is how clients reach this server, without a slash at the end."""

    @cache
    def apis() -> Mapping[str, ApiReference]:
        return {name: protocol.reference(base_url) for name, protocol in protocols.items()}

    def of_one(name: str) -> Sequence[BaseRoute]:
        return (
            _fixed(f"/docs/{name}", "text/html", lambda: api_page(name, apis()).encode()),
            _fixed(f"/docs/{name}/openapi.json", "application/json", lambda: encode(apis()[name].document)),
        )

    return [
        Route("/", _front_door, methods=["GET"]),
        _fixed("/docs", "text/html", lambda: index_page(apis()).encode()),
        *(route for name in protocols for route in of_one(name)),
        _fixed("/docs/test-cards", "text/html", lambda: trials_page(trials, apis()).encode()),
        ASSETS.route(),
    ]


async def _front_door(_: Request) -> Response:
    """Whoever opens the server's bare address finds what there is to know about it."""
    return RedirectResponse("/docs", headers={"Cache-Control": "no-cache"})


def _fixed(path: str, media_type: str, write: Callable[[], bytes]) -> BaseRoute:
    """A page that is written when it is first asked for, and kept."""
    content = cache(write)

    async def answer(_: Request) -> Response:
        return Response(content(), media_type=media_type, headers=_HEADERS)

    return Route(path, answer, methods=["GET"])
