"""Identifiers: 64-bit, made in the application, ordered by time, 18 decimal digits until the year 2050; or 19."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, NewType

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
_TICK_BITS: Final = _NODE_BITS + _COUNT_BITS


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


EXACT_END: Final = 2**53


class Band(NamedTuple):
    """Identifiers of one length, from `first` on and below `end`. Those of a longer one are always greater."""

    first: int
    end: int
    tick_ms: int = 1

    def at(self, at_ms: int) -> int:
        """An identifier no greater than any of this length that was made from a time on (ms since 1970)."""
        base = self.first if self.first >= _LONG else 0
        return min(max(base + (max(at_ms - EPOCH_MS, 0) // self.tick_ms << _TICK_BITS), self.first), self.end)

    def below(self, identifier: int) -> int:
        """Where those of this length end that were made before one of any length; of two at once the shorter is older.

        A length with long ticks has the end of the tick.
        """
        if self.first <= identifier < self.end:
            return identifier
        if identifier >= LONG.end:
            return self.end
        at_ms = made_at_ms(identifier)
        return self.at(at_ms + self.tick_ms if self.end <= identifier else at_ms)


EXACT: Final = Band(0, EXACT_END, EXACT_TICK_MS)
USUAL: Final = Band(EXACT_END, _LONG)
"""Shorter ones were made until April 2020."""
LONG: Final = Band(_LONG, 2 * _LONG)
BANDS: Final = (EXACT, USUAL, LONG)


def first_at(at_ms: int) -> int:
    """An identifier of usual length no greater than any made from a time on, in milliseconds since 1970."""
    return max(at_ms - EPOCH_MS, 0) << _TICK_BITS


def made_at_ms(identifier: int) -> int:
    """When an identifier of whatever length was made, in milliseconds since 1970; to the tick."""
    ticks = (identifier % _LONG) >> _TICK_BITS
    return ticks * (EXACT_TICK_MS if identifier < EXACT_END else 1) + EPOCH_MS


def age(identifier: int) -> tuple[int, int]:
    """Sorts identifiers of all lengths by the time they were made at."""
    return made_at_ms(identifier), identifier
