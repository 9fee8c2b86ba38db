"""Conclusions: what an acquirer's answer means, whichever way it came."""

from __future__ import annotations

from typing import Any, assert_never

import msgspec

from polygate.core import agreements, attempts, decisions, ledger
from polygate.core.agreements import Agreement
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.decisions import Decision, Mint
from polygate.core.facts import Fact, FactKind
from polygate.core.ids import AttemptId
from polygate.core.merchants import FeeRule
from polygate.core.money import Money
from polygate.core.outcomes import (
    Approved,
    Decline,
    Declined,
    Details,
    NeedsPayer,
    NotSent,
    Outcome,
    PayerAction,
    Unknown,
)
from polygate.core.payments import (
    AUTHORIZATION_LIFE_MS,
    CHECKOUT_TRIES,
    DAY_MS,
    GIVE_BACK_AGAIN_MS,
    LATE_PAYMENT_MS,
    NO_AUTHENTICATION,
    Means,
    Payment,
)
from polygate.core.refunds import Refund
from polygate.core.schedules import send_again_delay_ms
from polygate.core.transitions import (
    PAYMENT,
    REFUND,
    AttemptState,
    PaymentEvent,
    PaymentState,
    RefundEvent,
    after,
    is_final,
)


def conclude(
    payment: Payment,
    attempt: Attempt,
    outcome: Outcome,
    *,
    refund: Refund | None,
    agreement: Agreement | None = None,
    now_ms: int,
    mint: Mint,
) -> Decision | None:
    """What an answer means, whichever way it came: a call, a notice, an inquiry, the payer's return.

    `agreement` is the one under which the payment charges a kept card, if it does. None if the attempt is closed
    already, or its refund is: the first conclusion stands.
    """
    if not attempt.may_be_answered or (refund is not None and is_final(REFUND, refund.state)):
        return None
    if isinstance(outcome, NeedsPayer) and attempt.kind is not AttemptKind.CHARGE:
        # No payer is there to authenticate. Waiting for one would leave the money reserved for good: ask again.
        outcome = Unknown("it asked for the payer, who has no part in this")
    heard = attempts.hear(attempt, outcome, now_ms=now_ms)
    if attempt.state is heard.state is AttemptState.NEEDS_PAYER:
        return _still_unpaid(payment, heard, now_ms, mint)
    answered = decisions.fact(
        payment, FactKind.ACQUIRER_ANSWERED, now_ms, mint, {**decisions.about(heard), "said": heard.said}
    )
    match attempt.kind:
        case AttemptKind.CHARGE:
            decided = _conclude_charge(payment, heard, outcome, now_ms, mint)
            if agreement is not None and isinstance(outcome, Declined):
                decided = _without_card(decided, agreement, outcome.why, now_ms, mint)
        case AttemptKind.CAPTURE:
            decided = _conclude_capture(payment, heard, outcome, now_ms, mint)
        case AttemptKind.VOID:
            decided = _conclude_void(payment, heard, now_ms, mint)
        case AttemptKind.REFUND:
            if refund is None:
                raise ValueError("a refund attempt is concluded with its refund")
            decided = _conclude_refund(payment, heard, refund, now_ms, mint)
        case AttemptKind.GIVE_BACK:
            decided = _conclude_give_back(payment, heard, now_ms, mint)
        case AttemptKind.CLOSE:
            decided = _conclude_close(payment, heard, now_ms, mint)
        case _:
            assert_never(attempt.kind)
    # One row for each attempt, as it stands in the end: a store cannot write the same row twice in one statement.
    touched = {changed.attempt_id: changed for changed in (heard, *decided.attempts)}
    return msgspec.structs.replace(decided, attempts=tuple(touched.values()), facts=(answered, *decided.facts))


