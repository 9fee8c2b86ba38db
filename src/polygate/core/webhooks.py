"""Webhooks: what a merchant is told, and every try to tell it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from polygate.core.facts import REFUSALS, Fact
from polygate.core.ids import MerchantId


class WebhookState(StrEnum):
    WAITING = "waiting"
    """Due now or later; see `due_ms`."""
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    NO_ADDRESS = "no_address"
    """There is nowhere to send it: no address was named, neither on the order nor in the merchant's settings, or the
    API has no such message."""
    IN_ANSWER = "in_answer"
    """The answer to the merchant's own call told it."""
    REPLACED = "replaced"
    """A newer one about the same order is told instead."""


class Webhook(msgspec.Struct, frozen=True):
    """One row of the outbox: written in the same commit as the fact it tells of."""

    merchant_id: MerchantId
    webhook_id: int
    fact_id: int
    payment_id: int
    """The payment's or the payout's."""
    refund_id: int
    protocol: str
    app_id: str
    kind: str
    """A `FactKind`."""
    at_ms: int
    """When the fact happened."""
    data: Mapping[str, Any]
    """The fact's own data: all that the body needs, as it stood at the event."""
    url: str
    """Given on the order or refund; empty: by the merchant's settings at the time of each try."""
    body: str
    """Written by the payment's protocol, with the event or at the first try, and the same on every later one."""
    state: WebhookState
    tries: int
    due_ms: int
    """When the next try is due; 0 once there is none."""
    version: int = 1
    first_failed_ms: int = 0
    """When the first try turned out to have failed."""
    planned_ms: int = 0
    """What `due_ms` was when this was written: it is later while a worker has claimed the webhook."""

    @property
    def is_claimed(self) -> bool:
        """Or was, by a worker that did not finish."""
        return self.due_ms != self.planned_ms


class WebhookTry(msgspec.Struct, frozen=True):
    """One try, as it went."""

    merchant_id: MerchantId
    webhook_id: int
    try_no: int
    at_ms: int
    url: str
    status: int
    """HTTP status; 0 where none came back."""
    error: str
    answer: str
    """The first characters of the answer."""
    duration_ms: int


def announce(fact: Fact, *, webhook_id: int, in_answer: bool = False) -> Webhook:
    """The outbox row of a fact. `in_answer`: the answer to a call tells of a refusal, which is not sent as well."""
    is_told = in_answer and fact.kind in REFUSALS
    due_ms = 0 if is_told else fact.at_ms
    return Webhook(
        merchant_id=fact.merchant_id,
        webhook_id=webhook_id,
        fact_id=fact.fact_id,
        payment_id=fact.payment_id,
        refund_id=fact.refund_id,
        protocol=str(fact.data["protocol"]),
        app_id=str(fact.data["app_id"]),
        kind=fact.kind.value,
        at_ms=fact.at_ms,
        data=fact.data,
        url=str(fact.data["notify_url"]),
        body="",
        state=WebhookState.IN_ANSWER if is_told else WebhookState.WAITING,
        tries=0,
        due_ms=due_ms,
        planned_ms=due_ms,
    )


def moved(webhook: Webhook, *, due_ms: int, **changes: Any) -> Webhook:
    """With its next version, in which nobody has claimed it; `due_ms` is 0 where it is over."""
    version = webhook.version + 1
    return msgspec.structs.replace(webhook, version=version, due_ms=due_ms, planned_ms=due_ms, **changes)
