"""The addresses that a caller may have signed, as far as a server behind proxies can tell (section 2.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec

MOST: Final = 12
_DEFAULT_PORT: Final = {b"http": b"80", b"https": b"443"}


class Forwarded(msgspec.Struct, frozen=True):
    """What a trusted proxy says in `X-Forwarded-Proto` and `X-Forwarded-Host`; empty where it says nothing.

    Of a list that several proxies wrote, the first entry counts: it is the one that the caller spoke to.
    """

    scheme: str = ""
    host: str = ""


def candidate_urls(
    target: bytes, *, bases: Sequence[str], scheme: str, host: str, forwarded: Forwarded | None = None
) -> tuple[bytes, ...]:
    """At most twelve addresses without repeats, the likeliest first.

    `target` is the raw request target, path and query as they came; `bases` are the public base URLs of the settings;
    `scheme` and `host` those of the connection and its `Host` header. Headers are given as they are read, in Latin-1.
    `forwarded` may be given only if the connection comes from a trusted proxy. A wrong `Host` gains nobody anything,
    because whoever signs must know the secret.
    """
    found = dict.fromkeys(
        b"".join((base_scheme, b"://", authority, path, target))
        for base_scheme, host_and_port, path in _bases(bases, scheme, host, forwarded)
        for authority in _with_and_without_default_port(base_scheme, host_and_port)
    )
    return tuple(islice(found, MOST))


def _bases(
    bases: Sequence[str], scheme: str, host: str, forwarded: Forwarded | None
) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Scheme, authority and what stands before the path."""
    for base in bases:
        base_scheme, _, rest = base.rstrip("/").encode().partition(b"://")
        authority, slash, path = rest.partition(b"/")
        yield base_scheme, authority, slash + path
    seen = [(scheme, host)]
    if forwarded is not None:
        seen.append((_first(forwarded.scheme) or scheme, _first(forwarded.host) or host))
    for seen_scheme, seen_host in seen:
        if seen_host:
            yield seen_scheme.encode("latin-1"), seen_host.encode("latin-1"), b""


def _first(listed: str) -> str:
    return listed.partition(",")[0].strip()


def _with_and_without_default_port(scheme: bytes, authority: bytes) -> Iterator[bytes]:
    yield authority
    default = _DEFAULT_PORT.get(scheme)
    name, colon, port = authority.rpartition(b":")
    # The last colon of an IPv6 address without a port is followed by more than digits: by its bracket.
    if colon and port.isdigit():
        if port == default:
            yield name
    elif default:
        yield authority + b":" + default
