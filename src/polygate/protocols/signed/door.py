"""The front door of the Signed API: paths, methods, sizes, callers, signed answers, and the last word on errors."""

from __future__ import annotations

import secrets
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from polygate.core.refusals import Refused
from polygate.operations.context import Context
from polygate.protocols.signed.answers import Data
from polygate.protocols.signed.auth import Caller, caller_of
from polygate.protocols.signed.errors import Code, Rejected
from polygate.protocols.signed.reading import read
from polygate.protocols.signed.routes import ENDPOINTS, Endpoint
from polygate.store.contract import Busy, Unavailable

PREFIXES: Final = ("/v2", "/pg/v2")
BODY_MAX_BYTES: Final = 256 * 1024
MEDIA_TYPE: Final = "application/json"
RETRY_AFTER_S: Final = 1

_log = structlog.get_logger(__name__)


class Door:
    """An ASGI application for everything below either prefix."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        # As routed and not as a URL: those are tidied up on the way, and then two spellings would be one endpoint.
        path = request.path_params.get("path", "")
        try:
            endpoint, body = await self._asked(request, path)
            caller = await caller_of(self._context, request, body)
        except Rejected as rejected:
            return _envelope(rejected.code, rejected.said, None, retry_after_s=rejected.retry_after_s)
        except (Busy, Unavailable) as error:
            return _put_off(path, error)
        except ClientDisconnect:
            raise
        except Exception:
            _log.exception("internal_fault", path=path)
            return _envelope(Code.INTERNAL_FAULT, Code.INTERNAL_FAULT.message, None)
        return self._signed(await self._carried_out(path, endpoint, caller, body), caller)

    async def _asked(self, request: Request, path: str) -> tuple[Endpoint[Any], bytes]:
        """The first of the checks of section 2.5. Raises Rejected."""
        endpoint = ENDPOINTS.get(path)
        if endpoint is None:
            raise Rejected(Code.UNKNOWN_PATH)
        if request.method != "POST":
            raise Rejected(Code.WRONG_METHOD)
        body = await _body(request)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in {"", MEDIA_TYPE}:
            raise Rejected(Code.UNSUPPORTED_TYPE)
        if not request.headers.get("user-agent", "").strip():
            if self._context.signed.wants_user_agent:
                raise Rejected(Code.AGENT_MISSING)
            _log.info("no_user_agent", path=path)
        return endpoint, body

    async def _carried_out(self, path: str, endpoint: Endpoint[Any], caller: Caller, body: bytes) -> Response:
        """What a caller who is known is told, whatever comes of it."""
        try:
            found, given = read(endpoint.shape, body)
            asked = endpoint.understand(found, given, is_test=caller.app.is_test)
            return _envelope(Code.OK, None, await endpoint.handle(self._context, caller, asked))
        except Rejected as rejected:
            return _envelope(rejected.code, rejected.said, None)
        except Refused as refused:
            return _envelope(endpoint.code_of(refused), refused.said, None)
        except (Busy, Unavailable) as error:
            return _put_off(path, error)
        except Exception:
            _log.exception("internal_fault", path=path)
            return _envelope(Code.INTERNAL_FAULT, Code.INTERNAL_FAULT.message, None)

    def _signed(self, response: Response, caller: Caller) -> Response:
        nonce = secrets.token_hex(16).upper()
        proof = caller.signed(bytes(response.body), now_ms=self._context.clock(), nonce=nonce)
        response.headers["Authorization"] = str(proof)
        return response


async def _body(request: Request) -> bytes:
    """The body, refused as soon as it is too large. Raises Rejected (TOO_LARGE)."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > BODY_MAX_BYTES:
        raise Rejected(Code.TOO_LARGE)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_MAX_BYTES:
            raise Rejected(Code.TOO_LARGE)
        chunks.append(chunk)
    return b"".join(chunks)


def _put_off(path: str, error: Exception) -> Response:
    _log.warning("not_available", path=path, error=str(error))
    return _envelope(Code.UNAVAILABLE, Code.UNAVAILABLE.message, None, retry_after_s=RETRY_AFTER_S)


def _envelope(code: Code, said: str | None, data: Data | None, *, retry_after_s: int = 0) -> Response:
    """Section 1.3."""
    body = msgspec.json.encode({"code": code.code, "errorMessage": said, "data": data})
    headers = {"Cache-Control": "no-store"}
    if code is Code.WRONG_METHOD:
        headers["Allow"] = "POST"
    if retry_after_s:
        headers["Retry-After"] = str(retry_after_s)
    return Response(body, code.http_status, headers, MEDIA_TYPE)
