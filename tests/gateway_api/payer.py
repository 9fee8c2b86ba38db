"""The payer's browser, without a screen: follows redirects within the gateway, presses buttons, ends at the shop."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from polygate.assembly import House
from tests.support.house import BASE_URL


class Payer:
    def __init__(self, house: House) -> None:
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url=BASE_URL)

    async def open(self, url: str) -> httpx.Response:
        """The page behind an address, or the redirect that leads away from the gateway."""
        return await self._follow(await self._http.get(url))

    async def pay(self, redirect_url: str, number: str) -> httpx.Response:
        """Fill in the hosted page's card form and send it."""
        form = {"card_number": number, "expiry": "12/35", "cvc": "123", "name": "Amy Lee"}
        return await self._follow(await self._http.post(redirect_url, data=form))

    async def answer(self, pay_url: str, choice: str) -> str:
        """Press a button on the issuer's page; the address of the shop that the browser is sent to."""
        return (await self.press(await self.buttons(pay_url), choice)).headers["location"]

    async def buttons(self, pay_url: str) -> str:
        """Open the issuer's or the wallet's page; where its buttons lead, now or later."""
        page = await self.open(pay_url)
        assert page.status_code == 200, f"no page with buttons but {page.status_code}"
        return urljoin(str(page.url), _form_action(page.text))

    async def press(self, action: str, choice: str) -> httpx.Response:
        return await self._follow(await self._http.post(action, data={"choice": choice}))

    async def _follow(self, response: httpx.Response) -> httpx.Response:
        while response.is_redirect:
            target = urljoin(str(response.url), response.headers["location"])
            if not target.startswith(BASE_URL):
                break
            response = await self._http.get(target)
        return response


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "form" and self.action is None:
            self.action = dict(attrs).get("action") or ""


def _form_action(html: str) -> str:
    form = _Form()
    form.feed(html)
    assert form.action is not None, "the page has no form"
    return form.action
