"""One HTTP request to a merchant's address, and what came of it.

Built on h11, the layer below every HTTP client: redirects, cookies, proxies from the environment and stored credentials
do not exist there, so none of them can be followed or sent by accident.
"""

from __future__ import annotations

import asyncio
import errno
import re
import ssl
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import cache
from types import TracebackType
from typing import Final

import h11
import msgspec
import structlog

from polygate.webhooks.addresses import (
    AddressPolicy,
    AddressRefused,
    AddressUnknown,
    Lookup,
    Target,
    resolve,
    system_lookup,
)

_BODY_MAX_BYTES: Final = 64 * 1024
_EXCERPT_MAX_CHARACTERS: Final = 500
# Databases refuse NUL, and terminals obey escape sequences; tabs and line ends are welcome.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_CERTIFICATE_WORDS: Final = {  # OpenSSL's X509_V_ERR_* codes.
    10: "tls: certificate expired",
    62: "tls: certificate is for another name",
    64: "tls: certificate is for another name",
}

_log = structlog.get_logger(__name__)


class Delivery(msgspec.Struct, frozen=True):
    """What came of one try: either an answer's `status`, or an `error` in a few words, never both."""

    status: int | None
    error: str | None
    body_excerpt: str
    """The first 500 characters of the answer as UTF-8; what is not text is replaced."""
    duration_ms: int
    body: bytes = b""
    """The first 64 KiB of the answer, for a protocol that reads it."""


class Sender(AbstractAsyncContextManager["Sender"]):
    """Posts to addresses that were checked. Every try closes what it opened, so leaving a sender has nothing to do."""

    def __init__(
        self, *, max_connections: int = 64, tls: ssl.SSLContext | None = None, lookup: Lookup = system_lookup
    ) -> None:
        """Hold at most `max_connections` at once; trust the system's certificate authorities unless `tls` is given."""
        self._slots = asyncio.Semaphore(max_connections)
        self._tls = tls
        self._lookup = lookup

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def post(
        self, url: str, *, headers: Mapping[str, str], body: bytes, timeout_s: float, policy: AddressPolicy
    ) -> Delivery:
        """Post `body` once and tell what happened; nothing the other side does raises (section 10.2).

        Host, Connection, Content-Length and Accept-Encoding are written here, everything else comes from `headers`.
        `timeout_s` is the time for lookup, connection, request and answer together. Waiting for a free slot does not
        count: it is not the receiver's fault.
        """
        async with self._slots:
            started = time.monotonic()
            status, error, answer = None, None, b""
            try:
                async with asyncio.timeout(timeout_s):
                    target = await resolve(url, policy, timeout_s=timeout_s, lookup=self._lookup)
                    status, answer = await self._exchange(target, headers, body)
            except AddressRefused as verdict:
                error = f"refused address: {verdict.reason}"
            except AddressUnknown as verdict:
                error = f"unknown address: {verdict.reason}"
            except TimeoutError:
                error = f"timed out after {timeout_s:g} s"
            except Exception as failure:
                error = _words(failure)
            return Delivery(
                status=status,
                error=error,
                body_excerpt=_excerpt(answer),
                duration_ms=round((time.monotonic() - started) * 1000),
                body=answer,
            )

    async def _exchange(self, target: Target, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Connect, write, read, close.

        Each try has a connection of its own. A kept one would save a handshake, but it would have to be told apart by
        the checked address and by the name verified for it, and it could close under our hands.
        """
        tls = (self._tls or _system_trust()) if target.scheme == "https" else None
        reader, writer = await asyncio.open_connection(
            target.address, target.port, ssl=tls, server_hostname=target.host if tls else None
        )
        try:
            connection = h11.Connection(h11.CLIENT)
            request = h11.Request(
                method="POST", target=target.path_and_query, headers=_all_headers(target, headers, body)
            )
            writer.write(_on_the_wire(connection, request, h11.Data(data=body), h11.EndOfMessage()))
            status, answer = 0, bytearray()
            while len(answer) < _BODY_MAX_BYTES:
                event = connection.next_event()
                if event is h11.NEED_DATA:
                    received = await reader.read(_BODY_MAX_BYTES)
                    if not received and connection.their_state is h11.SEND_RESPONSE:
                        raise _NoAnswer
                    connection.receive_data(received)
                elif isinstance(event, h11.Response):
                    status = event.status_code
                elif isinstance(event, h11.Data):
                    answer += event.data
                elif isinstance(event, h11.EndOfMessage):
                    break
            return status, bytes(answer[:_BODY_MAX_BYTES])
        finally:
            # Nothing more is to be said, and whoever does not listen must not be waited for.
            writer.transport.abort()


class _NoAnswer(Exception):
    """The other side hung up before it said anything."""


def _on_the_wire(connection: h11.Connection, *events: h11.Event) -> bytes:
    return b"".join(connection.send(event) or b"" for event in events)


@cache
def _system_trust() -> ssl.SSLContext:
    """The system's certificate authorities, read once, when a webhook first needs them: most processes never do."""
    return ssl.create_default_context()


def _all_headers(target: Target, headers: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
    return [
        ("Host", target.authority),
        ("Connection", "close"),
        ("Content-Length", str(len(body))),
        ("Accept-Encoding", "identity"),  # A compressed answer could unpack to any size.
        *headers.items(),
    ]


def _words(failure: Exception) -> str:
    """Name a failure for the person who reads the list of tries: the innermost cause that we know."""
    cause: BaseException | None = failure
    words = None
    while cause is not None:
        words = _own_words(cause) or words
        cause = cause.__cause__ or cause.__context__
    if words is None:
        # A bug of ours. One webhook must not take the others with it, so it ends as a recorded try and in the log.
        _log.error("webhook_try_broken", exc_info=failure)
        return f"internal error: {type(failure).__name__}"
    return words


def _own_words(cause: BaseException) -> str | None:
    match cause:
        case ssl.SSLCertVerificationError():
            return _CERTIFICATE_WORDS.get(cause.verify_code or 0, "tls: certificate not trusted")
        case ssl.SSLError():
            return "tls: handshake failed"
        case ConnectionRefusedError():
            return "connection refused"
        case ConnectionResetError() | BrokenPipeError():
            return "connection reset"
        case OSError() if cause.errno in errno.errorcode:
            return f"connection failed: {errno.errorcode[cause.errno or 0]}"
        case h11.RemoteProtocolError():
            return "incomplete or malformed answer"
        case _NoAnswer():
            return "connection closed"
        case _:
            return None


def _excerpt(answer: bytes) -> str:
    return _CONTROLS.sub("\ufffd", answer.decode("utf-8", errors="replace"))[:_EXCERPT_MAX_CHARACTERS]
