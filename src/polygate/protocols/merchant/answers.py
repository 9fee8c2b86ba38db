"""What the Merchant API answers (sections 5 and 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from polygate.core.merchants import App
from polygate.core.money import EXPONENTS, Money, plain
from polygate.core.payments import Payment
from polygate.core.refunds import Refund
from polygate.operations.context import Context
from polygate.protocols.merchant import times
from polygate.protocols.merchant.errors import Code
from polygate.protocols.merchant.schemas import Search
from polygate.protocols.merchant.states import PAYMENT_CODE, REFUND_CODE, method_name, transaction_message

Answer = Mapping[str, Any]

_NOTHING: Final[Mapping[str, str]] = {}


def amount(money: Money) -> str:
    """Decimal text with two decimals, or as many as the currency has (section 2.2)."""
    return plain(money, decimals=max(2, EXPONENTS[money.currency]))


def descriptor(app: App) -> str:
    """What the payer reads on the statement."""
    return app.domain or app.name


def created(context: Context, payment: Payment, app: App, *, redirect_url: str = "") -> Answer:
    """A transaction as its creation answers: with 301 where the payer has to go somewhere first."""
    code = Code.REDIRECT if redirect_url else PAYMENT_CODE[payment.state]
    redirect = {"redirectUrl": redirect_url} if redirect_url else {}
    return _order(payment, app, code, context.clock(), behind_message=redirect)


def found(context: Context, payment: Payment, app: App) -> Answer:
    """A transaction as queries answer."""
    changed_ms = payment.finished_ms or payment.created_ms
    return {
        **_order(
            payment,
            app,
            PAYMENT_CODE[payment.state],
            context.clock(),
            behind_number={"orderId": payment.group_no},
            behind_message={"transactionAt": times.shown(changed_ms, context.merchant.time_zone)},
        ),
        "is3d": payment.details.authentication is not None,
    }


def refund(context: Context, refund: Refund) -> Answer:
    """Section 6.5."""
    code = REFUND_CODE[refund.state]
    zone = context.merchant.time_zone
    finished = {"refundAt": times.shown(refund.finished_ms, zone)} if refund.finished_ms else {}
    return {
        "code": code,
        "refundTransactionId": refund.number,
        "uniqueId": str(refund.payment_id),
        "refundUniqueId": str(refund.refund_id),
        "refundCurrency": refund.currency,
        "refundAmount": amount(refund.amount),
        "refundRequestAt": times.shown(refund.created_ms, zone),
        **finished,
        "message": code.message,
        "timestamp": context.clock(),
    }


def refund_row(context: Context, row: Refund) -> Answer:
    """Section 6.9."""
    return {**refund(context, row), "merchantRefundId": row.number}


def page(context: Context, search: Search, total: int, rows: Sequence[Answer]) -> Answer:
    """Section 6.7."""
    return {
        "code": Code.FOUND,
        "message": Code.FOUND.message,
        "timestamp": context.clock(),
        "currPage": search.page,
        "totalCount": total,
        "totalPage": -(-total // search.page_size),
        "pageSize": search.page_size,
        "data": list(rows),
    }


def said(context: Context, code: Code, message: str = "") -> Answer:
    """An answer that says no more than its code."""
    return {"code": code, "message": message or code.message, "timestamp": context.clock()}


def _order(
    payment: Payment,
    app: App,
    code: Code,
    now_ms: int,
    *,
    behind_number: Mapping[str, str] = _NOTHING,
    behind_message: Mapping[str, str] = _NOTHING,
) -> Answer:
    """In the order of the contract's own examples."""
    return {
        "code": code,
        "uniqueId": str(payment.payment_id),
        "appId": int(payment.app_id),
        "transactionId": payment.order_no,
        **behind_number,
        "transactionCurrency": payment.currency,
        "transactionAmount": amount(payment.asked),
        "transactionMethod": method_name(payment.method),
        "transactionCardNumber": payment.card.masked if payment.card else "",
        "billDescription": descriptor(app),
        "transactionMessage": transaction_message(code, payment.decline),
        **behind_message,
        "message": code.message,
        "timestamp": now_ms,
        "isTest": payment.is_test,
    }
