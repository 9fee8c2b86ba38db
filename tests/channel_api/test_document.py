"""The OpenAPI document and the reference page. Every answer of all other tests is held to the document as well."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from polygate.protocols.channel import Code
from polygate.protocols.channel.routes import BALANCE, ENDPOINTS
from tests.channel_api.client import DOCUMENT, Client
from tests.protocols.channel.vectors import MESSAGES, QUERY

pytestmark = pytest.mark.anyio

EXAMPLES = {
    "Credit/Set": MESSAGES["create_credit"]["request"],
    "Credit/Get": MESSAGES["query_credit"]["request"],
    "Debit/Set": MESSAGES["create_debit"]["request"],
    "Debit/Get": {"sourceNo": "PO-1"},
    **{path: {"data": QUERY.data} for path in ("Credit/Place", "Credit/GetV2", "Debit/Place", "Debit/GetV2")},
}


def test_every_call_and_no_other_is_in_the_document() -> None:
    assert set(DOCUMENT.paths) == {DOCUMENT.prefix + path for path in (*ENDPOINTS, BALANCE)}
    named = {str(code["code"]) for path in (*ENDPOINTS, BALANCE) for code in DOCUMENT.operation(path)["x-codes"]}
    # Which path and method there are is told by the document itself.
    assert named == {str(code.code) for code in Code} - {"1404", "1405"}


@pytest.mark.parametrize("path", EXAMPLES)
def test_published_requests_fit_their_schema(path: str) -> None:
    """And what is required is."""
    schema = DOCUMENT.request_schema(path)
    held = DOCUMENT.validator(schema)
    example: dict[str, Any] = EXAMPLES[path]

    assert held.is_valid(example)
    assert not held.is_valid({})
    for name in schema.get("required", ()):
        assert not held.is_valid({other: value for other, value in example.items() if other != name})


async def test_the_page_shows_every_call_and_code(client: Client) -> None:
    page = (await client.http.get("/docs/channel")).text

    for path in (*ENDPOINTS, BALANCE):
        assert f"<code>{DOCUMENT.prefix}{path}</code>" in page
    for code in Code:
        assert f"<code>{code.code}</code>" in page
    assert '<span class="method">GET</span>' in page


async def test_the_document_is_served(client: Client) -> None:
    answer: httpx.Response = await client.http.get("/docs/channel/openapi.json")

    assert answer.json()["info"]["title"] == "Channel API"
