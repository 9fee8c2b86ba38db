"""Samples as they are printed: JSON for people, and as code in which `$NAME` is a variable, `name` in Python.

All snippets of a page share their variables: one opens an order, the next ones go on with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from polygate.protocols.contract import Example

VARIABLE: Final = re.compile(r"\$([A-Z_]+)")
SHELL_FIELD: Final = """\
field() {
  python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}"""
"""The shell function that `shell_keeps` rests on."""

_WIDTH: Final = 60
"""Columns that fit on the page without scrolling."""
_NAME_LENGTH: Final = 12
"""Room for what stands before a value on its line."""


def json_text(value: object) -> str:
    """JSON for people: what fits on a line stays on it."""
    return _written(value, "", lambda leaf: json.dumps(leaf, ensure_ascii=False))


def shell_text(value: object) -> str:
    """The same inside a here-document, where variables are filled in."""
    return _written(value, "", json.dumps)


def python_text(value: object) -> str:
    """The same as an expression."""
    return _written(value, "", _python_leaf)


def python_opens(opens: Mapping[str, str]) -> list[str]:
    """A line for each variable that gets a fresh number, by the word it begins with."""
    return [f'{name.lower()} = f"{start}-{{time.time_ns()}}"' for name, start in opens.items()]


def shell_opens(opens: Mapping[str, str]) -> list[str]:
    """Likewise in a shell."""
    return [f"{name}={start}-$(date +%s)" for name, start in opens.items()]


def python_keeps(keeps: Mapping[str, str]) -> list[str]:
    """A line for each variable that gets a field of the answer."""
    return [f'{name.lower()} = answer["{field}"]' for name, field in keeps.items()]


def shell_keeps(keeps: Mapping[str, str]) -> list[str]:
    """Likewise, of what is in `ANSWER`."""
    return [f'{name}=$(field {field} <<< "$ANSWER")' for name, field in keeps.items()]


def by_operation(examples: Iterable[tuple[str, Example]]) -> dict[str, tuple[Example, ...]]:
    """Examples by the `operationId` that each comes with, in their order."""
    found: dict[str, tuple[Example, ...]] = {}
    for name, example in examples:
        found[name] = (*found.get(name, ()), example)
    return found


def durations(seconds: Iterable[int]) -> str:
    """Each in its largest unit, one behind the other."""
    return ", ".join(map(_duration, seconds))


def _duration(seconds: int) -> str:
    for unit, size in (("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _written(value: Any, indent: str, leaf: Callable[[object], str]) -> str:
    match value:
        case dict():
            marks, parts = "{}", [(f"{json.dumps(name)}: ", part) for name, part in value.items()]
        case list() | tuple():
            marks, parts = "[]", [("", part) for part in value]
        case _:
            return leaf(value)
    flat = ", ".join(f"{name}{_written(part, indent, leaf)}" for name, part in parts)
    if "\n" not in flat and len(indent) + len(flat) + _NAME_LENGTH <= _WIDTH:
        return f"{marks[0]}{flat}{marks[1]}"
    deeper = indent + "  "
    lines = [f"{deeper}{name}{_written(part, deeper, leaf)}" for name, part in parts]
    return f"{marks[0]}\n" + ",\n".join(lines) + f"\n{indent}{marks[1]}"


def _python_leaf(value: object) -> str:
    if not isinstance(value, str):
        return repr(value)
    text = json.dumps(value)
    if "$" not in value:
        return text
    alone = VARIABLE.fullmatch(value)
    return alone[1].lower() if alone else "f" + VARIABLE.sub(lambda name: f"{{{name[1].lower()}}}", text)
