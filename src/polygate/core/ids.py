"""Identifiers: 64-bit, made in the application, ordered by time, 18 decimal digits until the year 2050; or 19."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NewType

MerchantId = NewType("MerchantId", int)
PaymentId = NewType("PaymentId", int)
AttemptId = NewType("AttemptId", int)
RefundId = NewType("RefundId", int)
PayoutId = NewType("PayoutId", int)
ShipmentId = NewType("ShipmentId", int)

Mint = Callable[[], int]
"""Gives the next identifier."""

EPOCH_MS: Final = 1_577_836_800_000
"""2020-01-01T00:00:00Z. From 2023-01 to 2050-03 the identifiers have exactly 18 digits."""

NODES: Final = 1024
_NODE_BITS: Final = 10
_COUNT_BITS: Final = 10


EXACT_TICK_MS: Final = 256
"""The tick of identifiers that are exact in every JSON reader: below 2**53 until the year 2089."""


class IdSequence:
    """Identifiers of one process: ticks of the clock, the process's node number, a counter within the tick.

    Two processes never share a node number at the same time (the store hands them out), so identifiers are unique
    across processes. More than 1,024 in a tick borrow from the next one, and a clock that steps back is waited out by
    staying at the latest tick seen: order and uniqueness hold in both cases.
    """

    def __init__(self, node: int, *, tick_ms: int = 1) -> None:
        """Longer ticks make shorter identifiers, and fewer of them in a second."""
        if not 0 <= node < NODES:
            raise ValueError(f"node must be 0 to {NODES - 1}")
        self._node = node
        self._tick_ms = tick_ms
        self._last_tick = 0
        self._count = 0

    def take(self, now_ms: int) -> int:
        """The next identifier; `now_ms` is the time in milliseconds since 1970."""
        tick = (now_ms - EPOCH_MS) // self._tick_ms
        if tick > self._last_tick:
            self._last_tick, self._count = tick, 0
        else:
            self._count += 1
            if self._count >> _COUNT_BITS:
                self._last_tick, self._count = self._last_tick + 1, 0
        return (self._last_tick << (_NODE_BITS + _COUNT_BITS)) | (self._node << _COUNT_BITS) | self._count


LAST: Final = 2**63 - 1
"""No identifier is greater."""

DIGITS_MAX: Final = 19

_LONG: Final = 10**18
"""Added to identifiers for APIs that prescribe 19 digits. No card number begins with the 1 that this puts in front."""


def lengthened(identifier: int) -> int:
    """One of 19 digits. They are ordered among themselves, and until 2050 no other identifier is one of them."""
    return identifier + _LONG


def is_long(identifier: int) -> bool:
    return identifier >= _LONG


def first_at(at_ms: int) -> int:
    """An identifier no greater than any made from a time on, in milliseconds since 1970."""
    return max(at_ms - EPOCH_MS, 0) << (_NODE_BITS + _COUNT_BITS)


def made_at_ms(identifier: int) -> int:
    """When an identifier was made, in milliseconds since 1970."""
    return ((identifier % _LONG) >> (_NODE_BITS + _COUNT_BITS)) + EPOCH_MS
