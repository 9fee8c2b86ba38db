"""What the Gateway API answers: payments and refunds in its own words (sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from polygate.core.agreements import identifier
from polygate.core.attempts import Attempt
from polygate.core.merchants import Merchant
from polygate.core.money import Money, plain
from polygate.core.outcomes import PayerAction
from polygate.core.payments import Payment
from polygate.core.refunds import Refund
from polygate.core.transitions import AttemptState, PaymentState, RefundState
from polygate.operations.context import Context
from polygate.operations.device_data import device_data_token
from polygate.protocols.gateway.errors import DECLINED, Code
from polygate.protocols.gateway.times import date_time, plain_time

Answer = dict[str, Any]

ORDER_STATUS: Final[Mapping[PaymentState, str]] = {
    PaymentState.CREATED: "created",
    PaymentState.PENDING: "pending",
    PaymentState.AUTHORIZED: "authorized",
    # While the acquirer has not said whether it captured or released, neither word would be true.
    PaymentState.CAPTURING: "pending",
    PaymentState.VOIDING: "pending",
    PaymentState.CAPTURED: "successed",
    PaymentState.FAILED: "failed",
    PaymentState.CANCELED: "canceled",
    PaymentState.EXPIRED: "expired",
}
"""Section 5.1, spelled as the API spells it."""

LAST_EVENT: Final[Mapping[PaymentState, str]] = {
    PaymentState.CREATED: "",
    PaymentState.PENDING: "WAIT",
    PaymentState.AUTHORIZED: "AUTHORIZED",
    PaymentState.CAPTURING: "WAIT",
    PaymentState.VOIDING: "WAIT",
    PaymentState.CAPTURED: "CAPTURED",
    PaymentState.FAILED: "REFUSED",
    PaymentState.CANCELED: "CANCELED",
    PaymentState.EXPIRED: "EXPIRED",
}
"""Section 5.2. A pending payment that needs its payer says where the payer has to act instead."""

PAYER_EVENT: Final[Mapping[PayerAction, str]] = {
    PayerAction.AUTHENTICATE: "REDIRECT",
    PayerAction.SCAN: "QRCODE",
    PayerAction.OPEN: "REDIRECT",
    PayerAction.START: "SDK",
}

REFUND_STATUS: Final[Mapping[RefundState, str]] = {
    RefundState.ACCEPTED: "accepted",
    RefundState.SUCCEEDED: "successed",
    RefundState.FAILED: "failed",
}

_IN_DOUBT: Final = frozenset({PaymentState.PENDING, PaymentState.CAPTURING, PaymentState.VOIDING})


def amount(money: Money) -> str:
    """Always two decimals (section 1.1), whatever the currency has."""
    return plain(money, decimals=2)


def result(payment: Payment) -> tuple[Code, str]:
    """The result of a payment as `respCode` and `respMsg`."""
    why = payment.why_declined
    if payment.state in {PaymentState.FAILED, PaymentState.CANCELED} and why is not None:
        code = DECLINED[why]
        return code, f"declined: {code.message}" if payment.state is PaymentState.FAILED else code.message
    if payment.state in _IN_DOUBT:
        return Code.NO_ANSWER_YET, Code.NO_ANSWER_YET.message
    return Code.DONE, Code.DONE.message


def payment_answer(context: Context, payment: Payment, charge: Attempt | None) -> Answer:
    """The answer of `payment` (section 4.3). `charge` is the collecting attempt, wanted while it is pending."""
    code, message = result(payment)
    answer: Answer = {
        "amount": amount(payment.asked),
        "authorizeCode": payment.details.auth_code,
        "currency": payment.currency,
        "lastEvent": LAST_EVENT[payment.state],
        "orderNo": payment.order_no,
        "orderStatus": ORDER_STATUS[payment.state],
        "tradeNo": str(payment.payment_id),
        "transactionIdentifier": identifier(payment.agreement_id),
        "transactionTime": date_time(payment.answered_ms) if payment.answered_ms else "",
    }
    if payment.state is PaymentState.FAILED:
        answer["desc"] = code.message
    if payment.state is PaymentState.PENDING and charge is not None and charge.state is AttemptState.NEEDS_PAYER:
        code, message = Code.DONE, "payer action required"
        answer |= _payer_action(context, payment, charge)
    return _without_empty(answer) | {"respCode": code.code, "respMsg": message}


def _payer_action(context: Context, payment: Payment, charge: Attempt) -> Answer:
    """Where the payer has to act, and what the merchant's program needs for it (sections 6.2 and 8.2)."""
    action = PayerAction(charge.payer_action)
    named = payment.merchant_id, payment.payment_id
    answer: Answer = {"lastEvent": PAYER_EVENT[action]}
    if action is PayerAction.AUTHENTICATE:
        return answer | {
            "payUrl": context.links.challenge(*named),
            "ddc": _device_data(context, payment, charge),
        }
    answer["payUrl"] = charge.payer_code or context.links.wallet(*named)
    if charge.payer_info:
        answer["payInfo"] = charge.payer_info
    return answer


