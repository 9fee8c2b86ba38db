"""Send a webhook again: make it due now, whatever became of it before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polygate.core.webhooks import Webhook, WebhookState, moved
from polygate.store.contract import Change, Stale, Update
from polygate.store.opened import Store

_RACES = 20
"""How often it may change between looking at it and sending it again, before we give up."""


class KeepsChanging(Exception):
    """Somebody else works on it all the time."""


async def tell_again(store: Store, webhook: Webhook, *, now_ms: int, also: Sequence[Any] = ()) -> Webhook:
    """The webhook as it was. Whoever is delivering it right now either finishes before, or notices.

    `also` are rows to be written with it, e.g. of the audit log. Raises KeepsChanging.
    """
    for _ in range(_RACES):
        due = moved(webhook, state=WebhookState.WAITING, due_ms=now_ms)
        try:
            await store.submit(Change((Update(due),), tuple(also)))
        except Stale:
            webhook = await store.reads.webhook(webhook.merchant_id, webhook.webhook_id) or webhook
            continue
        return webhook
    raise KeepsChanging(f"webhook {webhook.webhook_id} keeps changing: try again in a moment")
