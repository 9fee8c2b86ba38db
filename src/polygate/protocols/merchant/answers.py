"""What the Merchant API answers (sections 5 and 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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


def amount(money: Money) -> str:
    """Decimal text with two decimals, or as many as the currency has (section 2.2)."""
    return plain(money, decimals=max(2, EXPONENTS[money.currency]))


def descriptor(app: App) -> str:
    """What the payer reads on the statement."""
    return app.domain or app.name


def created(context: Context, payment: Payment, app: App, *, redirect_url: str = "") -> Answer:
    """A transaction as its creation answers: with 301 where the payer has to go somewhere first."""
    code = Code.REDIRECT if redirect_url else PAYMENT_CODE[payment.state]
    return _order(payment, app, code, context.clock(), {"redirectUrl": redirect_url} if redirect_url else {})


def found(context: Context, payment: Payment, app: App) -> Answer:
    """A transaction as queries answer."""
    changed_ms = payment.finished_ms or payment.created_ms
    in_queries = {"transactionAt": times.shown(changed_ms, context.merchant.time_zone)}
    answer = dict(_order(payment, app, PAYMENT_CODE[payment.state], context.clock(), in_queries))
    answer["orderId"] = payment.group_no
    answer["is3d"] = payment.details.authentication is not None
    return answer


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


def _order(payment: Payment, app: App, code: Code, now_ms: int, more: Mapping[str, Any]) -> Answer:
    return {
        "code": code,
        "uniqueId": str(payment.payment_id),
        "appId": int(payment.app_id),
        "transactionId": payment.order_no,
        "transactionCurrency": payment.currency,
        "transactionAmount": amount(payment.asked),
        "transactionMethod": method_name(payment.method),
        "transactionCardNumber": payment.card.masked if payment.card else "",
        "billDescription": descriptor(app),
        "transactionMessage": transaction_message(code, payment.decline),
        **more,
        "message": code.message,
        "timestamp": now_ms,
        "isTest": payment.is_test,
    }
