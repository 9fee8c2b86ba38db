"""Charge what is due of a subscription, and look at what became of the charge under way."""

from __future__ import annotations

from typing import Any, Final

from polygate.core import agreements, subscriptions
from polygate.core.ids import PaymentId
from polygate.core.payments import CaptureMode, Payment, PaymentOrder
from polygate.core.refusals import Reason, Refused
from polygate.core.subscriptions import Subscription
from polygate.core.transitions import SubscriptionState
from polygate.operations.charge_agreement import LaterCharge, charge_agreement
from polygate.operations.context import Context
from polygate.store.contract import Change, Stale, Update

_LIFE_MS: Final = 3_600_000
"""A renewal has no payer to wait for; its time only matters while its outcome is unknown."""


async def bring_forward(context: Context, due: Subscription) -> None:
    """One subscription that is due. Safe to call from several processes at once: a charge is made under its number."""
    subscription = await context.reads.subscription(due.merchant_id, due.subscription_id) or due
    match subscription.state:
        case SubscriptionState.STARTING:
            first = await context.reads.payment(subscription.merchant_id, subscription.payment_id)
            await _save(context, _looked(context, subscription, first))
        case SubscriptionState.ACTIVE:
            await _renew(context, subscription)
        case _:
            return


async def cancel_subscription(
    context: Context,
    subscription: Subscription,
    *,
    why: str = "canceled by the operator",
    also: tuple[Any, ...] = (),
) -> Subscription:
    """Somebody ends it. Raises Refused(SUBSCRIPTION_OVER). `also` are rows that are written with it."""
    while True:
        canceled = subscriptions.cancel(subscription, why=why, now_ms=context.clock())
        try:
            await context.store.submit(Change((Update(canceled),), also))
        except Stale:
            again = await context.reads.subscription(subscription.merchant_id, subscription.subscription_id)
            subscription = again or subscription
            continue
        return canceled


async def _renew(context: Context, subscription: Subscription) -> None:
    merchant_id, protocol, number = subscription.merchant_id, subscription.protocol, subscription.next_number
    payment = await context.reads.payment_by_order(merchant_id, protocol, number)
    if payment is None:
        next_charge = subscription.charges_made + 1
        if context.clock() < subscriptions.charge_ms(subscription, next_charge, zone=context.merchant.zone):
            return  # Somebody else has just made the charge before this one.
        try:
            payment = await _charge(context, subscription)
        except Refused as refused:
            if refused.reason is Reason.CARD_NOT_KNOWN:
                await _save(context, subscriptions.end_without_card(subscription, now_ms=context.clock()))
                return
            if refused.reason is not Reason.ORDER_TAKEN:
                raise
            payment = await context.reads.payment_by_order(merchant_id, protocol, number)
    await _save(context, _looked(context, subscription, payment))


def _looked(context: Context, subscription: Subscription, payment: Payment | None) -> Subscription:
    return subscriptions.look(subscription, payment, now_ms=context.clock(), zone=context.merchant.zone)


async def _charge(context: Context, subscription: Subscription) -> Payment:
    merchant_id = subscription.merchant_id
    first = await context.reads.payment(merchant_id, subscription.payment_id)
    details = await context.reads.order_details(merchant_id, subscription.payment_id)
    merchant = await context.reads.merchant(merchant_id)
    agreement = agreements.check(await context.reads.agreement(merchant_id, subscription.agreement_id))
    if first is None or details is None or merchant is None:
        raise LookupError(f"subscription {subscription.subscription_id} is incomplete")
    order = PaymentOrder(
        merchant_id=merchant_id,
        app_id=subscription.app_id,
        protocol=subscription.protocol,
        order_no=subscription.next_number,
        amount=subscription.amount,
        capture_mode=CaptureMode.AUTO,
        three_ds="no",
        fraud_check=False,
        life_ms=_LIFE_MS,
        notify_url=first.notify_url,
        front_url="",
        language=first.language,
        attach=subscriptions.mark(subscription),
        keep_card="",
        fee=merchant.fee_rule(subscription.currency),
        request=details.request,
        is_test=first.is_test,
        group_no=first.group_no,
    )
    later = LaterCharge(expiry=None, plan="", statement="", client_ip="")
    payment_id = PaymentId(context.mint_like(first.payment_id))
    return await charge_agreement(context, agreement, order, later, payment_id=payment_id)


async def _save(context: Context, subscription: Subscription) -> None:
    try:
        await context.store.submit(Change((Update(subscription),)))
    except Stale:
        return  # Another worker saw the same: it is due again when its own next look comes.
