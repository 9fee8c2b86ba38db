"""Our ledger against the sandbox acquirer's own book, to the cent, attempt by attempt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import msgspec

from polygate.assembly.doctor.finding import Tally
from polygate.assembly.doctor.snapshot import Snapshot
from polygate.assembly.doctor.together import Key, Stream, ordered, together
from polygate.connectors.sandbox import CONNECTOR, Entry, taken_minor
from polygate.core import ledger
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.money import Money
from polygate.core.payouts import Payout
from polygate.core.transitions import AttemptState

_KEY: Final = ("merchant_id", "attempt_id")
_RECEIVABLE: Final = ledger.receivable(CONNECTOR.name)

Sums = Mapping[tuple[int, str], int]
"""Minor units by merchant and currency."""


class Movement(msgspec.Struct, frozen=True):
    """What our ledger says an attempt made the acquirer owe us (negative: what it gave back)."""

    minor: int


async def check_sandbox_book(snapshot: Snapshot, tally: Tally) -> None:
    """Rules 1, 3 and 6: what the acquirer owes us by its own book is what our ledger says it owes us.

    What took effect at the acquirer under an attempt that we still hold in doubt (the answer is on its way, or was
    lost) is money we cannot have booked, and so is a payout that came back and that we have not asked about since: they
    are told apart, and with them the two sides are equal.
    """
    owed: defaultdict[tuple[int, str], int] = defaultdict(int)
    in_doubt: defaultdict[tuple[int, str], int] = defaultdict(int)
    streams = (
        ordered(snapshot, Attempt, *_KEY),
        ordered(snapshot, Entry, *_KEY),
        _movements(snapshot),
        ordered(snapshot, Payout, *_KEY),
    )
    async for (merchant_id, attempt_id), (attempts, entries, movements, payouts) in together(*streams):
        attempt: Attempt | None = attempts[0] if attempts else None
        if attempt and attempt.acquirer != CONNECTOR.name:
            continue
        tally.looked_at += len(attempts)
        entry: Entry | None = entries[0] if entries else None
        taken = _effect(entry, attempt, snapshot.now_ms)
        booked = movements[0].minor if movements else 0
        if entry and taken is not None:
            place = merchant_id, entry.currency
            owed[place] += taken
            in_doubt[place] += taken if attempt and attempt.may_be_answered else 0
        elif entry and booked and any(payout.due_ms for payout in payouts):
            in_doubt[merchant_id, entry.currency] -= booked
            continue
        if said := _unlike(attempt, entry, taken, booked):
            tally.fault(f"attempt {attempt_id}: {said}")
    _compare(tally, owed, in_doubt, await _receivable(snapshot))
    tally.note = _told(in_doubt)


def _effect(entry: Entry | None, attempt: Attempt | None, now_ms: int) -> int | None:
    """What an entry changed about the acquirer's debt to us, in minor units; None where it did not take effect.

    An entry that settles by itself is judged at the time at which we heard of it, since that was another clock.
    """
    at_ms = max(now_ms, attempt.closed_ms) if attempt else now_ms
    taken = taken_minor((entry,) if entry else (), now_ms=at_ms)
    return next((sums.net_minor for sums in taken.values()), None)


def _unlike(attempt: Attempt | None, entry: Entry | None, taken: int | None, booked: int) -> str:
    """In which way an attempt and its entry differ; empty if they agree."""
    if attempt is None:
        return "in the acquirer's book, but not ours" if taken is not None else ""
    if attempt.may_be_answered:
        return f"booked as {booked} minor units before it was approved" if booked else ""
    approved = attempt.state is AttemptState.APPROVED
    if approved and taken is None and attempt.kind is AttemptKind.PAYOUT and not booked:
        return ""  # It came back from the receiver's bank, and both books have it again.
    if approved and taken is None:
        return f"{attempt.kind} approved here, not in the acquirer's book"
    if not approved and taken is not None:
        return f"{attempt.kind} took effect at the acquirer, here it is {attempt.state}"
    if approved and entry and attempt.kind is AttemptKind.CHARGE and entry.amount_minor != attempt.amount_minor:
        return f"charge of {attempt.amount}, in the acquirer's book {entry.amount_minor} minor units"
    if (taken or 0) != booked:
        return f"{attempt.kind} moved {taken or 0} minor units at the acquirer, {booked} in our ledger"
    return ""


def _compare(tally: Tally, owed: Sums, in_doubt: Sums, receivable: Sums) -> None:
    for place in sorted({*owed, *receivable}):
        theirs, doubtful, ours = owed.get(place, 0), in_doubt.get(place, 0), receivable.get(place, 0)
        if theirs != ours + doubtful:
            merchant_id, currency = place
            tally.fault(
                f"merchant {merchant_id}: the acquirer owes {Money(theirs, currency)} by its book, "
                f"{Money(ours, currency)} by ours and {Money(doubtful, currency)} are in doubt"
            )


def _told(in_doubt: Sums) -> str:
    sums: defaultdict[str, int] = defaultdict(int)
    for (_, currency), minor in in_doubt.items():
        sums[currency] += minor
    shown = [str(Money(minor, currency)) for currency, minor in sorted(sums.items()) if minor]
    return f"in doubt, moved already at the acquirer: {', '.join(shown)}" if shown else ""


async def _movements(snapshot: Snapshot) -> Stream:
    """Per attempt, in the order of `_KEY`: the sum of its postings to what the acquirer owes us."""
    sql = (
        "SELECT merchant_id, attempt_id, SUM(CASE WHEN debit = %s THEN amount_minor ELSE -amount_minor END) "
        "FROM postings WHERE debit = %s OR credit = %s "
        "GROUP BY merchant_id, attempt_id ORDER BY merchant_id, attempt_id"
    )
    async for chunk in snapshot.chunks(sql, (_RECEIVABLE, _RECEIVABLE, _RECEIVABLE)):
        rows: list[tuple[Key, Movement]] = [((row[0], row[1]), Movement(int(row[2]))) for row in chunk]
        yield rows


async def _receivable(snapshot: Snapshot) -> Sums:
    """What the acquirer owes us by our ledger: debits less credits, since it is an asset."""
    rows = await snapshot.fetch(
        "SELECT merchant_id, currency, SUM(CASE WHEN debit = %s THEN amount_minor ELSE -amount_minor END) "
        "FROM postings WHERE debit = %s OR credit = %s GROUP BY merchant_id, currency",
        (_RECEIVABLE, _RECEIVABLE, _RECEIVABLE),
    )
    return {(merchant_id, currency): int(minor) for merchant_id, currency, minor in rows}
