"""The front door of the Channel API: paths, methods, callers, bodies and their encryption, the last word on errors."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from polygate.core.cards import Secret
from polygate.core.refusals import Refused
from polygate.operations.caller_notes import body_says, caller_is
from polygate.operations.context import Context
from polygate.protocols.channel.answers import Answer
from polygate.protocols.channel.auth import Caller, Proof, caller_of
from polygate.protocols.channel.envelope import InvalidData, decrypt_object
from polygate.protocols.channel.errors import REFUSED, Code, Rejected, bad
from polygate.protocols.channel.fields import Given, read_object
from polygate.protocols.channel.routes import BALANCE, ENDPOINTS, Endpoint, balance
from polygate.protocols.doors import JSON, RETRY_AFTER_S, TooLarge, body_within, last_word, media_type, serve

PREFIX: Final = "/api/channel"
BODY_MAX_BYTES: Final = 64 * 1024


class Door:
    """An ASGI application for everything below `/api/channel`."""

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
            return _accepted(await self._answer(request, path))
        except Rejected as rejected:
            return _refused(rejected.code, rejected.said, allow="GET" if path == BALANCE else "POST")
        except Refused as refused:
            code = REFUSED.get(refused.reason, Code.SYSTEM_ERROR)
            return _refused(code, code.message)

    async def _answer(self, request: Request, path: str) -> Answer:
        endpoint = ENDPOINTS.get(path)
        if endpoint is None and path != BALANCE:
            raise Rejected(Code.UNKNOWN_PATH)
        if request.method != ("GET" if endpoint is None else "POST"):
            raise Rejected(Code.WRONG_METHOD)
        if endpoint is None:
            return await balance(self._context, await caller_of(self._context, request, Proof.KEY))
        caller = await caller_of(self._context, request, endpoint.proof)
        if endpoint.proof is Proof.KEY and not self._context.channel.plain_calls:
            raise Rejected(Code.INTERFACE_DISABLED)
        given = self._opened(endpoint, caller, read_object(await _body(request)))
        if endpoint.proof is Proof.ENCRYPTION:
            caller_is(request.scope, caller.merchant, caller.app)
            body_says(request.scope, given)
        asked = endpoint.read(given, self._context.channel.currency)
        return await endpoint.handle(self._context, caller, asked)

    def _opened(self, endpoint: Endpoint[Any], caller: Caller, sent: Given) -> Given:
        """What was sent, decrypted where it is (section 4). Raises Rejected (1102, or 1103 without `data`).

        All of the caller's keys are tried, whichever fits, so that the time it takes does not tell.
        """
        if endpoint.proof is Proof.KEY:
            return sent
        data = sent.get("data")
        if not isinstance(data, str) or not data.strip():
            raise bad("data")
        opened = [_decrypted(data, key) for key in caller.keys(self._context)]
        for given in opened:
            if given is not None:
                return given
        raise Rejected(Code.NOT_DECRYPTED)


def _decrypted(data: str, key: Secret) -> Given | None:
    try:
        return decrypt_object(data, key)
    except InvalidData:
        return None


async def _body(request: Request) -> bytes:
    """Raises Rejected (1101)."""
    if media_type(request) not in {"", JSON}:
        raise Rejected(Code.NOT_JSON)
    try:
        return await body_within(request, BODY_MAX_BYTES)
    except TooLarge:
        raise Rejected(Code.NOT_JSON) from None


def _accepted(result: Answer) -> Response:
    return _envelope(Code.DONE, Code.DONE.message, result)


def _put_off() -> Response:
    response = _broken()
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _broken() -> Response:
    return _refused(Code.SYSTEM_ERROR, Code.SYSTEM_ERROR.message)


def _refused(code: Code, said: str, *, allow: str = "") -> Response:
    response = _envelope(code, said, None)
    if code is Code.WRONG_METHOD:
        response.headers["Allow"] = allow
    return response


def _envelope(code: Code, said: str, result: Answer | None) -> Response:
    body = msgspec.json.encode({"code": code.code, "errorDesc": said, "result": result})
    return Response(body, code.http_status, {"Cache-Control": "no-store"}, "application/json; charset=utf-8")
