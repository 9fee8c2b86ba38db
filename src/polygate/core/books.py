"""Whether the books balance: what was found when they were last looked at."""

from __future__ import annotations

import msgspec

from polygate.core.ids import MerchantId


class Fault(msgspec.Struct, frozen=True):
    """Something that should not be in the books."""

    merchant_id: MerchantId
    key: str
    """What is wrong: `amount`, `same_account`, `account`, `currency` or `owing`."""
    about: str
    """The accounts and the currency."""


class BooksRound(msgspec.Struct, frozen=True):
    """A look at all postings of all merchants that came to its end; the last one is kept, whichever process it was."""

    merchant_id: MerchantId
    """`NO_MERCHANT`."""
    as_of_ms: int
    """Everything older was looked at, in milliseconds since 1970."""
    ended_ms: int
    postings: int
    """How many its process has looked at."""
    faults: tuple[Fault, ...]
