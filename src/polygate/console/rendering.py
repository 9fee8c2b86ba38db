"""Writing the pages: templates, and the headers that keep them to themselves."""

from __future__ import annotations

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from polygate.pages.assets import Assets

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PRIVATE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""On every answer of the console."""

ASSETS: Final = Assets(__package__, "/console/static")
TEMPLATES: Final = Environment(
    loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
TEMPLATES.globals["asset"] = ASSETS.address


def render(template: str, status: int, *, tag: str, values: dict[str, Any]) -> Response:
    html = TEMPLATES.get_template(f"{template}.html").render(values)
    headers = PRIVATE | {"Content-Language": tag}
    if status == 503:
        headers["Retry-After"] = "2"
    return HTMLResponse(html, status, headers)
