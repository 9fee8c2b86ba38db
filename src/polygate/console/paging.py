"""Lists that go back in time, a screenful after the other: each page begins below the key of the last row shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from polygate.core.ids import LAST
from polygate.store.listing import Page

Row = TypeVar("Row")

PAGE_ROWS: Final = 25
FETCHED: Final = PAGE_ROWS + 1
"""One more than is shown tells whether there are more."""


class Listing(Generic[Row]):
    """The rows of one page, and where the next one begins."""

    def __init__(self, found: Sequence[Row], key: Callable[[Row], int]) -> None:
        """`found` are up to `FETCHED` rows, newest first."""
        self.rows: Final = tuple(found[:PAGE_ROWS])
        self.next_before: Final = key(self.rows[-1]) if len(found) > PAGE_ROWS else 0
        """For the query of the next page; 0 if this is the last one."""


class Shown(NamedTuple, Generic[Row]):
    """A page of a list that may have looked in vain for a while (`store.listing`)."""

    rows: tuple[Row, ...]
    next_before: int
    looked_to_ms: int
    """How far back it looked, where the page is short because of that; 0 otherwise."""

    @classmethod
    def of(cls, page: Page[Any]) -> Shown[Any]:
        return cls(page.rows, page.before, page.looked_to_ms)


def before(text: str) -> int:
    """Where a page begins, from its query; at the newest for anything that is no key."""
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text[:20]) <= LAST else LAST
