"""Which acquirer gets an attempt, and why. The decision is recorded on the attempt."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from polygate.core.refusals import Reason, Refused


class Route(msgspec.Struct, frozen=True):
    acquirer: str
    why: str
    """One sentence for the people who read the timeline."""


def choose(method: str, *, acquirers: Sequence[str]) -> Route:
    """The acquirer for a payment method. Raises Refused where none serves it."""
    if method != "card" or not acquirers:
        raise Refused(Reason.METHOD_NOT_ENABLED, f"payment method {method} is not enabled")
    chosen = acquirers[0]
    return Route(chosen, f"{chosen} is the only acquirer for {method}" if len(acquirers) == 1 else f"{chosen} is first")
