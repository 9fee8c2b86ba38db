"""The front door of the Merchant API: paths, methods, callers, media types, sizes, the last word on errors (2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from polygate.operations.context import Context
from polygate.protocols.merchant import answers, schemas
from polygate.protocols.merchant.answers import Answer
from polygate.protocols.merchant.auth import CHALLENGE, caller_of
from polygate.protocols.merchant.errors import Code, Rejected, no_such_interface
from polygate.protocols.merchant.routes import ENDPOINTS, LISTINGS, ONE_ORDER, find_order
from polygate.store.contract import Busy, Unavailable

AREAS: Final = ("/checkout", "/api", "/upload", "/search")
"""Everything below is answered here, as far as nobody else does."""
BODY_MAX_BYTES: Final = 256 * 1024
RETRY_AFTER_S: Final = 1
_TOLD_AGAIN: Final = frozenset({Code.BAD_PARAMETER, Code.NUMBER_TAKEN, Code.FAILED, Code.SYSTEM_ERROR})

_log = structlog.get_logger(__name__)


class Door:
    """An ASGI application for everything below the areas."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._respond(Request(scope, receive))
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        # As routed and not as a URL: those are tidied up on the way, and then two spellings would be one endpoint.
        path = request.scope["path"]
        body = b""
        try:
            method = _method(path)
            if request.method != method:
                raise Rejected(Code.FAILED, f"use {method}", status=405, allow=method)
            caller = await caller_of(self._context, request)
            if listing := LISTINGS.get(path):
                query = dict(request.query_params)
                zone = self._context.merchant.time_zone
                search = schemas.read_search(listing.shape, query, now_ms=self._context.clock(), zone=zone)
                return _json(await listing.handle(self._context, caller, search))
            if path not in ENDPOINTS:
                return _json(await find_order(self._context, caller, path.removeprefix(ONE_ORDER)))
            body = await _body(request)
            endpoint = ENDPOINTS[path]
            return _json(await endpoint.handle(self._context, caller, endpoint.read(body)))
        except Rejected as rejected:
            return self._refused(rejected, self._echo(path, rejected.code, body))
        except (Busy, Unavailable) as error:
            _log.warning("not_available", path=path, error=str(error))
            fault = Rejected(Code.SYSTEM_ERROR, status=500, retry_after_s=RETRY_AFTER_S)
            return self._refused(fault, self._echo(path, fault.code, body))
        except ClientDisconnect:
            raise
        except Exception:
            _log.exception("internal_fault", path=path)
            fault = Rejected(Code.SYSTEM_ERROR, status=500)
            return self._refused(fault, self._echo(path, fault.code, body))

    def _echo(self, path: str, code: Code, body: bytes) -> Mapping[str, str]:
        """Section 5: the number, where it could be read."""
        if code not in _TOLD_AGAIN or path not in ENDPOINTS or not ENDPOINTS[path].echoes_number:
            return {}
        number = schemas.number_echoed(body)
        return {"transactionId": number} if number else {}

    def _refused(self, rejected: Rejected, echo: Mapping[str, str]) -> Response:
        response = _json({**answers.said(self._context, rejected.code, rejected.said), **echo}, rejected.status)
        if rejected.code is Code.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = CHALLENGE
        if rejected.allow:
            response.headers["Allow"] = rejected.allow
        if rejected.retry_after_s:
            response.headers["Retry-After"] = str(rejected.retry_after_s)
        return response


def _method(path: str) -> str:
    """Raises Rejected (404) for a path that there is not."""
    if path in ENDPOINTS:
        return "POST"
    if path in LISTINGS or (path.startswith(ONE_ORDER) and len(path) > len(ONE_ORDER)):
        return "GET"
    raise no_such_interface()


async def _body(request: Request) -> bytes:
    """The body, refused as soon as it is too large. Raises Rejected (HTTP 415, 413)."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Rejected(Code.FAILED, "Content-Type must be application/json", status=415)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_MAX_BYTES:
            raise Rejected(Code.FAILED, f"request body is larger than {BODY_MAX_BYTES // 1024} KiB", status=413)
        chunks.append(chunk)
    return b"".join(chunks)


def _json(answer: Answer, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(answer), status, headers, "application/json; charset=utf-8")
