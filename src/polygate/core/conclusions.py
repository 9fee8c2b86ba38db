"""Conclusions: what an acquirer's answer means, whichever way it came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import msgspec

from polygate.core import attempts, charges, decisions, follow_ups
from polygate.core.agreements import Agreement
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.decisions import Decision
from polygate.core.facts import FactKind
from polygate.core.groups import ALONE, Others
from polygate.core.ids import Mint
from polygate.core.outcomes import (
    Declined,
    NeedsPayer,
    Outcome,
    Unknown,
)
from polygate.core.payments import (
    Payment,
)
from polygate.core.refunds import Refund
from polygate.core.transitions import (
    REFUND,
    AttemptState,
    is_final,
)


def conclude(
    payment: Payment,
    attempt: Attempt,
    outcome: Outcome,
    *,
    refund: Refund | None,
    of_card: Sequence[Agreement] = (),
    others: Others = ALONE,
    now_ms: int,
    mint: Mint,
) -> Decision | None:
    """What an answer means, whichever way it came: a call, a notice, an inquiry, the payer's return.

    `of_card` are the living agreements about the card that is charged, wanted where it was declined for good; `others`
    the other tries to pay for the same, wanted where it was approved. None if the attempt is closed already, or its
    refund is: the first conclusion stands.
    """
    if not attempt.may_be_answered or (refund is not None and is_final(REFUND, refund.state)):
        return None
    if isinstance(outcome, NeedsPayer) and attempt.kind is not AttemptKind.CHARGE:
        # No payer is there to authenticate. Waiting for one would leave the money reserved for good: ask again.
        outcome = Unknown("it asked for the payer, who has no part in this")
    heard = attempts.hear(attempt, outcome, now_ms=now_ms)
    if attempt.state is heard.state is AttemptState.NEEDS_PAYER:
        return charges.still_unpaid(payment, heard, now_ms, mint)
    answered = decisions.fact(
        payment, FactKind.ACQUIRER_ANSWERED, now_ms, mint, {**decisions.about(heard), "said": heard.said}
    )
    match attempt.kind:
        case AttemptKind.CHARGE:
            decided = charges.conclude_charge(payment, heard, outcome, now_ms, mint, others=others)
            if isinstance(outcome, Declined):
                decided = charges.without_card(decided, of_card, outcome.why, now_ms, mint)
        case AttemptKind.CAPTURE:
            decided = follow_ups.conclude_capture(payment, heard, outcome, now_ms, mint)
        case AttemptKind.VOID:
            decided = follow_ups.conclude_void(payment, heard, now_ms, mint)
        case AttemptKind.REFUND:
            if refund is None:
                raise ValueError("a refund attempt is concluded with its refund")
            decided = follow_ups.conclude_refund(payment, heard, refund, now_ms, mint)
        case AttemptKind.GIVE_BACK:
            decided = follow_ups.conclude_give_back(payment, heard, now_ms, mint)
        case AttemptKind.CLOSE:
            decided = follow_ups.conclude_close(payment, heard, now_ms, mint)
        case AttemptKind.PAYOUT:
            raise ValueError("a payout's attempt is concluded with its payout")
        case _:
            assert_never(attempt.kind)
    # One row for each attempt, as it stands in the end: a store cannot write the same row twice in one statement.
    touched = {changed.attempt_id: changed for changed in (heard, *decided.attempts)}
    return msgspec.structs.replace(decided, attempts=tuple(touched.values()), facts=(answered, *decided.facts))
