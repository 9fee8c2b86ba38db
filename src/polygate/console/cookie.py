"""The one cookie of the console. It holds a random token, and says nothing about anybody."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from polygate.core.cards import Secret


class Cookie:
    """Over https it has the prefix that keeps other hosts, and plain http, from setting it (RFC 6265bis, 4.1.3)."""

    def __init__(self, base_url: str) -> None:
        self._secure = base_url.startswith("https:")
        self._name = "__Host-polygate-console" if self._secure else "polygate-console"

    def read(self, request: Request) -> str:
        return request.cookies.get(self._name, "")

    def put(self, response: Response, token: Secret) -> None:
        """Until the browser is closed; how long it opens anything, the session says."""
        response.set_cookie(self._name, token.reveal(), path="/", secure=self._secure, httponly=True, samesite="lax")

    def remove(self, response: Response) -> None:
        response.delete_cookie(self._name, path="/", secure=self._secure, httponly=True, samesite="lax")
