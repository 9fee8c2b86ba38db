"""Notifications: what they say, and how they are signed (section 7). Written with their events, by the key of then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from polygate.core import subscriptions
from polygate.core.facts import CHARGEBACKS, FactKind
from polygate.core.ids import PaymentId
from polygate.core.merchants import App, Merchant
from polygate.core.money import Money
from polygate.core.payments import Payment
from polygate.core.transitions import PaymentState, RefundState
from polygate.core.webhooks import Webhook
from polygate.operations.context import Context
from polygate.operations.credentials import merchant_secret
from polygate.protocols.merchant.answers import amount, descriptor
from polygate.protocols.merchant.signature import SIGN, signature
from polygate.protocols.merchant.states import PAYMENT_CODE, REFUND_CODE, refund_message, transaction_message

RETRY_DELAYS_S: Final = (5, 300, 900, 1_800)
"""All counted from the moment the first try failed."""
TIMEOUT_S: Final = 10.0
HEADERS: Final = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Merchant-Notify/1"}

_REFUNDS: Final = frozenset({FactKind.REFUND_SUCCEEDED, FactKind.REFUND_FAILED})
KINDS: Final = (
    frozenset(
        {
            FactKind.PAYMENT_CAPTURED,
            FactKind.PAYMENT_FAILED,
            FactKind.PAYMENT_CANCELED,
            FactKind.PAYMENT_EXPIRED,
        }
    )
    | _REFUNDS
    | CHARGEBACKS
)


async def write(context: Context, webhook: Webhook, *, merchant: Merchant, payment: Payment) -> bytes:
    """The body with its sign, the same bytes whenever it is written with the same key."""
    app = await context.reads.app(webhook.app_id)
    if app is None:
        raise LookupError(f"webhook {webhook.webhook_id} belongs to nobody")
    members = _members(webhook, payment, app)
    secret = merchant_secret(context.vault, merchant)
    return msgspec.json.encode({**members, SIGN: signature(members, secret)})


async def write_late(context: Context, webhook: Webhook, merchant: Merchant) -> bytes:
    """The same for an event that was written down without its body."""
    payment = await context.reads.payment(webhook.merchant_id, PaymentId(webhook.payment_id))
    if payment is None:
        raise LookupError(f"webhook {webhook.webhook_id} is about no payment")
    return await write(context, webhook, merchant=merchant, payment=payment)


def is_received(status: int) -> bool:
    """Nothing but 200 will do, and the answer's body does not matter."""
    return status == 200


def _members(webhook: Webhook, payment: Payment, app: App) -> Mapping[str, Any]:
    if webhook.kind in _REFUNDS:
        return _refund(webhook, app)
    if webhook.kind in CHARGEBACKS:
        return _chargeback(webhook, app)
    return _payment(webhook, payment, app)


def _payment(webhook: Webhook, payment: Payment, app: App) -> Mapping[str, Any]:
    """Section 7.1."""
    data = webhook.data
    code = PAYMENT_CODE[PaymentState(data["state"])]
    return {
        "code": code,
        "appId": int(app.app_id),
        "isTest": payment.is_test,
        "uniqueId": str(webhook.payment_id),
        "transactionType": "Sale",
        "transactionCurrency": data["currency"],
        "transactionAmount": amount(Money(data["amount_minor"], data["currency"])),
        "transactionId": data["order_no"],
        "billDescription": descriptor(app),
        "transactionCardNumber": payment.card.masked if payment.card else "",
        "transactionMessage": transaction_message(code, data["decline"]),
        "message": code.message,
        "timestamp": webhook.at_ms,
        **_renewal(payment),
    }


def _renewal(payment: Payment) -> Mapping[str, Any]:
    if not payment.is_renewal:
        return {}
    first, charge = subscriptions.read_mark(payment.attach)
    return {"originalUniqueId": str(first), "subscriptionIndex": charge}


def _refund(webhook: Webhook, app: App) -> Mapping[str, Any]:
    """Section 7.2."""
    data = webhook.data
    state = RefundState(data["state"])
    return {
        "code": REFUND_CODE[state],
        "transactionType": "Refund",
        "appId": int(app.app_id),
        "uniqueId": str(webhook.payment_id),
        "refundCurrency": data["currency"],
        "refundAmount": amount(Money(data["amount_minor"], data["currency"])),
        "refundUniqueId": str(webhook.refund_id),
        "refundMessage": refund_message(state, data["said"]),
        "merchantRefundId": data["number"],
        "message": REFUND_CODE[state].message,
        "timestamp": webhook.at_ms,
    }


def _chargeback(webhook: Webhook, app: App) -> Mapping[str, Any]:
    """Section 7.3."""
    data = webhook.data
    return {
        "appId": int(app.app_id),
        "transactionType": "Chargeback",
        "chargebackCurrency": data["currency"],
        "chargebackAmount": amount(Money(data["amount_minor"], data["currency"])),
        "uniqueId": str(webhook.payment_id),
        "transactionId": data["order_no"],
        "chargebackUniqueId": str(data["chargeback_id"]),
        "timestamp": webhook.at_ms,
    }
