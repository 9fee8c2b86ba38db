"""Who calls, with which proof and from where: checked before a body is read (section 3)."""

from __future__ import annotations

from enum import Enum, auto

import msgspec
from starlette.requests import HTTPConnection

from polygate.core.cards import Secret
from polygate.core.merchants import App, Merchant
from polygate.operations.caller_notes import caller_is, caller_says
from polygate.operations.context import Context
from polygate.operations.credentials import live_access_keys, merchant_with_key
from polygate.protocols.channel.errors import Code, Rejected


class Proof(Enum):
    """What the `Authorization` of an endpoint holds."""

    KEY = auto()
    """The access key, or from an address of the merchant's list its number (V1, and the balance)."""
    ENCRYPTION = auto()
    """The merchant's number; the proof is a body that its access key decrypts (V2)."""


class Caller(msgspec.Struct, frozen=True):
    merchant: Merchant
    app: App
    """The merchant's first one, to which its orders of this API belong."""

    def keys(self, context: Context) -> tuple[Secret, ...]:
        """What its bodies may be encrypted with. Raises Rejected (1001) where there is nothing any more."""
        try:
            return live_access_keys(context, self.merchant)
        except LookupError:
            raise Rejected(Code.UNAUTHORIZED) from None


async def caller_of(context: Context, request: HTTPConnection, proof: Proof) -> Caller:
    """The merchant behind the header. Raises Rejected (1001-1003)."""
    shown = request.headers.getlist("authorization")
    if len(shown) != 1:
        raise Rejected(Code.UNAUTHORIZED)  # Of two proofs nobody can say which one counts.
    address = request.client.host if request.client else ""
    said = shown[0].strip()
    if said.isascii() and said.isdigit():
        caller_says(request.scope, merchant_no=said)
    caller = await _named(context, said, address, proof)
    if proof is Proof.KEY:
        caller_is(request.scope, caller.merchant, caller.app)
    if not caller.merchant.enabled or not caller.app.enabled:
        raise Rejected(Code.MERCHANT_DISABLED)
    if not caller.app.may_call_from(address):
        raise Rejected(Code.CALLER_NOT_ALLOWED)
    return caller


async def _named(context: Context, shown: str, address: str, proof: Proof) -> Caller:
    if proof is Proof.KEY and (merchant := await merchant_with_key(context, Secret(shown))):
        return Caller(merchant, await _first_app(context, merchant))
    named = await context.reads.merchant_by_no(shown) if shown.isascii() and shown.isdigit() else None
    if named is None:
        raise Rejected(Code.UNAUTHORIZED)
    app = await _first_app(context, named)
    # A number is no secret: without encryption, only an address that the merchant named itself makes up for that.
    if proof is Proof.KEY and not (app.allowed_addresses and app.may_call_from(address)):
        raise Rejected(Code.UNAUTHORIZED)
    return Caller(named, app)


async def _first_app(context: Context, merchant: Merchant) -> App:
    app = await context.reads.first_app(merchant.merchant_id)
    if app is None:
        raise Rejected(Code.MERCHANT_DISABLED)
    return app
