"""A list as a file for spreadsheets: written page by page, however long it is, and harmless to open."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from starlette.responses import Response, StreamingResponse

from polygate.console.rendering import PRIVATE
from polygate.store.listing import Page

Row = TypeVar("Row", bound=msgspec.Struct)

_MARK: Final = "\ufeff"
"""By which spreadsheets know that it is UTF-8."""
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a text must not begin with, or spreadsheets take it for a formula (OWASP, CSV injection)."""


def harmless(value: Any) -> Any:
    """A value as a cell: numbers as they are, texts that nothing is calculated from."""
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return value


def csv_file(
    name: str, columns: Sequence[str], pages: AsyncIterator[Page[Row]], cells: Callable[[Row], Sequence[Any]]
) -> Response:
    """The answer that is the file; `cells` writes one row under the columns."""

    async def lines() -> AsyncIterator[str]:
        yield _MARK + _written([columns])
        async for page in pages:
            if page.rows:
                yield _written([[harmless(cell) for cell in cells(row)] for row in page.rows])

    headers = PRIVATE | {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


def _written(rows: Sequence[Sequence[Any]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()
