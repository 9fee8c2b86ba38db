"""Gateway API: the access token of a call, and the signature of a notification (sections 2 and 10)."""

from __future__ import annotations

from typing import Final

from polygate.console.checks.found import Found, Pasted, Report, compared, finding, other_bodies, skew, which_secret
from polygate.console.visit import Visit
from polygate.core.cards import Secret
from polygate.operations.credentials import fitting, holder, live_app_secrets
from polygate.protocols.gateway import webhook_signature

_WINDOW_MS: Final = 300_000


async def check(visit: Visit, pasted: Pasted) -> Report:
    if pasted.header("x-sign"):
        return await _notification(visit, pasted)
    return Report((await _token(visit, pasted),))


async def _token(visit: Visit, pasted: Pasted) -> Found:
    shown = pasted.header("authorization")
    token = shown.split(maxsplit=1)[-1] if shown.lower().startswith("bearer ") else shown
    if not token:
        return finding(visit, "bad", "token_missing")
    caller = await holder(visit.context, Secret(token)) if token.isascii() else None
    if caller is None or caller.merchant.merchant_id != visit.merchant_id:
        return finding(visit, "bad", "token_unknown", visit.words("signature.token_unknown_why"))
    if visit.now_ms >= caller.token.expires_ms:
        return finding(visit, "bad", "token_expired", at=visit.exact_moment(caller.token.expires_ms))
    if not caller.app.enabled:
        return finding(visit, "bad", "app_disabled", name=caller.app.name)
    until = visit.exact_moment(caller.token.expires_ms)
    return finding(visit, "good", "token_good", name=caller.app.name, until=until)


async def _notification(visit: Visit, pasted: Pasted) -> Report:
    app = await visit.context.reads.app(pasted.header("x-app-id"))
    if app is None or app.merchant_id != visit.merchant_id:
        return Report((finding(visit, "bad", "app_unknown", app_id=pasted.header("x-app-id")[:64] or "-"),))
    timestamp, nonce, given = (pasted.header(name) for name in ("x-timestamp", "x-nonce", "x-sign"))
    live = live_app_secrets(visit.context, app)

    def computed(secret: Secret, body: str) -> str:
        return webhook_signature(body.encode(), secret=secret, timestamp=timestamp, nonce=nonce)

    def fits(secret: Secret) -> bool:
        return computed(secret, pasted.body) == given.lower()

    right = fitting(live, fits)
    findings = [
        finding(visit, "good", "app_known", name=app.name),
        skew(visit, timestamp, _WINDOW_MS),
        compared(visit, computed(right or live[0], pasted.body), given),
    ]
    if right:
        findings.append(which_secret(visit, live, right))
    else:
        how = (key for key, body in other_bodies(pasted.body) for each in live if computed(each, body) == given.lower())
        key = next(how, "")
        values = {"line": visit.words("signature.line_body"), "how": visit.words(f"signature.{key}")} if key else {}
        findings.append(
            finding(visit, "bad", "line_differs", **values)
            if key
            else finding(visit, "bad", "no_line_found", visit.words("signature.raw_body"))
        )
    return Report(tuple(findings), ((visit.words("signature.line_timestamp"), timestamp), ("nonce", nonce)))
