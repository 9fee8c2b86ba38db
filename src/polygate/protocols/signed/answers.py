"""What the Signed API answers: the `data` of section 4."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from polygate.core import upi
from polygate.core.attempts import Attempt
from polygate.core.dated_numbers import number
from polygate.core.money import Money, plain
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.refunds import Refund
from polygate.core.transitions import PaymentState
from polygate.operations.balances import Funds
from polygate.operations.links import Links
from polygate.protocols.signed import states
from polygate.protocols.signed.methods import pay_type
from polygate.protocols.signed.times import time_text

Data = dict[str, Any]

_DECIMALS: Final = 2
_RRN: Final = re.compile(r"[0-9]{12}")


def payment_created(payment: Payment, charge: Attempt | None, links: Links) -> Data:
    status = states.PAYMENT[payment.state]
    return {
        "paymentNo": number(payment.payment_id),
        "merchantTradeNo": payment.order_no,
        **_amount(payment.shown),
        "status": status,
        "action": _action(payment, charge, links) if status == states.PROCESSING else None,
    }


def payment_shown(payment: Payment, refunds: Sequence[Refund]) -> Data:
    """Section 4.3."""
    error = states.payment_error(payment)
    paid = payment.state is PaymentState.CAPTURED
    return {
        "paymentNo": number(payment.payment_id),
        "merchantTradeNo": payment.order_no,
        **_amount(payment.shown),
        "status": states.PAYMENT[payment.state],
        "refundStatus": states.refund_status(payment, refunds),
        "rrn": (payment.details.bank_reference or None) if paid else None,
        "merchantAttach": payment.attach or None,
        "createdTime": time_text(payment.created_ms),
        "paidTime": time_text(payment.captured_ms) if paid else None,
        "errorCode": error or None,
        "errorInfo": states.PAYMENT_REASONS[error] if error else None,
    }


def payout_created(payout: Payout) -> Data:
    return {
        "payoutNo": number(payout.payout_id),
        "merchantTradeNo": payout.number,
        **_amount(payout.amount),
        "status": states.PAYOUT[payout.state],
    }


def payout_shown(payout: Payout) -> Data:
    """Section 4.5."""
    error = states.payout_error(payout)
    return {
        "payoutNo": number(payout.payout_id),
        "merchantTradeNo": payout.number,
        **_amount(payout.amount),
        "totalFee": plain(payout.fee, decimals=_DECIMALS),
        "status": states.PAYOUT[payout.state],
        "rrn": _rrn(payout),
        "merchantAttach": payout.attach or None,
        "createdTime": time_text(payout.created_ms),
        "paidTime": time_text(payout.paid_ms),
        "errorCode": error or None,
        "errorInfo": states.PAYOUT_REASONS[error] if error else None,
    }


def _rrn(payout: Payout) -> str | None:
    """Only numbers of 12 digits are called so here; other transfers, as NEFT, have longer ones."""
    return payout.reference if payout.paid_ms and _RRN.fullmatch(payout.reference) else None


def refund_created(refund: Refund) -> Data:
    return {
        "refundNo": number(refund.refund_id),
        "paymentNo": number(refund.payment_id),
        "merchantRefundNo": refund.number,
        **_amount(refund.amount),
        "status": states.REFUND[refund.state],
    }


def refund_shown(refund: Refund, payment: Payment) -> Data:
    """Section 4.7."""
    error = states.refund_error(refund)
    status = states.REFUND[refund.state]
    return {
        "refundNo": number(refund.refund_id),
        "paymentNo": number(refund.payment_id),
        "merchantTradeNo": payment.order_no,
        "merchantRefundNo": refund.number,
        **_amount(refund.amount),
        "status": status,
        "description": refund.reason,
        "createdTime": time_text(refund.created_ms),
        "refundedTime": time_text(refund.finished_ms) if status == "REFUNDED" else None,
        "errorCode": error or None,
        "errorInfo": states.REFUND_REASONS[error] if error else None,
    }


def balance(currency: str, funds: Funds) -> Data:
    """Nothing is available, and not less, while the merchant owes what was charged back (section 10)."""
    return {
        "currency": currency,
        "availableAmount": plain(Money(max(funds.available_minor, 0), currency), decimals=_DECIMALS),
        "frozenAmount": plain(Money(funds.held_minor, currency), decimals=_DECIMALS),
    }


def _amount(money: Money) -> Data:
    return {"amount": plain(money, decimals=_DECIMALS), "currency": money.currency}


def _action(payment: Payment, charge: Attempt | None, links: Links) -> Data:
    """What to do with the payer. Opening the page is enough for every type."""
    name = pay_type(payment.method, payment.product)
    code = charge.payer_code if charge else ""
    is_link = name == "UPI_INTENT" and code.startswith(upi.SCHEME)
    return {
        "type": "QRCODE" if name == "PIX_QRCODE" else "REDIRECT",
        "url": links.wallet_page(payment.merchant_id, payment.payment_id),
        **({"deepLink": code} if is_link else {}),
        **({"qrCode": code} if name == "PIX_QRCODE" and code else {}),
        "expireTime": time_text(payment.expires_ms),
    }
