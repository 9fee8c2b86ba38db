"""A door of a house: one merchant of one API, and the payer of its orders."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import ClassVar, Final
from urllib.parse import urlsplit

import httpx

from polygate.assembly import House
from polygate.client import Money
from polygate.jobs.payments import ask_again_round, expire_round
from polygate.jobs.payouts import return_round
from polygate.operations.new_accounts import NewApp, NewMerchant
from tests.journeys.journeys import CURRENCY, PRICE_MINOR, Ends
from tests.support.crowd import CARD_FORM
from tests.support.house import BASE_URL, MovableClock
from tests.support.moody_receiver import Notification

PRICE: Final = Money(PRICE_MINOR, CURRENCY)
OPENING: Final = Money(10 * PRICE_MINOR, CURRENCY)
NUMBER: Final = "order-1"
"""Of the payment or payout that a journey is about."""


class Door:
    """One merchant at one door. A verb that the API has not raises AttributeError."""

    name: ClassVar[str]
    words: ClassVar[Mapping[Ends, object]]
    """How this door tells of each end."""
    untold: ClassVar[frozenset[str]] = frozenset()
    """What its merchants are not told of."""

    def __init__(
        self, house: House, clock: MovableClock, merchant: NewMerchant, app: NewApp, *, notify_url: str
    ) -> None:
        """`notify_url` is where the merchant wants to be told of everything."""
        self.notify_url: Final = notify_url
        self.house: Final = house
        self.clock: Final = clock
        self.merchant: Final = merchant
        self.app: Final = app
        self.http: Final = httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url=BASE_URL)
        self._numbers = count(1)
        self._page = ""

    async def told(self, *, is_payout: bool) -> object:
        """What the API says of the journey's payment or payout."""
        raise NotImplementedError

    def heard(self, notification: Notification) -> object:
        """What a notification says of the payment or payout, None for a refund. Raises InvalidSignature."""
        raise NotImplementedError

    async def wait(self, _minor: int) -> None:
        """Longer than any order stays open."""
        self.clock.move(hours=3)
        await expire_round(self.house.context)

    async def work(self) -> None:
        """What the jobs do until nothing is left to do."""
        for _ in range(3):
            await ask_again_round(self.house.context)
            self.clock.move(seconds=6)
        while await return_round(self.house.context):
            self.clock.move(seconds=10)

    async def at_wallet(self, link: str, choice: str) -> None:
        """Open the wallet from its link and press a button."""
        opened = await self.http.get(path_of(link))
        assert opened.status_code == 303, opened.text
        pressed = await self.http.post(
            path_of(opened.headers["location"]), data={"choice": choice}, follow_redirects=True
        )
        assert pressed.status_code == 200, pressed.text

    async def at_page(self, link: str) -> None:
        """Fill in the hosted page with a good card."""
        shown = await self.http.get(path_of(link))
        assert shown.status_code == 200, shown.text
        paid = await self.http.post(path_of(link), data=CARD_FORM | {"cvc": "123"})
        assert paid.status_code == 303, paid.text

    async def at_issuer(self, pay_url: str) -> None:
        """Pass the challenge, and come back."""
        issuer = await self.http.get(path_of(pay_url))
        assert issuer.status_code == 303, issuer.text
        back = await self.http.post(path_of(issuer.headers["location"]), data={"choice": "pass"})
        assert back.status_code == 303, back.text
        await self.http.get(path_of(back.headers["location"]))

    def _next(self, word: str) -> str:
        return f"{word}-{next(self._numbers)}"


def path_of(url: str) -> str:
    return urlsplit(url)._replace(scheme="", netloc="").geturl()
