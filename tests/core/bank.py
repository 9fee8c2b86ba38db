"""A simulated acquirer, and what a merchant should have. Both count money without knowing of the ledger."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import msgspec

from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.ids import AttemptId
from polygate.core.payments import Payment

FINAL: Final = frozenset({"approved", "declined", "payer_cancels", "not_sent"})


class Entry(msgspec.Struct, frozen=True):
    """What an approved attempt moved: `held` on the payer's card and `owed` to us, negative when it goes back."""

    currency: str
    held: int
    owed: int


class Bank:
    """Makes up its mind about an attempt once, whatever it says meanwhile, and writes it into a book of its own."""

    def __init__(self) -> None:
        self._verdicts: dict[AttemptId, str] = {}
        self._book: dict[AttemptId, Entry] = {}
        self._heard: set[AttemptId] = set()
        self._holds: dict[AttemptId, int] = {}

    def decide(self, attempt: Attempt, word: str) -> str:
        """The verdict about an attempt; an earlier one stands."""
        if attempt.attempt_id not in self._verdicts:
            self._verdicts[attempt.attempt_id] = word
            if word == "approved":
                self._book[attempt.attempt_id] = self._entry(attempt)
        return self._verdicts[attempt.attempt_id]

    def has_decided(self, attempt: Attempt) -> bool:
        return attempt.attempt_id in self._verdicts

    def told(self, attempt: Attempt) -> None:
        """We heard its verdict: from now on both books must agree about it."""
        self._heard.add(attempt.attempt_id)

    def totals(self, *, heard_only: bool = True) -> Counter[tuple[str, str]]:
        """(`held` or `owed`, currency) → minor units."""
        sums: Counter[tuple[str, str]] = Counter()
        for attempt_id, entry in self._book.items():
            if attempt_id in self._heard or not heard_only:
                sums["held", entry.currency] += entry.held
                sums["owed", entry.currency] += entry.owed
        return sums

    def _entry(self, attempt: Attempt) -> Entry:
        amount = attempt.amount_minor
        held = self._holds.get(attempt.original_id, 0)
        match attempt.kind:
            case AttemptKind.CHARGE:
                self._holds[attempt.attempt_id] = 0 if attempt.captures else amount
                return Entry(attempt.currency, self._holds[attempt.attempt_id], amount if attempt.captures else 0)
            case AttemptKind.CAPTURE:
                return Entry(attempt.currency, -held, amount)
            case AttemptKind.VOID:
                return Entry(attempt.currency, -held, 0)
            case AttemptKind.REFUND:
                return Entry(attempt.currency, 0, -amount)
            case AttemptKind.GIVE_BACK:
                return Entry(attempt.currency, -held, 0 if held else -amount)
            case AttemptKind.PAYOUT:
                raise ValueError("no payment of a payer pays out")
            case AttemptKind.CLOSE:
                # It is told to close before the payer paid: whoever paid already is given the money back later.
                return Entry(attempt.currency, 0, 0)


class Expected:
    """What a merchant should have of one payment, told step by step in the merchant's own terms."""

    def __init__(self, payment: Payment) -> None:
        self._waiting = True
        self._left: set[AttemptId] = set()
        self._basis_points = payment.fee_basis_points
        self._fixed = payment.fee_fixed_minor
        self.held = self.capturing = self.owed = self.reserved = self.fees = 0
        self.unclaimed = self.unclaimed_hold = self.refundable = 0

    def closed(self) -> None:
        """The order was given up, or ran out of time without a wallet that may still have been paid."""
        self._waiting = False

    def capture_asked(self, minor: int) -> None:
        self.held -= minor
        self.capturing += minor

    def refund_asked(self, minor: int) -> None:
        self.owed -= minor
        self.reserved += minor
        self.refundable -= minor

    def answered(self, attempt: Attempt, *, yes: bool) -> None:
        minor = attempt.amount_minor
        match attempt.kind:
            case AttemptKind.CHARGE if yes:
                self._charged(attempt)
            case AttemptKind.CAPTURE:
                self.capturing -= minor
                self.held = 0 if yes else self.held + minor
                if yes:
                    self._sold(minor)
            case AttemptKind.VOID if yes:
                self.held = 0
            case AttemptKind.REFUND:
                self.reserved -= minor
                if not yes:
                    self.owed += minor
                    self.refundable += minor
            case AttemptKind.GIVE_BACK if yes:
                self.unclaimed = self.unclaimed_hold = 0
            case _:
                pass

    def left(self, attempt: Attempt) -> None:
        """The payer turned away from the wallet or the bank: what is still taken is not for the merchant."""
        self._left.add(attempt.attempt_id)

    def has_left(self, attempt: Attempt) -> bool:
        return attempt.attempt_id in self._left

    def _charged(self, attempt: Attempt) -> None:
        minor = attempt.amount_minor
        if attempt.attempt_id in self._left:
            self.unclaimed += minor
            return
        if self._waiting and attempt.captures:
            self._sold(minor)
        elif self._waiting:
            self.held += minor
        elif attempt.captures:
            self.unclaimed += minor
        else:
            self.unclaimed_hold += minor
        self._waiting = False

    def _sold(self, minor: int) -> None:
        share = (Decimal(minor) * self._basis_points / 10_000).quantize(Decimal(1), ROUND_HALF_UP)
        fee = min(int(share) + self._fixed, minor)
        self.owed += minor - fee
        self.refundable = minor
        self.fees += fee
