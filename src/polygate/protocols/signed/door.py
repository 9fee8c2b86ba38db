"""The front door of the Signed API: paths, methods, sizes, callers, signed answers, and the last word on errors."""

from __future__ import annotations

import secrets
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from polygate.core.refusals import Refused
from polygate.operations.context import Context
from polygate.protocols.doors import JSON, RETRY_AFTER_S, TooLarge, body_within, last_word, media_type, serve
from polygate.protocols.signed.answers import Data
from polygate.protocols.signed.auth import Caller, caller_of
from polygate.protocols.signed.errors import Code, Rejected
from polygate.protocols.signed.reading import read
from polygate.protocols.signed.routes import ENDPOINTS, Endpoint

PREFIXES: Final = ("/v2", "/pg/v2")
BODY_MAX_BYTES: Final = 256 * 1024

_log = structlog.get_logger(__name__)


class Door:
    """An ASGI application for everything below either prefix."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await serve(self._respond, scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        # As routed and not as a URL: those are tidied up on the way, and then two spellings would be one endpoint.
        path = request.path_params.get("path", "")
        return await last_word(path, self._answered(request, path), put_off=_put_off, broken=_broken)

    async def _answered(self, request: Request, path: str) -> Response:
        try:
            endpoint, body = await self._asked(request, path)
            caller = await caller_of(self._context, request, body)
        except Rejected as rejected:
            return _envelope(rejected.code, rejected.said, None, retry_after_s=rejected.retry_after_s)
        # Whatever a caller who is known is told, is signed.
        carried_out = self._carried_out(endpoint, caller, body)
        return self._signed(await last_word(path, carried_out, put_off=_put_off, broken=_broken), caller)

    async def _asked(self, request: Request, path: str) -> tuple[Endpoint[Any], bytes]:
        """The first of the checks of section 2.5. Raises Rejected."""
        endpoint = ENDPOINTS.get(path)
        if endpoint is None:
            raise Rejected(Code.UNKNOWN_PATH)
        if request.method != "POST":
            raise Rejected(Code.WRONG_METHOD)
        try:
            body = await body_within(request, BODY_MAX_BYTES)
        except TooLarge:
            raise Rejected(Code.TOO_LARGE) from None
        if media_type(request) not in {"", JSON}:
            raise Rejected(Code.UNSUPPORTED_TYPE)
        if not request.headers.get("user-agent", "").strip():
            if self._context.signed.wants_user_agent:
                raise Rejected(Code.AGENT_MISSING)
            _log.info("no_user_agent", path=path)
        return endpoint, body

    async def _carried_out(self, endpoint: Endpoint[Any], caller: Caller, body: bytes) -> Response:
        try:
            found, given = read(endpoint.shape, body)
            asked = endpoint.understand(found, given, is_test=caller.app.is_test)
            return _envelope(Code.OK, None, await endpoint.handle(self._context, caller, asked))
        except Rejected as rejected:
            return _envelope(rejected.code, rejected.said, None)
        except Refused as refused:
            return _envelope(endpoint.code_of(refused), refused.said, None)

    def _signed(self, response: Response, caller: Caller) -> Response:
        nonce = secrets.token_hex(16).upper()
        proof = caller.signed(bytes(response.body), now_ms=self._context.clock(), nonce=nonce)
        response.headers["Authorization"] = str(proof)
        return response


def _put_off() -> Response:
    return _envelope(Code.UNAVAILABLE, Code.UNAVAILABLE.message, None, retry_after_s=RETRY_AFTER_S)


def _broken() -> Response:
    return _envelope(Code.INTERNAL_FAULT, Code.INTERNAL_FAULT.message, None)


def _envelope(code: Code, said: str | None, data: Data | None, *, retry_after_s: int = 0) -> Response:
    """Section 1.3."""
    body = msgspec.json.encode({"code": code.code, "errorMessage": said, "data": data})
    headers = {"Cache-Control": "no-store"}
    if code is Code.WRONG_METHOD:
        headers["Allow"] = "POST"
    if retry_after_s:
        headers["Retry-After"] = str(retry_after_s)
    return Response(body, code.http_status, headers, JSON)
