"""Writing the pages: templates, and the headers that keep them to themselves."""

from __future__ import annotations

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from polygate.checkout.words import IN_DAYS_FROM_HOURS, Words
from polygate.pages.assets import Assets

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_FRAMED_POLICY: Final = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
PRIVATE: Final = {
    # The address of each page holds the key to its payment: it is neither kept nor told to anybody.
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), usb=()",
}
PHASE_HEADER: Final = "Checkout-Phase"
"""Tells the script of the waiting page whether there is something new to see."""

_TEMPLATES: Final = Environment(
    loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
ASSETS: Final = Assets(__package__, "/checkout/static")
_TEMPLATES.globals["asset"] = ASSETS.address
_TEMPLATES.globals["in_days_from_hours"] = IN_DAYS_FROM_HOURS


def page(
    template: str, words: Words, *, status: int = 200, phase: str = "", framed: bool = False, **values: Any
) -> Response:
    """An HTML page. `framed` is for the one page that other sites may put into a frame."""
    html = _TEMPLATES.get_template(f"{template}.html").render(words=words, phase=phase, **values)
    headers = {
        "Content-Security-Policy": _FRAMED_POLICY if framed else _POLICY,
        "Content-Language": words.tag,
        **PRIVATE,
    }
    if phase:
        headers[PHASE_HEADER] = phase
    if status == 503:
        headers["Retry-After"] = "2"
    return HTMLResponse(html, status, headers)


def notice(words: Words, status: int, *, about: str = "", again: str = "") -> Response:
    """A page that says why there is nothing to see, in the words for `about` or else those for the status.

    `again` is where to try next.
    """
    return page("notice", words, status=status, about=about or status, again=again)


def go(url: str, status: int = 303) -> Response:
    """Send the browser on. 303 makes it ask with GET, so that a reload never posts a form again."""
    return RedirectResponse(url, status, PRIVATE)
