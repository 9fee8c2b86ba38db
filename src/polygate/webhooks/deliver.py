"""Deliver the outbox: at least once, on the protocol's schedule, one slow receiver never in another's way."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from weakref import WeakValueDictionary

import structlog

from polygate.core.ids import MerchantId, PaymentId
from polygate.core.merchants import App, Merchant
from polygate.core.schedules import retry_delay_s
from polygate.core.webhooks import Webhook, WebhookState, WebhookTry, moved
from polygate.operations.context import Context
from polygate.protocols.contract import MerchantProtocol
from polygate.store.contract import Change, Stale, StoreError, Update
from polygate.webhooks.addresses import AddressPolicy
from polygate.webhooks.sender import Delivery, Sender

_CLAIM: Final = 64
_CLAIM_LIFE_MS: Final = 60_000
"""How long a webhook is kept from other workers. What has not begun in time is let go: behind a receiver that hangs,
the last of a claim would wait longer than this."""
_PER_MERCHANT: Final = 8
_UNDER_WAY_MAX: Final = 512
_LOOK_AGAIN_MS: Final = 1_000
"""How long a webhook waits for an older one about the same that may be on its way."""
_NOT_TOLD: Final = frozenset({WebhookState.NO_ADDRESS, WebhookState.IN_ANSWER, WebhookState.REPLACED})

_log = structlog.get_logger(__name__)


class Deliverer:
    """Claims due webhooks and delivers them side by side; those about one payment in the order of what happened.

    The order is a courtesy, which a failed try, a kill or a second process breaks: receivers cannot rely on it.
    """

    def __init__(
        self,
        context: Context,
        protocols: Mapping[str, MerchantProtocol],
        sender: Sender,
        policy: AddressPolicy,
        *,
        retry_delays_s: tuple[int, ...] | None = None,
    ) -> None:
        """`retry_delays_s` replaces every protocol's own schedule."""
        self._context = context
        self._protocols = protocols
        self._sender = sender
        self._policy = policy
        self._retry_delays_s = retry_delays_s
        self._in_flight: Counter[MerchantId] = Counter()
        self._turns: dict[MerchantId, asyncio.Semaphore] = {}
        self._told_in_order: WeakValueDictionary[tuple[MerchantId, int], asyncio.Lock] = WeakValueDictionary()
        """By payment or payout."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._claimed: set[int] = set()
        """The webhooks that are ours until their claim runs out; of those on their way also in `_trying`."""
        self._trying: set[int] = set()

    async def round(self) -> int:
        """Claim what is due and start delivering it; returns how many were claimed."""
        # What waits for its merchant's turn does not count: a few receivers that hang would fill any limit.
        under_way = sum(min(count, _PER_MERCHANT) for count in self._in_flight.values())
        if under_way >= _UNDER_WAY_MAX:
            return 0
        now_ms = self._context.clock()
        # A merchant whose receiver hangs keeps its own turn busy; its other webhooks stay unclaimed.
        busy = [merchant for merchant, count in self._in_flight.items() if count >= _PER_MERCHANT]
        until_ms = now_ms + _CLAIM_LIFE_MS
        due = await self._context.store.claim(
            Webhook, now_ms=now_ms, until_ms=until_ms, limit=_CLAIM, passing_over=busy
        )
        for webhook in sorted(due, key=lambda webhook: webhook.webhook_id):
            self._in_flight[webhook.merchant_id] += 1
            self._claimed.add(webhook.webhook_id)
            task = asyncio.create_task(self._take_turn(webhook, until_ms))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(due)

    async def stop(self) -> None:
        """End the tries under way; they come up again when their claim runs out."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take_turn(self, webhook: Webhook, claimed_until_ms: int) -> None:
        merchant_id = webhook.merchant_id
        turn = self._turns.setdefault(merchant_id, asyncio.Semaphore(_PER_MERCHANT))
        earlier = self._told_in_order.setdefault((merchant_id, webhook.payment_id), asyncio.Lock())
        try:
            async with earlier, turn:
                # A claim that could run out during the try is let go, or another worker would make the same try too.
                longest_ms = int(self._protocols[webhook.protocol].webhook_timeout_s * 1_000)
                if self._context.clock() + longest_ms <= claimed_until_ms:
                    self._trying.add(webhook.webhook_id)
                    await self._deliver(webhook)
        except StoreError as error:
            _log.warning("delivery_put_off", webhook=webhook.webhook_id, error=str(error))
        except Exception:
            _log.exception("delivery_failed", webhook=webhook.webhook_id)
        finally:
            self._claimed.discard(webhook.webhook_id)
            self._trying.discard(webhook.webhook_id)
            self._in_flight[merchant_id] -= 1
            if not self._in_flight[merchant_id]:
                del self._in_flight[merchant_id]
                self._turns.pop(merchant_id, None)
                self._context.webhooks_wait.set()

    async def _deliver(self, webhook: Webhook) -> None:
        shop = await self._context.reads.shop(webhook.merchant_id, webhook.app_id)
        if shop is None:
            raise LookupError(f"webhook {webhook.webhook_id} belongs to nobody")
        app, merchant = shop
        protocol = self._protocols[webhook.protocol]
        known = webhook.kind in protocol.webhook_kinds
        url = protocol.webhook_url(webhook, merchant=merchant, app=app) if known else ""
        if not url:
            await self._save(moved(webhook, state=WebhookState.NO_ADDRESS, due_ms=0))
            return
        if protocol.newest_webhook_only:
            related = await self._related(webhook, merchant, app)
            if not await self._is_the_one_to_send(webhook, related):
                return
        await self._try(webhook, url, merchant, app)

    async def _related(self, webhook: Webhook, merchant: Merchant, app: App) -> list[Webhook]:
        """What else the merchant is told about the same order, payout or refund."""
        found = await self._context.reads.webhooks(webhook.merchant_id, PaymentId(webhook.payment_id))
        protocol = self._protocols[webhook.protocol]
        return [
            each
            for each in found
            if (each.refund_id, each.state in _NOT_TOLD) == (webhook.refund_id, False)
            and each.webhook_id != webhook.webhook_id
            and each.kind in protocol.webhook_kinds
            and protocol.webhook_url(each, merchant=merchant, app=app)
        ]

    async def _is_the_one_to_send(self, webhook: Webhook, related: Sequence[Webhook]) -> bool:
        """Whether there is no newer one, and no older one that may be on its way: else it is put away, or put off."""
        if any(each.webhook_id > webhook.webhook_id for each in related):
            await self._save(moved(webhook, state=WebhookState.REPLACED, due_ms=0))
            return False
        older = [each for each in related if each.state is WebhookState.WAITING]
        now_ms = self._context.clock()
        if any(self._may_be_under_way(each, now_ms) for each in older):
            await self._save(moved(webhook, due_ms=now_ms + _LOOK_AGAIN_MS))
            return False
        for each in older:
            await self._save(moved(each, state=WebhookState.REPLACED, due_ms=0))
        return True

    def _may_be_under_way(self, webhook: Webhook, now_ms: int) -> bool:
        """Whether it is being tried, here or in another process; one that died seems to until its claim runs out."""
        if webhook.webhook_id in self._claimed:
            return webhook.webhook_id in self._trying
        return webhook.is_claimed and now_ms < webhook.due_ms <= now_ms + _CLAIM_LIFE_MS

    async def _try(self, webhook: Webhook, url: str, merchant: Merchant, app: App) -> None:
        protocol = self._protocols[webhook.protocol]
        body = webhook.body.encode() or await protocol.write_webhook(self._context, webhook, merchant=merchant)
        at_ms = self._context.clock()
        sent = protocol.sign_webhook(
            body,
            url=url,
            merchant=merchant,
            app=app,
            vault=self._context.vault,
            now_ms=at_ms,
            nonce=secrets.token_hex(16),
        )
        delivery = await self._sender.post(
            url, headers=sent.headers, body=sent.body, timeout_s=protocol.webhook_timeout_s, policy=self._policy
        )
        received = delivery.status is not None and protocol.is_received(
            delivery.status, delivery.body.decode(errors="replace")
        )
        tries = webhook.tries + 1
        failed_ms = webhook.first_failed_ms or (0 if received else self._context.clock())
        state, due_ms = self._after(protocol, tries, failed_ms, received=received)
        await self._save(
            moved(webhook, body=body.decode(), tries=tries, state=state, due_ms=due_ms, first_failed_ms=failed_ms),
            _record(webhook, tries, at_ms, url, delivery),
        )

    def _after(
        self, protocol: MerchantProtocol, tries: int, first_failed_ms: int, *, received: bool
    ) -> tuple[WebhookState, int]:
        if received:
            return WebhookState.DELIVERED, 0
        delays = self._retry_delays_s if self._retry_delays_s is not None else protocol.webhook_retry_delays_s
        delay_s = retry_delay_s(delays, tries)
        if delay_s is None:
            return WebhookState.GIVEN_UP, 0
        if protocol.webhook_delays_from_first and self._retry_delays_s is None:
            return WebhookState.WAITING, first_failed_ms + delay_s * 1_000
        return WebhookState.WAITING, self._context.clock() + delay_s * 1_000

    async def _save(self, webhook: Webhook, *tries: WebhookTry) -> None:
        try:
            await self._context.store.submit(Change((Update(webhook),), tries))
        except Stale:
            _log.info("webhook_changed_meanwhile", webhook=webhook.webhook_id)


def _record(webhook: Webhook, try_no: int, at_ms: int, url: str, delivery: Delivery) -> WebhookTry:
    return WebhookTry(
        merchant_id=webhook.merchant_id,
        webhook_id=webhook.webhook_id,
        try_no=try_no,
        at_ms=at_ms,
        url=url,
        status=delivery.status or 0,
        error=delivery.error or "",
        answer=delivery.body_excerpt,
        duration_ms=delivery.duration_ms,
    )
