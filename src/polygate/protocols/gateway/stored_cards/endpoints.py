"""Payments that the payer has no part in: with a card given anew, or with one that was kept (sections 4.6 and 4.7)."""

from __future__ import annotations

from typing import Final

from polygate.connectors.contract import Initiator
from polygate.core.methods import Method
from polygate.core.money import Money
from polygate.core.payments import NO_AUTHENTICATION, CaptureMode, Payment, PaymentOrder
from polygate.operations.charge_agreement import LaterCharge, charge_agreement, find_agreement
from polygate.operations.charging import CardCharge
from polygate.operations.context import Context
from polygate.operations.look_up import OrderKey, refuse_used
from polygate.operations.take_payment import take_payment
from polygate.protocols.gateway.answers import Answer, payment_answer
from polygate.protocols.gateway.errors import Code, Rejected
from polygate.protocols.gateway.order_view import statement
from polygate.protocols.gateway.orders import NAME, require_method
from polygate.protocols.gateway.schemas import amount_in
from polygate.protocols.gateway.stored_cards.requests import AbsentPayerRequest, MitRequest, SubscriptionRequest
from polygate.store.reads import Caller

_LIFE_MS: Final = 3_600_000
"""As any payment's. It ends nothing: no payer is waited for, and an attempt in doubt is asked about until it is not."""


async def mit_payment(context: Context, caller: Caller, asked: MitRequest) -> Answer:
    """Section 4.6. A restricted product: the merchant has the payer's word on paper, and we do not see it."""
    require_method(caller.app, Method.CARD)
    if not caller.app.may_initiate:
        raise Rejected(Code.NOT_ENABLED, "mitPayment is not enabled for this app")
    how = CardCharge(
        card=asked.card,
        statement=statement("", app=caller.app, merchant=caller.merchant),
        client_ip=asked.client_ip,
        billing=asked.billing,
        initiator=Initiator.MERCHANT,
        plan=asked.plan,
    )
    order = _order(caller, asked, asked.amount, capture_mode=asked.capture_mode, keep_card=asked.keep_card)
    return _answer(context, await take_payment(context, order, how))


async def subscription_payment(context: Context, caller: Caller, asked: SubscriptionRequest) -> Answer:
    """Section 4.7."""
    require_method(caller.app, Method.CARD)
    merchant_id = caller.merchant.merchant_id
    await refuse_used(context, OrderKey(merchant_id, NAME, asked.order_no, None))
    agreement = await find_agreement(context, merchant_id, agreement_id=asked.agreement_id, number=asked.number)
    order = _order(caller, asked, amount_in(asked.amount_text, agreement.currency))
    charge = LaterCharge(
        expiry=asked.expiry,
        plan=asked.plan,
        statement=statement("", app=caller.app, merchant=caller.merchant),
        client_ip=asked.client_ip,
    )
    return _answer(context, await charge_agreement(context, agreement, order, charge))


def _answer(context: Context, taken: Payment) -> Answer:
    """That of a payment, in which there is never anything for a payer to do."""
    return payment_answer(context, taken, None)


def _order(
    caller: Caller,
    asked: AbsentPayerRequest,
    amount: Money,
    *,
    capture_mode: CaptureMode = CaptureMode.AUTO,
    keep_card: str = "",
) -> PaymentOrder:
    return PaymentOrder(
        merchant_id=caller.merchant.merchant_id,
        app_id=caller.app.app_id,
        protocol=NAME,
        order_no=asked.order_no,
        amount=amount,
        capture_mode=capture_mode,
        three_ds=NO_AUTHENTICATION,
        fraud_check=False,
        life_ms=_LIFE_MS,
        notify_url=asked.notify_url,
        front_url="",
        language=asked.language,
        attach="",
        keep_card=keep_card,
        fee=caller.merchant.fee_rule(amount.currency),
        request=asked.as_sent,
        is_test=caller.app.is_test,
    )
