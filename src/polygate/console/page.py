"""What a page of the console declares about itself. The door sees to everything that the declaration says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec
from starlette.responses import Response

from polygate.core.access import Permission

if TYPE_CHECKING:
    from polygate.console.visit import Visit

Handler: TypeAlias = "Callable[[Visit], Awaitable[Response]]"

ROOT: Final = "/console"
MERCHANT: Final = f"{ROOT}/m/{{merchant_no}}"
"""Everything of one merchant is below: `f"{MERCHANT}/team"`. The door reads the merchant from the path."""
OPERATOR: Final = f"{ROOT}/operator"


class Page(msgspec.Struct, frozen=True):
    """One address and method. A form that changes something is a page of its own, with method POST."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    permission: Permission | None = None
    """Who may; None for everybody who is signed in."""
    needs_code: bool = False
    """It asks for a one-time code that is not older than ten minutes; on a POST, the form may bring it as `code`."""
    anybody: bool = False
    """Also for those who are not signed in."""

    @property
    def is_of_merchant(self) -> bool:
        return self.path.startswith(f"{MERCHANT}/")
