"""The application: everybody's routes, health checks, and plain answers where no route has one.

People who open such an address in a browser get a page, programs a line of JSON.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from polygate import checkout, console
from polygate.store.contract import Busy, StoreError, Unavailable

Ready = Callable[[], Awaitable[None]]
"""Raises StoreError while the process cannot serve."""

_RETRY_AFTER_S: Final = "2"

_log = structlog.get_logger(__name__)


def create_app(routes: Sequence[BaseRoute], *, ready: Ready) -> Starlette:
    """`/healthz` says that the process serves, `/readyz` that it reaches its database."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        try:
            await ready()
        except StoreError as error:
            return JSONResponse({"status": "unavailable", "why": str(error)}, 503)
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[*routes, Route("/healthz", healthz), Route("/readyz", readyz)],
        exception_handlers={HTTPException: _http_error, Busy: _put_off, Unavailable: _put_off, Exception: _fault},
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code in {404, 405} and "text/html" in request.headers.get("accept", ""):
        return checkout.nowhere(request, error.status_code)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def _put_off(_: Request, error: Exception) -> Response:
    """The database is busy or away: no fault of the page that wanted it."""
    return JSONResponse({"error": "not available"}, 503, headers={"Retry-After": _RETRY_AFTER_S})


async def _fault(request: Request, error: Exception) -> Response:
    _log.error("internal_fault", path=request.url.path, error=type(error).__name__)
    if request.url.path.startswith(f"{console.ROOT}/"):
        return console.fault(request)
    return JSONResponse({"error": "internal error"}, 500)
