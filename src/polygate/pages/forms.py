"""Requests that change something: only from our own pages, only as small forms."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect, Request

FORM_MAX_BYTES: Final = 64 * 1024
_MAX_FIELDS: Final = 32
_FORM: Final = "application/x-www-form-urlencoded"
NUL: Final = "\0"
"""Nobody can type it, and not every database takes it, not even to look for it."""


class Unfit(Exception):
    """A request that no page of ours makes. `status` is the HTTP status to answer with."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form; of two of one name the last counts. Raises Unfit."""
    return dict(await read_fields(request, most=_MAX_FIELDS))


async def read_fields(request: Request, *, most: int) -> list[tuple[str, str]]:
    """The fields of a posted form, in their order. Raises Unfit."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Unfit(415)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > FORM_MAX_BYTES:
                raise Unfit(413)
    except ClientDisconnect:
        raise Unfit(400) from None
    try:
        fields = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=most)
    except ValueError:
        raise Unfit(400) from None
    if any(NUL in text for _, text in fields):
        raise Unfit(400)
    return fields


def refuse_foreign(request: Request, base_url: str) -> None:
    """Raise Unfit for a form that another site posts here.

    Our pages send no referrer, and then browsers write `Origin: null` even on our own forms: an origin counts only
    if it names a site, and where `Sec-Fetch-Site` is there it decides alone.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise Unfit(403)
        return
    origin = request.headers.get("origin", "null")
    ours = {urlsplit(base_url).netloc.lower(), request.headers.get("host", "").lower()}
    if origin != "null" and origin.lower().partition("://")[2] not in ours:
        raise Unfit(403)
