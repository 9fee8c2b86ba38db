"""Many callers of one merchant at once, spread over all API processes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from tests.support.bodies import payment_body
from tests.support.houses import House

Call = tuple[str, dict[str, Any]]
"""Path below `/gateway/v1/`, and body."""
Answer = dict[str, Any]

_TIMEOUT_S: Final = 30.0
CUT: Final = (httpx.TransportError, AttributeError)
"""What a client meets where its server is killed. The second comes up in its library, which looks up the address of a
connection that is lost while it is being opened."""
CARD_FORM: Final = {"card_number": "4444 3333 2222 1111", "expiry": "12 / 35", "cvc": "401", "name": "Amy Lee"}


class Crowd:
    """To be entered with `async with`."""

    def __init__(self, house: House) -> None:
        self._house = house
        # httpx keeps its pool in order with work that grows with the connections: many small pools stay quick.
        self.clients: Final = [
            httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S, limits=httpx.Limits(max_connections=None))
            for url in house.base_urls
        ]

    async def __aenter__(self) -> Crowd:
        pair = {"appId": self._house.demo.app["appId"], "secret": self._house.demo.app["appSecret"]}
        token = (await self.clients[0].post("/gateway/v1/connect/token", json=pair)).json()["accessToken"]
        for client in self.clients:
            client.headers["Authorization"] = token
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self.clients:
            await client.aclose()

    async def call(self, path: str, body: dict[str, Any], *, process: int = 0) -> Answer:
        response = await self.clients[process % len(self.clients)].post(f"/gateway/v1/{path}", json=body)
        assert response.status_code == 200, (path, response.status_code, response.text)
        answer: Answer = response.json()
        return answer

    async def pay(self, order_no: str, **changes: Any) -> Answer:
        return await self.call("payment", payment_body(order_no, **changes))

    async def at_once(self, calls: Sequence[Call]) -> list[Answer]:
        """All calls together, in turn to each process, over connections that are open already."""
        await asyncio.gather(*(client.get("/healthz") for client in self.clients for _ in calls[:: len(self.clients)]))
        return await asyncio.gather(*(self.call(path, body, process=n) for n, (path, body) in enumerate(calls)))

    async def browse(self, url: str, *, process: int = 0, form: dict[str, str] | None = None) -> httpx.Response:
        """One step of a payer's browser (GET, or POST of a form), to the same page on any of the processes."""
        parts = urlsplit(url)
        client = self.clients[process % len(self.clients)]
        page = parts._replace(scheme="", netloc="").geturl()
        if form is None:
            return await client.get(page)
        return await client.post(page, data=form)

    async def authenticate(self, pay_url: str, *, choice: str = "pass") -> str:
        """Walk from `payUrl` through the issuer's page up to the URL that the browser is sent back to."""
        issuer = await self.browse(pay_url)
        assert issuer.status_code == 303, issuer.text
        page = issuer.headers["location"]
        shown = await self.browse(page)
        back = await self.browse(page, form={"choice": choice}) if shown.status_code == 200 else shown
        assert back.status_code == 303, back.text
        return str(back.headers["location"])
