"""The front door of the Merchant API: paths, methods, callers, media types, sizes, the last word on errors (2.3)."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from polygate.operations.context import Context
from polygate.protocols.doors import JSON, RETRY_AFTER_S, TooLarge, body_within, last_word, media_type, serve
from polygate.protocols.merchant import answers, schemas
from polygate.protocols.merchant.answers import Answer
from polygate.protocols.merchant.auth import CHALLENGE, Caller, caller_of
from polygate.protocols.merchant.errors import Code, Rejected, no_such_interface
from polygate.protocols.merchant.routes import ENDPOINTS, LISTINGS, ONE_ORDER, Endpoint, find_order

AREAS: Final = ("/checkout", "/api", "/upload", "/search")
"""Everything below is answered here, as far as nobody else does."""
BODY_MAX_BYTES: Final = 256 * 1024
_TOLD_AGAIN: Final = frozenset({Code.BAD_PARAMETER, Code.NUMBER_TAKEN, Code.FAILED, Code.SYSTEM_ERROR})


class Door:
    """An ASGI application for everything below the areas."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await serve(self._respond, scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        # As routed and not as a URL: those are tidied up on the way, and then two spellings would be one endpoint.
        path = request.scope["path"]
        answering = self._answered(request, path)
        return await last_word(path, answering, put_off=self._put_off, broken=self._broken)

    async def _answered(self, request: Request, path: str) -> Response:
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
            endpoint, body = ENDPOINTS[path], await _body(request)
        except Rejected as rejected:
            return self._refused(rejected)
        # From here on errors tell the number that was sent (section 5).
        told = body if endpoint.echoes_number else b""
        return await last_word(
            path,
            self._carried_out(endpoint, caller, body, told),
            put_off=partial(self._put_off, told),
            broken=partial(self._broken, told),
        )

    async def _carried_out(self, endpoint: Endpoint[Any], caller: Caller, body: bytes, told: bytes) -> Response:
        try:
            return _json(await endpoint.handle(self._context, caller, endpoint.read(body)))
        except Rejected as rejected:
            return self._refused(rejected, told)

    def _put_off(self, told: bytes = b"") -> Response:
        return self._refused(Rejected(Code.SYSTEM_ERROR, status=500, retry_after_s=RETRY_AFTER_S), told)

    def _broken(self, told: bytes = b"") -> Response:
        return self._refused(Rejected(Code.SYSTEM_ERROR, status=500), told)

    def _refused(self, rejected: Rejected, told: bytes = b"") -> Response:
        """`told` is the body whose number is told again, where it can be read."""
        number = schemas.number_echoed(told) if told and rejected.code in _TOLD_AGAIN else ""
        echo = {"transactionId": number} if number else {}
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
    """Raises Rejected (HTTP 415, 413)."""
    if media_type(request) != JSON:
        raise Rejected(Code.FAILED, f"Content-Type must be {JSON}", status=415)
    try:
        return await body_within(request, BODY_MAX_BYTES)
    except TooLarge:
        said = f"request body is larger than {BODY_MAX_BYTES // 1024} KiB"
        raise Rejected(Code.FAILED, said, status=413) from None


def _json(answer: Answer, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(answer), status, headers, "application/json; charset=utf-8")
