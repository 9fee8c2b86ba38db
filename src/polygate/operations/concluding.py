"""The one way in which an answer becomes the state of a payment, whoever brought it."""

from __future__ import annotations

import structlog

from polygate.connectors.contract import Conversation, Follow
from polygate.core import conclusions, groups
from polygate.core.agreements import Agreement
from polygate.core.attempts import Attempt, AttemptKind
from polygate.core.facts import FactKind
from polygate.core.groups import ALONE, Others, PaidGroup
from polygate.core.outcomes import Approved, Decline, Declined, Outcome
from polygate.core.payments import Payment
from polygate.operations.apply import apply
from polygate.operations.context import Context
from polygate.store.contract import Stale, Taken

_log = structlog.get_logger(__name__)


async def conclude(
    context: Context, payment: Payment, attempt: Attempt, outcome: Outcome, *, in_answer: bool = False
) -> Payment:
    """Apply an outcome to its attempt and payment; a lost race is decided again on what is there by then.

    `payment` was read no later than `attempt`, so that a change of either shows in the payment's version. Returns the
    payment as it stands afterwards. Repeating it changes nothing. `in_answer` is as for `apply`.
    """
    while True:
        refund = None
        if attempt.kind is AttemptKind.REFUND:
            refund = await context.reads.refund(attempt.merchant_id, attempt.refund_id)
        of_card: list[Agreement] = []
        if isinstance(outcome, Declined) and outcome.why is Decline.LOST_OR_STOLEN and payment.card:
            of_card = await context.reads.living_agreements(payment.merchant_id, payment.card.fingerprint)
        others = ALONE
        if isinstance(outcome, Approved) and attempt.kind is AttemptKind.CHARGE and groups.must_be_only(payment):
            others = await others_of(context, payment)
        decision = conclusions.conclude(
            payment,
            attempt,
            outcome,
            refund=refund,
            of_card=of_card,
            others=others,
            now_ms=context.clock(),
            mint=context.mint,
        )
        if decision is None:
            # Somebody else concluded it; the payment may have been read before that.
            return await context.reads.payment(payment.merchant_id, payment.payment_id) or payment
        try:
            await apply(context, decision, in_answer=in_answer)
        except (Stale, Taken) as lost:
            if isinstance(lost, Taken) and not isinstance(lost.row, PaidGroup):
                raise  # Otherwise another try to pay for the same was approved in this very moment.
            payment, attempt = await seen_again(context, attempt)
            continue
        if any(fact.kind is FactKind.LATE_APPROVAL_REVERSED for fact in decision.facts):
            _log.warning("paid_after_the_end", payment=payment.payment_id, state=payment.state.value)
        return decision.payment


async def others_of(context: Context, payment: Payment) -> Others:
    """What is known of the other tries to pay for the same."""
    key = payment.merchant_id, payment.protocol, payment.group_no
    group = await context.reads.paid_group(*key)
    if group is not None and group.payment_id != payment.payment_id:
        return Others(is_one_paid=True)
    unpaid = await context.reads.unpaid_of_group(*key)
    return Others(is_one_open=any(other.payment_id != payment.payment_id for other in unpaid))


async def ask(
    context: Context, payment: Payment, attempt: Attempt, conversation: Conversation, *, in_answer: bool = False
) -> Payment:
    """Drive a conversation about a durable attempt and conclude it with what came back."""
    outcome = await context.transport.run(context.connector(attempt.acquirer), conversation)
    return await conclude(context, payment, attempt, outcome, in_answer=in_answer)


async def seen_again(context: Context, attempt: Attempt) -> tuple[Payment, Attempt]:
    """The payment and its attempt as they stand.

    The payment is read first: a decision on a payment that is older than the attempt fails at the version guard, one
    on an attempt that is older than the payment would pass it.
    """
    payment = await context.reads.payment(attempt.merchant_id, attempt.payment_id)
    current = await context.reads.attempt(attempt.merchant_id, attempt.attempt_id)
    if payment is None or current is None:
        raise LookupError(f"attempt {attempt.attempt_id} has no payment")
    return payment, current


def follow(attempt: Attempt, *, protocol: str = "", remark: str = "", payer_says_paid: bool = False) -> Follow:
    """The order about an attempt, in the connectors' words."""
    return Follow(
        merchant=attempt.merchant_id,
        attempt=attempt.attempt_id,
        original=attempt.original_id,
        reference=attempt.original_reference or attempt.reference,
        amount=attempt.amount,
        protocol=protocol,
        remark=remark,
        payer_says_paid=payer_says_paid,
    )


async def conversation_for(context: Context, payment: Payment, attempt: Attempt) -> Conversation:
    """What to say about a planned attempt. A charge is never planned: its card is gone by then."""
    connector = context.connector(attempt.acquirer)
    match attempt.kind:
        case AttemptKind.CAPTURE:
            return connector.capture(follow(attempt))
        case AttemptKind.VOID | AttemptKind.GIVE_BACK:
            return connector.void(follow(attempt))
        case AttemptKind.CLOSE:
            return connector.close(follow(attempt))
        case AttemptKind.REFUND:
            refund = await context.reads.refund(attempt.merchant_id, attempt.refund_id)
            remark = refund.reason if refund else ""
            return connector.refund(follow(attempt, protocol=payment.protocol, remark=remark))
        case AttemptKind.CHARGE:
            raise ValueError("a charge is asked by the request that brought the card")
        case AttemptKind.PAYOUT:
            raise ValueError("a payout has no payment")
