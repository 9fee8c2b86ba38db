"""Notifications: whom they go to, what they say, what counts as received (section 7)."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import replace

from polygate.core.facts import FactKind
from polygate.core.ids import PaymentId, PayoutId, RefundId
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.transitions import PaymentState, PayoutState
from polygate.core.webhooks import Webhook
from polygate.operations.context import Context
from polygate.protocols.signed import answers
from polygate.protocols.signed.answers import Data
from polygate.protocols.signed.errors import Code

RETRY_DELAYS_S: Final = (15, 60, 300, 900, 3_600, 10_800, 21_600, 86_400)
TIMEOUT_S: Final = 10.0

_PAYMENTS: Final = frozenset(
    {
        FactKind.PAYMENT_CAPTURED,
        FactKind.PAYMENT_FAILED,
        FactKind.PAYMENT_CANCELED,
        FactKind.PAYMENT_EXPIRED,
    }
)
_PAYOUTS: Final = frozenset({FactKind.PAYOUT_PAID, FactKind.PAYOUT_FAILED})
_REFUNDS: Final = frozenset({FactKind.REFUND_SUCCEEDED, FactKind.REFUND_FAILED})
KINDS: Final = _PAYMENTS | _PAYOUTS | _REFUNDS
"""That a payout came back is not told: a final one never changes again (section 5.3)."""


class _Receipt(msgspec.Struct):
    code: str = ""


async def write(context: Context, webhook: Webhook) -> bytes:
    """The same object as a query answers, as things stood at the event."""
    return msgspec.json.encode({"code": Code.OK.code, "errorMessage": None, "data": await _data(context, webhook)})


def is_received(status: int, answer: str) -> bool:
    """JSON with `code` OK, or the plain text OK, in any case; some editors put a mark before the first character."""
    if not 200 <= status < 300:
        return False
    answer = answer.removeprefix("\ufeff")
    try:
        said = msgspec.json.decode(answer, type=_Receipt).code
    except (msgspec.DecodeError, RecursionError):
        said = answer
    return said.strip().upper() == Code.OK.code


async def _data(context: Context, webhook: Webhook) -> Data:
    merchant_id, reads = webhook.merchant_id, context.reads
    if webhook.kind in _PAYOUTS:
        payout = await reads.payout(merchant_id, PayoutId(webhook.payment_id))
        if payout is None:
            raise LookupError(f"webhook {webhook.webhook_id} is about no payout")
        return answers.payout_shown(_payout_as_told(payout, webhook))
    payment = await reads.payment(merchant_id, PaymentId(webhook.payment_id))
    if payment is None:
        raise LookupError(f"webhook {webhook.webhook_id} is about no payment")
    if webhook.kind in _REFUNDS:
        refund = await reads.refund(merchant_id, RefundId(webhook.refund_id))
        if refund is None:
            raise LookupError(f"webhook {webhook.webhook_id} is about no refund")
        return answers.refund_shown(refund, payment)
    return answers.payment_shown(_payment_as_told(payment, webhook), ())


def _payment_as_told(payment: Payment, webhook: Webhook) -> Payment:
    """Before it was paid late, and before anything was refunded."""
    data = webhook.data
    return replace(
        payment,
        state=PaymentState(data["state"]),
        decline=data["decline"],
        refunding_minor=0,
    )


def _payout_as_told(payout: Payout, webhook: Webhook) -> Payout:
    """Before it came back, which changes nothing here."""
    return replace(payout, state=PayoutState(webhook.data["state"]), why_failed=webhook.data["why_failed"])
