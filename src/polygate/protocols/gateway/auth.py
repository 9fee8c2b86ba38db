"""Access tokens: who calls, checked before a body is read (section 2)."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from polygate.core.cards import Secret
from polygate.operations.context import Context
from polygate.operations.credentials import holder
from polygate.protocols.gateway.errors import Code, Rejected
from polygate.store.reads import Caller


async def caller_of(context: Context, request: HTTPConnection) -> Caller:
    """The app and merchant behind the `Authorization` header, bare token or `Bearer`. Raises Rejected (1002-1005)."""
    header = request.headers.get("authorization", "").strip()
    if not header:
        raise Rejected(Code.NO_TOKEN)
    scheme, *rest = header.split(maxsplit=1)
    token = "".join(rest) if scheme.lower() == "bearer" else header
    caller = await holder(context, Secret(token)) if token.isascii() else None
    if caller is None:
        raise Rejected(Code.UNKNOWN_TOKEN)
    if not caller.app.enabled or not caller.merchant.enabled:
        raise Rejected(Code.APP_DISABLED)
    if context.clock() >= caller.token.expires_ms:
        raise Rejected(Code.EXPIRED_TOKEN)
    return caller
