"""The simulated other side: enters every order in its own book before it answers, and acts once per key.

Each answer is read off the entry, so that a repeated order hears what the first one heard, or what became of it
since. An order that loses a race reads again and decides again; that ends, because losing means another one won.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog

from polygate.connectors.contract import Answer, Ask
from polygate.connectors.sandbox import decisions, pay_now, pix, scenarios, transfers, wallets
from polygate.connectors.sandbox.book import Book, Choice, Entry, Kind, State, has, standing
from polygate.connectors.sandbox.messages import (
    ChargeOrder,
    CollectOrder,
    FollowOrder,
    Reply,
    TransferOrder,
    read,
    write,
)
from polygate.connectors.sandbox.replies import (
    is_charge,
    is_collection,
    is_follow_up,
    is_transfer,
    page_of,
    reply_about,
)
from polygate.core import upi

_FOLLOW_UPS: Final[dict[str, decisions.FollowUp]] = {
    "capture": Kind.CAPTURE,
    "reverse": Kind.REVERSE,
    "close": Kind.CLOSE,
    "refund": Kind.REFUND,
}


UNDECIDED_MS: Final = 30_000
_FOR_EVER_MS: Final = 100 * 366 * 86_400_000

Tell = Callable[[int, int], Awaitable[None]]
"""Hears that something happened to an attempt of a merchant."""

_log = structlog.get_logger(__name__)


async def _nobody(merchant: int, attempt: int) -> None:
    """Listens to no news."""


class SandboxAcquirer:
    """Its `answer` is a line of the transport; the rest serves the payer's pages."""

    def __init__(
        self,
        book: Book,
        clock: Callable[[], int],
        *,
        tell: Tell = _nobody,
        new_key: Callable[[], str] = lambda: secrets.token_urlsafe(18),
        undecided_ms: int = UNDECIDED_MS,
    ) -> None:
        """`clock` gives milliseconds since 1970; `tell` hears of every choice that a payer makes in a wallet;
        `new_key` makes what keeps payers' pages from being guessed; `undecided_ms` is how long an issuer takes that
        says it has not decided, 0 for ever."""
        self._book = book
        self._clock = clock
        self._tell = tell
        self._new_key = new_key
        self._undecided_ms = undecided_ms or _FOR_EVER_MS

    async def answer(self, ask: Ask) -> Answer:
        """What the acquirer says, or forever nothing where the scenario is silence."""
        try:
            if ask.operation == "charge":
                reply = await self._charge(read(ask.body, ChargeOrder))
            elif ask.operation == "collect":
                reply = await self._collect(read(ask.body, CollectOrder))
            elif ask.operation == "transfer":
                reply = await self._transfer(read(ask.body, TransferOrder))
            elif ask.operation == "complete":
                reply = await self._complete(read(ask.body, FollowOrder))
            elif ask.operation == "status":
                reply = await self._status(read(ask.body, FollowOrder))
            elif kind := _FOLLOW_UPS.get(ask.operation):
                reply = await self._follow_up(kind, read(ask.body, FollowOrder))
            else:
                reply = Reply(status="bad request")
        except msgspec.ValidationError:
            reply = Reply(status="bad request")
        return Answer(status=200, body=write(reply))

    async def look(self, merchant: int, attempt: int, key: str) -> Entry | None:
        """The charge that this key opens the payer's page of, whatever its state."""
        entry = await self._book.read(merchant, attempt)
        if entry and entry.key and secrets.compare_digest(entry.key.encode(), key.encode()):
            return entry
        return None

    async def choose(self, merchant: int, attempt: int, key: str, choice: Choice) -> Entry | None:
        """Record what the payer chose. The first choice counts; a later one is ignored, as is one after the end."""
        while entry := await self.look(merchant, attempt, key):
            if entry.state != State.AWAITING or entry.payer_choice:
                return entry
            chosen = decisions.chosen(entry, choice, self._clock())
            if await self._book.amend(chosen, expected_version=entry.version):
                if chosen.method:
                    await self._push(chosen)
                return chosen
        return None

    async def scan(self, payload: str) -> str:
        """The page that a wallet opens on a scanned code of ours; empty if it is none. Raises emv_qr.BadCode."""
        reference = upi.reference_in(payload) or pay_now.reference_in(payload) or pix.reference_in(payload)
        entry = await self._book.coded(reference) if reference else None
        return page_of(entry) if entry and entry.code == payload else ""

    async def is_reversed(self, entry: Entry) -> bool:
        """Whether a charge was given up or given back since."""
        return has(Kind.REVERSE, await self._book.about(entry.merchant_id, entry.attempt_id))

    async def _push(self, entry: Entry) -> None:
        """The payer's page does not fail with whoever listens: they will ask by themselves."""
        try:
            await self._tell(entry.merchant_id, entry.attempt_id)
        except Exception:
            _log.exception("push_failed", attempt=entry.attempt_id)

    async def _charge(self, order: ChargeOrder) -> Reply:
        entry = await self._entered(self._decided(order))
        if entry.kind != Kind.TOMBSTONE and not is_charge(entry, order):
            return Reply(status="key conflict")
        return await self._say_or_be_silent(entry)

    def _decided(self, order: ChargeOrder) -> Entry:
        return decisions.charge(order, self._clock(), self._new_key(), undecided_ms=self._undecided_ms)

    async def _collect(self, order: CollectOrder) -> Reply:
        entry = await self._entered(decisions.collection(order, self._clock(), self._new_key()))
        if entry.kind != Kind.TOMBSTONE and not is_collection(entry, order):
            return Reply(status="key conflict")
        return reply_about(entry, self._clock())

    async def _transfer(self, order: TransferOrder) -> Reply:
        entry = await self._entered(transfers.transfer(order, self._clock()))
        if entry.kind != Kind.TOMBSTONE and not is_transfer(entry, order):
            return Reply(status="key conflict")
        return reply_about(entry, self._clock())

    async def _complete(self, order: FollowOrder) -> Reply:
        while True:
            entry = await self._seen(order)
            if entry.kind not in (Kind.CHARGE, Kind.TOMBSTONE):
                return Reply(status="key conflict")
            if entry.state != State.AWAITING or not entry.payer_choice:
                return await self._say_or_be_silent(entry)
            settled = decisions.settled(entry, self._clock())
            if await self._book.amend(settled, expected_version=entry.version):
                return await self._say_or_be_silent(settled)

    async def _status(self, order: FollowOrder) -> Reply:
        entry = await self._seen(order)
        if order.payer_says_paid and wallets.is_found(entry):
            entry = await self.choose(entry.merchant_id, entry.attempt_id, entry.key, Choice.PASS) or entry
        return reply_about(entry, self._clock())

    async def _follow_up(self, kind: decisions.FollowUp, order: FollowOrder) -> Reply:
        while True:
            if entry := await self._book.read(order.merchant, order.key):
                same = is_follow_up(entry, kind, order)
                return reply_about(entry, self._clock()) if same else Reply(status="key conflict")
            # The charge is read before what stands under it: whatever comes in between fails the version guard.
            charge = await self._book.read(order.merchant, order.original)
            under = await self._book.about(order.merchant, order.original)
            if kind in (Kind.REVERSE, Kind.CLOSE) and await self._forestall(order, charge):
                continue
            entry = decisions.follow_up(kind, order, charge, under, self._clock())
            if charge is None or entry.state == State.DECLINED:
                entered = await self._book.enter(entry)
            else:
                entered = await self._book.enter_under(entry, charge, expected_version=charge.version)
            if entered:
                return reply_about(entry, self._clock())

    async def _forestall(self, order: FollowOrder, charge: Entry | None) -> bool:
        """Keep a charge that is to be closed or reversed from starting at all; False if it is past that."""
        if charge is None:
            await self._book.enter(decisions.tombstone(order.merchant, order.original, order.currency, self._clock()))
            return True
        if charge.state == State.AWAITING:
            await self._book.amend(decisions.given_up(charge, self._clock()), expected_version=charge.version)
            return True
        return False

    async def _seen(self, order: FollowOrder) -> Entry:
        """The entry under the order's key; where there is none, a tombstone from now on."""
        entry = await self._book.read(order.merchant, order.key)
        return entry or await self._entered(
            decisions.tombstone(order.merchant, order.key, order.currency, self._clock())
        )

    async def _entered(self, fresh: Entry) -> Entry:
        """The entry under a key from now on: this one, unless another was there first."""
        while not await self._book.enter(fresh):
            if entry := await self._book.read(fresh.merchant_id, fresh.attempt_id):
                return entry
        return fresh

    async def _say_or_be_silent(self, entry: Entry) -> Reply:
        if standing(entry, now_ms=self._clock()) == State.PROCESSING and not scenarios.SCENARIOS[entry.scenario].waits:
            await asyncio.Event().wait()  # Nobody sets it: only the caller's deadline ends the silence.
        return reply_about(entry, self._clock())
