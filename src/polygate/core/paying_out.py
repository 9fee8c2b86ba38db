"""Decisions about payouts: reserved before they are sent, settled or released by what the acquirer says."""

from __future__ import annotations

import msgspec

from polygate.core import attempts, decisions, ledger
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.facts import FactKind
from polygate.core.ids import AttemptId, Mint, PaymentId, PayoutId
from polygate.core.outcomes import Approved, Decline, Declined, NeedsPayer, NotSent, Outcome, Unknown
from polygate.core.payout_decisions import PayoutDecision, fact, failed, moved, paid, posting_rows, returned
from polygate.core.payouts import LOOKS_AFTER_MS, Balance, Payout, PayoutOrder, Receiver
from polygate.core.refusals import Reason, Refused
from polygate.core.routing import Route
from polygate.core.schedules import send_again_delay_ms
from polygate.core.transitions import AttemptState, PayoutEvent, PayoutState


def open_payout(
    order: PayoutOrder, *, payout_id: PayoutId, balance: Balance, now_ms: int, mint: Mint
) -> PayoutDecision:
    """Take a payout in and set its money aside. Raises Refused(BALANCE_TOO_SMALL); then nothing is written."""
    payout = Payout(
        merchant_id=order.merchant_id,
        payout_id=payout_id,
        protocol=order.protocol,
        app_id=order.app_id,
        number=order.number,
        state=PayoutState.WAITING,
        amount_minor=order.amount.minor,
        currency=order.amount.currency,
        fee_minor=order.fee.minor,
        receiver=order.receiver,
        description=order.description,
        attach=order.attach,
        notify_url=order.notify_url,
        attempt_id=AttemptId(0),
        acquirer="",
        reference="",
        why_failed="",
        said="",
        due_ms=0,
        created_ms=now_ms,
        changed_ms=now_ms,
        paid_ms=0,
        closed_ms=0,
    )
    if balance.available_minor < payout.taken.minor:
        raise Refused(Reason.BALANCE_TOO_SMALL, "the available balance is too small")
    return PayoutDecision(
        payout=payout,
        is_new=True,
        reserve=balance.reserve,
        postings=posting_rows(payout, 0, ledger.reserve_payout(payout.amount, payout.fee), now_ms, mint),
        facts=(fact(payout, FactKind.PAYOUT_REQUESTED, now_ms, mint, {"amount": str(payout.amount)}),),
    )


def send(
    decided: PayoutDecision,
    *,
    route: Route,
    attempt_id: AttemptId,
    timeout_ms: int,
    now_ms: int,
    mint: Mint,
    later: bool,
) -> PayoutDecision:
    """And the intention to send it, right away or (`later`) by the jobs. Raises Refused(PAYOUT_NOT_NOW)."""
    payout = decided.payout
    if payout.state is not PayoutState.WAITING or payout.receiver is None:
        raise Refused(Reason.PAYOUT_NOT_NOW, f"a payout that is {payout.state} cannot be sent")
    attempt = attempts.begin(
        merchant_id=payout.merchant_id,
        attempt_id=attempt_id,
        payment_id=PaymentId(payout.payout_id),
        kind=AttemptKind.PAYOUT,
        acquirer=route.acquirer,
        why=route.why,
        amount=payout.amount,
        captures=True,
        now_ms=now_ms,
        timeout_ms=timeout_ms,
        planned=later,
    )
    sent = moved(
        payout,
        now_ms,
        None if later else PayoutEvent.SENT,
        version=payout.version,
        attempt_id=attempt_id,
        acquirer=route.acquirer,
    )
    asked = () if later else (fact(sent, FactKind.ACQUIRER_ASKED, now_ms, mint, decisions.about(attempt)),)
    return msgspec.structs.replace(decided, payout=sent, attempts=(attempt,), facts=(*decided.facts, *asked))


