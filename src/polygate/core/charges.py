"""Charges: what an answer about the attempt to collect does to its payment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from polygate.core import agreements, attempts, decisions, groups, ledger
from polygate.core.agreements import Agreement
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.decisions import Decision
from polygate.core.facts import Fact, FactKind
from polygate.core.groups import Others
from polygate.core.ids import AttemptId, Mint
from polygate.core.outcomes import (
    Approved,
    Decline,
    Declined,
    Details,
    NeedsPayer,
    NotSent,
    Outcome,
    PayerAction,
)
from polygate.core.payments import (
    AUTHORIZATION_LIFE_MS,
    LATE_PAYMENT_MS,
    NO_AUTHENTICATION,
    Means,
    Payment,
)
from polygate.core.transitions import (
    PAYMENT,
    PaymentEvent,
    PaymentState,
    after,
)


def conclude_charge(
    payment: Payment, charge: Attempt, outcome: Outcome, now_ms: int, mint: Mint, *, others: Others
) -> Decision:
    latest = payment.charge_id == charge.attempt_id
    current = latest and payment.state is PaymentState.PENDING
    expired = payment.state is PaymentState.EXPIRED and not payment.late_goes_back
    late = latest and expired and charge.is_paid_elsewhere
    match outcome:
        case Approved() if (current or late) and others.is_one_paid:
            return _beaten(payment, charge, now_ms, mint)
        case Approved() if current or late:
            paid = _collected(payment, charge, outcome, now_ms, mint)
            return msgspec.structs.replace(paid, paid_group=groups.paid(payment, others, now_ms=now_ms))
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


def still_unpaid(payment: Payment, charge: Attempt, now_ms: int, mint: Mint) -> Decision:
    """Nothing new about the payer, and nothing for the timeline. What nobody waits for any more is closed."""
    latest = payment.charge_id == charge.attempt_id
    until_ms = payment.finished_ms + LATE_PAYMENT_MS
    expired = payment.state is PaymentState.EXPIRED and not payment.late_goes_back
    late = expired and charge.is_paid_elsewhere and now_ms < until_ms
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
        postings = ledger.for_sale(
            charge.acquirer, charge.amount, decisions.fee(payment, charge.amount), into=payment.owed_in
        )
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


def _beaten(payment: Payment, charge: Attempt, now_ms: int, mint: Mint) -> Decision:
    """Approved, but another try to pay for the same was faster: this one is closed, and its money goes back."""
    closed = payment
    if payment.state is PaymentState.PENDING:
        closed = decisions.moved(payment, PaymentEvent.CANCELED, due_ms=0, finished_ms=now_ms, answered_ms=now_ms)
    undone = _unclaimed(payment, charge, now_ms, mint)
    if closed is payment:
        return undone
    told = decisions.announced(closed, FactKind.PAYMENT_CANCELED, now_ms, mint)
    return msgspec.structs.replace(undone, payment=closed, facts=(told, *undone.facts))


def _declined(payment: Payment, why: Decline, details: Details, now_ms: int, mint: Mint) -> Decision:
    known: dict[str, Any] = {"decline": why.value, "details": details, "answered_ms": now_ms}
    if why is Decline.CANCELED_BY_PAYER:
        canceled = decisions.moved(payment, PaymentEvent.CANCELED, due_ms=0, finished_ms=now_ms, **known)
        return Decision(
            payment=canceled, facts=(decisions.announced(canceled, FactKind.PAYMENT_CANCELED, now_ms, mint),)
        )
    tries = payment.tries + 1
    if payment.is_checkout and tries < payment.tries_most and now_ms < payment.expires_ms:
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


def without_card(decided: Decision, of_card: Sequence[Agreement], why: Decline, now_ms: int, mint: Mint) -> Decision:
    """A decline for good ends every agreement about the card in the same commit: nobody asks for another charge."""
    revoked = tuple(ended for each in of_card if (ended := agreements.after_decline(each, why, now_ms=now_ms)))
    payment_id = decided.payment.payment_id
    facts = (agreements.fact(each, FactKind.CARD_REVOKED, payment_id, now_ms, mint(), why=each.why) for each in revoked)
    return msgspec.structs.replace(decided, revoked=revoked, facts=(*decided.facts, *facts))
