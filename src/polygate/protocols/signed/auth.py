"""Who calls: proven by the signature over the very bytes that came (sections 2.3 to 2.6)."""

from __future__ import annotations

import msgspec
import structlog
from starlette.requests import Request

from polygate.core.cards import Secret
from polygate.core.merchants import App, Merchant, UsedNonce
from polygate.operations.caller_notes import caller_is, caller_says
from polygate.operations.context import Context
from polygate.operations.credentials import live_app_secrets
from polygate.protocols.signed.candidates import Forwarded, candidate_urls
from polygate.protocols.signed.errors import Code, Rejected
from polygate.protocols.signed.signature import (
    Authorization,
    HeaderMalformed,
    HeaderMissing,
    read_header,
    sign,
    signed_url,
)
from polygate.store.contract import Change, Insert, Taken

_log = structlog.get_logger(__name__)


class Caller(msgspec.Struct, frozen=True):
    """Who asks, and how its question was signed: the answer is signed alike."""

    merchant: Merchant
    app: App
    secret: Secret
    method: str
    url: bytes

    def signed(self, body: bytes, *, now_ms: int, nonce: str) -> Authorization:
        """The header of an answer."""
        return sign(
            app_id=self.app.app_id,
            secret=self.secret,
            method=self.method,
            url=self.url,
            now_ms=now_ms,
            nonce=nonce,
            body=body,
        )


async def caller_of(context: Context, request: Request, body: bytes) -> Caller:
    """Raises Rejected: HEADER_MISSING, HEADER_MALFORMED, SIGNATURE_INVALID, TIMESTAMP_EXPIRED, RATE_LIMITED,
    NONCE_REUSED, in the order of section 2.5; and PLAIN_HTTP (section 1, rule 2)."""
    header = _header(request)
    caller_says(request.scope, app_id=header.app_id)
    now_ms = context.clock()
    app = await context.reads.app(header.app_id)
    merchant = await context.reads.merchant(app.merchant_id) if app else None
    if app is None or merchant is None or not _may_call(app, merchant, request):
        raise Rejected(Code.SIGNATURE_INVALID)
    if not header.is_timely(now_ms):
        raise Rejected(Code.TIMESTAMP_EXPIRED)
    secret, url = _proven(context, request, body, header, app)
    caller_is(request.scope, merchant, app)
    if wait_ms := context.app_rate.wait_ms(app.app_id, now_ms):
        raise Rejected(Code.RATE_LIMITED, retry_after_s=-(-wait_ms // 1_000))
    await _use_up(context, UsedNonce(app.merchant_id, app.app_id, header.nonce, now_ms))
    # Last: a stranger does not learn which apps there are, and what was overheard is used up.
    if not (app.is_test or request.scope["scheme"] == "https"):
        _log.warning("plain_http_refused", app_id=app.app_id, hint="a TLS proxy in front has to be a trusted proxy")
        raise Rejected(Code.PLAIN_HTTP)
    return Caller(merchant, app, secret, request.method, url)


def _proven(context: Context, request: Request, body: bytes, header: Authorization, app: App) -> tuple[Secret, bytes]:
    """The secret and the address that were signed with. After a renewal the secret before goes on for a while."""
    urls = _urls(context, request)
    for secret in live_app_secrets(context, app):
        if url := signed_url(header, secret=secret, method=request.method, urls=urls, body=body):
            return secret, url
    raise Rejected(Code.SIGNATURE_INVALID)


def _header(request: Request) -> Authorization:
    try:
        return read_header(*request.headers.getlist("authorization"))
    except HeaderMissing:
        raise Rejected(Code.HEADER_MISSING) from None
    except HeaderMalformed:
        raise Rejected(Code.HEADER_MALFORMED) from None


def _may_call(app: App, merchant: Merchant, request: Request) -> bool:
    """Nobody learns which of these it was that failed, nor whether there is such an app."""
    address = request.client.host if request.client else ""
    return app.enabled and merchant.enabled and app.may_call_from(address)


def _urls(context: Context, request: Request) -> tuple[bytes, ...]:
    """Every address that the caller may have signed. The target is taken as it came, however it was spelled."""
    scope = request.scope
    target: bytes = scope.get("raw_path") or scope["path"].encode()
    if query := scope["query_string"]:
        target += b"?" + query
    told = getattr(request.state, "forwarded_host", "")
    return candidate_urls(
        target,
        bases=context.signed.public_urls,
        scheme=scope["scheme"],
        host=request.headers.get("host", ""),
        forwarded=Forwarded(host=told) if told else None,
    )


async def _use_up(context: Context, nonce: UsedNonce) -> None:
    """Only now that the signature proved right: strangers must not use up other people's nonces. Of two equal calls at
    once, in whichever processes, one wins the row."""
    try:
        await context.store.submit(Change((Insert(nonce),)))
    except Taken:
        raise Rejected(Code.NONCE_REUSED) from None
