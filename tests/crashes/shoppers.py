"""Customers in all their variety, who shop until they are told to stop and remember what they were told."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

from tests.crashes.card_customers import CardCustomers
from tests.crashes.orders import Order
from tests.crashes.till import Till
from tests.crashes.wallet_customers import WalletCustomers
from tests.support.books import Books
from tests.support.crowd import Crowd

_PAUSE_S: Final = 0.05


class Shoppers:
    """A number of customers who shop until they are told to stop, or until their connection is cut."""

    def __init__(self, crowd: Crowd, books: Books, seed: int, *, stay: bool = False) -> None:
        """`stay` is whether to shop on where a call was not answered."""
        dice = random.Random(seed)
        till = Till(crowd, f"crash-{seed}-", stay=stay)
        self.orders: Final[list[Order]] = till.orders
        self.stopping = False
        self.silent_cards = True
        self.wallets: Final = WalletCustomers(till, dice, books)
        self._cards = CardCustomers(till, dice)
        self._random = dice
        self._stay = stay

    async def shop(self, callers: int) -> None:
        await asyncio.gather(*(self._customer(n) for n in range(callers)))

    async def _customer(self, process: int) -> None:
        while not self.stopping:
            order = await self._next()(process)
            if any(told.answer is None for told in order.told):
                if not self._stay:
                    return
                await asyncio.sleep(_PAUSE_S)

    def _next(self) -> Callable[[int], Awaitable[Order]]:
        cards, wallets = self._cards, self.wallets
        ways = {
            cards.buy: 15,
            cards.reserve: 12,
            cards.be_declined: 4,
            cards.meet_silence: 4 if self.silent_cards else 0,
            cards.authenticate: 6,
            cards.regret: 4,
            cards.subscribe: 4,
            cards.stay_away: 4,
            cards.check_out: 5,
            wallets.decide: 18,
            wallets.scan: 6,
            wallets.wander_off: 3,
            wallets.be_too_slow: 5,
            wallets.lose_the_shop: 6,
            wallets.change_their_mind: 6,
        }
        return self._random.choices(tuple(ways), tuple(ways.values()))[0]
