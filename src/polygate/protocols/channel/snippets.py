"""Code on the reference page: encrypting a call and opening a callback, in three languages, and calls that run."""

from __future__ import annotations

from typing import Final

PYTHON: Final = """\
import base64
import json
import os

import requests
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

BASE_URL = "{base_url}/api/channel/"
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


def call(path, body):
    data = encrypt(json.dumps(body))
    answer = requests.post(BASE_URL + path, json={{"data": data}}, headers={{"Authorization": MERCHANT_ID}}, timeout=30)
    return answer.json()"""

NODE: Final = """\
const crypto = require("node:crypto");

const MERCHANT_ID = process.env.MERCHANT_ID;
const ACCESS_KEY = process.env.ACCESS_KEY;

function encrypt(text) {{
  const cipher = crypto.createCipheriv("aes-256-ecb", Buffer.from(ACCESS_KEY, "utf8"), null);
  return cipher.update(text, "utf8", "base64") + cipher.final("base64");
}}

function decrypt(data) {{
  const decipher = crypto.createDecipheriv("aes-256-ecb", Buffer.from(ACCESS_KEY, "utf8"), null);
  return decipher.update(data, "base64", "utf8") + decipher.final("utf8");
}}

async function call(path, body) {{
  const answer = await fetch("{base_url}/api/channel/" + path, {{
    method: "POST",
    headers: {{ "Content-Type": "application/json", Authorization: MERCHANT_ID }},
    body: JSON.stringify({{ data: encrypt(JSON.stringify(body)) }}),
  }});
  return answer.json();
}}"""

PHP: Final = """\
<?php
const CIPHER = 'aes-256-ecb';

function encrypt(string $text): string {{
    return base64_encode(openssl_encrypt($text, CIPHER, getenv('ACCESS_KEY'), OPENSSL_RAW_DATA));
}}

function decrypt(string $data): string {{
    return openssl_decrypt(base64_decode($data), CIPHER, getenv('ACCESS_KEY'), OPENSSL_RAW_DATA);
}}

function call(string $path, array $body): array {{
    $headers = "Content-Type: application/json\\r\\nAuthorization: " . getenv('MERCHANT_ID');
    $content = json_encode(['data' => encrypt(json_encode($body))]);
    $options = ['method' => 'POST', 'header' => $headers, 'content' => $content];
    $answer = file_get_contents('{base_url}/api/channel/' . $path, false, stream_context_create(['http' => $options]));
    return json_decode($answer, true);
}}"""


def starts(base_url: str) -> dict[str, str]:
    """What each language needs once, before its first call."""
    return {
        "Python": PYTHON.format(base_url=base_url),
        "Node": NODE.format(base_url=base_url),
        "PHP": PHP.format(base_url=base_url),
    }
