"""The issuer's authentication page: a challenge with three buttons, or a check that passes unseen.

It works without scripts. Only the key in its address opens it, so it sends no referrer and is never cached or framed.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from polygate.connectors.sandbox.acquirer import SandboxAcquirer
from polygate.connectors.sandbox.book import Choice, Entry, State
from polygate.connectors.sandbox.replies import PAGES, is_challenged
from polygate.connectors.sandbox.words import LANGUAGES, Words, words_for
from polygate.core.money import Money, plain

FormTargets = Callable[[Entry], Awaitable[tuple[str, ...]]]
"""The origins (`https://shop.example`) that the browser is sent on to after the return URL: Chromium holds redirects
after a form to the policy of the page with the form."""

_ORIGIN: Final = re.compile(r"https?://[^\s/?#;,'\"]+")
_INT64_MAX: Final = 2**63 - 1
_STYLE: Final = files(__package__).joinpath("static", "style.css").read_bytes()
_TEMPLATES: Final = Environment(
    loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


async def _nowhere_else(_: Entry) -> tuple[str, ...]:
    return ()


def routes(acquirer: SandboxAcquirer, *, form_targets: FormTargets = _nowhere_else) -> list[Route]:
    """Routes to be mounted at the root of the origin that charges' return URLs are on."""
    pages = _Pages(acquirer, form_targets)
    return [
        Route(f"{PAGES}/style.css", _style, methods=["GET"]),
        Route(f"{PAGES}/{{merchant:int}}/{{attempt:int}}", pages.show, methods=["GET"]),
        Route(f"{PAGES}/{{merchant:int}}/{{attempt:int}}", pages.choose, methods=["POST"]),
    ]


class _Pages:
    def __init__(self, acquirer: SandboxAcquirer, form_targets: FormTargets) -> None:
        self._acquirer = acquirer
        self._form_targets = form_targets

    async def show(self, request: Request) -> Response:
        """The challenge; without one, or after the first choice, straight back."""
        entry = await self._entry(request)
        if entry is None:
            return _lost(request)
        if entry.state == State.AWAITING and not entry.payer_choice:
            if is_challenged(entry):
                return _challenge(request, entry, await self._form_targets(entry))
            await self._acquirer.choose(entry.merchant_id, entry.attempt_id, entry.key, Choice.PASS)
        return _back(entry)

    async def choose(self, request: Request) -> Response:
        """Record the button that was pressed and send the browser back; for any other form, show the page again."""
        async with request.form(max_files=0, max_fields=4) as form:
            pressed = form.get("choice")
        if pressed not in tuple(Choice):
            return await self.show(request)
        entry = await self._entry(request)
        if entry is None:
            return _lost(request)
        await self._acquirer.choose(entry.merchant_id, entry.attempt_id, entry.key, Choice(str(pressed)))
        return _back(entry)

    async def _entry(self, request: Request) -> Entry | None:
        merchant, attempt = request.path_params["merchant"], request.path_params["attempt"]
        if max(merchant, attempt) > _INT64_MAX:
            return None
        return await self._acquirer.look(merchant, attempt, request.query_params.get("key", ""))


def _challenge(request: Request, entry: Entry, targets: tuple[str, ...]) -> Response:
    words = _words(request)
    amount = Decimal(plain(Money(entry.amount_minor, entry.currency)))
    html = _TEMPLATES.get_template("challenge.html").render(
        words=words,
        choices=((Choice.PASS, words.passes), (Choice.FAIL, words.fails), (Choice.CANCEL, words.cancels)),
        languages=[(other, _address(request, other)) for other in LANGUAGES],
        amount=f"{entry.currency} {amount:,}",
        last_four=entry.masked[-4:],
        date=datetime.fromtimestamp(entry.created_ms / 1000, UTC).date().isoformat(),
    )
    return HTMLResponse(html, headers=_headers(words, targets))


def _lost(request: Request) -> Response:
    words = _words(request)
    html = _TEMPLATES.get_template("lost.html").render(
        words=words, languages=[(other, _address(request, other)) for other in LANGUAGES]
    )
    return HTMLResponse(html, 404, _headers(words, ()))


def _back(entry: Entry) -> Response:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(entry.return_url, status_code=303, headers=headers)


async def _style(_: Request) -> Response:
    return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def _headers(words: Words, targets: tuple[str, ...]) -> dict[str, str]:
    form_action = " ".join(["'self'", *(target for target in targets if _ORIGIN.fullmatch(target))])
    return {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {form_action}",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Language": words.language,
        "Vary": "Accept-Language",
    }


def _words(request: Request) -> Words:
    return words_for(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))


def _address(request: Request, words: Words) -> str:
    """This page in another language."""
    return "?" + urlencode({"key": request.query_params.get("key", ""), "lang": words.language})
