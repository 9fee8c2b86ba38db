"""Take a payment: directly, or on an order opened before for the hosted page."""

from __future__ import annotations

from typing import Any, Final

from polygate.core import conclusions, plans, repeats, routing
from polygate.core.decisions import Decision
from polygate.core.ids import AttemptId, MerchantId, PaymentId
from polygate.core.outcomes import Decline
from polygate.core.payments import Payment, PaymentOrder
from polygate.core.refusals import Reason, Refused
from polygate.operations.apply import apply
from polygate.operations.charging import CardCharge, How
from polygate.operations.concluding import ask
from polygate.operations.context import Context
from polygate.store.contract import Stale, Taken

AUTHENTICATION_FAILED: Final = frozenset({"N", "R"})
"""3-D Secure results with which no acquirer is asked (gateway contract, 6.4)."""


async def take_payment(context: Context, order: PaymentOrder, how: How) -> Payment:
    """Open an order and collect. Raises Refused if the order number is used; then nothing is charged."""
    now_ms = context.clock()
    opened = plans.open_payment(
        order, payment_id=PaymentId(context.mint()), is_checkout=False, now_ms=now_ms, mint=context.mint
    )
    if _failed_authentication(how):
        refused = conclusions.refuse_unasked(
            opened, means=how.means(context), why=Decline.AUTHENTICATION_FAILED, now_ms=now_ms, mint=context.mint
        )
        await _apply_new(context, refused, order)
        return refused.payment
    decision = _plan(context, opened, how)
    await _apply_new(context, decision, order, also=_kept(context, decision, how))
    return await _ask(context, decision, how)


async def pay_open_payment(context: Context, merchant_id: MerchantId, payment_id: PaymentId, how: How) -> Payment:
    """The payer has chosen on the hosted page. Raises Refused(SESSION_CLOSED) if the order no longer waits for it.

    Of two submissions at once one is charged; the other is refused.
    """
    payment = await context.reads.payment(merchant_id, payment_id)
    if payment is None:
        raise Refused(Reason.NOT_FOUND, "order not found")
    decision = _plan(context, Decision(payment=payment), how)
    try:
        await apply(context, decision, also=_kept(context, decision, how))
    except Stale:
        raise Refused(Reason.SESSION_CLOSED, "the order is being paid already") from None
    return await _ask(context, decision, how)


def _failed_authentication(how: How) -> bool:
    if not isinstance(how, CardCharge) or how.authentication is None:
        return False
    return how.authentication.status in AUTHENTICATION_FAILED


def _plan(context: Context, opened: Decision, how: How) -> Decision:
    means = how.means(context)
    route = routing.choose(means.method, opened.payment.currency, offers=context.offers())
    return plans.plan_charge(
        opened,
        attempt_id=AttemptId(context.mint()),
        means=means,
        route=route,
        timeout_ms=context.timeout_ms(route.acquirer),
        now_ms=context.clock(),
        mint=context.mint,
    )


async def _apply_new(context: Context, decision: Decision, order: PaymentOrder, also: tuple[Any, ...] = ()) -> None:
    try:
        await apply(context, decision, also=also)
    except Taken:
        first = await context.reads.payment_by_order(order.merchant_id, order.protocol, order.order_no)
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


async def _ask(context: Context, decision: Decision, how: How) -> Payment:
    payment, attempt = decision.payment, decision.attempts[0]
    return await ask(context, payment, attempt, how.conversation(context, payment, attempt))
