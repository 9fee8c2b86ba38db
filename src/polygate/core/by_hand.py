"""Payouts that the operator carries out, where no acquirer does: taken over before anybody was asked, then marked.

Each mark is an answer that ends the attempt, as an acquirer's would. Whoever says the same once more changes nothing;
whoever says something else is refused. What an acquirer was asked to carry out is never marked: the acquirer's answer
may still come, and is the truth.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from polygate.core import attempts
from polygate.core.attempts import BY_HAND, Attempt, AttemptKind
from polygate.core.facts import Fact, FactKind
from polygate.core.ids import AttemptId, Mint, PaymentId
from polygate.core.outcomes import Approved, Decline, Declined
from polygate.core.payout_decisions import PayoutDecision, fact, failed, moved, paid, returned
from polygate.core.payouts import BankTransfer, Payout, Receiver
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import ATTEMPT, AttemptEvent, AttemptState, PayoutEvent, PayoutState, after

SAID_MAX_LENGTH: Final = 128
_REFERENCE: Final = re.compile(r"[0-9A-Z]{12,35}")
_UNDER_WAY: Final = {PayoutState.WAITING, PayoutState.SENT}


def bank_reference(text: str) -> str:
    """A bank's number of a transfer in its one spelling: without spaces, in capitals.

    UPI and IMPS number transfers by 12 digits; NEFT by 16 and RTGS by 22 letters and digits; Pix by 32; none has more
    than the 35 of ISO 20022. Raises ValueError in words for the operator.
    """
    reference = "".join(text.split()).upper()
    if not _REFERENCE.fullmatch(reference):
        raise ValueError("the bank's reference has 12 to 35 letters and digits, as in 600187654321")
    return reference


def what_happened(text: str) -> str:
    """What the merchant is told of a payout that failed or came back. Raises ValueError in words for the operator."""
    said = text.strip()
    if not 0 < len(said) <= SAID_MAX_LENGTH or not said.isprintable():
        raise ValueError(f"what happened has to be said, in at most {SAID_MAX_LENGTH} printable characters")
    return said


def take(
    payout: Payout,
    attempt: Attempt | None,
    receiver: Receiver | None,
    *,
    attempt_id: AttemptId,
    by: str,
    now_ms: int,
    mint: Mint,
) -> PayoutDecision | None:
    """The operator `by` name carries it out, from now on; `attempt` is the payout's latest, if it has one.

    `receiver` is needed where the payout has none yet. None if it was taken already. Raises Refused(PAYOUT_NOT_NOW)
    where an acquirer may have been asked, or would be told of another receiver.
    """
    if receiver is not None and payout.receiver not in {None, receiver}:
        raise _not_now("the payout has another receiver, and keeps it")
    if payout.is_by_hand and payout.state is PayoutState.SENT:
        return None
    if payout.state not in _UNDER_WAY:
        raise _not_now(f"a payout that is {payout.state} cannot be taken by hand")
    if attempt is not None and attempt.state is not AttemptState.PLANNED:
        raise _not_now(f"{attempt.acquirer} was asked to carry the payout out: its answer decides")
    whom = payout.receiver or receiver
    if whom is None:
        raise _not_now("the payout has no receiver yet: say whom the money goes to")
    carried = _begun(payout, attempt_id, by, now_ms)
    dropped = () if attempt is None else (attempts.withdraw(attempt, said=carried.why, now_ms=now_ms),)
    event = PayoutEvent.SENT if payout.state is PayoutState.WAITING else None
    taken = moved(payout, now_ms, event, receiver=whom, attempt_id=attempt_id, acquirer=BY_HAND)
    told = {"by": by, "attempt": str(attempt_id), "amount": str(payout.amount)}
    return PayoutDecision(
        payout=taken,
        attempts=(*dropped, carried),
        facts=(fact(taken, FactKind.PAYOUT_TAKEN_BY_HAND, now_ms, mint, told),),
    )


def mark_paid(
    payout: Payout, attempt: Attempt | None, reference: str, *, by: str, now_ms: int, mint: Mint
) -> PayoutDecision | None:
    """The operator paid it, and the bank gave it this `bank_reference`. None if that was said already.

    Raises Refused(PAYOUT_NOT_NOW).
    """
    if payout.is_by_hand and payout.state is PayoutState.PAID:
        if payout.reference == reference:
            return None
        raise _not_now(f"the payout is paid already, under {payout.reference}")
    carried = _carried(payout, attempt, "paid")
    outcome = Approved(reference)
    heard = attempts.hear(carried, outcome, now_ms=now_ms)
    told = {"marked": PayoutState.PAID.value, "by": by, "reference": reference}
    marked = fact(payout, FactKind.PAYOUT_MARKED_BY_HAND, now_ms, mint, told)
    transfer = BankTransfer(reference, payout.merchant_id, payout.payout_id)
    decided = msgspec.structs.replace(paid(payout, heard, outcome, now_ms, mint), transfer=transfer)
    return _after(marked, decided, heard)


def mark_failed(
    payout: Payout, attempt: Attempt | None, said: str, *, by: str, now_ms: int, mint: Mint
) -> PayoutDecision | None:
    """The operator could not pay it: its money is free again. None if that was said already.

    Raises Refused(PAYOUT_NOT_NOW).
    """
    if payout.is_by_hand and payout.state is PayoutState.FAILED:
        if payout.said == said:
            return None
        raise _not_now(f"the payout has failed already: {payout.said}")
    carried = _carried(payout, attempt, "failed")
    outcome = Declined(Decline.NO_REASON, said)
    heard = attempts.hear(carried, outcome, now_ms=now_ms)
    told = {"marked": PayoutState.FAILED.value, "by": by, "said": said}
    marked = fact(payout, FactKind.PAYOUT_MARKED_BY_HAND, now_ms, mint, told)
    return _after(marked, failed(payout, heard.attempt_id, outcome, now_ms, mint), heard)


def mark_returned(payout: Payout, said: str, *, by: str, now_ms: int, mint: Mint) -> PayoutDecision | None:
    """What the operator paid by hand came back: it is the merchant's again. None if that was said already.

    Raises Refused(PAYOUT_NOT_NOW).
    """
    if payout.is_by_hand and payout.state is PayoutState.RETURNED:
        if payout.said == said:
            return None
        raise _not_now(f"the payout has come back already: {payout.said}")
    _refuse_acquirers(payout)
    if payout.state is not PayoutState.PAID:
        raise _not_now(f"a payout that is {payout.state} cannot have come back")
    told = {"marked": PayoutState.RETURNED.value, "by": by, "said": said}
    marked = fact(payout, FactKind.PAYOUT_MARKED_BY_HAND, now_ms, mint, told)
    return _after(marked, returned(payout, Declined(Decline.NO_REASON, said), now_ms, mint))


def _begun(payout: Payout, attempt_id: AttemptId, by: str, now_ms: int) -> Attempt:
    """The operator has it and will tell: no job looks at it, so it has no deadline."""
    begun = attempts.begin(
        merchant_id=payout.merchant_id,
        attempt_id=attempt_id,
        payment_id=PaymentId(payout.payout_id),
        kind=AttemptKind.PAYOUT,
        acquirer=BY_HAND,
        why=f"taken by hand by {by}",
        amount=payout.amount,
        captures=True,
        now_ms=now_ms,
        timeout_ms=0,
    )
    return msgspec.structs.replace(begun, state=after(ATTEMPT, begun.state, AttemptEvent.PENDING), due_ms=0)


def _carried(payout: Payout, attempt: Attempt | None, wanted: str) -> Attempt:
    """The open attempt of a payout that is under way by hand. Raises Refused where there is none."""
    if payout.state is PayoutState.WAITING:
        raise _not_now("the payout was not taken by hand yet")
    _refuse_acquirers(payout)
    if payout.state is not PayoutState.SENT or attempt is None:
        raise _not_now(f"a payout that is {payout.state} cannot be marked as {wanted}")
    return attempt


def _refuse_acquirers(payout: Payout) -> None:
    if payout.acquirer and not payout.is_by_hand:
        raise _not_now(f"{payout.acquirer} carries the payout out: its answer decides, and nobody marks it by hand")


def _after(marked: Fact, decided: PayoutDecision, *heard: Attempt) -> PayoutDecision:
    """What follows from the operator's word, with the attempt that it ends."""
    return msgspec.structs.replace(decided, attempts=heard, facts=(marked, *decided.facts))


def _not_now(said: str) -> Refused:
    return Refused(Reason.PAYOUT_NOT_NOW, said)
