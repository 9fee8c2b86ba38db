"""What a front door tells of a call that cannot be seen from outside: who called, and what was in a sealed body.

Whoever keeps a log of calls lays the notes into the request's scope; without one, telling does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, Final

from polygate.core.merchants import App, Merchant

_PLACE: Final = "polygate.caller_notes"


class CallerNotes:
    """Filled while a call is answered."""

    __slots__ = ("app_id", "merchant", "merchant_no", "opened")

    def __init__(self) -> None:
        self.merchant: Merchant | None = None
        """Who showed to be the caller."""
        self.app_id = ""
        self.merchant_no = ""
        """Whom the caller says to be, shown or not."""
        self.opened: Mapping[str, Any] | None = None
        """What was in a body that came encrypted."""


def take_notes(scope: MutableMapping[str, Any]) -> CallerNotes:
    """The notes of a call that is about to begin."""
    notes = scope[_PLACE] = CallerNotes()
    return notes


def caller_says(scope: Mapping[str, Any], *, app_id: str = "", merchant_no: str = "") -> None:
    """Whom the caller says to be, before anything is proven."""
    if notes := _notes(scope):
        notes.app_id, notes.merchant_no = app_id, merchant_no


def caller_is(scope: Mapping[str, Any], merchant: Merchant, app: App | None = None) -> None:
    """Who called, once it is proven."""
    if notes := _notes(scope):
        notes.merchant = merchant
        if app is not None:
            notes.app_id = app.app_id


def body_says(scope: Mapping[str, Any], opened: Mapping[str, Any]) -> None:
    """What was in the encrypted body."""
    if notes := _notes(scope):
        notes.opened = opened


def _notes(scope: Mapping[str, Any]) -> CallerNotes | None:
    notes: CallerNotes | None = scope.get(_PLACE)
    return notes
