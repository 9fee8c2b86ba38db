"""Callbacks: what they say, and how each try is encrypted (section 9)."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from polygate.core.cards import Secret
from polygate.core.facts import FactKind
from polygate.core.ids import PaymentId, PayoutId
from polygate.core.merchants import Merchant
from polygate.core.payouts import Payout
from polygate.core.transitions import PayoutState
from polygate.core.webhooks import Webhook
from polygate.operations.context import Context
from polygate.protocols.channel.answers import CREDIT, DEBIT, DEEPLINK, credit_result, debit_result
from polygate.protocols.channel.envelope import encrypt

RETRY_DELAYS_S: Final = (60, 300, 900)
TIMEOUT_S: Final = 10.0
HEADERS: Final = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Channel-Callback/1"}

_DEBIT_KINDS: Final = frozenset({FactKind.PAYOUT_PAID, FactKind.PAYOUT_FAILED, FactKind.PAYOUT_RETURNED})


def url_of(webhook: Webhook, merchant: Merchant) -> str:
    """The order's own address, else the merchant's for this direction; empty for no callback."""
    terms = merchant.channel
    return webhook.url or (terms.debit_url if webhook.kind in _DEBIT_KINDS else terms.credit_url)


async def write(context: Context, webhook: Webhook, merchant: Merchant) -> bytes:
    """The object that is going to be encrypted: the order as it stood at the event."""
    if webhook.kind in _DEBIT_KINDS:
        payout = await context.reads.payout(webhook.merchant_id, PayoutId(webhook.payment_id))
        if payout is None:
            raise LookupError(f"webhook {webhook.webhook_id} is about no payout")
        return msgspec.json.encode(await debit_result(context, merchant, _as_told(payout, webhook)))
    payment = await context.reads.payment(webhook.merchant_id, PaymentId(webhook.payment_id))
    if payment is None:
        raise LookupError(f"webhook {webhook.webhook_id} is about no payment")
    # What is told of a collection is its end, after which nothing that is shown of it changes.
    result = await credit_result(context, merchant, payment)
    return msgspec.json.encode({name: shown for name, shown in result.items() if name != DEEPLINK})


def seal(body: bytes, key: Secret) -> bytes:
    """What one try sends. The same key makes the same bytes."""
    order: dict[str, Any] = msgspec.json.decode(body)
    source_no = order[CREDIT if CREDIT in order else DEBIT]["merchantSourceNo"]
    return msgspec.json.encode({"sourceNo": source_no, "data": encrypt(body.decode(), key)})


def is_received(status: int) -> bool:
    """Nothing but 200 will do, and the answer's body does not matter."""
    return status == 200


def _as_told(payout: Payout, webhook: Webhook) -> Payout:
    """A payout can come back before its payment was told."""
    data = webhook.data
    return replace(
        payout,
        state=PayoutState(data["state"]),
        reference=data["reference"],
        why_failed=data["why_failed"],
        said=data["said"],
        changed_ms=data["changed_ms"],
        closed_ms=data["closed_ms"],
    )
