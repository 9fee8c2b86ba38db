"""Payouts against what moved, and the guards of the balances they are taken from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from polygate.assembly.doctor.finding import Tally
from polygate.assembly.doctor.snapshot import Snapshot
from polygate.assembly.doctor.together import ordered, together
from polygate.core import ledger, transitions
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.ledger import PostingRow
from polygate.core.money import Money
from polygate.core.payouts import BankTransfer, Payout, Reserve
from polygate.core.transitions import AttemptState, PayoutState
from polygate.store.rows import table_of


class PayoutFile(msgspec.Struct, frozen=True):
    """Everything about one payout."""

    payout: Payout
    attempts: Sequence[Attempt]
    postings: Sequence[PostingRow]
    transfers: Sequence[BankTransfer] = ()


async def check_payouts(snapshot: Snapshot, tally: Tally) -> None:
    """Rules 2, 3 and 6: what a payout says was held back, paid or given back is what moved, exactly once.

    Over all payouts that makes `merchant:paying` the amounts and fees of those under way.
    """
    streams = (
        ordered(snapshot, Payout, "merchant_id", "payout_id"),
        ordered(snapshot, Attempt, "merchant_id", "payment_id", kinds=(AttemptKind.PAYOUT,)),
        ordered(snapshot, PostingRow, "merchant_id", "payment_id"),
        ordered(snapshot, BankTransfer, "merchant_id", "payout_id"),
    )
    async for (_, payout_id), (payouts, attempts, postings, transfers) in together(*streams):
        if payouts:
            tally.looked_at += 1
            for said in faults(PayoutFile(payouts[0], attempts, postings, transfers)):
                tally.fault(f"payout {payout_id} ({payouts[0].state}): {said}")
        elif attempts:
            tally.fault(f"there is no payout {payout_id}, but {len(attempts)} attempts of it")


async def check_reserves(snapshot: Snapshot, tally: Tally) -> None:
    """Rule 2: what payouts are decided on is what there is, and nobody took out more than came in."""
    table = table_of(Reserve)
    async for chunk in snapshot.chunks(f"SELECT {table.column_list} FROM {table.name}"):
        tally.looked_at += len(chunk)
        for row in chunk:
            reserve: Reserve = table.decode(row)
            place = reserve.merchant_id, reserve.currency
            counted = await snapshot.reads.available(*place, after=0, up_to=reserve.counted_to)
            if counted != reserve.counted_minor:
                tally.fault(
                    f"merchant {place[0]}: {Money(reserve.counted_minor, place[1])} were counted as available, "
                    f"the postings up to there add up to {Money(counted, place[1])}"
                )


def faults(file: PayoutFile) -> Iterator[str]:
    """What does not fit together about one payout, in words."""
    payout = file.payout
    if payout.fee_minor < 0 or payout.amount_minor <= 0:
        yield f"it is about {payout.amount} and a fee of {payout.fee}"
    if payout.due_ms and payout.state is not PayoutState.PAID:
        yield "it is to be asked about, and cannot come back"
    if payout.due_ms and payout.is_by_hand:
        yield "it is to be asked about, and was paid by hand"
    by_hand = [payout.reference] if payout.is_by_hand and payout.paid_ms else []
    if by_hand != [transfer.reference for transfer in file.transfers]:
        yield "the bank's number of its transfer is not its alone"
    yield from _wrong_attempts(file)
    yield from _wrong_balances(file)


def _wrong_attempts(file: PayoutFile) -> Iterator[str]:
    payout = file.payout
    under_way = sum(attempt.is_open for attempt in file.attempts)
    paid = [attempt.amount for attempt in file.attempts if attempt.state is AttemptState.APPROVED]
    if under_way != _under_way(payout):
        yield f"{under_way} attempts are under way"
    if paid != ([payout.amount] if payout.paid_ms else []):
        yield f"{len(paid)} attempts were approved"
    if any(attempt.amount != payout.amount for attempt in file.attempts):
        yield f"an attempt is not about {payout.amount}"
    if bool(payout.paid_ms) != (payout.state in {PayoutState.PAID, PayoutState.RETURNED}):
        yield "whether it was ever paid does not fit its state"


def _under_way(payout: Payout) -> int:
    """How many attempts have to be open: one that waits for its receiver has none yet."""
    if transitions.PAYOUT[payout.state] and payout.state is not PayoutState.PAID:
        return 1 if payout.attempt_id else 0
    return 0


def _wrong_balances(file: PayoutFile) -> Iterator[str]:
    payout = file.payout
    wanted = {(payout.merchant_id, account, payout.currency): minor for account, minor in balances(payout).items()}
    booked = ledger.balances(file.postings)
    for place in sorted({*wanted, *booked}):
        if wanted.get(place, 0) != booked.get(place, 0):
            _, account, currency = place
            yield f"{account} is {booked.get(place, 0)}, should be {wanted.get(place, 0)} ({currency}, minor units)"


def balances(payout: Payout) -> Mapping[str, int]:
    """What each account must hold for a payout in its state, credits less debits, in minor units."""
    taken = payout.taken.minor
    match payout.state:
        case PayoutState.WAITING | PayoutState.SENT:
            return {ledger.AVAILABLE: -taken, ledger.PAYING: taken}
        case PayoutState.PAID:
            return {
                ledger.AVAILABLE: -taken,
                ledger.receivable(payout.acquirer): payout.amount_minor,
                ledger.FEES: payout.fee_minor,
            }
        case PayoutState.FAILED | PayoutState.RETURNED:
            return {}