def _conclude_charge(payment: Payment, charge: Attempt, outcome: Outcome, now_ms: int, mint: Mint) -> Decision:
    latest = payment.charge_id == charge.attempt_id
    current = latest and payment.state is PaymentState.PENDING
    late = latest and payment.state is PaymentState.EXPIRED and charge.is_paid_elsewhere
    match outcome:
        case Approved() if current or late:
            return _collected(payment, charge, outcome, now_ms, mint)
        case Approved():
            return _unclaimed(payment, charge, now_ms, mint)
        case Declined() if current:
            return _declined(payment, outcome.why, attempts.details_of(outcome), now_ms, mint)
        case NotSent() if current:
            return _declined(payment, Decline.UNREACHABLE, Details(), now_ms, mint)
        case NeedsPayer(action=PayerAction.AUTHENTICATE) if current and payment.three_ds == NO_AUTHENTICATION:
            # Nobody will: the payer is absent, or the merchant wants no authentication (gateway contract, 6.1).
            declined = _declined(payment, Decline.AUTHENTICATION_REQUIRED, Details(), now_ms, mint)
            left = decisions.given_up(charge, now_ms, mint)
            return msgspec.structs.replace(declined, attempts=left)
        case NeedsPayer() if current:
            waits = {"action": outcome.action.value, "challenge": outcome.challenge}
            return Decision(
                payment=decisions.moved(payment, due_ms=payment.expires_ms),
                facts=(decisions.fact(payment, FactKind.PAYER_ASKED, now_ms, mint, waits),),
            )
        case NeedsPayer():
            # The order was closed while the acquirer made up its mind: nobody will authenticate, nor shall pay.
            behind = decisions.given_up(charge, now_ms, mint)
            return Decision(payment=decisions.moved(payment), attempts=behind)
        case _:
            return Decision(payment=decisions.moved(payment))


def _still_unpaid(payment: Payment, charge: Attempt, now_ms: int, mint: Mint) -> Decision:
    """Nothing new about the payer, and nothing for the timeline. What nobody waits for any more is closed."""
    latest = payment.charge_id == charge.attempt_id
    until_ms = payment.finished_ms + LATE_PAYMENT_MS
    late = payment.state is PaymentState.EXPIRED and charge.is_paid_elsewhere and now_ms < until_ms
    waits = latest and (payment.state is PaymentState.PENDING or late)
    behind = () if waits else decisions.given_up(charge, now_ms, mint)
    return Decision(payment=decisions.moved(payment), attempts=behind or (charge,))


def _collected(payment: Payment, charge: Attempt, outcome: Approved, now_ms: int, mint: Mint) -> Decision:
    agreement = _agreement(payment, now_ms, mint)
    agreement_id = agreement.agreement_id if agreement else payment.agreement_id
    known: dict[str, Any] = {
        "reference": outcome.reference,
        "details": outcome.details,
        "answered_ms": now_ms,
        "agreement_id": agreement_id,
    }
    if charge.captures:
        paid = decisions.moved(
            payment,
            PaymentEvent.PAID_LATE if payment.state is PaymentState.EXPIRED else PaymentEvent.CAPTURED,
            captured_minor=payment.amount_minor,
            captured_ms=now_ms,
            finished_ms=now_ms,
            due_ms=0,
            **known,
        )
        postings = ledger.for_sale(charge.acquirer, charge.amount, _fee(payment, charge.amount))
        kind = FactKind.PAYMENT_CAPTURED
    else:
        until_ms = now_ms + AUTHORIZATION_LIFE_MS
        paid = decisions.moved(payment, PaymentEvent.AUTHORIZED, due_ms=until_ms, expires_ms=until_ms, **known)
        postings = ledger.for_authorization(charge.acquirer, charge.amount)
        kind = FactKind.PAYMENT_AUTHORIZED
    return Decision(
        payment=paid,
        postings=decisions.posting_rows(paid, charge, postings, now_ms, mint),
        facts=(decisions.announced(paid, kind, now_ms, mint), *_kept(payment, agreement, now_ms, mint)),
        agreement=agreement,
    )


def _unclaimed(payment: Payment, charge: Attempt, now_ms: int, mint: Mint) -> Decision:
    """Approved, but the order is closed: the money is not the merchant's, and goes back."""
    give_back = decisions.about_charge(
        charge, AttemptKind.GIVE_BACK, charge.amount, AttemptId(mint()), now_ms=now_ms, timeout_ms=0, planned=True
    )
    postings = ledger.for_unclaimed(charge.acquirer, charge.amount, captured=charge.captures)
    return Decision(
        payment=decisions.moved(payment),
        attempts=(give_back,),
        postings=decisions.posting_rows(payment, charge, postings, now_ms, mint),
        facts=(decisions.fact(payment, FactKind.LATE_APPROVAL_REVERSED, now_ms, mint, decisions.about(give_back)),),
    )


