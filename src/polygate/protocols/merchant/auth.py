"""Who calls: HTTP Basic on every request, checked before a body is read (section 2.1)."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec
from starlette.requests import HTTPConnection

from polygate.core.merchants import App, Merchant
from polygate.operations.caller_notes import caller_is, caller_says
from polygate.operations.context import Context
from polygate.operations.credentials import verified_merchant
from polygate.protocols.merchant.errors import Code, Rejected, unauthorized

CHALLENGE: Final = 'Basic realm="merchant"'


class Caller(msgspec.Struct, frozen=True):
    merchant: Merchant
    address: str
    """The other end of the connection, or whom a trusted proxy names in its place."""

    def may_use(self, app: App) -> bool:
        """Whether an app is the caller's own, works, and may be used from here."""
        return app.merchant_id == self.merchant.merchant_id and app.enabled and app.may_call_from(self.address)


async def caller_of(context: Context, request: HTTPConnection) -> Caller:
    """The merchant behind the header. Raises Rejected (401, 201)."""
    shown = request.headers.getlist("authorization")
    if len(shown) != 1:
        raise unauthorized()  # Of two proofs nobody can say which one counts.
    named = _credentials(shown[0])
    if named is None:
        raise unauthorized()
    caller_says(request.scope, merchant_no=named[0])
    merchant = await verified_merchant(context, *named)
    if merchant is None:
        raise unauthorized()
    caller_is(request.scope, merchant)
    if not merchant.enabled:
        raise Rejected(Code.NOT_ACTIVE)
    if wait_ms := context.app_rate.wait_ms(merchant.merchant_no, context.clock()):
        seconds = -(-wait_ms // 1_000)
        raise Rejected(Code.FAILED, "too many requests", status=429, retry_after_s=seconds)
    address = request.client.host if request.client else ""
    return Caller(merchant, address)


def _credentials(header: str) -> tuple[str, str] | None:
    """Merchant number and key; None for what is no such header (RFC 7617)."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, key = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeError, ValueError):
        return None
    return (user, key) if colon and user.isascii() and user.isdigit() else None
