"""Write down what a payer got back through their bank."""

from __future__ import annotations

from typing import Any

from polygate.core import chargebacks, ledger
from polygate.core.chargebacks import Chargeback
from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.operations.apply import announced
from polygate.operations.balances import balance_of
from polygate.operations.context import Context
from polygate.store.contract import Change, Insert, Stale, Taken, Update


async def charge_back(
    context: Context, payment: Payment, amount: Money, *, case_no: str, reason: str, also: tuple[Any, ...] = ()
) -> Chargeback:
    """The chargeback; the first one again where the same case is told of once more. Raises Refused.

    `also` are rows that are written with it.
    """
    while True:
        first = await context.reads.chargeback_by_case(payment.merchant_id, payment.payment_id, case_no)
        if first is not None:
            return chargebacks.same(first, amount)
        reserve = None
        if payment.owed_in == ledger.AVAILABLE:
            reserve = (await balance_of(context, payment.merchant_id, payment.currency)).reserve
        recorded = chargebacks.record(
            payment,
            amount,
            chargeback_id=context.mint_like(payment.payment_id),
            case_no=case_no,
            reason=reason,
            reserve=reserve,
            now_ms=context.clock(),
            mint=context.mint,
        )
        guards: list[Insert | Update] = [Update(recorded.payment), Insert(recorded.chargeback)]
        if reserve is not None:
            guards.append(Insert(reserve) if reserve.version == 1 else Update(reserve))
        told = await announced(context, recorded.payment, recorded.facts)
        try:
            await context.store.submit(Change(tuple(guards), (*recorded.postings, *recorded.facts, *told, *also)))
        except (Stale, Taken):
            payment = await context.reads.payment(payment.merchant_id, payment.payment_id) or payment
            continue
        context.webhooks_wait.set()
        return recorded.chargeback
