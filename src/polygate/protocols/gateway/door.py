"""The front door of the Gateway API: paths, methods, tokens, media types, sizes, and the last word on errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from polygate.core.refusals import Refused
from polygate.operations.context import Context
from polygate.protocols.doors import JSON, RETRY_AFTER_S, TooLarge, body_within, last_word, media_type, serve
from polygate.protocols.gateway import routes
from polygate.protocols.gateway.answers import Answer
from polygate.protocols.gateway.auth import admit_stranger, caller_of
from polygate.protocols.gateway.errors import REFUSED, Code, Rejected
from polygate.protocols.gateway.routes import ENDPOINTS, Endpoint
from polygate.store.reads import Caller

PREFIX: Final = "/gateway/v1"
BODY_MAX_BYTES: Final = 1024 * 1024
_TOKEN_PATH: Final = "connect/token"  # noqa: S105  # A path.


class Door:
    """An ASGI application for everything below `/gateway/v1`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await serve(self._respond, scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        # As routed and not as a URL: those are tidied up on the way, and then two spellings would be one endpoint.
        path = request.path_params.get("path", "")
        return await last_word(path, self._answered(request, path), put_off=_put_off, broken=_broken)

    async def _answered(self, request: Request, path: str) -> Response:
        endpoint = ENDPOINTS.get(path)
        caller: Caller | None = None
        sent: Mapping[str, Any] = {}
        try:
            if endpoint is None and path != _TOKEN_PATH:
                raise Rejected(Code.UNKNOWN_PATH)
            if request.method != "POST":
                raise Rejected(Code.METHOD_NOT_POST)
            if endpoint is None:
                admit_stranger(self._context, request)
                return _json(await routes.token(self._context, await _body(request), request))
            caller = await caller_of(self._context, request)
            asked = endpoint.read(await _body(request), self._context.clock())
            sent = asked.as_sent
            return _json(await endpoint.handle(self._context, caller, asked))
        except Rejected as rejected:
            echo = _echo(endpoint, {**sent, **rejected.fields}, caller)
            return _error(rejected.code, rejected.said, echo, retry_after_s=rejected.retry_after_s)
        except Refused as refused:
            return _error(REFUSED[refused.reason], refused.said, _echo(endpoint, sent, caller))


async def _body(request: Request) -> bytes:
    """Raises Rejected (9415, 9413)."""
    if media_type(request) not in {"", JSON}:
        raise Rejected(Code.NOT_JSON)
    try:
        return await body_within(request, BODY_MAX_BYTES)
    except TooLarge:
        raise Rejected(Code.BODY_TOO_LARGE) from None


def _echo(endpoint: Endpoint[Any] | None, fields: Mapping[str, Any], caller: Caller | None) -> Answer:
    if endpoint is None:
        return {}
    known = {**fields, "mercId": caller.merchant.merchant_no} if caller else fields
    texts = {name: known.get(source, "") for name, source in endpoint.echoes.items()}
    return {**texts, **{name: [] for name in endpoint.lists}}


def _put_off() -> Response:
    return _error(Code.MAINTENANCE, Code.MAINTENANCE.message, {})


def _broken() -> Response:
    return _error(Code.INTERNAL_FAULT, Code.INTERNAL_FAULT.message, {})


def _error(code: Code, said: str, echo: Answer, *, retry_after_s: int = 0) -> Response:
    """Section 1.3: other statuses than 200 carry the code and the message only."""
    fields = echo if code.http_status == 200 else {}
    response = _json({"respCode": code.code, "respMsg": said, **fields}, code.http_status)
    if code.http_status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if code is Code.METHOD_NOT_POST:
        response.headers["Allow"] = "POST"
    if code is Code.MAINTENANCE or retry_after_s:
        response.headers["Retry-After"] = str(retry_after_s or RETRY_AFTER_S)
    return response


def _json(answer: Answer | Mapping[str, str], status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(answer), status, headers, "application/json; charset=utf-8")
