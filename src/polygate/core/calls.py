"""Calls of merchants' servers, as they are remembered for a few days."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from polygate.core.ids import MerchantId

CALLS_KEPT_DAYS: Final = 7
"""Unless the operator says otherwise."""
NOBODY: Final = MerchantId(0)
"""Whose calls those are that nobody can be named for."""


class CallLogMode(StrEnum):
    """Which calls are remembered."""

    ALL = "all"
    REFUSED = "refused"
    OFF = "off"


class CallWords(msgspec.Struct, frozen=True):
    """Under which names an API's messages say how a call ended, and which order it was about."""

    code: str
    """Field of the answer."""
    said: str
    """Field of the answer with the text."""
    done: frozenset[str]
    """Codes of calls that were done, whatever became of the payment; all others were refused."""
    orders: tuple[str, ...]
    """Fields of the request that name an order, a merchant's own number first."""


class Call(msgspec.Struct, frozen=True):
    """One request and its answer, without anything that must not be kept (rule 8)."""

    merchant_id: MerchantId
    call_id: int
    """Told to the caller as `X-Request-Id`."""
    at_ms: int
    protocol: str
    app_id: str
    proven: bool
    """Whether the caller showed to be who is named here, or only said so."""
    address: str
    """The other end of the connection, or whom a trusted proxy names in its place."""
    method: str
    path: str
    """With the query, if there was one."""
    status: int
    """HTTP status; 0 where the caller left before the answer."""
    code: str
    """In the words of the API, as is `said`."""
    said: str
    refused: bool
    duration_us: int
    order_no: str
    """The order that it named, if any."""
    request: str
    answer: str
    left_out: int = 0
    """How many calls are missing before this one, because too many came at once."""
