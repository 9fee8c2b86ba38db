"""Samples as commands and programs that run as they stand: curl in a shell, and Python without libraries.

In a sample `$ORDER` stands for a variable, in a shell as in Python (`order`). All snippets of a page share their
variables: one opens an order, the next ones go on with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from polygate.protocols.gateway.documentation.samples import Sample

_WIDTH: Final = 60
"""Columns that fit on the page without scrolling."""
_NAME_LENGTH: Final = 12
"""Room for what stands before a value on its line."""
_VARIABLE: Final = re.compile(r"\$([A-Z_]+)")

Leaf = Callable[[object], str]


def curl_start(base_url: str, prefix: str) -> str:
    """What the curl snippets rest on; run once in each terminal."""
    return (
        f"GATEWAY={base_url}{prefix}\n"
        "field() {\n"
        "  python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' \"$1\"\n"
        "}"
    )


def python_start(base_url: str, prefix: str) -> str:
    """What the Python snippets rest on."""
    return f'''\
import json
import os
import time
import urllib.request

GATEWAY = "{base_url}{prefix}"
app_id = os.environ["APP_ID"]
app_secret = os.environ["APP_SECRET"]


def call(path, body, token=""):
    request = urllib.request.Request(
        f"{{GATEWAY}}/{{path}}",
        json.dumps(body).encode(),
        {{"Content-Type": "application/json", "Authorization": token}},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)'''


def curl(sample: Sample) -> str:
    lines = [f"{name}={start}-$(date +%s)" for name, start in sample.opens.items()]
    token = "" if sample.is_first else '  -H "Authorization: $TOKEN" \\\n'
    body = _written(sample.body, "", json.dumps)
    head = f"curl -s $GATEWAY/{sample.path} \\\n{token}  -H 'Content-Type: application/json' -d @- <<END"
    command = f"{head}\n{body}\nEND"
    if not sample.keeps:
        return "\n".join([*lines, command])
    lines += [f"ANSWER=$({command}\n)", *([] if sample.is_first else ['echo "$ANSWER"'])]
    return "\n".join([*lines, *(f'{name}=$(field {field} <<< "$ANSWER")' for name, field in sample.keeps.items())])


def python(sample: Sample) -> str:
    lines = [f'{name.lower()} = f"{start}-{{time.time_ns()}}"' for name, start in sample.opens.items()]
    token = "" if sample.is_first else ", token"
    lines.append(f'answer = call("{sample.path}", {_written(sample.body, "", _python_leaf)}{token})')
    if not sample.is_first:
        lines.append("print(json.dumps(answer, indent=2))")
    return "\n".join([*lines, *(f'{name.lower()} = answer["{field}"]' for name, field in sample.keeps.items())])


def json_text(value: object) -> str:
    """JSON for people: what fits on a line stays on it."""
    return _written(value, "", lambda leaf: json.dumps(leaf, ensure_ascii=False))


def _written(value: Any, indent: str, leaf: Leaf) -> str:
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
    if isinstance(value, bool):
        return str(value)
    text = json.dumps(value)
    if not isinstance(value, str) or "$" not in value:
        return text
    alone = _VARIABLE.fullmatch(value)
    return alone[1].lower() if alone else "f" + _VARIABLE.sub(lambda name: f"{{{name[1].lower()}}}", text)
