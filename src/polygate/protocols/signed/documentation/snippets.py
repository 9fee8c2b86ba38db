"""Code on the reference page: how to sign in four languages, and calls that run as they stand."""

from __future__ import annotations

from typing import Final

from polygate.protocols.documenting.printed import python_opens, python_text, shell_opens, shell_text
from polygate.protocols.documenting.samples import Sample

_CURL: Final = """\
GATEWAY={url}
call() {{
  local time nonce sign
  time=$(date +%s)000 nonce=$(openssl rand -hex 16)
  sign=$(printf '%s\\n' "$APP_ID" "$APP_SECRET" POST "$GATEWAY/$1" "$time" "$nonce" "$2" \\
    | openssl dgst -sha256 -r | cut -c 1-64)
  curl -s "$GATEWAY/$1" --data-raw "$2" -H 'Content-Type: application/json' \\
    -H "Authorization: V2_SHA256 appId=$APP_ID,sign=$sign,timestamp=$time,nonce=$nonce"
}}"""

_PYTHON: Final = """\
import hashlib
import json
import os
import secrets
import time
import urllib.request

GATEWAY = "{url}"
app_id = os.environ["APP_ID"]
app_secret = os.environ["APP_SECRET"]


def sign(method, url, timestamp, nonce, body):
    head = "\\n".join([app_id, app_secret, method, url, timestamp, nonce, ""])
    return hashlib.sha256(head.encode() + body + b"\\n").hexdigest()


def is_genuine(header, method, url, body):
    \"\"\"Whether an answer or a notification, its body as bytes, is signed with the secret.\"\"\"
    said = dict(pair.split("=", 1) for pair in header.split(" ", 1)[1].split(","))
    expected = sign(method, url, said["timestamp"], said["nonce"], body)
    return secrets.compare_digest(expected, said["sign"].lower())


def call(path, order):
    url, body = f"{{GATEWAY}}/{{path}}", json.dumps(order).encode()
    timestamp, nonce = str(time.time_ns() // 1_000_000), secrets.token_hex(16)
    proof = sign("POST", url, timestamp, nonce, body)
    authorization = f"V2_SHA256 appId={{app_id}},sign={{proof}},timestamp={{timestamp}},nonce={{nonce}}"
    headers = {{"Content-Type": "application/json", "Authorization": authorization}}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        said = answer.read()
        if not is_genuine(answer.headers["Authorization"], "POST", url, said):
            raise ValueError("the answer is not signed by the gateway")
        return json.loads(said)"""

_NODE: Final = """\
const crypto = require("node:crypto");

const GATEWAY = "{url}";
const appId = process.env.APP_ID;
const appSecret = process.env.APP_SECRET;

function sign(method, url, timestamp, nonce, body) {{
  const text = [appId, appSecret, method, url, timestamp, nonce, body, ""].join("\\n");
  return crypto.createHash("sha256").update(text, "utf8").digest("hex");
}}

// Whether an answer or a notification, its body as text, is signed with the secret.
function isGenuine(header, method, url, body) {{
  const said = Object.fromEntries(header.split(" ")[1].split(",").map((pair) => pair.split("=")));
  const expected = Buffer.from(sign(method, url, said.timestamp, said.nonce, body));
  return crypto.timingSafeEqual(expected, Buffer.from(said.sign.toLowerCase()));
}}

async function call(path, order) {{
  const url = `${{GATEWAY}}/${{path}}`;
  const body = JSON.stringify(order);
  const timestamp = String(Date.now());
  const nonce = crypto.randomBytes(16).toString("hex");
  const proof = sign("POST", url, timestamp, nonce, body);
  const authorization = `V2_SHA256 appId=${{appId}},sign=${{proof}},timestamp=${{timestamp}},nonce=${{nonce}}`;
  const headers = {{ "Content-Type": "application/json", Authorization: authorization }};
  const answer = await fetch(url, {{ method: "POST", headers, body }});
  const said = await answer.text();
  if (answer.ok && !isGenuine(answer.headers.get("Authorization"), "POST", url, said)) {{
    throw new Error("the answer is not signed by the gateway");
  }}
  return JSON.parse(said);
}}"""

_PHP: Final = """\
<?php
const GATEWAY = '{url}';

function sign(string $method, string $url, string $timestamp, string $nonce, string $body): string {{
    $lines = [getenv('APP_ID'), getenv('APP_SECRET'), $method, $url, $timestamp, $nonce, $body, ''];
    return hash('sha256', implode("\\n", $lines));
}}

// Whether an answer or a notification, its body as text, is signed with the secret.
function is_genuine(string $header, string $method, string $url, string $body): bool {{
    parse_str(strtr(explode(' ', $header, 2)[1], ',', '&'), $said);
    return hash_equals(sign($method, $url, $said['timestamp'], $said['nonce'], $body), strtolower($said['sign']));
}}

function call(string $path, array $order): array {{
    $url = GATEWAY . '/' . $path;
    $body = json_encode($order);
    $timestamp = (string) (int) (microtime(true) * 1000);
    $nonce = bin2hex(random_bytes(16));
    $sign = sign('POST', $url, $timestamp, $nonce, $body);
    $proof = sprintf('appId=%s,sign=%s,timestamp=%s,nonce=%s', getenv('APP_ID'), $sign, $timestamp, $nonce);
    $headers = "Content-Type: application/json\\r\\nAuthorization: V2_SHA256 " . $proof;
    $options = ['method' => 'POST', 'header' => $headers, 'content' => $body, 'ignore_errors' => true];
    $answer = file_get_contents($url, false, stream_context_create(['http' => $options]));
    return json_decode($answer, true);
}}"""


def starts(url: str) -> dict[str, str]:
    """What each language needs once, before its first call. `url` is where the paths begin."""
    return {
        "curl": _CURL.format(url=url),
        "Python": _PYTHON.format(url=url),
        "Node": _NODE.format(url=url),
        "PHP": _PHP.format(url=url),
    }


def curl(sample: Sample) -> str:
    return "\n".join(
        [*shell_opens(sample.opens), f'call {sample.path} "$(cat <<END\n{shell_text(sample.body)}\nEND\n)"']
    )


def python(sample: Sample) -> str:
    asked = f'answer = call("{sample.path}", {python_text(sample.body)})'
    return "\n".join([*python_opens(sample.opens), asked, "print(json.dumps(answer, indent=2))"])
