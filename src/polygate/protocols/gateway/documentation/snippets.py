"""Samples as commands and programs that run as they stand: curl in a shell, and Python without libraries."""

from __future__ import annotations

from polygate.protocols.documenting.printed import (
    SHELL_FIELD,
    python_keeps,
    python_opens,
    python_text,
    shell_keeps,
    shell_opens,
    shell_text,
)
from polygate.protocols.documenting.samples import Sample
from polygate.protocols.gateway.documentation.samples import TOKEN


def curl_start(base_url: str, prefix: str) -> str:
    """What the curl snippets rest on; run once in each terminal."""
    return f"GATEWAY={base_url}{prefix}\n{SHELL_FIELD}"


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
    lines = shell_opens(sample.opens)
    token = "" if sample is TOKEN else '  -H "Authorization: $TOKEN" \\\n'
    head = f"curl -s $GATEWAY/{sample.path} \\\n{token}  -H 'Content-Type: application/json' -d @- <<END"
    command = f"{head}\n{shell_text(sample.body)}\nEND"
    if not sample.keeps:
        return "\n".join([*lines, command])
    lines += [f"ANSWER=$({command}\n)", *([] if sample is TOKEN else ['echo "$ANSWER"'])]
    return "\n".join([*lines, *shell_keeps(sample.keeps)])


def python(sample: Sample) -> str:
    lines = python_opens(sample.opens)
    token = "" if sample is TOKEN else ", token"
    lines.append(f'answer = call("{sample.path}", {python_text(sample.body)}{token})')
    if sample is not TOKEN:
        lines.append("print(json.dumps(answer, indent=2))")
    return "\n".join([*lines, *python_keeps(sample.keeps)])
