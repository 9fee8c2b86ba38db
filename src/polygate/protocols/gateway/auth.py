"""Who calls, from where and how often: checked before a body is read (section 2)."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from polygate.core.addresses import subscriber
from polygate.core.cards import Secret
from polygate.core.merchants import App
from polygate.operations.caller_notes import caller_is
from polygate.operations.context import Context
from polygate.operations.credentials import holder
from polygate.protocols.gateway.errors import Code, Rejected
from polygate.store.reads import Caller


async def caller_of(context: Context, request: HTTPConnection) -> Caller:
    """The app and merchant behind the `Authorization` header, bare token or `Bearer`.

    Raises Rejected (1002-1005, 1007, 9429).
    """
    header = request.headers.get("authorization", "").strip()
    if not header:
        raise Rejected(Code.NO_TOKEN)
    scheme, *rest = header.split(maxsplit=1)
    token = "".join(rest) if scheme.lower() == "bearer" else header
    caller = await holder(context, Secret(token)) if token.isascii() else None
    if caller is None:
        raise Rejected(Code.UNKNOWN_TOKEN)
    caller_is(request.scope, caller.merchant, caller.app)
    if not caller.app.enabled or not caller.merchant.enabled:
        raise Rejected(Code.APP_DISABLED)
    if context.clock() >= caller.token.expires_ms:
        raise Rejected(Code.EXPIRED_TOKEN)
    admit(context, caller.app, request)
    return caller


def admit(context: Context, app: App, request: HTTPConnection) -> None:
    """An app that has shown who it is, from where and as often as it may. Raises Rejected (1007, 9429)."""
    if not app.may_call_from(_address(request)):
        raise Rejected(Code.CALLER_NOT_ALLOWED)
    _count(context.app_rate.wait_ms(app.app_id, context.clock()))


def admit_stranger(context: Context, request: HTTPConnection) -> None:
    """Somebody who is about to show an app's secret, or to guess one. Raises Rejected (9429)."""
    _count(context.address_rate.wait_ms(subscriber(_address(request)), context.clock()))


def _address(request: HTTPConnection) -> str:
    """The other end of the connection, or whom a trusted proxy names in its place; empty for a local socket."""
    return request.client.host if request.client else ""


def _count(wait_ms: int) -> None:
    if wait_ms:
        raise Rejected(Code.TOO_MANY_REQUESTS, retry_after_s=-(-wait_ms // 1_000))
