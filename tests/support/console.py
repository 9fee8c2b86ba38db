"""A browser without a screen, signed in to the console of a house inside the test process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pyotp

from polygate.assembly import House
from polygate.core.access import Role
from polygate.core.ids import MerchantId
from polygate.core.people import NO_MERCHANT, User
from polygate.operations.audit import Actor
from polygate.operations.people import NewUser, add_user
from tests.support.house import BASE_URL, MovableClock

_CSRF: Final = re.compile(r'name="csrf" value="([0-9a-f]{64})"')
_OFFER: Final = re.compile(r'name="offer" value="([^"]+)"')
_KEY: Final = re.compile(r"<code>([A-Z2-7 ]{39})</code>")
COOKIE: Final = "polygate-console"


def steps(page: httpx.Response) -> list[tuple[str, str]]:
    """How far the payment or payout of a page has come: the kind and the name of each step."""
    return re.findall(r'<li class="(\w+)"[^>]*><strong>([^<]+)</strong>', page.text)


class Window:
    """One browser. It follows no redirect by itself: where it is sent is part of what is tested."""

    def __init__(self, house: House, clock: MovableClock, *, address: str = "203.0.113.7") -> None:
        self.house: Final = house
        self.clock: Final = clock
        self.http: Final = httpx.AsyncClient(
            transport=httpx.ASGITransport(house.app, client=(address, 50_000)),
            base_url=BASE_URL,
            headers={
                "accept": "text/html",
                "sec-fetch-site": "same-origin",
                "user-agent": "Mozilla/5.0 Firefox/140 Linux",
            },
        )
        self.codes_from = ""
        """The secret of the authenticator, once there is one."""
        self._csrf = ""

    async def get(self, path: str, **query: str) -> httpx.Response:
        """A page; the token of its forms is remembered."""
        answer = await self.http.get(f"{path}?{urlencode(query)}" if query else path)
        if found := _CSRF.search(answer.text):
            self._csrf = found[1]
        return answer

    async def post(self, path: str, fields: Mapping[str, str] | None = None, **more: str) -> httpx.Response:
        """A form of the page seen last."""
        answer = await self.http.post(path, data={"csrf": self._csrf, **(fields or {}), **more})
        if found := _CSRF.search(answer.text):
            self._csrf = found[1]
        return answer

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        """Where an answer leads, on to a page."""
        while answer.is_redirect:
            answer = await self.get(answer.headers["location"])
        return answer

    async def sign_in(self, login: str, password: str, *, onward: str = "") -> httpx.Response:
        """The first step."""
        await self.get("/console/sign-in")
        return await self.post("/console/sign-in", login=login, password=password, next=onward)

    async def enrol(self) -> httpx.Response:
        """Set up one-time codes; the answer shows the recovery codes."""
        page = await self.get("/console/account/codes/new")
        key, offer = _KEY.search(page.text), _OFFER.search(page.text)
        assert key, page.text
        assert offer, page.text
        self.codes_from = key[1].replace(" ", "")
        return await self.post("/console/account/codes/new", offer=offer[1], code=self.code())

    def code(self) -> str:
        """What the authenticator shows now."""
        return pyotp.TOTP(self.codes_from).at(self.clock.now_ms // 1_000)

    def next_code(self) -> str:
        """What it shows when the present code has been used: half a minute later."""
        self.clock.move(seconds=30)
        return self.code()


async def somebody(
    house: House, role: Role, merchant_id: MerchantId = NO_MERCHANT, *, login: str = "", keeps_password: bool = True
) -> NewUser:
    """A user, as the command line makes them."""
    login = login or f"{role.value}{house.context.mint()}@shop.example"
    return await add_user(
        house.context,
        Actor(login="test"),
        merchant_id=merchant_id,
        login=login,
        name=f"Some {role.value}",
        role=role,
        keeps_password=keeps_password,
    )


@asynccontextmanager
async def window(house: House, clock: MovableClock, **options: Any) -> AsyncIterator[Window]:
    """A browser in which nobody has signed in."""
    opened = Window(house, clock, **options)
    async with opened.http:
        yield opened


@asynccontextmanager
async def signed_in(
    house: House, clock: MovableClock, role: Role, merchant_id: MerchantId = NO_MERCHANT, *, codes: bool = True
) -> AsyncIterator[tuple[Window, User]]:
    """A browser in which a new user of a role is signed in, with one-time codes just given.

    Without `codes` they have none; the house has to allow that.
    """
    made = await somebody(house, role, merchant_id)
    async with window(house, clock) as opened:
        answer = await opened.sign_in(made.user.login, made.password.reveal())
        assert answer.is_redirect, answer.text
        if codes:
            assert (await opened.enrol()).status_code == 200
        await opened.get("/console/account")
        yield opened, await house.context.reads.user(made.user.merchant_id, made.user.user_id) or made.user
