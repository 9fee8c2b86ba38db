"""Take a payment: directly, or on an order opened before for the hosted page."""

from __future__ import annotations

from typing import Any, Final

from polygate.core import charges, plans, repeats, routing
from polygate.core.decisions import Decision
from polygate.core.ids import AttemptId, MerchantId, PaymentId
from polygate.core.outcomes import Authentication, Decline, Details
from polygate.core.payments import Payment, PaymentOrder
from polygate.core.refusals import Reason, Refused
from polygate.core.subscriptions import Plan
from polygate.operations.apply import apply
from polygate.operations.assess_risk import assess_risk
from polygate.operations.begin_subscription import begun
from polygate.operations.charging import CardCharge, How
from polygate.operations.close_others import close_if_other_paid
from polygate.operations.concluding import ask
from polygate.operations.context import Context
from polygate.store.contract import Stale, Taken

AUTHENTICATION_FAILED: Final = frozenset({"N", "R"})
"""3-D Secure results with which no acquirer is asked (gateway contract, 6.4)."""


async def take_payment(
    context: Context,
    order: PaymentOrder,
    how: How,
    *,
    payment_id: PaymentId | None = None,
    plan: Plan | None = None,
    in_answer: bool = False,
) -> Payment:
    """Open an order and collect. Raises Refused if the order number is used; then nothing is charged.

    `payment_id` is for orders whose API prescribes what identifiers look like, `plan` for those that begin a
    subscription, `in_answer` for APIs in which the answer alone tells of what is refused within the call. Under an
    agreement it may raise Stale: the agreement changed since it was read, and nothing was charged.
    """
    now_ms = context.clock()
    opened = plans.open_payment(
        order,
        payment_id=payment_id or PaymentId(context.mint()),
        is_checkout=False,
        now_ms=now_ms,
        mint=context.mint,
    )
    if failed := _failed_authentication(how):
        refused = charges.refuse_unasked(
            opened,
            means=how.means(context),
            why=Decline.AUTHENTICATION_FAILED,
            details=Details(authentication=failed),
            now_ms=now_ms,
            mint=context.mint,
        )
        await _apply_new(context, refused, order, in_answer=in_answer)
        return refused.payment
    decision, how, also = await _decide(context, opened, how)
    begins = (*also, *begun(context, opened.payment, plan))
    await _apply_new(context, decision, order, also=begins, in_answer=in_answer)
    return await _ask(context, decision, how, in_answer=in_answer)


async def pay_open_payment(context: Context, merchant_id: MerchantId, payment_id: PaymentId, how: How) -> Payment:
    """The payer has chosen on the hosted page. Raises Refused(SESSION_CLOSED) if the order no longer waits for it.

    Of two submissions at once one is charged; the other is refused.
    """
    seen: Payment | None = None
    while True:
        payment = await context.reads.payment(merchant_id, payment_id)
        if payment is None:
            raise Refused(Reason.NOT_FOUND, "order not found")
        if await close_if_other_paid(context, payment):
            raise Refused(Reason.SESSION_CLOSED, "the order was paid by another payment")
        if seen is not None and (payment.charge_id, payment.tries) != (seen.charge_id, seen.tries):
            raise Refused(Reason.SESSION_CLOSED, "the order is being paid already")
        decision, asked, also = await _decide(context, Decision(payment=payment), how)
        try:
            await apply(context, decision, also=also)
        except Stale:
            # While the jobs have an acquirer close the wallet that the payer left, nobody else pays: decide again.
            seen = payment
            continue
        return await _ask(context, decision, asked)


def _failed_authentication(how: How) -> Authentication | None:
    """The 3-D Secure result that the merchant brought, if it is one with which there is nothing to ask for."""
    if not isinstance(how, CardCharge) or how.authentication is None:
        return None
    return how.authentication if how.authentication.status in AUTHENTICATION_FAILED else None


async def _decide(context: Context, opened: Decision, how: How) -> tuple[Decision, How, tuple[Any, ...]]:
    """The charge to ask for, or the refusal to ask for any; how to pay now; and what is to be kept beside it."""
    plans.refuse_closed(opened.payment, now_ms=context.clock())
    means = how.means(context)
    offers = context.offers(is_test=opened.payment.is_test)
    route = routing.choose(means.method, opened.payment.asked, offers=offers)
    risk = await assess_risk(context, opened, means, how)
    now_ms = context.clock()
    if risk.is_stopped:
        stopped = charges.refuse_unasked(
            risk.opened, means=means, why=Decline.SUSPECTED_FRAUD, now_ms=now_ms, mint=context.mint
        )
        return stopped, risk.how, risk.also
    decision = plans.plan_charge(
        risk.opened,
        attempt_id=AttemptId(context.mint()),
        means=means,
        route=route,
        timeout_ms=context.timeout_ms(route.acquirer),
        now_ms=now_ms,
        mint=context.mint,
    )
    if isinstance(how, CardCharge) and how.agreement is not None:
        decision = plans.charge_under(decision, how.agreement, now_ms=now_ms, mint=context.mint)
    return decision, risk.how, (*_kept(context, decision, risk.how), *risk.also)


async def _apply_new(
    context: Context, decision: Decision, order: PaymentOrder, also: tuple[Any, ...] = (), *, in_answer: bool
) -> None:
    try:
        await apply(context, decision, also=also, in_answer=in_answer)
    except Taken:
        first = await context.reads.payment_by_order(
            order.merchant_id, order.protocol, order.order_no, order.number_scope
        )
        raise repeats.order_taken(first or decision.payment) from None


def _kept(context: Context, decision: Decision, how: How) -> tuple[Any, ...]:
    """The vault row, only where the payer agreed to later charges."""
    payment = decision.payment
    if not payment.keep_card or not isinstance(how, CardCharge):
        return ()
    return (
        context.vault.keep_card(
            how.card,
            merchant_id=payment.merchant_id,
            card_id=context.mint(),
            payment_id=payment.payment_id,
            now_ms=context.clock(),
        ),
    )


async def _ask(context: Context, decision: Decision, how: How, *, in_answer: bool = False) -> Payment:
    if not decision.attempts:
        return decision.payment  # It was stopped: no acquirer hears of it.
    payment, attempt = decision.payment, decision.attempts[0]
    return await ask(context, payment, attempt, how.conversation(context, payment, attempt), in_answer=in_answer)
