"""A list as a file: a page that says what the file will hold and how far it is, and the file itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from starlette.responses import Response

from polygate.console.csv_file import csv_file
from polygate.console.narrowing import narrowed
from polygate.console.page import Page
from polygate.console.saved_views import query_of
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.store import listing
from polygate.store.contract import Change, Insert

FILE_ROWS: Final = 500
"""Read and written at a time; more is never in memory."""
Pages: TypeAlias = AsyncIterator[listing.Page[Any]]


class ListFile(msgspec.Struct, frozen=True):
    """What the file of a list is made of."""

    name: str
    """The text `export.<name>` says what is taken away; the file is called so, too."""
    columns: Sequence[str]
    pages: Callable[[Visit], Awaitable[Pages | None]]
    """What the query of the page narrows the list to; None where it asks for something wrong."""
    cells: Callable[[Any], Sequence[Any]]
    """One row, under the columns."""
    action: str
    """Of the audit log."""
    note: str = ""
    """The key of what there is to say about it."""


def narrowed_pages(
    row_type: type[Any], choices: Mapping[str, Sequence[str]]
) -> Callable[[Visit], Awaitable[Pages | None]]:
    """Of a merchant's list that is narrowed by nothing but the query."""

    async def pages(visit: Visit) -> Pages | None:
        wanted = narrowed(visit, choices)
        if wanted.faults:
            return None
        return visit.context.store.listing.pages(
            row_type, wanted.filter, merchant_id=visit.merchant_id, limit=FILE_ROWS
        )

    return pages


def export_pages(path: str, file: ListFile, permission: Permission = Permission.EXPORT) -> tuple[Page, Page]:
    """The two pages below a list's own."""

    def show_export(visit: Visit, status: int = 200) -> Response:
        own = visit.request.url.path
        return visit.show(
            "export",
            status,
            file=file,
            back=own.rpartition("/export")[0],
            query=query_of(visit.request.url.query) if status == 200 else "",
        )

    async def show(visit: Visit) -> Response:
        return show_export(visit)

    async def export(visit: Visit) -> Response:
        pages = await file.pages(visit)
        if pages is None:
            return show_export(visit, 422)
        entry = visit.entry(file.action, about=query_of(visit.request.url.query))
        await visit.context.store.submit(Change((Insert(entry),)))
        whose = visit.merchant_here.merchant_no if visit.merchant_here else "all"
        return csv_file(f"{file.name}-{whose}", file.columns, pages, file.cells)

    return Page("GET", f"{path}/export", show, permission), Page("GET", f"{path}/export.csv", export, permission)