def send_planned(
    payout: Payout, attempt: Attempt, *, timeout_ms: int, now_ms: int, mint: Mint
) -> PayoutDecision | None:
    """The jobs are about to send a planned attempt. None if somebody already did."""
    if attempt.state is not AttemptState.PLANNED:
        return None
    event = PayoutEvent.SENT if payout.state is PayoutState.WAITING else None
    return PayoutDecision(
        payout=moved(payout, now_ms, event),
        attempts=(attempts.send(attempt, now_ms=now_ms, timeout_ms=timeout_ms),),
        facts=(fact(payout, FactKind.ACQUIRER_ASKED, now_ms, mint, decisions.about(attempt)),),
    )


def name_receiver(payout: Payout, receiver: Receiver, *, now_ms: int) -> PayoutDecision:
    """The operator enters whom a waiting payout goes to. Raises Refused(PAYOUT_NOT_NOW)."""
    if payout.state is not PayoutState.WAITING or payout.attempt_id:
        raise Refused(Reason.PAYOUT_NOT_NOW, f"a payout that is {payout.state} keeps its receiver")
    return PayoutDecision(payout=moved(payout, now_ms, receiver=receiver))


def reject(payout: Payout, *, said: str, now_ms: int, mint: Mint) -> PayoutDecision:
    """The operator refuses a payout that was not sent. Raises Refused(PAYOUT_NOT_NOW)."""
    if payout.state is not PayoutState.WAITING or payout.attempt_id:
        raise Refused(Reason.PAYOUT_NOT_NOW, f"a payout that is {payout.state} cannot be rejected")
    return failed(payout, 0, Declined(Decline.NOT_PERMITTED, said), now_ms, mint)


def conclude(payout: Payout, attempt: Attempt, outcome: Outcome, *, now_ms: int, mint: Mint) -> PayoutDecision | None:
    """What an answer means, whichever way it came. None if the attempt is closed already: the first one stands."""
    if not attempt.may_be_answered:
        return None
    if isinstance(outcome, NeedsPayer):
        outcome = Unknown("it asked for a payer, and a payout has none")
    heard = attempts.hear(attempt, outcome, now_ms=now_ms)
    answered = fact(payout, FactKind.ACQUIRER_ANSWERED, now_ms, mint, {**decisions.about(heard), "said": heard.said})
    match outcome:
        case Approved():
            decided = paid(payout, heard, outcome, now_ms, mint)
        case Declined():
            decided = failed(payout, heard.attempt_id, outcome, now_ms, mint)
        case NotSent():
            # Nobody refused it, and it was accepted: it is sent again under a new key.
            again_ms = now_ms + send_again_delay_ms(now_ms - payout.created_ms)
            again = attempts.anew(heard, AttemptId(mint()), now_ms=now_ms, due_ms=again_ms)
            decided = PayoutDecision(payout=moved(payout, now_ms, attempt_id=again.attempt_id), attempts=(again,))
        case _:
            decided = PayoutDecision(payout=moved(payout, now_ms))
    return msgspec.structs.replace(decided, attempts=(heard, *decided.attempts), facts=(answered, *decided.facts))


def look_again(payout: Payout, outcome: Outcome, *, now_ms: int, mint: Mint) -> PayoutDecision | None:
    """What an inquiry about a paid payout means: a refusal now says that the money came back."""
    if payout.state is not PayoutState.PAID:
        return None
    if isinstance(outcome, Declined):
        return returned(payout, outcome, now_ms, mint)
    return PayoutDecision(payout=moved(payout, now_ms, changed_ms=payout.changed_ms, due_ms=_next_look(payout, now_ms)))


def _next_look(payout: Payout, now_ms: int) -> int:
    """When to ask next whether it came back; 0 after the last time."""
    passed_ms = 0
    for pause_ms in LOOKS_AFTER_MS:
        passed_ms += pause_ms
        if payout.paid_ms + passed_ms > now_ms:
            return payout.paid_ms + passed_ms
    return 0
