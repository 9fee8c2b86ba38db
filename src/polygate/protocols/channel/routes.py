"""The endpoints of the Channel API: who, read, operation, show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec

from polygate.core.ids import PaymentId, PayoutId
from polygate.core.merchants import Limits
from polygate.core.methods import Method, Product
from polygate.core.money import Money
from polygate.core.payments import NO_AUTHENTICATION, CaptureMode, PaymentOrder
from polygate.core.payouts import PayoutOrder
from polygate.operations.balances import funds_of
from polygate.operations.charging import WalletCharge
from polygate.operations.context import Context
from polygate.operations.pay_out import pay_out
from polygate.operations.take_payment import take_payment
from polygate.protocols.channel import answers, schemas
from polygate.protocols.channel.auth import Caller, Proof
from polygate.protocols.channel.errors import Code, Rejected
from polygate.protocols.channel.fields import Given
from polygate.protocols.channel.orders import NAME, find_credit, find_debit

Asked = TypeVar("Asked")

_LANGUAGE: Final = "en-US"


class Endpoint(msgspec.Struct, Generic[Asked], frozen=True):
    """A call in one of its two versions; what is asked and answered is the same in both."""

    proof: Proof
    read: Callable[[Given, str], Asked]
    """Takes the members of the body and the currency."""
    handle: Callable[[Context, Caller, Asked], Awaitable[answers.Answer]]


async def create_credit(context: Context, caller: Caller, asked: schemas.CreditRequest) -> answers.Answer:
    """Sections 7.1 and 7.2."""
    _check(asked.amount, caller.merchant.channel.credit_limits)
    if Method.UPI not in caller.app.methods:
        raise Rejected(Code.NO_CHANNEL)
    order = PaymentOrder(
        merchant_id=caller.merchant.merchant_id,
        app_id=caller.app.app_id,
        protocol=NAME,
        order_no=asked.source_no,
        amount=asked.amount,
        capture_mode=CaptureMode.AUTO,
        three_ds=NO_AUTHENTICATION,
        fraud_check=False,
        life_ms=context.channel.credit_life_ms,
        notify_url=asked.callback_url,
        front_url="",
        language=_LANGUAGE,
        attach="",
        keep_card="",
        fee=caller.merchant.fee_rule(asked.amount.currency),
        request={
            "amount": str(asked.amount),
            "sourceNo": asked.source_no,
            "callbackUrl": asked.callback_url,
            "payerAccountDetailList": list(asked.payers),
        },
        late_goes_back=True,
        is_test=caller.app.is_test,
    )
    how = WalletCharge(Method.UPI, Product.INTENT, description=caller.merchant.name)
    taken = await take_payment(context, order, how, payment_id=PaymentId(context.mint_exact()))
    return await answers.credit_result(context, caller.merchant, taken)


async def query_credit(context: Context, caller: Caller, asked: schemas.OrderName) -> answers.Answer:
    """Sections 7.3 and 7.4."""
    return await answers.credit_result(context, caller.merchant, await find_credit(context, caller, asked))


async def create_debit(context: Context, caller: Caller, asked: schemas.DebitRequest) -> answers.Answer:
    """Sections 7.5 and 7.6. Sent by the jobs: the answer is always about an order that was not sent yet."""
    merchant = caller.merchant
    _check(asked.amount, merchant.channel.debit_limits)
    order = PayoutOrder(
        merchant_id=merchant.merchant_id,
        app_id=caller.app.app_id,
        protocol=NAME,
        number=asked.source_no,
        amount=asked.amount,
        fee=merchant.payout_fee_rule(asked.amount.currency).fee(asked.amount),
        receiver=asked.receiver or merchant.channel.receiver,
        description=merchant.name,
        attach="",
        notify_url=asked.callback_url,
        request={},
    )
    payout = await pay_out(context, order, at_once=False, payout_id=PayoutId(context.mint_exact()))
    return await answers.debit_result(context, merchant, payout)


async def query_debit(context: Context, caller: Caller, asked: schemas.OrderName) -> answers.Answer:
    """Sections 7.7 and 7.8."""
    return await answers.debit_result(context, caller.merchant, await find_debit(context, caller, asked))


async def balance(context: Context, caller: Caller) -> answers.Answer:
    """Section 7.9."""
    currency = context.channel.currency
    return answers.balance_result(await funds_of(context, caller.merchant.merchant_id, currency), currency)


BALANCE: Final = "Merchant/Balance"

ENDPOINTS: Final[Mapping[str, Endpoint[Any]]] = {
    "Credit/Set": Endpoint(Proof.KEY, schemas.read_credit, create_credit),
    "Credit/Place": Endpoint(Proof.ENCRYPTION, schemas.read_credit, create_credit),
    "Credit/Get": Endpoint(Proof.KEY, schemas.read_credit_name, query_credit),
    "Credit/GetV2": Endpoint(Proof.ENCRYPTION, schemas.read_credit_name, query_credit),
    "Debit/Set": Endpoint(Proof.KEY, schemas.read_debit, create_debit),
    "Debit/Place": Endpoint(Proof.ENCRYPTION, schemas.read_debit, create_debit),
    "Debit/Get": Endpoint(Proof.KEY, schemas.read_debit_name, query_debit),
    "Debit/GetV2": Endpoint(Proof.ENCRYPTION, schemas.read_debit_name, query_debit),
}
"""Path below `/api/channel/` → endpoint, all POST; the balance stands apart."""


def _check(amount: Money, limits: Limits) -> None:
    if not limits.allow(amount):
        raise Rejected(Code.AMOUNT_OUT_OF_RANGE)
