"""Signed API: the header, the clock, and which of the seven lines differs (section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from polygate.console.checks.found import (
    Found,
    Pasted,
    Report,
    begun,
    compared,
    finding,
    other_bodies,
    skew,
    which_secret,
)
from polygate.console.visit import Visit
from polygate.core.cards import Secret
from polygate.core.masking import masked_body
from polygate.operations.credentials import fitting, live_app_secrets
from polygate.protocols.signed import Authorization, HeaderMalformed, HeaderMissing, is_signed, read_header, sign

_WINDOW_MS: Final = 300_000


async def check(visit: Visit, pasted: Pasted) -> Report:
    try:
        header = read_header(*pasted.all("authorization"))
    except HeaderMissing:
        return Report((finding(visit, "bad", "header_missing"),))
    except HeaderMalformed:
        return Report((finding(visit, "bad", "header_malformed", visit.words("signature.header_grammar")),))
    findings = [finding(visit, "good", "header_right")]
    app = await visit.context.reads.app(header.app_id)
    if app is None or app.merchant_id != visit.merchant_id:
        return Report((*findings, finding(visit, "bad", "app_unknown", app_id=header.app_id[:64])))
    findings.append(finding(visit, "good", "app_known", name=app.name))
    findings.append(skew(visit, header.timestamp, _WINDOW_MS))
    used = await visit.context.reads.is_nonce_used(app, header.nonce)
    findings.append(finding(visit, "info" if used else "good", "nonce_used" if used else "nonce_fresh"))
    live = live_app_secrets(visit.context, app)
    url, body = pasted.url.encode(), pasted.body.encode()

    def fits(secret: Secret) -> bool:
        return is_signed(header, secret=secret, method=pasted.method, url=url, body=body)

    right = fitting(live, fits)
    findings.append(compared(visit, _computed(header, right or live[0], pasted), header.sign))
    findings.append(which_secret(visit, live, right) if right else _difference(visit, header, live, pasted))
    return Report(tuple(findings), _lines(visit, header, pasted))


def _computed(header: Authorization, secret: Secret, pasted: Pasted) -> str:
    return sign(
        app_id=header.app_id,
        secret=secret,
        method=pasted.method,
        url=pasted.url.encode(),
        now_ms=int(header.timestamp),
        nonce=header.nonce,
        body=pasted.body.encode(),
    ).sign


def _difference(visit: Visit, header: Authorization, live: tuple[Secret, ...], pasted: Pasted) -> Found:
    """Which line makes the signature right if it is written as senders often do by mistake."""
    for line, key, method, url, body in _variants(visit, pasted):
        for secret in live:
            if is_signed(header, secret=secret, method=method, url=url.encode(), body=body.encode()):
                more = url if line == "line_url" else ""
                return finding(
                    visit, "bad", "line_differs", more, line=visit.words(f"signature.{line}"),
                    how=visit.words(f"signature.{key}"),
                )  # fmt: skip
    return finding(visit, "bad", "no_line_found", visit.words("signature.check_secret"))


def _variants(visit: Visit, pasted: Pasted) -> Iterator[tuple[str, str, str, str, str]]:
    """Line, what is different, and method, URL and body written so."""
    for method in ("POST", "post", "GET"):
        yield "line_method", "method_other", method, pasted.url, pasted.body
    for key, url in _other_urls(visit, pasted.url):
        yield "line_url", key, pasted.method, url, pasted.body
    for key, body in other_bodies(pasted.body):
        yield "line_body", key, pasted.method, pasted.url, body
    for key, url in _other_urls(visit, pasted.url):
        for _, body in other_bodies(pasted.body):
            yield "line_url", key, pasted.method, url, body


def _other_urls(visit: Visit, url: str) -> Iterator[tuple[str, str]]:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    yield "url_path_only", target
    yield "url_our_base", visit.context.links.base_url + target
    for scheme in ("http", "https"):
        yield "url_scheme", f"{scheme}://{parts.netloc}{target}"
    yield "url_no_query", f"{parts.scheme}://{parts.netloc}{parts.path}"
    yield "url_slash", f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    yield "url_slash", f"{parts.scheme}://{parts.netloc}{parts.path}/"
    if parts.hostname:
        yield "url_port", f"{parts.scheme}://{parts.hostname}{target}"


def _lines(visit: Visit, header: Authorization, pasted: Pasted) -> tuple[tuple[str, str], ...]:
    """The text that is signed, line by line, without the secret."""
    return (
        (visit.words("signature.line_app"), header.app_id),
        (visit.words("signature.line_secret"), "***"),
        (visit.words("signature.line_method"), pasted.method),
        (visit.words("signature.line_url"), pasted.url),
        (visit.words("signature.line_timestamp"), header.timestamp),
        (visit.words("signature.line_nonce"), begun(header.nonce)),
        (visit.words("signature.line_body"), masked_body(pasted.body.encode())),
    )
