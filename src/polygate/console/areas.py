"""Every page of the console. A new area is one module with its `PAGES`, and one line here."""

from __future__ import annotations

from typing import Final

from polygate.console import account, audit, sign_in, team
from polygate.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    *sign_in.PAGES,
    *account.PAGES,
    *team.PAGES,
    *audit.PAGES,
)
