"""Follow-ups: what an answer about a capture, a void, a refund or an undoing does to its payment."""

from __future__ import annotations

import msgspec

from polygate.core import attempts, decisions, ledger
from polygate.core.attempts import Attempt
from polygate.core.decisions import Decision
from polygate.core.facts import FactKind
from polygate.core.ids import AttemptId, Mint
from polygate.core.outcomes import (
    Outcome,
)
from polygate.core.payments import (
    DAY_MS,
    GIVE_BACK_AGAIN_MS,
    Payment,
)
from polygate.core.refunds import Refund
from polygate.core.schedules import send_again_delay_ms
from polygate.core.transitions import (
    REFUND,
    AttemptState,
    PaymentEvent,
    RefundEvent,
    after,
)


def conclude_capture(payment: Payment, attempt: Attempt, outcome: Outcome, now_ms: int, mint: Mint) -> Decision:
    if attempt.is_open:
        return Decision(payment=decisions.moved(payment))
    if attempt.state is AttemptState.APPROVED:
        details = payment.details
        arn = attempts.details_of(outcome).arn
        captured = decisions.moved(
            payment,
            PaymentEvent.CAPTURED,
            captured_minor=attempt.amount_minor,
            captured_ms=now_ms,
            answered_ms=now_ms,
            finished_ms=now_ms,
            due_ms=0,
            details=msgspec.structs.replace(details, arn=arn) if arn else details,
        )
        postings = ledger.for_capture(
            attempt.acquirer, attempt.amount, authorized=payment.asked, fee=decisions.fee(payment, attempt.amount)
        )
        return Decision(
            payment=captured,
            postings=decisions.posting_rows(captured, attempt, postings, now_ms, mint),
            facts=(decisions.announced(captured, FactKind.PAYMENT_CAPTURED, now_ms, mint),),
        )
    back = decisions.moved(payment, PaymentEvent.CAPTURE_DECLINED)
    return Decision(
        payment=back,
        postings=decisions.posting_rows(back, attempt, ledger.release_capture(attempt.amount), now_ms, mint),
        facts=(decisions.fact(back, FactKind.CAPTURE_DECLINED, now_ms, mint, decisions.about(attempt)),),
    )


def conclude_void(payment: Payment, attempt: Attempt, now_ms: int, mint: Mint) -> Decision:
    if attempt.is_open:
        return Decision(payment=decisions.moved(payment))
    if attempt.state is AttemptState.APPROVED:
        voided = decisions.moved(payment, PaymentEvent.VOIDED, due_ms=0, answered_ms=now_ms, finished_ms=now_ms)
        return Decision(
            payment=voided,
            postings=decisions.posting_rows(
                voided, attempt, ledger.for_void(attempt.acquirer, attempt.amount), now_ms, mint
            ),
            facts=(decisions.announced(voided, FactKind.PAYMENT_CANCELED, now_ms, mint),),
        )
    back = decisions.moved(payment, PaymentEvent.VOID_DECLINED, due_ms=max(payment.due_ms, now_ms + DAY_MS))
    return Decision(
        payment=back, facts=(decisions.fact(back, FactKind.VOID_DECLINED, now_ms, mint, decisions.about(attempt)),)
    )


def conclude_refund(payment: Payment, attempt: Attempt, refund: Refund, now_ms: int, mint: Mint) -> Decision:
    if attempt.is_open:
        return Decision(payment=decisions.moved(payment))
    if attempt.state is AttemptState.NOT_SENT:
        # Nobody refused it, and it was accepted: it stays so (gateway contract, 5.3).
        return Decision(
            payment=decisions.moved(payment), attempts=(_sent_anew(attempt, refund.created_ms, now_ms, mint),)
        )
    approved = attempt.state is AttemptState.APPROVED
    event, kind = (
        (RefundEvent.APPROVED, FactKind.REFUND_SUCCEEDED)
        if approved
        else (RefundEvent.DECLINED, FactKind.REFUND_FAILED)
    )
    concluded = msgspec.structs.replace(
        refund,
        state=after(REFUND, refund.state, event),
        finished_ms=now_ms,
        said="" if approved else attempt.said,
        version=refund.version + 1,
    )
    released = 0 if approved else refund.amount_minor
    changed = decisions.moved(payment, refunding_minor=payment.refunding_minor - released)
    back = ledger.release_refund(refund.amount, into=payment.owed_in)
    postings = ledger.for_refund(attempt.acquirer, refund.amount) if approved else back
    return Decision(
        payment=changed,
        refund=concluded,
        postings=decisions.posting_rows(changed, attempt, postings, now_ms, mint),
        facts=(
            decisions.fact(
                changed, kind, now_ms, mint, decisions.refund_shown(changed, concluded), refund_id=refund.refund_id
            ),
        ),
    )


def _sent_anew(attempt: Attempt, since_ms: int, now_ms: int, mint: Mint) -> Attempt:
    """What certainly was not carried out may be asked for again, under a new key and without doing it twice."""
    return attempts.anew(
        attempt, AttemptId(mint()), now_ms=now_ms, due_ms=now_ms + send_again_delay_ms(now_ms - since_ms)
    )


def conclude_give_back(payment: Payment, attempt: Attempt, now_ms: int, mint: Mint) -> Decision:
    if attempt.state is AttemptState.APPROVED:
        postings = ledger.return_unclaimed(attempt.acquirer, attempt.amount, captured=attempt.captures)
        return Decision(
            payment=decisions.moved(payment), postings=decisions.posting_rows(payment, attempt, postings, now_ms, mint)
        )
    if attempt.is_open:
        return Decision(payment=decisions.moved(payment))
    if attempt.state is AttemptState.NOT_SENT:
        return Decision(
            payment=decisions.moved(payment), attempts=(_sent_anew(attempt, payment.finished_ms, now_ms, mint),)
        )
    # The payer's money may not stay in suspense because the acquirer said no once.
    again = attempts.anew(attempt, AttemptId(mint()), now_ms=now_ms, due_ms=now_ms + GIVE_BACK_AGAIN_MS)
    return Decision(payment=decisions.moved(payment), attempts=(again,))


def conclude_close(payment: Payment, attempt: Attempt, now_ms: int, mint: Mint) -> Decision:
    """It moves no money of ours: whether the wallet took some before, the charge's own inquiry tells."""
    unsent = attempt.state is AttemptState.NOT_SENT
    again = (_sent_anew(attempt, attempt.created_ms, now_ms, mint),) if unsent else ()
    return Decision(payment=decisions.moved(payment), attempts=again)
