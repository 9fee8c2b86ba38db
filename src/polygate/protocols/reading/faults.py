"""What can be wrong with a body, without any protocol's own codes in it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple


class Fault(Enum):
    """Each protocol has a code for every one of them that its declarations can raise."""

    WRONG_SHAPE = auto()
    """Not the JSON that belongs there."""
    MISSING = auto()
    NOT_NAMED = auto()
    """None of the fields that could name what is meant."""
    MISFIT = auto()
    """The object that another field calls for is missing."""
    MALFORMED = auto()
    BAD_AMOUNT = auto()
    BAD_CARD_NUMBER = auto()
    BAD_EXPIRY = auto()
    BAD_URL = auto()
    BAD_LIST = auto()
    """Too few elements, or too many."""
    NOT_ALLOWED = auto()
    """Not one of the values that there are."""
    CURRENCY_NOT_SUPPORTED = auto()


class Complaint(NamedTuple):
    """One fault of one field."""

    fault: Fault
    field: str
    """Its path, e.g. `billing.address.city` or `items[2].name`; empty for the body itself."""
    said: str
    """What is wrong, as the rest of a sentence that begins with the field. Never a value."""

    def __str__(self) -> str:
        return f"{self.field}: {self.said}" if self.field else self.said


class Wrong(Exception):
    """One fault of one field. `name` is for rules; a field's own kind need not give it."""

    def __init__(self, fault: Fault, said: str, name: str = "") -> None:
        super().__init__(fault.name, said)
        self.fault = fault
        self.said = said
        self.name = name


class Unreadable(Exception):
    """A body that is not what it should be: all complaints about it, one at least, in the order of declaration."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__(*complaints)
        self.complaints = tuple(complaints)
