"""State diagrams for the documentation, drawn from the transition tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from polygate.core.transitions import ATTEMPT, PAYMENT, REFUND, Event, State

_PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "states.md"

_INTRODUCTION = """# States

What may happen to a payment, an attempt and a refund. The diagrams are drawn from the tables in
`src/polygate/core/transitions.py`; a test compares them. A state without an arrow out of it is final.
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
    ]
    _PAGE.write_text("\n".join([_INTRODUCTION, *parts]))


if __name__ == "__main__":
    draw()
