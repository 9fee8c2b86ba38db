"""What is written beside the first payment of a subscription."""

from __future__ import annotations

from polygate.core import subscriptions
from polygate.core.payments import Payment
from polygate.core.subscriptions import Plan, Subscription
from polygate.operations.context import Context


def begun(context: Context, payment: Payment, plan: Plan | None) -> tuple[Subscription, ...]:
    """The subscription, which starts once its first payment is approved; none without a plan."""
    if plan is None:
        return ()
    return (
        subscriptions.begin(
            payment,
            subscription_id=context.mint_like(payment.payment_id),
            cycle=plan.cycle,
            charges_total=plan.charges_total,
            now_ms=context.clock(),
        ),
    )
