"""Text tables: the cases of a rule, one line each, in a form that is read before it is run."""

from __future__ import annotations

from collections.abc import Sequence


class Row:
    """One line of a table; its cells are attributes named by the table's header."""

    def __init__(self, names: Sequence[str], cells: Sequence[str]) -> None:
        self._cells = dict(zip(names, cells, strict=True))

    def __getattr__(self, name: str) -> str:
        try:
            return self._cells[name]
        except KeyError:
            raise AttributeError(name) from None

    def __str__(self) -> str:
        return " ".join(self._cells.values())


def table(text: str) -> list[Row]:
    """The rows under a header that starts with `#`; what follows a `#` in a row is a remark."""
    header, *lines = text.strip().splitlines()
    names = header.removeprefix("#").split()
    cells = [line.partition("#")[0].split() for line in lines]
    return [Row(names, row) for row in cells if row]
