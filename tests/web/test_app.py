"""The last resort: what a route that is not prepared for trouble answers."""

from __future__ import annotations

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polygate.store.contract import Busy, StoreError, Unavailable
from polygate.web.app import create_app


@pytest.mark.parametrize("trouble", [Busy, Unavailable])
async def test_a_page_without_its_database_is_put_off(trouble: type[StoreError]) -> None:
    """503 with a time to come back, and nothing about the database: it is no fault of the page, nor of the request."""

    async def page(_: Request) -> Response:
        raise trouble("connection to 10.0.0.5 refused")

    async def ready() -> None:
        return

    app = create_app([Route("/page", page)], ready=ready)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.test") as client:
        answer = await client.get("/page")
    assert (answer.status_code, answer.json()) == (503, {"error": "not available"})
    assert int(answer.headers["Retry-After"]) > 0
