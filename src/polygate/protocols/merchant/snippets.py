"""Code on the reference page: calls that run as they stand, and how a notification is checked in three languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from polygate.protocols.merchant.samples import Sample

_WIDTH: Final = 60
_VARIABLE: Final = re.compile(r"\$([A-Z_]+)")


def curl_start(base_url: str) -> str:
    return (
        f"GATEWAY={base_url}\n"
        "field() {\n"
        "  python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' \"$1\"\n"
        "}"
    )


def python_start(base_url: str) -> str:
    return f'''\
import base64
import json
import os
import time
import urllib.request

GATEWAY = "{base_url}"
app_id = os.environ["APP_ID"]
pair = f"{{os.environ['MERCHANT_NO']}}:{{os.environ['SECRET_KEY']}}"
HEADERS = {{
    "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
    "Content-Type": "application/json",
}}


def call(path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(GATEWAY + path, data, HEADERS)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)'''


def curl(sample: Sample) -> str:
    lines = [f"{name}={start}-$(date +%s)-$RANDOM" for name, start in sample.opens.items()]
    command = f'curl -s -u "$MERCHANT_NO:$SECRET_KEY" "$GATEWAY{sample.path}"'
    if sample.body is not None:
        body = _written(sample.body, "", json.dumps)
        command = f"{command} \\\n  -H 'Content-Type: application/json' -d @- <<END\n{body}\nEND\n"
    lines += [f"ANSWER=$({command})", 'echo "$ANSWER"']
    return "\n".join([*lines, *(f'{name}=$(field {field} <<< "$ANSWER")' for name, field in sample.keeps.items())])


def python(sample: Sample) -> str:
    lines = [f'{name.lower()} = f"{start}-{{time.time_ns()}}"' for name, start in sample.opens.items()]
    path = _VARIABLE.sub(lambda found: f"{{{found[1].lower()}}}", sample.path)
    mark = "f" if path != sample.path else ""
    body = "" if sample.body is None else f", {_written(sample.body, '', _python_leaf)}"
    lines += [f'answer = call({mark}"{path}"{body})', "print(json.dumps(answer, indent=2))"]
    return "\n".join([*lines, *(f'{name.lower()} = answer["{field}"]' for name, field in sample.keeps.items())])


def json_text(value: object) -> str:
    return _written(value, "", json.dumps)


def _python_leaf(value: object) -> str:
    if isinstance(value, str) and (found := _VARIABLE.fullmatch(value)):
        return found[1].lower()
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _written(value: Any, indent: str, leaf: Callable[[object], str]) -> str:
    """JSON, or a literal, for people: what fits on a line stays on it."""
    if not isinstance(value, dict | list):
        return leaf(value)
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {_written(each, inner, leaf)}" for name, each in value.items()]
        opening, closing = "{", "}"
    else:
        parts = [_written(each, inner, leaf) for each in value]
        opening, closing = "[", "]"
    line = f"{opening}{', '.join(parts)}{closing}"
    if "\n" not in line and len(indent) + len(line) <= _WIDTH:
        return line
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{closing}"


PYTHON_CHECK: Final = """\
import hashlib
import hmac
import json
import os


def is_genuine(body: bytes) -> bool:
    members = json.loads(body)
    counted = {name: value for name, value in members.items()
               if name != "sign" and value not in (None, "") and not isinstance(value, (dict, list))}
    text = "".join(str(value).lower() if isinstance(value, bool) else str(value)
                   for _, value in sorted(counted.items()))
    sign = hashlib.sha256((text + os.environ["SECRET_KEY"]).encode()).hexdigest()
    return hmac.compare_digest(sign, str(members.get("sign", "")).lower())"""

NODE_CHECK: Final = """\
const crypto = require("node:crypto");

function isGenuine(body) {
  const members = JSON.parse(body);
  const text = Object.keys(members)
    .filter((name) => name !== "sign" && members[name] !== "" && typeof members[name] !== "object")
    .sort()
    .map((name) => String(members[name]))
    .join("");
  const sign = crypto.createHash("sha256").update(text + process.env.SECRET_KEY, "utf8").digest("hex");
  const given = Buffer.from(String(members.sign).toLowerCase());
  return given.length === sign.length && crypto.timingSafeEqual(given, Buffer.from(sign));
}"""

PHP_CHECK: Final = """\
<?php
function is_genuine(string $body): bool {
    $members = json_decode($body, true);
    ksort($members, SORT_STRING);
    $text = '';
    foreach ($members as $name => $value) {
        if ($name === 'sign' || $value === null || $value === '' || is_array($value)) {
            continue;
        }
        $text .= is_bool($value) ? ($value ? 'true' : 'false') : $value;
    }
    $sign = hash('sha256', $text . getenv('SECRET_KEY'));
    return hash_equals($sign, strtolower($members['sign'] ?? ''));
}"""

CHECKS: Final = {"Python": PYTHON_CHECK, "Node": NODE_CHECK, "PHP": PHP_CHECK}
