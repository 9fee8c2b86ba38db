"""All pages on which payers act in the sandbox."""

from __future__ import annotations

from starlette.routing import Route

from polygate.connectors.sandbox.acquirer import SandboxAcquirer
from polygate.connectors.sandbox.acs_pages import AcsPages
from polygate.connectors.sandbox.book import Entry
from polygate.connectors.sandbox.frame import ICON_PATH, STYLE_PATH, FormTargets, icon, style
from polygate.connectors.sandbox.wallet_pages import WalletPages


async def _nowhere_else(_: Entry) -> tuple[str, ...]:
    return ()


def routes(acquirer: SandboxAcquirer, *, form_targets: FormTargets = _nowhere_else) -> list[Route]:
    """Routes to be mounted at the root of the origin that charges' return URLs are on."""
    return [
        Route(STYLE_PATH, style, methods=["GET"]),
        Route(ICON_PATH, icon, methods=["GET"]),
        *AcsPages(acquirer, form_targets).routes,
        *WalletPages(acquirer, form_targets).routes,
    ]