def _device_data(context: Context, payment: Payment, charge: Attempt) -> Answer:
    return {
        "bin": payment.card.masked[:6] if payment.card else "",
        "challenged": charge.challenge,
        "ddcAction": context.links.device_data(),
        "jwt": device_data_token(context.vault, payment, context.clock()),
    }


def capture_answer(payment: Payment) -> Answer:
    """Section 4.4: `amount` is what was captured."""
    code, message = result(payment)
    return _without_empty(
        {
            "amount": amount(payment.shown),
            "currency": payment.currency,
            "lastEvent": LAST_EVENT[payment.state],
            "orderNo": payment.order_no,
            "orderStatus": ORDER_STATUS[payment.state],
            "respCode": code.code,
            "respMsg": message,
            "tradeNo": str(payment.payment_id),
            "transactionTime": date_time(payment.answered_ms) if payment.answered_ms else "",
        }
    )


def cancel_answer(payment: Payment) -> Answer:
    """Section 4.5. A canceled order is what was asked for, however it came to be canceled."""
    code = Code.DONE if payment.state is PaymentState.CANCELED else result(payment)[0]
    return _without_empty(
        {
            "lastEvent": LAST_EVENT[payment.state],
            "orderNo": payment.order_no,
            "orderStatus": ORDER_STATUS[payment.state],
            "respCode": code.code,
            "respMsg": code.message,
            "tradeNo": str(payment.payment_id),
            "transactionTime": date_time(payment.answered_ms) if payment.answered_ms else "",
        }
    )


def checkout_answer(context: Context, payment: Payment) -> Answer:
    """Section 4.2: the page to send the payer to, and the minutes left."""
    left_ms = max(payment.expires_ms - context.clock(), 0)
    return {
        "expiresIn": -(-left_ms // 60_000),
        "orderNo": payment.order_no,
        "redirectUrl": context.links.checkout(payment.merchant_id, payment.payment_id),
        "respCode": Code.DONE.code,
        "respMsg": Code.DONE.message,
    }


def refund_fields(refund: Refund, merchant: Merchant) -> Answer:
    return {
        "amount": amount(refund.amount),
        "currency": refund.currency,
        "desc": refund.said or ("accepted" if refund.state is RefundState.ACCEPTED else refund.reason),
        **({"finishTime": plain_time(refund.finished_ms)} if refund.finished_ms else {}),
        "mercId": merchant.merchant_no,
        "refundOrderNo": refund.number,
        "refundStatus": REFUND_STATUS[refund.state],
        "refundTradeNo": str(refund.refund_id),
    }


def refund_answer(refund: Refund, merchant: Merchant) -> Answer:
    """Sections 4.9 and 4.10: the state of a refund, not of the call about it."""
    return refund_fields(refund, merchant) | {"respCode": Code.DONE.code, "respMsg": Code.DONE.message}


def refunds_answer(refunds: list[Refund], merchant: Merchant) -> Answer:
    """All refunds of an order: the newest on top, and every one in `refunds` (section 4.10)."""
    each = [refund_fields(refund, merchant) for refund in refunds]
    return refund_answer(refunds[0], merchant) | {"refunds": each}


def _without_empty(answer: Answer) -> Answer:
    """An optional field without a value is left out (base rule 13)."""
    return {name: value for name, value in answer.items() if value != ""}
