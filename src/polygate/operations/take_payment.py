"""Take a card payment: directly, or on an order opened before for the hosted page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from polygate.connectors.contract import Charge
from polygate.core import conclusions, payments, plans, repeats, routing
from polygate.core.cards import Card
from polygate.core.decisions import Decision
from polygate.core.ids import AttemptId, MerchantId, PaymentId
from polygate.core.outcomes import Authentication, Decline
from polygate.core.payments import Payment, PaymentOrder
from polygate.core.refusals import Reason, Refused
from polygate.operations.apply import apply
from polygate.operations.concluding import ask
from polygate.operations.context import Context
from polygate.store.contract import Stale, Taken

AUTHENTICATION_FAILED: Final = frozenset({"N", "R"})
"""3-D Secure results with which no acquirer is asked (gateway contract, 6.4)."""


class CardCharge(msgspec.Struct, frozen=True):
    """How the payer pays, for the length of one request."""

    card: Card
    authentication: Authentication | None = None
    statement: str = ""
    client_ip: str = ""
    billing: Mapping[str, Any] | None = None


async def take_payment(context: Context, order: PaymentOrder, how: CardCharge) -> Payment:
    """Open an order and charge the card. Raises Refused if the order number is used; then nothing is charged."""
    now_ms = context.clock()
    opened = plans.open_payment(
        order, payment_id=PaymentId(context.mint()), is_checkout=False, now_ms=now_ms, mint=context.mint
    )
    if how.authentication and how.authentication.status in AUTHENTICATION_FAILED:
        refused = conclusions.refuse_unasked(
            opened,
            card=context.vault.on_file(how.card),
            why=Decline.AUTHENTICATION_FAILED,
            now_ms=now_ms,
            mint=context.mint,
        )
        await _apply_new(context, refused, order)
        return refused.payment
    decision = _plan(context, opened, how)
    await _apply_new(context, decision, order, also=_kept(context, decision, how))
    return await _ask(context, decision, how)


async def pay_open_payment(
    context: Context, merchant_id: MerchantId, payment_id: PaymentId, how: CardCharge
) -> Payment:
    """The payer has filled in the hosted page. Raises Refused(SESSION_CLOSED) if the order no longer waits for it.

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


def _plan(context: Context, opened: Decision, how: CardCharge) -> Decision:
    route = routing.choose("card", acquirers=tuple(context.connectors))
    return plans.plan_charge(
        opened,
        attempt_id=AttemptId(context.mint()),
        method="card",
        card=context.vault.on_file(how.card),
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


def _kept(context: Context, decision: Decision, how: CardCharge) -> tuple[Any, ...]:
    """The vault row, only where the payer agreed to later charges."""
    payment = decision.payment
    if not payment.keep_card:
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


async def _ask(context: Context, decision: Decision, how: CardCharge) -> Payment:
    payment, attempt = decision.payment, decision.attempts[0]
    charge = Charge(
        merchant=payment.merchant_id,
        attempt=attempt.attempt_id,
        amount=payment.asked,
        card=how.card,
        capture=payment.capture_mode is payments.CaptureMode.AUTO,
        three_ds=payment.three_ds,
        authentication=how.authentication,
        fraud_check=payment.fraud_check,
        statement=how.statement,
        client_ip=how.client_ip,
        return_url=context.links.challenge_return(payment.merchant_id, payment.payment_id),
        billing=how.billing,
    )
    return await ask(context, payment, attempt, context.connector(attempt.acquirer).authorize(charge))
