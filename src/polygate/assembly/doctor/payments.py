"""Payments against what moved: their amounts, attempts, refunds and postings tell one story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from polygate.assembly.doctor.finding import Tally
from polygate.assembly.doctor.snapshot import Snapshot
from polygate.assembly.doctor.together import ordered, together
from polygate.core import ledger
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.chargebacks import Chargeback
from polygate.core.ledger import PostingRow
from polygate.core.merchants import FeeRule
from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.refunds import Refund
from polygate.core.transitions import AttemptState, PaymentState, RefundState

_KEY: Final = ("merchant_id", "payment_id")

_HOLDING: Final = frozenset({PaymentState.AUTHORIZED, PaymentState.CAPTURING, PaymentState.VOIDING})
_COLLECTED: Final = _HOLDING | {PaymentState.CAPTURED}


class File(msgspec.Struct, frozen=True):
    """Everything about one payment."""

    payment: Payment
    attempts: Sequence[Attempt]
    refunds: Sequence[Refund]
    postings: Sequence[PostingRow]
    chargebacks: Sequence[Chargeback] = ()

    @property
    def charged_back(self) -> int:
        return sum(chargeback.amount_minor for chargeback in self.chargebacks)

    @property
    def charge(self) -> Attempt | None:
        """The latest attempt to collect."""
        return next((attempt for attempt in self.attempts if attempt.attempt_id == self.payment.charge_id), None)

    def open(self, kind: AttemptKind) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.kind is kind and attempt.is_open]

    def approved(self, kind: AttemptKind) -> list[Attempt]:
        state = AttemptState.APPROVED
        return [attempt for attempt in self.attempts if attempt.kind is kind and attempt.state is state]

    def refunded(self, state: RefundState) -> int:
        return sum(refund.amount_minor for refund in self.refunds if refund.state is state)


async def check_payments(snapshot: Snapshot, tally: Tally) -> None:
    """Rules 2, 4 and 6: what a payment says was captured, held, reserved and refunded is what moved, exactly once.

    For each payment the balances that its state, attempts and refunds call for are compared with the fold of its
    postings; over all payments that makes `merchant:held` the authorizations, `merchant:capturing` the captures under
    way and `merchant:reserved` the refunds accepted.
    """
    streams = (
        *(ordered(snapshot, kind, *_KEY) for kind in (Payment, Attempt, Refund, PostingRow, Chargeback)),
        ordered(snapshot, Payout, "merchant_id", "payout_id"),
    )
    async for (_, payment_id), (payments, attempts, refunds, postings, chargebacks, payouts) in together(*streams):
        if payouts:
            continue  # Those have a check of their own.
        if payments:
            tally.looked_at += 1
            for said in faults(File(payments[0], attempts, refunds, postings, chargebacks)):
                tally.fault(f"payment {payment_id} ({payments[0].state}): {said}")
        elif payment_id:
            tally.fault(f"there is no payment {payment_id}, but {len(attempts)} attempts and {len(postings)} postings")
        else:
            for posting in postings:
                if ledger.OPENING not in {posting.debit, posting.credit}:
                    tally.fault(f"posting {posting.posting_id} ({posting.why}) belongs to no payment")


def faults(file: File) -> Iterator[str]:
    """What does not fit together about one payment, in words."""
    yield from _wrong_attempts(file)
    yield from _wrong_capture(file)
    yield from _wrong_refunds(file)
    yield from _wrong_chargebacks(file)
    yield from _wrong_balances(file)


def _wrong_attempts(file: File) -> Iterator[str]:
    payment = file.payment
    charge = file.charge
    if payment.state is PaymentState.PENDING and (charge is None or not charge.is_open):
        yield "its charge is closed: nothing will move it on"
    if payment.state in _COLLECTED and (charge is None or charge.state is not AttemptState.APPROVED):
        yield "its charge was never approved"
    if charge is not None and charge.amount != payment.asked:
        yield f"its charge is about {charge.amount}, asked were {payment.asked}"
    for kind, state in ((AttemptKind.CAPTURE, PaymentState.CAPTURING), (AttemptKind.VOID, PaymentState.VOIDING)):
        under_way = len(file.open(kind))
        if under_way != (payment.state is state):
            yield f"{under_way} attempts to {kind} are under way"


def _wrong_capture(file: File) -> Iterator[str]:
    payment = file.payment
    captured = payment.state is PaymentState.CAPTURED
    if captured != (payment.captured_minor > 0):
        yield f"captured amount is {payment.captured}"
    taken = [
        posting.amount_minor
        for posting in file.postings
        if posting.credit == payment.owed_in and posting.debit == ledger.receivable(payment.acquirer)
    ]
    if taken != ([payment.captured_minor] if captured else []):
        yield f"{len(taken)} capture postings of {sum(taken)} minor units, captured is {payment.captured}"
    if captured:
        kind = AttemptKind.CHARGE if file.charge is not None and file.charge.captures else AttemptKind.CAPTURE
        if payment.captured_minor not in [attempt.amount_minor for attempt in file.approved(kind)]:
            yield f"no approved {kind} of {payment.captured}"


def _wrong_refunds(file: File) -> Iterator[str]:
    payment = file.payment
    given = file.refunded(RefundState.ACCEPTED) + file.refunded(RefundState.SUCCEEDED)
    if payment.refunding_minor != given:
        yield f"refunding is {Money(payment.refunding_minor, payment.currency)}, its refunds are {given} minor units"
    if payment.refunding_minor > payment.captured_minor:
        yield f"refunding is more than the {payment.captured} captured"
    for refund in file.refunds:
        tried = [attempt for attempt in file.attempts if attempt.refund_id == refund.refund_id]
        under_way = sum(attempt.is_open for attempt in tried)
        done = [attempt.amount_minor for attempt in tried if attempt.state is AttemptState.APPROVED]
        if under_way != (refund.state is RefundState.ACCEPTED):
            yield f"refund {refund.refund_id} is {refund.state} with {under_way} attempts under way"
        if done != ([refund.amount_minor] if refund.state is RefundState.SUCCEEDED else []):
            yield f"refund {refund.refund_id} of {refund.amount} is {refund.state} with {len(done)} approved attempts"


def _wrong_chargebacks(file: File) -> Iterator[str]:
    payment = file.payment
    if payment.charged_back_minor != file.charged_back:
        told = Money(payment.charged_back_minor, payment.currency)
        yield f"charged back is {told}, its chargebacks are {file.charged_back} minor units"
    if payment.refundable.minor < 0:
        yield f"refunds and chargebacks are more than the {payment.captured} captured"


def _wrong_balances(file: File) -> Iterator[str]:
    payment = file.payment
    wanted = {(payment.merchant_id, account, payment.currency): minor for account, minor in balances(file).items()}
    booked = ledger.balances(file.postings)
    for place in sorted({*wanted, *booked}):
        if wanted.get(place, 0) != booked.get(place, 0):
            _, account, currency = place
            yield f"{account} is {booked.get(place, 0)}, should be {wanted.get(place, 0)} ({currency}, minor units)"


def balances(file: File) -> Mapping[str, int]:
    """What each account must hold for a payment in its state, credits less debits, in minor units."""
    payment = file.payment
    captured = payment.captured_minor
    fee = FeeRule(payment.fee_basis_points, payment.fee_fixed_minor).fee(payment.captured).minor
    held = payment.amount_minor if payment.state in _HOLDING else 0
    capturing = sum(attempt.amount_minor for attempt in file.open(AttemptKind.CAPTURE))
    reserved, refunded = file.refunded(RefundState.ACCEPTED), file.refunded(RefundState.SUCCEEDED)
    accounts = defaultdict(
        int,
        {
            ledger.HELD: held - capturing,
            ledger.CAPTURING: capturing,
            ledger.held_by(payment.acquirer): -held,
            ledger.receivable(payment.acquirer): refunded - captured,
            payment.owed_in: captured - fee - reserved - refunded - file.charged_back,
            ledger.charged_back_at(payment.acquirer): file.charged_back,
            ledger.RESERVED: reserved,
            ledger.FEES: fee,
        },
    )
    for charge in _unclaimed(file):
        ours, theirs = (
            (ledger.UNCLAIMED, ledger.receivable(charge.acquirer))
            if charge.captures
            else (ledger.UNCLAIMED_HOLD, ledger.held_by(charge.acquirer))
        )
        accounts[ours] += charge.amount_minor
        accounts[theirs] -= charge.amount_minor
    return accounts


def _unclaimed(file: File) -> list[Attempt]:
    """Charges approved for a closed order that were not given back yet."""
    returns = {attempt.original_id for attempt in file.attempts if attempt.kind is AttemptKind.GIVE_BACK}
    returned = {attempt.original_id for attempt in file.approved(AttemptKind.GIVE_BACK)}
    return [charge for charge in file.approved(AttemptKind.CHARGE) if charge.attempt_id in returns - returned]
