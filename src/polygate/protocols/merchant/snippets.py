"""Code on the reference page: calls that run as they stand, and how a notification is checked in three languages."""

from __future__ import annotations

from typing import Final

from polygate.protocols.documenting.printed import (
    SHELL_FIELD,
    VARIABLE,
    python_keeps,
    python_opens,
    python_text,
    shell_keeps,
    shell_text,
)
from polygate.protocols.documenting.samples import Sample


def curl_start(base_url: str) -> str:
    return f"GATEWAY={base_url}\n{SHELL_FIELD}"


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
        body = shell_text(sample.body)
        command = f"{command} \\\n  -H 'Content-Type: application/json' -d @- <<END\n{body}\nEND\n"
    lines += [f"ANSWER=$({command})", 'echo "$ANSWER"']
    return "\n".join([*lines, *shell_keeps(sample.keeps)])


def python(sample: Sample) -> str:
    path = VARIABLE.sub(lambda found: f"{{{found[1].lower()}}}", sample.path)
    mark = "f" if path != sample.path else ""
    body = "" if sample.body is None else f", {python_text(sample.body)}"
    lines = [*python_opens(sample.opens), f'answer = call({mark}"{path}"{body})', "print(json.dumps(answer, indent=2))"]
    return "\n".join([*lines, *python_keeps(sample.keeps)])


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
