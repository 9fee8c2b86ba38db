"""State diagrams for the documentation, drawn from the transition tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from polygate.core.transitions import AGREEMENT, ATTEMPT, PAYMENT, PAYOUT, REFUND, SHIPMENT, Event, State

_PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "states.md"

_INTRODUCTION = """# States

What may happen to a payment, an attempt, a refund, an agreement, a payout and a shipment. The diagrams are drawn from
the tables in `src/polygate/core/transitions.py`; a test compares them. A state without an arrow out of it is final.
"""


def diagram(table: Mapping[State, Mapping[Event, State]]) -> str:
    """A Mermaid state diagram with a line for each transition."""
    first = next(iter(table))
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first.name}"]
    for state, row in table.items():
        lines += [f"    {state.name} --> {target.name}: {event}" for event, target in row.items()]
        if not row:
            lines.append(f"    {state.name} --> [*]")
    return "\n".join([*lines, "```"])


def draw() -> None:
    """Write the page."""
    parts = [
        f"## Payment\n\n{diagram(PAYMENT)}\n",
        f"## Attempt\n\n{diagram(ATTEMPT)}\n",
        f"## Refund\n\n{diagram(REFUND)}\n",
        f"## Agreement\n\nThe payer's consent to charge a stored card again.\n\n{diagram(AGREEMENT)}\n",
        f"## Payout\n\n{diagram(PAYOUT)}\n",
        f"## Shipment\n\nA merchant may begin to tell of a parcel in any state but CANCELED.\n\n{diagram(SHIPMENT)}\n",
    ]
    _PAGE.write_text("\n".join([_INTRODUCTION, *parts]))


if __name__ == "__main__":
    draw()
