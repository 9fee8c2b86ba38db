"""Notifications of the Gateway API: bodies and signature (section 10)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from polygate.core.agreements import identifier
from polygate.core.cards import Secret
from polygate.core.facts import FactKind
from polygate.core.merchants import Merchant
from polygate.core.money import Money
from polygate.core.outcomes import Decline
from polygate.core.transitions import PaymentState, RefundState
from polygate.core.webhooks import Webhook
from polygate.protocols.gateway.answers import LAST_EVENT, ORDER_STATUS, REFUND_STATUS, amount
from polygate.protocols.gateway.errors import DECLINED, Code
from polygate.protocols.gateway.times import date_time, plain_time

API_VERSION: Final = "20250703"
SIGN_METHOD: Final = "sha256"
RETRY_DELAYS_S: Final = (15, 60, 300, 900, 3_600, 10_800, 21_600, 86_400)
TIMEOUT_S: Final = 10.0

_REFUND_KINDS: Final = frozenset({FactKind.REFUND_SUCCEEDED, FactKind.REFUND_FAILED})


def write(webhook: Webhook, merchant: Merchant) -> bytes:
    """The body of a notification, the same bytes whenever it is written (section 10.4)."""
    data = webhook.data
    is_refund = webhook.kind in _REFUND_KINDS
    body = {
        "apiVersion": API_VERSION,
        "notifyId": f"ntf_{webhook.webhook_id}",
        "notifyType": "refund" if is_refund else "payment",
        "notifyTime": date_time(webhook.at_ms),
        "appId": webhook.app_id,
        "mercId": merchant.merchant_no,
        "orderNo": data["order_no"],
        "tradeNo": str(webhook.payment_id),
        "amount": amount(Money(data["amount_minor"], data["currency"])),
        "currency": data["currency"],
        **(_refund(webhook) if is_refund else _payment(data)),
    }
    return msgspec.json.encode({name: value for name, value in body.items() if value != ""})


def sign(body: bytes, *, app_id: str, secret: Secret, now_ms: int, nonce: str) -> Mapping[str, str]:
    """The headers of one try, fresh each time (sections 10.2 and 10.3)."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Gateway-Notify/1",
        "X-App-Id": app_id,
        "X-Sign-Method": SIGN_METHOD,
        "X-Timestamp": str(now_ms),
        "X-Nonce": nonce,
        "X-Sign": signature(body, secret=secret, timestamp=str(now_ms), nonce=nonce),
    }


def signature(body: bytes, *, secret: Secret, timestamp: str, nonce: str) -> str:
    message = f"{timestamp}\n{nonce}\n".encode() + body
    return hmac.digest(secret.reveal().encode(), message, "sha256").hex()


def is_received(status: int, answer: str) -> bool:
    """Any 2xx, unless the receiver says in JSON that it failed."""
    if not 200 <= status < 300:
        return False
    try:
        said = msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return True  # No JSON that anybody could read.
    return not isinstance(said, dict) or str(said.get("respCode", Code.DONE.code)) == Code.DONE.code


def _payment(data: Mapping[str, Any]) -> dict[str, Any]:
    state = PaymentState(data["state"])
    code, message = Code.DONE, Code.DONE.message
    if data["decline"] and state in {PaymentState.FAILED, PaymentState.CANCELED}:
        code = DECLINED[Decline(data["decline"])]
        message = f"declined: {code.message}" if state is PaymentState.FAILED else code.message
    return {
        "paymentMethodType": data["method"],
        "orderStatus": ORDER_STATUS[state],
        "lastEvent": LAST_EVENT[state],
        "authorizeCode": data["auth_code"],
        "transactionIdentifier": identifier(data["agreement_id"]),
        "transactionTime": date_time(data["answered_ms"]) if data["answered_ms"] else "",
        # What happened before an upgrade was written down without it.
        "attach": data.get("attach", ""),
        "respCode": code.code,
        "respMsg": message,
    }


def _refund(webhook: Webhook) -> dict[str, Any]:
    data = webhook.data
    state = RefundState(data["state"])
    code = Code.DONE if state is RefundState.SUCCEEDED else Code.DECLINED
    return {
        "refundOrderNo": data["number"],
        "refundTradeNo": str(webhook.refund_id),
        "refundStatus": REFUND_STATUS[state],
        "finishTime": plain_time(data["finished_ms"]),
        "desc": data["said"] or data["reason"],
        "respCode": code.code,
        "respMsg": Code.DONE.message if code is Code.DONE else f"declined: {code.message}",
    }
