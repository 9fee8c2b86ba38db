"""Code on the reference page, as it runs: how to encrypt and decrypt, and every sample, in each of four languages.

`call` sends what it encrypts, `plain` sends the same in the clear.

All snippets of a page share their variables: one opens an order, the next ones go on with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from polygate.protocols.channel.samples import BALANCE_SAMPLE, Call
from polygate.protocols.documenting.printed import VARIABLE, python_opens

CURL: Final = "curl"
PYTHON: Final = "Python"
NODE: Final = "Node"
PHP: Final = "PHP"

_STARTS: Final[Mapping[str, str]] = {
    CURL: """\
# MERCHANT_ID and ACCESS_KEY are in the environment.
GATEWAY={gateway}
KEY=$(printf %s "$ACCESS_KEY" | od -An -v -tx1 | tr -d ' \\n')

encrypt() {{ openssl enc -aes-256-ecb -K "$KEY" -base64 -A; }}
decrypt() {{ openssl enc -d -aes-256-ecb -K "$KEY" -base64 -A; }}

call() {{
  printf '{{"data":"%s"}}' "$(encrypt)" | curl -s "$GATEWAY/$1" \\
    -H "Authorization: $MERCHANT_ID" -H 'Content-Type: application/json' -d @-
}}

plain() {{
  curl -s "$GATEWAY/$1" -H "Authorization: $ACCESS_KEY" -H 'Content-Type: application/json' -d @-
}}""",
    PYTHON: """\
import base64
import json
import os
import time
import urllib.request

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

GATEWAY = "{gateway}"
MERCHANT_ID = os.environ["MERCHANT_ID"]
ACCESS_KEY = os.environ["ACCESS_KEY"]


def cipher():
    return Cipher(algorithms.AES256(ACCESS_KEY.encode()), modes.ECB())


def encrypt(text):
    padder, encryptor = PKCS7(128).padder(), cipher().encryptor()
    padded = padder.update(text.encode()) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def decrypt(data):
    unpadder, decryptor = PKCS7(128).unpadder(), cipher().decryptor()
    padded = decryptor.update(base64.b64decode(data)) + decryptor.finalize()
    return (unpadder.update(padded) + unpadder.finalize()).decode()


def post(path, body, authorization):
    request = urllib.request.Request(
        f"{{GATEWAY}}/{{path}}",
        json.dumps(body).encode(),
        {{"Content-Type": "application/json", "Authorization": authorization}},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def call(path, body):
    return post(path, {{"data": encrypt(json.dumps(body))}}, MERCHANT_ID)


def plain(path, body):
    return post(path, body, ACCESS_KEY)""",
    NODE: """\
// In a module (.mjs), for Node 18 and later.
import crypto from "node:crypto";

const GATEWAY = "{gateway}";
const {{ MERCHANT_ID, ACCESS_KEY }} = process.env;

function encrypt(text) {{
  const cipher = crypto.createCipheriv("aes-256-ecb", Buffer.from(ACCESS_KEY, "utf8"), null);
  return cipher.update(text, "utf8", "base64") + cipher.final("base64");
}}

function decrypt(data) {{
  const decipher = crypto.createDecipheriv("aes-256-ecb", Buffer.from(ACCESS_KEY, "utf8"), null);
  return decipher.update(data, "base64", "utf8") + decipher.final("utf8");
}}

async function post(path, body, authorization) {{
  const answer = await fetch(`${{GATEWAY}}/${{path}}`, {{
    method: "POST",
    headers: {{ "Content-Type": "application/json", Authorization: authorization }},
    body: JSON.stringify(body),
  }});
  return answer.json();
}}

const call = (path, body) => post(path, {{ data: encrypt(JSON.stringify(body)) }}, MERCHANT_ID);
const plain = (path, body) => post(path, body, ACCESS_KEY);""",
    PHP: """\
<?php
const GATEWAY = '{gateway}';
const CIPHER = 'aes-256-ecb';

function encrypt(string $text): string {{
    return base64_encode(openssl_encrypt($text, CIPHER, getenv('ACCESS_KEY'), OPENSSL_RAW_DATA));
}}

function decrypt(string $data): string {{
    return openssl_decrypt(base64_decode($data), CIPHER, getenv('ACCESS_KEY'), OPENSSL_RAW_DATA);
}}

function post(string $path, array $body, string $authorization): array {{
    $answer = file_get_contents(GATEWAY . "/$path", false, stream_context_create(['http' => [
        'method' => 'POST',
        'header' => ['Content-Type: application/json', "Authorization: $authorization"],
        'content' => json_encode($body),
        'ignore_errors' => true,
    ]]));
    return json_decode($answer, true);
}}

function call(string $path, array $body): array {{
    return post($path, ['data' => encrypt(json_encode($body))], getenv('MERCHANT_ID'));
}}

function plain(string $path, array $body): array {{
    return post($path, $body, getenv('ACCESS_KEY'));
}}""",
}

_BALANCE: Final[Mapping[str, str]] = {
    CURL: 'curl -s $GATEWAY/Merchant/Balance -H "Authorization: $ACCESS_KEY"',
    PYTHON: """\
request = urllib.request.Request(f"{GATEWAY}/Merchant/Balance", headers={"Authorization": ACCESS_KEY})
with urllib.request.urlopen(request) as answer:
    print(json.dumps(json.load(answer), indent=2))""",
    NODE: """\
const funds = await fetch(`${GATEWAY}/Merchant/Balance`, { headers: { Authorization: ACCESS_KEY } });
console.log(JSON.stringify(await funds.json(), null, 2));""",
    PHP: """\
echo file_get_contents(GATEWAY . '/Merchant/Balance', false, stream_context_create(['http' => [
    'header' => ['Authorization: ' . getenv('ACCESS_KEY')],
]]));""",
}
_QUOTED: Final = re.compile(f'"{VARIABLE.pattern}"')


def starts(base_url: str, prefix: str) -> dict[str, str]:
    """What each language needs once, before its first call."""
    return {language: start.format(gateway=base_url + prefix) for language, start in _STARTS.items()}


def snippets(sample: Call) -> dict[str, str]:
    """The same call in each language."""
    if sample is BALANCE_SAMPLE:
        return dict(_BALANCE)
    text, opens = json.dumps(sample.body, indent=2), sample.opens.items()
    call = "plain" if sample.is_plain else "call"
    return {
        CURL: "\n".join([
            *(f"{name}={start}-$(date +%s%N)" for name, start in opens),
            f"{call} {sample.path} <<END\n{text}\nEND",
        ]),
        PYTHON: "\n".join([
            *python_opens(sample.opens),
            f'answer = {call}("{sample.path}", {_named(text)})',
            "print(json.dumps(answer, indent=2))",
        ]),
        NODE: "\n".join([
            *(f"const {name.lower()} = `{start}-${{Date.now()}}`;" for name, start in opens),
            f'console.log(JSON.stringify(await {call}("{sample.path}", {_named(text)}), null, 2));',
        ]),
        PHP: "\n".join([
            *(f"${name.lower()} = '{start}-' . hrtime(true);" for name, start in opens),
            f"echo json_encode({call}('{sample.path}', {_php(_named(text, '$'))}), JSON_PRETTY_PRINT);",
        ]),
    }  # fmt: skip


def _named(text: str, sigil: str = "") -> str:
    """Texts that are variables become names."""
    return _QUOTED.sub(lambda found: sigil + found[1].lower(), text)


def _php(text: str) -> str:
    """A JSON object as PHP's array."""
    return re.sub(r'"([^"]*)"', r"'\1'", text.replace("{", "[").replace("}", "]")).replace("':", "' =>")
