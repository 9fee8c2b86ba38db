"""The addresses of the console."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from polygate.console.areas import PAGES
from polygate.console.door import Door
from polygate.console.page import MERCHANT, OPERATOR, ROOT
from polygate.console.rendering import ASSETS, PRIVATE, render
from polygate.console.words import words_wanted
from polygate.operations.context import Context


def routes(context: Context, *, codes_required: bool) -> list[BaseRoute]:
    """To be mounted at the root of the origin that `context.links` names."""
    return [
        ASSETS.route(),
        Route(ROOT + "/", _without_slash, methods=["GET"]),
        Route(MERCHANT, _with_slash, methods=["GET"]),
        Route(OPERATOR, _with_slash, methods=["GET"]),
        *Door(context, PAGES, codes_required=codes_required).routes(),
    ]


def fault(request: Request) -> Response:
    """For a page that broke. The process's last word on errors asks for it, and nothing else is certain any more."""
    words = words_wanted(request.headers.get("accept-language", ""))
    return render("fault", 500, tag=words.tag, values={"words": words})


async def _without_slash(_: Request) -> Response:
    return RedirectResponse(ROOT, 303, PRIVATE)


async def _with_slash(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/", 303, PRIVATE)
