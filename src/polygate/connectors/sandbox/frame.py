"""What all of the sandbox's pages for payers share: language, look, and what a browser may do on them.

They work without scripts. Only the key in its address opens a page about a payment, so it sends no referrer and is
never cached or framed.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from polygate.connectors.sandbox.acquirer import SandboxAcquirer
from polygate.connectors.sandbox.book import Entry
from polygate.connectors.sandbox.wallet_words import WalletWords
from polygate.connectors.sandbox.words import LANGUAGES, Words, words_for
from polygate.core.money import Money, plain

FormTargets = Callable[[Entry], Awaitable[tuple[str, ...]]]
"""The origins (`https://shop.example`) that the browser is sent on to after the return URL: Chromium holds redirects
after a form to the policy of the page with the form."""

STYLE_PATH: Final = "/sandbox/style.css"
ICON_PATH: Final = "/sandbox/icon.svg"

_ORIGIN: Final = re.compile(r"https?://[^\s/?#;,'\"]+")
_INT64_MAX: Final = 2**63 - 1
_STATIC: Final = files(__package__).joinpath("static")
_STYLE: Final = _STATIC.joinpath("style.css").read_bytes()
_ICON: Final = _STATIC.joinpath("icon.svg").read_bytes()
_KEPT: Final = {"Cache-Control": "max-age=3600"}
_TEMPLATES: Final = Environment(
    loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.globals |= {"style": STYLE_PATH, "icon": ICON_PATH}


async def entry_at(request: Request, acquirer: SandboxAcquirer) -> Entry | None:
    """The entry that a page's address names and has the key of."""
    merchant, attempt = request.path_params["merchant"], request.path_params["attempt"]
    if max(merchant, attempt) > _INT64_MAX:
        return None
    return await acquirer.look(merchant, attempt, request.query_params.get("key", ""))


def page(
    request: Request,
    template: str,
    *,
    content: Mapping[str, Any] | None = None,
    targets: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    """A page from its template, in the language the payer wants; forms on it lead home and to the `targets`."""
    words = words_of(request)
    languages = [(other, _address(request, other)) for other in LANGUAGES]
    html = _TEMPLATES.get_template(template).render(content or {}, words=words, languages=languages)
    form_action = " ".join(["'self'", *(target for target in targets if _ORIGIN.fullmatch(target))])
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {form_action}",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Language": words.language,
        "Vary": "Accept-Language",
    }
    return HTMLResponse(html, status, headers)


def lost(request: Request, *, said: WalletWords | None = None) -> Response:
    """For an address that opens nothing; with the wallets' words, one of theirs."""
    return page(request, "lost.html", status=404, content={"said": said})


def away(url: str) -> Response:
    """The browser goes on, and takes no key along."""
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(url, status_code=303, headers=headers)


def amount_of(entry: Entry) -> str:
    return f"{entry.currency} {Decimal(plain(Money(entry.amount_minor, entry.currency))):,}"


def words_of(request: Request) -> Words:
    return words_for(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))


async def style(_: Request) -> Response:
    return Response(_STYLE, media_type="text/css", headers=_KEPT)


async def icon(_: Request) -> Response:
    return Response(_ICON, media_type="image/svg+xml", headers=_KEPT)


def _address(request: Request, words: Words) -> str:
    """This page in another language."""
    key = request.query_params.get("key", "")
    return "?" + urlencode({**({"key": key} if key else {}), "lang": words.language})
