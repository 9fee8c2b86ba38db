"""What is pasted to be looked at, and what was found out about it."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from polygate.console.visit import Visit
from polygate.core.cards import Secret

SHOWN_OF_A_PROOF: Final = 8
"""Characters of a computed proof that are shown: enough to compare, and no use to anybody who has to make one."""


class Pasted(msgspec.Struct, frozen=True):
    """A message as a developer copied it from somewhere."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for known, value in self.headers if known.lower() == name.lower())


class Found(msgspec.Struct, frozen=True):
    """`kind` is good, bad or info."""

    kind: str
    text: str
    more: str = ""


class Report(msgspec.Struct, frozen=True):
    """Findings in the order of the checks, and the parts that were put together."""

    findings: tuple[Found, ...]
    parts: tuple[tuple[str, str], ...] = ()


def read_headers(text: str) -> tuple[tuple[str, str], ...]:
    """`Name: value`, one in a line; lines without a colon are passed over, as the request line of a copy is."""
    lines = (line.partition(":") for line in text.splitlines())
    return tuple((name.strip(), value.strip()) for name, colon, value in lines if colon and name.strip())


def finding(visit: Visit, kind: str, key: str, more: str = "", **values: object) -> Found:
    """`key` is that of a text of the signature tool."""
    return Found(kind, visit.words(f"signature.{key}", **values), more)


def skew(visit: Visit, timestamp: str, window_ms: int) -> Found:
    """Whether a time in milliseconds is near enough to now."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 19):
        return finding(visit, "bad", "time_malformed")
    off_ms = int(timestamp) - visit.now_ms
    kind = "good" if abs(off_ms) <= window_ms else "bad"
    way = "time_ahead" if off_ms > 0 else "time_behind"
    return finding(visit, kind, way, seconds=f"{abs(off_ms) / 1_000:,.0f}", window=window_ms // 1_000)


def compared(visit: Visit, computed: str, given: str) -> Found:
    """The beginnings of both."""
    same = hmac.compare_digest(computed.lower().encode(), given.lower().encode())
    values = {"computed": begun(computed), "given": begun(given) or "-"}
    return finding(visit, "good" if same else "bad", "sign_right" if same else "sign_wrong", **values)


def begun(proof: str) -> str:
    return f"{proof[:SHOWN_OF_A_PROOF]}…" if len(proof) > SHOWN_OF_A_PROOF else proof


def which_secret(visit: Visit, live: tuple[Secret, ...], fitting: Secret) -> Found:
    return finding(visit, "good", "by_current" if fitting is live[0] else "by_previous")


def other_bodies(body: str) -> Iterator[tuple[str, str]]:
    """How else the same body is often written: the key of what is different, and the body."""
    yield "body_trimmed", body.strip()
    yield "body_line_feed", f"{body}\n"
    yield "body_crlf", body.replace("\n", "\r\n")
    yield "body_empty", ""
    try:
        said: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return
    compact = msgspec.json.encode(said).decode()
    yield "body_compact", compact
    yield "body_spaced", compact.replace('":', '": ').replace(',"', ', "')
    yield "body_slashes", compact.replace("/", "\\/")
    if isinstance(said, Mapping):
        yield "body_sorted", msgspec.json.encode(dict(sorted(said.items()))).decode()
