"""The endpoints of the Signed API: read, operation, show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from polygate.core.dated_numbers import number
from polygate.core.ids import PaymentId
from polygate.core.money import parse
from polygate.core.payments import NO_AUTHENTICATION, CaptureMode, Payment, PaymentOrder
from polygate.core.payouts import Payout, PayoutOrder
from polygate.core.refunds import RefundOrder
from polygate.core.refusals import Reason, Refused
from polygate.core.repeats import PayoutTaken
from polygate.core.transitions import PaymentState, PayoutState
from polygate.operations.balances import funds_of
from polygate.operations.charging import WalletCharge
from polygate.operations.context import Context
from polygate.operations.pay_out import pay_out
from polygate.operations.refund_payment import refund_payment
from polygate.operations.settling import answered
from polygate.operations.take_payment import take_payment
from polygate.protocols.reading.fields import Found, Given, Shape
from polygate.protocols.signed import answers, bodies, orders, schemas, states
from polygate.protocols.signed.answers import Data
from polygate.protocols.signed.auth import Caller
from polygate.protocols.signed.errors import Code, Rejected
from polygate.protocols.signed.methods import PAY_TYPES, PAYOUT_TYPES
from polygate.protocols.signed.orders import NAME

Asked = TypeVar("Asked")
Understood_co = TypeVar("Understood_co", covariant=True)

_LANGUAGE: Final = "en-US"
_REFUSED: Final[Mapping[Reason, Code]] = {
    Reason.METHOD_NOT_ENABLED: Code.METHOD_NOT_ENABLED,
    Reason.CURRENCY_NOT_SUPPORTED: Code.CURRENCY_NOT_SUPPORTED,
    Reason.AMOUNT_TOO_LARGE: Code.AMOUNT_OUT_OF_RANGE,
}
_REFUND_REFUSED: Final[Mapping[Reason, Code]] = {
    Reason.REFUND_NOT_NOW: Code.REFUND_NOT_REFUNDABLE,
    Reason.REFUND_TOO_LATE: Code.REFUND_NOT_REFUNDABLE,
    Reason.REFUND_TOO_LARGE: Code.REFUND_TOO_LARGE,
    Reason.REFUND_NUMBER_TAKEN: Code.REFUND_DUPLICATED,
    Reason.BALANCE_TOO_SMALL: Code.REFUND_BALANCE,
}


class Understand(Protocol[Understood_co]):
    """Makes a request of what a body holds. Raises Rejected."""

    def __call__(self, found: Found, given: Given, *, is_test: bool) -> Understood_co: ...


class Endpoint(msgspec.Struct, Generic[Asked], frozen=True):
    shape: Shape
    understand: Understand[Asked]
    handle: Callable[[Context, Caller, Asked], Awaitable[Data]]
    refused: Mapping[Reason, Code] = {}

    def code_of(self, refused: Refused) -> Code:
        """The code for what we decline to do."""
        return self.refused.get(refused.reason, Code.INTERNAL_FAULT)


async def create_payment(context: Context, caller: Caller, asked: schemas.PaymentRequest) -> Data:
    """Section 4.2."""
    if first := await orders.payment_numbered(context, caller, asked.number):
        return await _same_payment(context, first, asked)
    kind = PAY_TYPES[asked.pay_type]
    if kind.method not in caller.app.methods:
        raise Rejected(Code.METHOD_NOT_ENABLED, f"payMethod.type: {asked.pay_type} is not enabled")
    payment_id = PaymentId(context.mint())
    how = WalletCharge(
        kind.method,
        kind.product,
        payer_id=asked.pay_method.get("vpa") or asked.as_sent["payer"]["userId"],
        description=asked.description,
        client_ip=asked.as_sent.get("tradeEnv", {}).get("ip", ""),
        number=number(payment_id),
        note=asked.description,
    )
    try:
        taken = await take_payment(
            context, _payment_order(context, caller, asked), how, payment_id=payment_id, in_answer=True
        )
    except Refused as refused:
        first = await orders.payment_numbered(context, caller, asked.number)
        if refused.reason is not Reason.ORDER_TAKEN or first is None:
            raise
        return await _same_payment(context, first, asked)
    if taken.state is PaymentState.FAILED:
        error = states.payment_error(taken)
        raise Rejected(Code.PAYMENT_REJECTED, states.PAYMENT_REASONS[error])
    return await _created(context, taken)


def _payment_order(context: Context, caller: Caller, asked: schemas.PaymentRequest) -> PaymentOrder:
    return PaymentOrder(
        merchant_id=caller.merchant.merchant_id,
        app_id=caller.app.app_id,
        protocol=NAME,
        order_no=asked.number,
        amount=asked.amount,
        capture_mode=CaptureMode.AUTO,
        three_ds=NO_AUTHENTICATION,
        fraud_check=False,
        life_ms=context.signed.payment_life_ms,
        notify_url=asked.notify_url,
        front_url=asked.return_url,
        language=_LANGUAGE,
        attach=asked.attach,
        keep_card="",
        fee=caller.merchant.fee_rule(asked.amount.currency),
        request=asked.as_sent,
        number_scope=caller.app.app_id,
        is_test=caller.app.is_test,
    )


async def _same_payment(context: Context, first: Payment, asked: schemas.PaymentRequest) -> Data:
    """Section 4.1: what there is already, if the same was asked for."""
    details = await context.reads.order_details(first.merchant_id, first.payment_id)
    before = details.request.get("payMethod") if details else None
    if (first.asked, before) != (asked.amount, asked.pay_method):
        raise Rejected(Code.PAYMENT_DUPLICATED)
    return await _created(context, await answered(context, first))


async def _created(context: Context, payment: Payment) -> Data:
    charge = await context.reads.attempt(payment.merchant_id, payment.charge_id)
    return answers.payment_created(payment, charge, context.links)


async def query_payment(context: Context, caller: Caller, asked: schemas.Named) -> Data:
    """Section 4.3."""
    found = await orders.find_payment(context, caller, asked)
    refunds = await context.reads.refunds(found.merchant_id, found.payment_id) if found.refunding_minor else []
    return answers.payment_shown(found, refunds)


async def create_payout(context: Context, caller: Caller, asked: schemas.PayoutRequest) -> Data:
    """Section 4.4."""
    if first := await orders.payout_numbered(context, caller, asked.number):
        return _same_payout(first, asked)
    method = asked.receiver.method
    if method not in caller.app.payout_methods:
        name = next(name for name, kind in PAYOUT_TYPES.items() if kind is method)
        raise Rejected(Code.METHOD_NOT_ENABLED, f"payoutMethod.type: {name} is not enabled")
    order = PayoutOrder(
        merchant_id=caller.merchant.merchant_id,
        app_id=caller.app.app_id,
        protocol=NAME,
        number=asked.number,
        amount=asked.amount,
        fee=caller.merchant.payout_fee_rule(asked.amount.currency).fee(asked.amount),
        receiver=asked.receiver,
        description=asked.description,
        attach=asked.attach,
        notify_url=asked.notify_url,
        request={},
    )
    try:
        payout = await pay_out(context, order, at_once=True, in_answer=True)
    except PayoutTaken as taken:
        return _same_payout(taken.first, asked)
    if payout.state is PayoutState.FAILED:
        raise Rejected(Code.PAYOUT_REJECTED, states.PAYOUT_REASONS[states.payout_error(payout)])
    return answers.payout_created(payout)


def _same_payout(first: Payout, asked: schemas.PayoutRequest) -> Data:
    if (first.amount, first.receiver) != (asked.amount, asked.receiver):
        raise Rejected(Code.PAYOUT_DUPLICATED)
    return answers.payout_created(first)


async def query_payout(context: Context, caller: Caller, asked: schemas.Named) -> Data:
    """Section 4.5."""
    return answers.payout_shown(await orders.find_payout(context, caller, asked))


async def create_refund(context: Context, caller: Caller, asked: schemas.RefundRequest) -> Data:
    """Section 4.6."""
    payment = await orders.our_payment(context, caller, asked.payment_no)
    if payment is None:
        raise Rejected(Code.REFUND_PAYMENT_NOT_FOUND)
    order = RefundOrder(
        number=asked.number,
        amount=parse(asked.amount_text, payment.currency),
        reason=asked.description,
        client_ip="",
        notify_url=asked.notify_url,
    )
    return answers.refund_created(await refund_payment(context, payment, order))


async def query_refund(context: Context, caller: Caller, asked: schemas.Named) -> Data:
    """Section 4.7."""
    refund = await orders.find_refund(context, caller, asked)
    payment = await context.reads.payment(refund.merchant_id, refund.payment_id)
    if payment is None:
        raise LookupError(f"refund {refund.refund_id} has no payment")
    return answers.refund_shown(refund, payment)


async def query_balance(context: Context, caller: Caller, asked: tuple[str, ...]) -> Data:
    """Section 4.8. All apps of a merchant share its balances."""
    merchant_id = caller.merchant.merchant_id
    return {"balanceList": [answers.balance(each, await funds_of(context, merchant_id, each)) for each in asked]}


_PAYOUT_REFUSED: Final[Mapping[Reason, Code]] = {**_REFUSED, Reason.BALANCE_TOO_SMALL: Code.PAYOUT_BALANCE}

ENDPOINTS: Final[Mapping[str, Endpoint[Any]]] = {
    "payment/create": Endpoint(bodies.PAYMENT, schemas.payment, create_payment, _REFUSED),
    "payment/query": Endpoint(bodies.PAYMENT_QUERY, schemas.payment_name, query_payment),
    "payout/create": Endpoint(bodies.PAYOUT, schemas.payout, create_payout, _PAYOUT_REFUSED),
    "payout/query": Endpoint(bodies.PAYOUT_QUERY, schemas.payout_name, query_payout),
    "refund/create": Endpoint(bodies.REFUND, schemas.refund, create_refund, _REFUND_REFUSED),
    "refund/query": Endpoint(bodies.REFUND_QUERY, schemas.refund_name, query_refund),
    "balance/query": Endpoint(bodies.BALANCE_QUERY, schemas.currencies, query_balance),
}
"""Path below the prefix → endpoint, all POST."""
