"""What customers know about their orders, and whether the database agrees with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

REFUSED_CENTS: Final = ".13"
ABSENT: Final = "absent"
"""The state of an order that the gateway does not know."""


class Told(msgspec.Struct):
    """One call about an order: what was asked, and the answer, or None where none came back."""

    call: str
    answer: dict[str, Any] | None
    duration_s: float = 0.0
    fault: str = ""
    """Anything else than an answer of the contract, 503 or a cut connection."""


Rule = Callable[[Sequence[Told], str, bool], set[str]]
"""The states that agree with every answer: takes what was told, what was hoped for, and whether nothing is in doubt
any more."""


class Order(msgspec.Struct):
    """What one customer knows about one order."""

    order_no: str
    hopes: str
    """The state of the payment if its card is charged or the payer's choice in the wallet takes effect."""
    rule: Rule
    refusals: frozenset[str] = frozenset()
    """The codes with which calls about this order may be refused."""
    told: list[Told] = []
    refunds: dict[str, bool] = {}
    """Refund number → whether its acceptance was answered."""

    @property
    def last(self) -> dict[str, Any]:
        """The latest answer; empty if there was none."""
        return self.told[-1].answer or {}

    def states(self, *, at_last: bool) -> set[str]:
        """Those that agree with every answer; `pending` at last means that the payer has to act."""
        return self.rule(self.told, self.hopes, at_last)


def contradictions(
    orders: Iterable[Order], payments: dict[str, str], refunds: dict[str, str], *, at_last: bool
) -> Sequence[str]:
    """What the database says against what was answered: order number → payment state, refund number → state."""
    found = []
    for order in orders:
        expected = order.states(at_last=at_last)
        state = payments.get(order.order_no, ABSENT)
        if state not in expected:
            calls = [(told.call, (told.answer or {}).get("respCode")) for told in order.told]
            found.append(f"{order.order_no} is {state}, told {calls}: expected {sorted(expected)}")
        for number, accepted in order.refunds.items():
            if accepted and number not in refunds:
                found.append(f"refund {number} was accepted and is gone")
            done = "failed" if number.endswith(REFUSED_CENTS) else "succeeded"
            if at_last and number in refunds and refunds[number] != done:
                found.append(f"refund {number} is {refunds[number]}: expected {done}")
    return found
