"""What proxies tell about the caller's own request: believed of those that the operator trusts, of nobody else."""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_HOST = b"x-forwarded-host"


class BehindProxies:
    """The application as callers see it: their address and scheme in the scope, and `forwarded_host` in its state."""

    def __init__(self, app: ASGIApp, trusted: str) -> None:
        """`trusted` are addresses and networks, comma-separated."""
        inner: Any = app
        self._believing: Any = ProxyHeadersMiddleware(inner, trusted)
        self._trusted: Any = self._believing.trusted_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """uvicorn's own part replaces the proxy's address by the caller's: who spoke to us is looked at before."""
        client = scope.get("client")
        if client and client[0] in self._trusted:
            told = [value for name, value in scope["headers"] if name == _HOST]
            scope.setdefault("state", {})["forwarded_host"] = told[0].decode("latin-1") if told else ""
        await self._believing(scope, receive, send)
