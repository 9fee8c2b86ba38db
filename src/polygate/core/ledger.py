"""The double-entry ledger: accounts, and the postings of every event.

A posting names both sides, so a one-legged entry cannot be written. History grows; it is never rewritten. Accounts
live within one merchant and one currency; a balance is the sum of its postings. The chart is explained in
`docs/concepts/ledger.md`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

import msgspec

from polygate.core.ids import MerchantId, Mint
from polygate.core.money import Money

HELD: Final = "merchant:held"
"""Authorized for the merchant and not yet captured (contingent)."""
CAPTURING: Final = "merchant:capturing"
"""The part of `merchant:held` that a capture under way has reserved (contingent)."""
PENDING: Final = "merchant:pending"
"""Owed to the merchant, not yet settled by the acquirer."""
AVAILABLE: Final = "merchant:available"
"""Owed to the merchant and free to be paid out."""
RESERVED: Final = "merchant:reserved"
"""Set aside for refunds under way."""
PAYING: Final = "merchant:paying"
"""Set aside for payouts under way, fees included."""
FEES: Final = "fees:earned"
UNCLAIMED: Final = "suspense:unclaimed"
"""Taken from a payer for an order that was closed meanwhile; being given back."""
UNCLAIMED_HOLD: Final = "suspense:held"
"""Authorized for an order that was closed meanwhile; being released (contingent)."""
OPENING: Final = "equity:opening"

ACCOUNTS: Final = (HELD, CAPTURING, PENDING, AVAILABLE, RESERVED, PAYING, FEES, UNCLAIMED, UNCLAIMED_HOLD, OPENING)


_NEVER_OWING: Final = frozenset({HELD, CAPTURING, RESERVED, FEES, UNCLAIMED, UNCLAIMED_HOLD, AVAILABLE, PAYING})
_CHARGED_BACK: Final = ":charged_back"


def receivable(acquirer: str) -> str:
    """What the acquirer owes us."""
    return f"acquirer:{acquirer}:receivable"


def held_by(acquirer: str) -> str:
    """What the acquirer holds on cards for us (contingent)."""
    return f"acquirer:{acquirer}:held"


def charged_back_at(acquirer: str) -> str:
    """What the acquirer keeps back because payers have it again."""
    return f"acquirer:{acquirer}{_CHARGED_BACK}"


def below_zero(balances: Mapping[tuple[str, str], int]) -> list[tuple[str, str]]:
    """The accounts and currencies of a merchant whose balance is below zero though nothing may leave them that did not
    arrive before, sorted; `balances` are credits less debits in minor units.

    `merchant:pending` may be below zero: a full refund after a fee leaves the merchant owing the fee. So may
    `merchant:available`, by as much as payers got back through their banks after the money was paid out.
    """
    charged_back: dict[str, int] = {}
    for (account, currency), balance in balances.items():
        if account.endswith(_CHARGED_BACK):
            charged_back[currency] = charged_back.get(currency, 0) + balance
    return sorted(
        (account, currency)
        for (account, currency), balance in balances.items()
        if account in _NEVER_OWING and balance < -(charged_back.get(currency, 0) if account == AVAILABLE else 0)
    )


@cache
def is_in_chart(account: str) -> bool:
    """Whether the chart has an account of this name."""
    owner, _, rest = account.partition(":")
    acquirer = rest.rpartition(":")[0]
    of_acquirer = owner == "acquirer" and bool(acquirer)
    at_acquirer = {receivable(acquirer), held_by(acquirer), charged_back_at(acquirer)}
    return account in ACCOUNTS or (of_acquirer and account in at_acquirer)


class Posting(msgspec.Struct, frozen=True):
    """One balanced movement: `amount` leaves the debit side's account and arrives on the credit side's."""

    debit: str
    credit: str
    amount: Money
    why: str
    """The event it belongs to, e.g. `capture`."""


class PostingRow(msgspec.Struct, frozen=True):
    """A posting as it is kept: with its place in time and what it is about."""

    merchant_id: MerchantId
    posting_id: int
    payment_id: int
    """The payment or payout it belongs to; 0 where there is none (an opening balance)."""
    attempt_id: int
    at_ms: int
    why: str
    debit: str
    credit: str
    amount_minor: int
    currency: str


def _drop_empty(*postings: Posting) -> tuple[Posting, ...]:
    return tuple(posting for posting in postings if posting.amount.minor)


def for_authorization(acquirer: str, amount: Money) -> tuple[Posting, ...]:
    return (Posting(held_by(acquirer), HELD, amount, "authorization"),)


def for_sale(acquirer: str, amount: Money, fee: Money, *, into: str = PENDING) -> tuple[Posting, ...]:
    """Authorized and captured in one step; `into` is `AVAILABLE` where the money is settled at once."""
    return _drop_empty(
        Posting(receivable(acquirer), into, amount, "capture"),
        Posting(into, FEES, fee, "fee"),
    )


def reserve_capture(amount: Money) -> tuple[Posting, ...]:
    return (Posting(HELD, CAPTURING, amount, "capture reserved"),)


def release_capture(amount: Money) -> tuple[Posting, ...]:
    return (Posting(CAPTURING, HELD, amount, "capture declined"),)


def for_capture(acquirer: str, amount: Money, *, authorized: Money, fee: Money) -> tuple[Posting, ...]:
    """The reserved amount is taken, the rest of the authorization is released."""
    return _drop_empty(
        Posting(CAPTURING, held_by(acquirer), amount, "capture"),
        *for_sale(acquirer, amount, fee),
        Posting(HELD, held_by(acquirer), authorized - amount, "rest released"),
    )


def for_void(acquirer: str, amount: Money) -> tuple[Posting, ...]:
    return (Posting(HELD, held_by(acquirer), amount, "void"),)


def reserve_refund(amount: Money, *, out_of: str = PENDING) -> tuple[Posting, ...]:
    """`out_of` is where the payment went into."""
    return (Posting(out_of, RESERVED, amount, "refund reserved"),)


def for_refund(acquirer: str, amount: Money) -> tuple[Posting, ...]:
    return (Posting(RESERVED, receivable(acquirer), amount, "refund"),)


def release_refund(amount: Money, *, into: str = PENDING) -> tuple[Posting, ...]:
    return (Posting(RESERVED, into, amount, "refund declined"),)


def for_chargeback(acquirer: str, amount: Money, *, out_of: str = PENDING) -> tuple[Posting, ...]:
    """It counts apart from what the acquirer owes us by its own books; the fee of the capture stays earned."""
    return (Posting(out_of, charged_back_at(acquirer), amount, "chargeback"),)


def for_unclaimed(acquirer: str, amount: Money, *, captured: bool) -> tuple[Posting, ...]:
    """An approval for an order that is closed: not the merchant's money."""
    if captured:
        return (Posting(receivable(acquirer), UNCLAIMED, amount, "unclaimed"),)
    return (Posting(held_by(acquirer), UNCLAIMED_HOLD, amount, "unclaimed hold"),)


