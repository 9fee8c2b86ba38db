"""What every API's front door does alike: serving, bodies within bounds, and the last word on what is nobody's mistake.

Codes and words stay with each protocol.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from polygate.store.contract import Busy, Unavailable

JSON: Final = "application/json"
RETRY_AFTER_S: Final = 1
"""What callers are told to wait who came while the store was not to be had."""

_log = structlog.get_logger(__name__)


class TooLarge(Exception):
    """A body of more bytes than its door takes."""


async def serve(respond: Callable[[Request], Awaitable[Response]], scope: Scope, receive: Receive, send: Send) -> None:
    """One request as ASGI has it. Whoever has gone away is told nothing."""
    try:
        response = await respond(Request(scope, receive))
    except ClientDisconnect:
        return
    await response(scope, receive, send)


def media_type(request: Request) -> str:
    """What the caller says the body is, in lower case and without parameters; empty where nothing is said."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def body_within(request: Request, max_bytes: int) -> bytes:
    """The body, refused as soon as it is known to be too large. Raises TooLarge."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise TooLarge
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


async def last_word(
    path: str, answering: Awaitable[Response], *, put_off: Callable[[], Response], broken: Callable[[], Response]
) -> Response:
    """The answer; `put_off()` where the store is not to be had at the moment, `broken()` after a fault of ours.

    Both are logged. Raises ClientDisconnect.
    """
    try:
        return await answering
    except (Busy, Unavailable) as error:
        _log.warning("not_available", path=path, error=str(error))
        return put_off()
    except ClientDisconnect:
        raise
    except Exception:
        _log.exception("internal_fault", path=path)
        return broken()
