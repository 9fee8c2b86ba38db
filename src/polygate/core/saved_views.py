"""Lists as people like to see them: filters that somebody gave a name."""

from __future__ import annotations

from typing import Final

import msgspec

from polygate.core.ids import MerchantId

MOST: Final = 20
"""Of one person on one list."""
NAME_MOST: Final = 40


class SavedView(msgspec.Struct, frozen=True):
    merchant_id: MerchantId
    view_id: int
    user_id: int
    """Whose it is: nobody else sees it."""
    place: str
    """Which list, e.g. `payments`."""
    name: str
    query: str
    """The query of the list's address, without where its page begins."""
    created_ms: int