def return_unclaimed(acquirer: str, amount: Money, *, captured: bool) -> tuple[Posting, ...]:
    if captured:
        return (Posting(UNCLAIMED, receivable(acquirer), amount, "given back"),)
    return (Posting(UNCLAIMED_HOLD, held_by(acquirer), amount, "hold released"),)


def reserve_payout(amount: Money, fee: Money) -> tuple[Posting, ...]:
    return (Posting(AVAILABLE, PAYING, amount + fee, "payout reserved"),)


def for_payout(acquirer: str, amount: Money, fee: Money) -> tuple[Posting, ...]:
    """The acquirer paid it out of what it owes us."""
    return _drop_empty(
        Posting(PAYING, receivable(acquirer), amount, "payout"), Posting(PAYING, FEES, fee, "payout fee")
    )


def release_payout(amount: Money, fee: Money) -> tuple[Posting, ...]:
    return (Posting(PAYING, AVAILABLE, amount + fee, "payout failed"),)


def for_returned_payout(acquirer: str, amount: Money, fee: Money) -> tuple[Posting, ...]:
    """The money is back, and so is the fee: nothing was paid out."""
    return _drop_empty(
        Posting(receivable(acquirer), AVAILABLE, amount, "payout returned"),
        Posting(FEES, AVAILABLE, fee, "payout fee returned"),
    )


def rows_of(
    postings: Iterable[Posting], merchant_id: MerchantId, *, subject_id: int, attempt_id: int, at_ms: int, mint: Mint
) -> tuple[PostingRow, ...]:
    """Postings as they are kept, about one payment or payout."""
    return tuple(
        PostingRow(
            merchant_id=merchant_id,
            posting_id=mint(),
            payment_id=subject_id,
            attempt_id=attempt_id,
            at_ms=at_ms,
            why=posting.why,
            debit=posting.debit,
            credit=posting.credit,
            amount_minor=posting.amount.minor,
            currency=posting.amount.currency,
        )
        for posting in postings
    )


def opening(amount: Money) -> tuple[Posting, ...]:
    return (Posting(OPENING, AVAILABLE, amount, "opening balance"),)


def balances(rows: Iterable[PostingRow]) -> Mapping[tuple[MerchantId, str, str], int]:
    """The fold of postings: (merchant, account, currency) → credits less debits, in minor units."""
    sums: defaultdict[tuple[MerchantId, str, str], int] = defaultdict(int)
    for row in rows:
        sums[row.merchant_id, row.debit, row.currency] -= row.amount_minor
        sums[row.merchant_id, row.credit, row.currency] += row.amount_minor
    return sums
