"""The life of a payment or payout: every row that knows about it, in the order of time.

Nothing secret is in it: the request is kept masked, and whoever shows an entry leaves out the links that would let
their reader act for the payer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from polygate.core.attempts import Attempt
from polygate.core.facts import Fact
from polygate.core.ids import MerchantId, PaymentId
from polygate.core.ledger import PostingRow
from polygate.core.merchants import Merchant
from polygate.core.payments import OrderDetails, Payment
from polygate.core.refunds import Refund
from polygate.core.webhooks import Webhook, WebhookTry
from polygate.store.reads import Reads

Known = OrderDetails | Attempt | Fact | PostingRow | Refund | Webhook | WebhookTry
"""What can be on record; the first is the request as received."""

_FIRST: Final[Mapping[type[Any], int]] = {OrderDetails: 0, Fact: 1}


class Entry(msgspec.Struct, frozen=True):
    at_ms: int
    """When it happened; for what takes a while, when it ended or, if it has not, began."""
    order: int
    """The row's identifier: the order in which things were made."""
    row: Known


class Timeline(msgspec.Struct, frozen=True):
    payment: Payment
    merchant: Merchant | None
    entries: tuple[Entry, ...]


async def timeline_of(reads: Reads, payment: Payment) -> Timeline:
    """Everything that is on record about a payment."""
    key = payment.merchant_id, payment.payment_id
    entries = [*await entries_about(reads, *key)]
    if (details := await reads.order_details(*key)) is not None:
        entries.append(Entry(payment.created_ms, payment.payment_id, details))
    for refund in await reads.refunds(*key):
        entries.append(Entry(refund.finished_ms or refund.created_ms, refund.refund_id, refund))
    return Timeline(payment, await reads.merchant(payment.merchant_id), _in_order(entries))


async def entries_about(reads: Reads, merchant_id: MerchantId, subject_id: int) -> tuple[Entry, ...]:
    """What payments and payouts have in common: attempts, facts, postings, webhooks and their tries."""
    key = merchant_id, PaymentId(subject_id)
    webhooks = await reads.webhooks(*key)
    entries = [
        *(Entry(each.closed_ms or each.created_ms, each.attempt_id, each) for each in await reads.attempts(*key)),
        *(Entry(each.at_ms, each.fact_id, each) for each in await reads.facts(*key)),
        *(Entry(each.at_ms, each.posting_id, each) for each in await reads.postings(*key)),
        *(Entry(each.at_ms, each.webhook_id, each) for each in webhooks),
    ]
    for webhook in webhooks:
        tries = await reads.webhook_tries(merchant_id, webhook.webhook_id)
        entries += [Entry(each.at_ms, each.webhook_id, each) for each in tries]
    return _in_order(entries)


def _in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Within one millisecond: what was told, what happened, and then what was written down because of it."""
    return tuple(sorted(entries, key=lambda entry: (entry.at_ms, _FIRST.get(type(entry.row), 2), entry.order)))