def _declined(payment: Payment, why: Decline, details: Details, now_ms: int, mint: Mint) -> Decision:
    known: dict[str, Any] = {"decline": why.value, "details": details, "answered_ms": now_ms}
    if why is Decline.CANCELED_BY_PAYER:
        canceled = decisions.moved(payment, PaymentEvent.CANCELED, due_ms=0, finished_ms=now_ms, **known)
        return Decision(
            payment=canceled, facts=(decisions.announced(canceled, FactKind.PAYMENT_CANCELED, now_ms, mint),)
        )
    tries = payment.tries + 1
    if payment.is_checkout and tries < CHECKOUT_TRIES and now_ms < payment.expires_ms:
        again = decisions.moved(payment, PaymentEvent.DECLINED_FOR_NOW, tries=tries, due_ms=payment.expires_ms, **known)
        tried = {"decline": why.value, "try": str(tries)}
        return Decision(
            payment=again, facts=(decisions.fact(again, FactKind.PAYMENT_TRY_DECLINED, now_ms, mint, tried),)
        )
    failed = decisions.moved(payment, PaymentEvent.DECLINED, tries=tries, due_ms=0, finished_ms=now_ms, **known)
    return Decision(payment=failed, facts=(decisions.announced(failed, FactKind.PAYMENT_FAILED, now_ms, mint),))


def refuse_unasked(
    opened: Decision, *, means: Means, why: Decline, details: Details | None = None, now_ms: int, mint: Mint
) -> Decision:
    """A payment that fails before any acquirer is asked: the merchant's own authentication failed, or we stop it."""
    asked = msgspec.structs.replace(
        opened.payment,
        state=after(PAYMENT, opened.payment.state, PaymentEvent.ASKED),
        method=means.method.value,
        product=means.product,
        card=means.card,
        agreement_id=means.agreement_id,
        # An earlier try on the hosted page was about another attempt, and this one has none.
        charge_id=AttemptId(0),
        acquirer="",
        reference="",
    )
    declined = _declined(asked, why, details or Details(), now_ms, mint)
    version = opened.payment.version + (0 if opened.is_new else 1)
    return msgspec.structs.replace(
        opened,
        payment=msgspec.structs.replace(declined.payment, version=version),
        facts=(*opened.facts, *declined.facts),
    )


def _conclude_capture(payment: Payment, attempt: Attempt, outcome: Outcome, now_ms: int, mint: Mint) -> Decision:
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
            attempt.acquirer, attempt.amount, authorized=payment.asked, fee=_fee(payment, attempt.amount)
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


def _conclude_void(payment: Payment, attempt: Attempt, now_ms: int, mint: Mint) -> Decision:
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


def _conclude_refund(payment: Payment, attempt: Attempt, refund: Refund, now_ms: int, mint: Mint) -> Decision:
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
    postings = ledger.for_refund(attempt.acquirer, refund.amount) if approved else ledger.release_refund(refund.amount)
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


def _conclude_give_back(payment: Payment, attempt: Attempt, now_ms: int, mint: Mint) -> Decision:
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


def _conclude_close(payment: Payment, attempt: Attempt, now_ms: int, mint: Mint) -> Decision:
    """It moves no money of ours: whether the wallet took some before, the charge's own inquiry tells."""
    unsent = attempt.state is AttemptState.NOT_SENT
    again = (_sent_anew(attempt, attempt.created_ms, now_ms, mint),) if unsent else ()
    return Decision(payment=decisions.moved(payment), attempts=again)


def _agreement(payment: Payment, now_ms: int, mint: Mint) -> Agreement | None:
    """What the payer agreed to by a payment that keeps the card, now that it is good."""
    if not payment.keep_card or payment.card is None:
        return None
    return agreements.make(
        merchant_id=payment.merchant_id,
        agreement_id=mint(),
        payment_id=payment.payment_id,
        app_id=payment.app_id,
        currency=payment.currency,
        plan=payment.keep_card,
        card=payment.card,
        now_ms=now_ms,
    )


def _kept(payment: Payment, agreement: Agreement | None, now_ms: int, mint: Mint) -> tuple[Fact, ...]:
    if agreement is None:
        return ()
    return (agreements.fact(agreement, FactKind.CARD_KEPT, payment.payment_id, now_ms, mint(), plan=agreement.plan),)


def _without_card(decided: Decision, agreement: Agreement, why: Decline, now_ms: int, mint: Mint) -> Decision:
    """A decline for good ends the agreement in the same commit: the next charge must not even be asked for."""
    revoked = agreements.after_decline(agreement, why, now_ms=now_ms)
    if revoked is None:
        return decided
    payment_id = decided.payment.payment_id
    ended = agreements.fact(revoked, FactKind.CARD_REVOKED, payment_id, now_ms, mint(), why=revoked.why)
    return msgspec.structs.replace(decided, agreement=revoked, facts=(*decided.facts, ended))


def _fee(payment: Payment, captured: Money) -> Money:
    return FeeRule(payment.fee_basis_points, payment.fee_fixed_minor).fee(captured)
