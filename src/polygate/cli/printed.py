"""What commands print: tables and pairs for people, JSON for scripts. Data goes to stdout, talk to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

_WIDTH_IN_PIPES: Final = 200
"""Columns of a table that is not shown on a terminal: wide enough that a line of it stays a line."""


def _console() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else _WIDTH_IN_PIPES
    return Console(width=width, highlight=False, markup=False, emoji=False)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """`right` names the columns of numbers."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        shown.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(cell if isinstance(cell, Text) else Text(_cell(cell)) for cell in row))
    console = _console()
    with console.capture() as captured:
        console.print(shown)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()).strip("\n"))


def pairs(values: Mapping[str, object]) -> None:
    """One `name  value` per line; values that are empty are left out."""
    shown = {name: value for name, value in values.items() if value != ""}
    width = max(map(len, shown), default=0)
    for name, value in shown.items():
        typer.echo(f"{name:<{width}}  {_cell(value)}")


def rows(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], as_json: bool, *, right: Sequence[str] = ()
) -> None:
    """A table of some of their columns for people, the whole of them for scripts."""
    if as_json:
        json(rows)
    else:
        table(columns, [tuple(row[column] for column in columns) for row in rows], right=right)


def record(values: Mapping[str, Any], as_json: bool) -> None:
    """One thing, for people or for scripts."""
    if as_json:
        json(values)
    else:
        pairs(values)


def json(value: Any) -> None:
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def talk(said: str) -> None:
    typer.echo(f"polygate: {said}", err=True)


def _cell(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else plain(str(value))


def plain(text: str) -> str:
    """Text as a terminal may show it: what merchants and their receivers wrote must not move the cursor."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def moment(at_ms: int) -> str:
    """A time in UTC to the millisecond, empty for 0."""
    if not at_ms:
        return ""
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(sep=" ", timespec="milliseconds").replace("+00:00", "Z")
