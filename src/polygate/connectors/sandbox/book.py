"""The acquirer's own book: what it entered, what that amounts to, and the port to where it is kept.

The book is independent of the gateway's ledger on purpose: comparing the two to the cent proves both.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from polygate.core.outcomes import Details


class Kind(StrEnum):
    CHARGE = "charge"
    CAPTURE = "capture"
    REVERSE = "reverse"
    CLOSE = "close"
    REFUND = "refund"
    TRANSFER = "transfer"
    """Money paid out to a receiver's account."""
    TOMBSTONE = "tombstone"
    """Asked about before it arrived: whatever comes later under this key is refused."""


class State(StrEnum):
    APPROVED = "approved"
    DECLINED = "declined"
    AWAITING = "awaiting"
    """The payer has to authenticate, or to pay from the wallet."""
    PROCESSING = "processing"
    """Turns into approved, or into declined if `decline` is set, by itself at `due_ms`."""
    NEVER = "never"
    """A tombstone's only state."""


class Choice(StrEnum):
    """What the payer can choose on the authentication page or on the wallet's."""

    PASS = "pass"  # noqa: S105 - A button, no password.
    FAIL = "fail"
    CANCEL = "cancel"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One order as the acquirer entered it, unique by merchant and attempt. Never a card number, nor what the
    payer proves themselves with."""

    merchant_id: int
    attempt_id: int
    original_id: int = 0
    """The charge this entry is about; 0 for charges and tombstones."""
    kind: str
    """One of Kind."""
    amount_minor: int
    """What is charged, captured, refunded; for a reversal the money given back, 0 if only a hold was released; 0 for a
    close, which moves nothing."""
    currency: str
    state: str
    """One of State."""
    due_ms: int = 0
    """When a processing entry settles; 0 for the others."""
    capture: bool = False
    """Whether a charge takes the money at once instead of holding it."""
    scenario: str = ""
    masked: str = ""
    decline: str = ""
    """A core Decline: why it was declined, or will be once it settles or the payer has authenticated."""
    payer_choice: str = ""
    """One of Choice, or empty while the payer has not chosen."""
    key: str = ""
    """Opens this entry's page for the payer."""
    method: str = ""
    """A core Method, for wallets only."""
    product: str = ""
    """A core Product, for wallets only."""
    code: str = ""
    """What the code to scan says, where the scheme prescribes it."""
    description: str = ""
    """What the merchant says is paid for."""
    reference: str
    return_url: str = ""
    details: str = ""
    """JSON of the core Details that an approval carries."""
    created_ms: int
    changed_ms: int
    version: int = 1
    """1 when entered; every amendment, and every entry made under this one, adds 1."""


class Book(Protocol):
    """Where entries are kept. A write is durable when it returns, and takes effect entirely or not at all."""

    async def read(self, merchant_id: int, attempt_id: int) -> Entry | None: ...

    async def about(self, merchant_id: int, original_id: int) -> list[Entry]:
        """All entries made under a charge, ordered by attempt; sees every write that returned before the call."""
        ...

    async def coded(self, reference: str) -> Entry | None:
        """The charge that has this reference and a code to scan."""
        ...

    async def enter(self, entry: Entry) -> bool:
        """Add an entry; False, and nothing written, if its merchant and attempt are taken."""
        ...

    async def amend(self, entry: Entry, *, expected_version: int) -> bool:
        """Replace an entry whose version still is `expected_version`, which grows by one; otherwise False."""
        ...

    async def enter_under(self, entry: Entry, original: Entry, *, expected_version: int) -> bool:
        """Add an entry and bump the version of its original, nothing else of it, in one step.

        False, and nothing written, if the key is taken or the original's version is not `expected_version`: sums over
        the entries under one charge can therefore be checked before and hold afterwards.
        """
        ...


RETURNED: Final = "returned"
"""The scenario of a transfer that the receiver's bank sends back."""
RETURN_AFTER_MS: Final = 5_000


def standing(entry: Entry, *, now_ms: int) -> str:
    """The state of an entry at a time: processing entries settle by themselves."""
    if entry.state != State.PROCESSING or now_ms < entry.due_ms:
        return entry.state
    came_back = entry.scenario == RETURNED and now_ms >= entry.due_ms + RETURN_AFTER_MS
    return State.DECLINED if entry.decline or came_back else State.APPROVED


def details_in(entry: Entry) -> Details:
    """What an approval of this entry tells."""
    return msgspec.json.decode(entry.details, type=Details) if entry.details else Details()


def json_of(details: Details) -> str:
    """The reverse, as an entry keeps it."""
    return msgspec.json.encode(details).decode()


def has(kind: Kind, entries: Iterable[Entry]) -> bool:
    """Whether there is an entry of this kind that was not declined."""
    return any(entry.kind == kind and entry.state != State.DECLINED for entry in entries)


def captured_minor(charge: Entry, under: Iterable[Entry]) -> int:
    """What is taken of a charge, or will be once it settles; 0 of a mere hold and of one that is declined."""
    if charge.decline:
        return 0
    if charge.capture:
        return charge.amount_minor
    return sum(entry.amount_minor for entry in under if entry.kind == Kind.CAPTURE and entry.state == State.APPROVED)


def refunded_minor(under: Iterable[Entry], *, now_ms: int) -> int:
    """What went back, or is on its way back, by refunds."""
    return sum(
        entry.amount_minor
        for entry in under
        if entry.kind == Kind.REFUND and standing(entry, now_ms=now_ms) != State.DECLINED
    )


class Taken(msgspec.Struct, frozen=True):
    """Sums in minor units of what took effect; holds, and what is still processing, are not in it."""

    charged_minor: int = 0
    captured_minor: int = 0
    reversed_minor: int = 0
    refunded_minor: int = 0
    paid_out_minor: int = 0

    @property
    def net_minor(self) -> int:
        """What the acquirer owes the gateway."""
        came = self.charged_minor + self.captured_minor
        return came - self.reversed_minor - self.refunded_minor - self.paid_out_minor

    def with_entry(self, entry: Entry) -> Taken:
        """These sums and one more settled entry."""
        match entry.kind:
            case Kind.CHARGE if entry.capture:
                return msgspec.structs.replace(self, charged_minor=self.charged_minor + entry.amount_minor)
            case Kind.CAPTURE:
                return msgspec.structs.replace(self, captured_minor=self.captured_minor + entry.amount_minor)
            case Kind.REVERSE:
                return msgspec.structs.replace(self, reversed_minor=self.reversed_minor + entry.amount_minor)
            case Kind.REFUND:
                return msgspec.structs.replace(self, refunded_minor=self.refunded_minor + entry.amount_minor)
            case Kind.TRANSFER:
                return msgspec.structs.replace(self, paid_out_minor=self.paid_out_minor + entry.amount_minor)
            case _:
                return self


def taken_minor(entries: Iterable[Entry], *, now_ms: int) -> dict[tuple[int, str], Taken]:
    """The acquirer's view per merchant and currency, in minor units, as of `now_ms`."""
    sums: dict[tuple[int, str], Taken] = {}
    for entry in entries:
        if standing(entry, now_ms=now_ms) == State.APPROVED:
            account = (entry.merchant_id, entry.currency)
            sums[account] = sums.get(account, Taken()).with_entry(entry)
    return sums
