"""The OpenAPI document and the reference page. Every answer of all other tests is held to the document as well."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import Any

import httpx
import jsonschema_rs
import pytest

from polygate.protocols.channel import Code
from polygate.protocols.channel.routes import BALANCE, ENDPOINTS
from polygate.protocols.channel.snippets import starts
from tests.channel_api.client import Client
from tests.channel_api.document import PREFIX, document, operation
from tests.protocols.channel.vectors import KEY, MESSAGES, QUERY
from tests.support.house import BASE_URL

pytestmark = pytest.mark.anyio

EXAMPLES = {
    "Credit/Set": MESSAGES["create_credit"]["request"],
    "Credit/Get": MESSAGES["query_credit"]["request"],
    "Debit/Set": MESSAGES["create_debit"]["request"],
    "Debit/Get": {"sourceNo": "PO-1"},
    **{path: {"data": QUERY.data} for path in ("Credit/Place", "Credit/GetV2", "Debit/Place", "Debit/GetV2")},
}


def test_every_call_and_no_other_is_in_the_document() -> None:
    assert set(document()["paths"]) == {PREFIX + path for path in (*ENDPOINTS, BALANCE)}
    named = {str(code["code"]) for path in (*ENDPOINTS, BALANCE) for code in operation(path)["x-codes"]}
    # Which path and method there are is told by the document itself.
    assert named == {str(code.code) for code in Code} - {"1404", "1405"}


@pytest.mark.parametrize("path", EXAMPLES)
def test_published_requests_fit_their_schema(path: str) -> None:
    """And what is required is."""
    schema = operation(path)["requestBody"]["content"]["application/json"]["schema"]
    held = jsonschema_rs.Draft202012Validator(schema | {"components": document()["components"]})
    example: dict[str, Any] = EXAMPLES[path]

    assert held.is_valid(example)
    assert not held.is_valid({})
    for name in schema.get("required", ()):
        assert not held.is_valid({other: value for other, value in example.items() if other != name})


async def test_the_page_shows_every_call_and_code(client: Client) -> None:
    page = (await client.http.get("/docs/channel")).text

    for path in (*ENDPOINTS, BALANCE):
        assert f"<code>{PREFIX}{path}</code>" in page
    for code in Code:
        assert f"<code>{code.code}</code>" in page
    assert '<span class="method">GET</span>' in page


async def test_the_document_is_served(client: Client) -> None:
    answer: httpx.Response = await client.http.get("/docs/channel/openapi.json")

    assert answer.json()["info"]["title"] == "Channel API"


RUNNERS = {
    "Python": ([sys.executable, "-c"], "print(encrypt({text!r})); print(decrypt({data!r}))"),
    "Node": (["node", "-e"], "console.log(encrypt({text!r})); console.log(decrypt({data!r}));"),
    "PHP": (["php", "-r"], "echo encrypt({text!r}), chr(10), decrypt({data!r}), chr(10);"),
}


@pytest.mark.parametrize("language", RUNNERS)
def test_the_shown_encryption_works_as_pasted(language: str) -> None:
    """In each language, with the contract's own vector."""
    command, tail = RUNNERS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    shown = re.sub(r"^<\?php\n", "", starts(BASE_URL)[language])
    shown = shown.replace("import requests\n", "")
    script = f"{shown}\n{tail.format(text=QUERY.text, data=QUERY.data)}"
    environment = {"ACCESS_KEY": KEY.reveal(), "MERCHANT_ID": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run([*command, script], capture_output=True, text=True, env=environment, check=False, timeout=30)

    assert done.stdout.split() == [QUERY.data, QUERY.text], done.stderr
