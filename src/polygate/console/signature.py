"""Developers → Signature tool: paste a message, and learn which check it does not pass.

Of what is computed only the beginning is shown: whoever can use this page need not be able to sign.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.responses import Response

from polygate.console.checks import channel, gateway, merchant, signed
from polygate.console.checks.found import Pasted, Report, read_headers
from polygate.console.page import MERCHANT, Page
from polygate.console.visit import Visit
from polygate.core.access import Permission

TOOL: Final = f"{MERCHANT}/developers/signature"
CHECKS: Final[Mapping[str, Callable[[Visit, Pasted], Awaitable[Report]]]] = {
    "gateway": gateway.check,
    "merchant": merchant.check,
    "signed": signed.check,
    "channel": channel.check,
}
_METHODS: Final = ("POST", "GET")
_TEXT_MAX_LENGTH: Final = 32 * 1024


async def show(visit: Visit) -> Response:
    return _tool(visit, None, {})


async def look(visit: Visit) -> Response:
    """Nothing of what was pasted is kept."""
    check = CHECKS.get(visit.form("protocol"))
    faults = {}
    if check is None:
        faults["protocol"] = visit.words("signature.choose")
    faults |= {
        name: visit.words("signature.too_long")
        for name in ("url", "headers", "body")
        if len(visit.form(name)) > _TEXT_MAX_LENGTH
    }
    if faults or check is None:
        return _tool(visit, None, faults)
    pasted = Pasted(
        method=visit.form("method").upper() or "POST",
        url=visit.form("url"),
        headers=read_headers(visit.form("headers")),
        # A form sends its line breaks in a way of its own.
        body=visit.form("body").replace("\r\n", "\n"),
    )
    return _tool(visit, await check(visit, pasted), {})


def _tool(visit: Visit, report: Report | None, faults: dict[str, str]) -> Response:
    said = {name: visit.form(name) for name in ("protocol", "method", "url", "headers", "body")}
    return visit.show(
        "developers/signature",
        422 if faults else 200,
        said=said,
        apis=tuple(CHECKS),
        methods=_METHODS,
        report=report,
        faults=faults,
    )


PAGES: Final = (
    Page("GET", TOOL, show, Permission.VIEW_INTEGRATION),
    Page("POST", TOOL, look, Permission.VIEW_INTEGRATION),
)
