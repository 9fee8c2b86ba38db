"""Nothing waits for nobody: every open attempt has somebody who will move it on, and is not late."""

from __future__ import annotations

from typing import Final

from polygate.assembly.doctor.finding import Tally
from polygate.assembly.doctor.snapshot import Snapshot
from polygate.core.attempts import Attempt
from polygate.core.transitions import ATTEMPT, AttemptState, PaymentState
from polygate.store.rows import table_of

LATE_MS: Final = 60_000
"""How far behind its deadline an attempt may be: the jobs put off what they take up by less."""

_OPEN: Final = tuple(state.value for state in AttemptState if ATTEMPT[state])


async def check_attempts(snapshot: Snapshot, tally: Tally) -> None:
    """Rule 3: what is unknown has an age and a way out, so no attempt is left open behind its deadline.

    Only the payer can move an attempt that waits for authentication, and only while the payment is open. What the
    operator carries out waits for the operator: those are counted.
    """
    tally.looked_at = (await snapshot.fetch("SELECT COUNT(*) FROM attempts"))[0][0]
    table = table_of(Attempt)
    marks = ", ".join(["%s"] * len(_OPEN))
    sql = f"SELECT {table.column_list} FROM {table.name} WHERE state IN ({marks})"
    still_open = by_hand = 0
    async for chunk in snapshot.chunks(sql, _OPEN):
        still_open += len(chunk)
        for row in chunk:
            attempt: Attempt = table.decode(row)
            by_hand += attempt.is_by_hand
            if said := await _left_alone(snapshot, attempt):
                tally.fault(
                    f"attempt {attempt.attempt_id} ({attempt.kind}, {attempt.state}) "
                    f"of payment {attempt.payment_id} {said}"
                )
    tally.note = f"{still_open} open" + (f", {by_hand} of them by hand" if by_hand else "")


async def _left_alone(snapshot: Snapshot, attempt: Attempt) -> str:
    """Why nobody will move an open attempt, or that it is late; empty if all is well."""
    if attempt.is_by_hand:
        return "is carried out by hand, and has a deadline at which nobody can be asked" if attempt.due_ms else ""
    if attempt.state is AttemptState.NEEDS_PAYER and not attempt.due_ms:
        payment = await snapshot.reads.payment(attempt.merchant_id, attempt.payment_id)
        if payment is None or payment.state is not PaymentState.PENDING:
            return "waits for the payer of a closed payment"
    elif not attempt.due_ms:
        return "has no deadline: nobody will look at it"
    elif snapshot.now_ms - attempt.due_ms > LATE_MS:
        return f"is {(snapshot.now_ms - attempt.due_ms) // 1_000} s behind its deadline"
    return ""
