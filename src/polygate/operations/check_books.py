"""Whether the books balance, looked at a piece at a time: each look goes on where the one before ended.

A posting names both its sides, so what can be wrong is a posting itself, or an account from which more was taken than
it had. `polygate doctor` compares the books with everything else, too; this is for a page that must not take long.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from polygate.core import ids, ledger
from polygate.core.books import BooksRound, Fault
from polygate.core.ids import MerchantId
from polygate.core.money import EXPONENTS
from polygate.core.payouts import COUNTING_LAG_MS
from polygate.core.people import NO_MERCHANT
from polygate.store.contract import Change
from polygate.store.opened import Store
from polygate.store.operating import Sums

_ROWS: Final = 20_000
"""Postings that one look reads at most, beside a read for each merchant."""
_MERCHANTS: Final = 200
_FAULTS_KEPT: Final = 20
_KEPT_EACH_MS: Final = 60_000
"""What is found again is not written again before that."""
_NEVER: Final = BooksRound(NO_MERCHANT, 0, 0, 0, ())


class Seen(msgspec.Struct, frozen=True):
    """What is known about the books."""

    faults: tuple[Fault, ...]
    postings: int
    """How many were looked at since the process began."""
    as_of_ms: int
    """Everything older was looked at, by this process or another; 0 while that is not so for every merchant."""
    ended_ms: int
    """When that look came to its end; 0 likewise."""


class Books:
    """One for each process. It begins anew with the process, and forgets a fault that is there no more with it.

    What a look at everything came to is kept, for the other processes and for those that come after.
    """

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        self._store = store
        self._reads = store.reads
        self._operating = store.operating
        self._clock = clock
        self._looking = asyncio.Lock()
        self._counted_to: dict[MerchantId, int] = {}
        self._balances: defaultdict[MerchantId, Counter[tuple[str, str]]] = defaultdict(Counter)
        self._faults: dict[Fault, None] = {}
        self._owing: dict[MerchantId, tuple[Fault, ...]] = {}
        self._postings = 0
        self._up_to_ms = 0
        self._next_merchant = 0
        self._own = _NEVER

    async def look(self) -> Seen:
        """Look at some more postings. Raises Unavailable."""
        async with self._looking:
            ended = await self._go_on()
            kept = await self._operating.books_round() or _NEVER
            faults = (*self._faults, *(fault for each in self._owing.values() for fault in each))[:_FAULTS_KEPT]
            if ended:
                now_ms = self._clock()
                self._own = BooksRound(NO_MERCHANT, self._up_to_ms, now_ms, self._postings, faults)
                if self._own.as_of_ms >= kept.as_of_ms + _KEPT_EACH_MS or faults != kept.faults:
                    await self._store.submit(Change((), (self._own,)))
            newest = max(self._own, kept, key=lambda each: each.as_of_ms)
            # What somebody else found is told as long as nobody has looked at everything again.
            faults = tuple(dict.fromkeys((*faults, *newest.faults)))
            return Seen(faults, self._postings, newest.as_of_ms, newest.ended_ms)

    async def balances(self, merchant_id: MerchantId) -> Mapping[tuple[str, str], int]:
        """(account, currency) → credits less debits in minor units, all at one moment.

        What was counted before is not counted again. Raises Unavailable or TooLong.
        """
        async with self._looking:
            up_to_ms = self._clock() - COUNTING_LAG_MS
            while await self._count(merchant_id, up_to_ms=up_to_ms, limit=_ROWS):
                pass
            balances = Counter(self._balances[merchant_id])
            after = self._counted_to.get(merchant_id, 0)
        _, recent = await self._operating.posted(merchant_id, after=after, up_to=ids.LAST, limit=ids.LAST)
        for each in recent:
            balances[each.debit, each.currency] -= each.amount_minor
            balances[each.credit, each.currency] += each.amount_minor
        return balances

    async def _go_on(self) -> bool:
        """Whether everything has been looked at with it."""
        if not self._next_merchant:
            # A round through all merchants ends where it began: what came meanwhile is for the next one.
            self._up_to_ms = self._clock() - COUNTING_LAG_MS
        rows = 0
        for merchant in await self._reads.merchants(after=self._next_merchant, limit=_MERCHANTS):
            while rows < _ROWS:
                read = await self._count(merchant.merchant_id, up_to_ms=self._up_to_ms, limit=_ROWS - rows)
                rows += read
                if not read:
                    self._settle(merchant.merchant_id)
                    break
            else:
                return False
            self._next_merchant = merchant.merchant_id
        if await self._reads.merchants(after=self._next_merchant, limit=1):
            return False
        self._next_merchant = 0
        return True

    async def _count(self, merchant_id: MerchantId, *, up_to_ms: int, limit: int) -> int:
        """How many postings were looked at; 0 where there is none left."""
        after = self._counted_to.get(merchant_id, 0)
        up_to = ids.first_at(up_to_ms)
        counted_to, sums = await self._operating.posted(merchant_id, after=after, up_to=up_to, limit=limit)
        for each in sums:
            self._judge(merchant_id, each)
        self._counted_to[merchant_id] = counted_to
        read = sum(each.count for each in sums)
        self._postings += read
        return read

    def _settle(self, merchant_id: MerchantId) -> None:
        """Once all is counted: a piece may end between two postings that belong together."""
        self._owing[merchant_id] = tuple(
            Fault(merchant_id, "owing", f"{account} {currency}")
            for account, currency in ledger.below_zero(self._balances[merchant_id])
        )

    def _judge(self, merchant_id: MerchantId, sums: Sums) -> None:
        balances = self._balances[merchant_id]
        balances[sums.debit, sums.currency] -= sums.amount_minor
        balances[sums.credit, sums.currency] += sums.amount_minor
        about = f"{sums.debit} → {sums.credit} {sums.currency}"
        if sums.least_minor <= 0:
            self._fault(merchant_id, "amount", about)
        if sums.debit == sums.credit:
            self._fault(merchant_id, "same_account", about)
        if sums.currency not in EXPONENTS:
            self._fault(merchant_id, "currency", about)
        if not (ledger.is_in_chart(sums.debit) and ledger.is_in_chart(sums.credit)):
            self._fault(merchant_id, "account", about)

    def _fault(self, merchant_id: MerchantId, key: str, about: str) -> None:
        self._faults[Fault(merchant_id, key, about)] = None
