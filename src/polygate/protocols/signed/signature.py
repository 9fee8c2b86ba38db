"""`V2_SHA256`: the header, the text that is signed, and who may have signed it (Signed API, sections 2, 6 and 7.1).

Requests, answers, notifications and browser redirects are all signed alike; only method, address and body differ.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from polygate.core.cards import Secret

SCHEME: Final = "V2_SHA256"
CLOCK_WINDOW_MS: Final = 300_000
"""How far a timestamp may be off, either way (section 2.4)."""
NONCE_LIFE_MS: Final = 900_000
"""How long a pair of app and nonce is remembered: longer than twice the window (section 2.4)."""
NOTIFICATION_AGENT: Final = "Gateway-Notify/2"

_HEADER: Final = re.compile(r"(?P<scheme>[^ ]+) +(?P<pairs>.+)", re.DOTALL)
_COMMA: Final = re.compile(r"[ \t]*,[ \t]*")
_PAIR: Final = re.compile(r"([A-Za-z0-9_-]+)=([A-Za-z0-9_-]+)")
_FORMS: Final = {
    "appId": re.compile(r"[A-Za-z0-9_-]{1,64}"),
    "sign": re.compile(r"[0-9A-Fa-f]{64}"),
    "timestamp": re.compile(r"[0-9]{13}"),
    "nonce": re.compile(r"[A-Za-z0-9_-]{1,64}"),
}
"""The names that count, and what may follow them (section 2.1)."""


class HeaderFault(Exception):
    """An `Authorization` header that proves nothing, whatever the secret is."""


class HeaderMissing(HeaderFault):
    """There is none."""


class HeaderMalformed(HeaderFault):
    """It is not of the grammar, or of another scheme."""


class Authorization(msgspec.Struct, frozen=True):
    """What the header says."""

    app_id: str
    sign: str
    """64 hex digits, of either case."""
    timestamp: str
    """Milliseconds since 1970 UTC, 13 digits, as they were written."""
    nonce: str

    def is_timely(self, now_ms: int) -> bool:
        """Whether it was made within the clock window, both ends included (section 2.4)."""
        return abs(now_ms - int(self.timestamp)) <= CLOCK_WINDOW_MS

    def __str__(self) -> str:
        """The header as senders write it: this order, no blanks after the commas."""
        return f"{SCHEME} appId={self.app_id},sign={self.sign},timestamp={self.timestamp},nonce={self.nonce}"


def read_header(*lines: str) -> Authorization:
    """What the `Authorization` header of a message says; each argument is one such line of it.

    Raises HeaderMissing, HeaderMalformed. Two lines are malformed, because two readers might believe different ones.
    """
    given = [line.strip(" \t") for line in lines]
    if not any(given):
        raise HeaderMissing
    header = _HEADER.fullmatch(given[0])
    if len(given) > 1 or header is None or header["scheme"].upper() != SCHEME:
        raise HeaderMalformed
    values: dict[str, str] = {}
    for text in _COMMA.split(header["pairs"]):
        pair = _PAIR.fullmatch(text)
        if pair is None:
            raise HeaderMalformed
        name, value = pair.groups()
        if name not in _FORMS:
            continue  # A later version of the scheme may say more.
        if name in values:
            raise HeaderMalformed
        values[name] = value
    return authorization(values)


def authorization(values: Mapping[str, str]) -> Authorization:
    """The four values under their names on the wire, each in its form. Raises HeaderMalformed."""
    if not all(form.fullmatch(values.get(name, "")) for name, form in _FORMS.items()):
        raise HeaderMalformed
    return Authorization(values["appId"], values["sign"], values["timestamp"], values["nonce"])


def signature(*, app_id: str, secret: Secret, method: str, url: bytes, timestamp: str, nonce: str, body: bytes) -> str:
    """Lower-case hex SHA-256 over seven lines, each ended by a line feed, the last one too (section 2.2).

    `url` and `body` are bytes, since what counts is what was sent, however it was escaped.
    """
    lines = (app_id.encode(), secret.reveal().encode(), method.encode(), url, timestamp.encode(), nonce.encode(), body)
    return hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()


def sign(
    *, app_id: str, secret: Secret, method: str, url: bytes, now_ms: int, nonce: str, body: bytes
) -> Authorization:
    """A header that proves this message."""
    timestamp = f"{now_ms:013d}"
    proof = signature(app_id=app_id, secret=secret, method=method, url=url, timestamp=timestamp, nonce=nonce, body=body)
    return Authorization(app_id, proof, timestamp, nonce)


def signed_url(
    header: Authorization, *, secret: Secret, method: str, urls: Iterable[bytes], body: bytes
) -> bytes | None:
    """The first of the addresses for which the header's sign is right; None if there is none.

    It is the one that the answer is signed with (section 2.6). Digests are compared in constant time.
    """
    given = header.sign.lower()
    for url in urls:
        expected = signature(
            app_id=header.app_id,
            secret=secret,
            method=method,
            url=url,
            timestamp=header.timestamp,
            nonce=header.nonce,
            body=body,
        )
        if hmac.compare_digest(expected, given):
            return url
    return None


def is_signed(header: Authorization, *, secret: Secret, method: str, url: bytes, body: bytes) -> bool:
    """Whether the header proves this message, for whoever knows its address."""
    return signed_url(header, secret=secret, method=method, urls=(url,), body=body) is not None


def notification_headers(
    body: bytes, *, app_id: str, secret: Secret, notify_url: str, now_ms: int, nonce: str
) -> Mapping[str, str]:
    """The headers of one try, fresh each time (sections 2.7 and 7.1). `notify_url` is as the merchant sent it."""
    proof = sign(
        app_id=app_id,
        secret=secret,
        method="POST",
        url=notify_url.encode(),
        now_ms=now_ms,
        nonce=nonce,
        body=body,
    )
    return {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Authorization": str(proof),
        "User-Agent": NOTIFICATION_AGENT,
    }
