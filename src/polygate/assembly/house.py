"""Open the store and the vault, connect acquirers, protocols, pages and jobs, and close it all in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from polygate import checkout, console, reference
from polygate.assembly.sandbox_book import StoredBook
from polygate.connectors import sandbox
from polygate.connectors.registry import connectors
from polygate.connectors.transport import Line, Transport
from polygate.core.ids import EXACT_TICK_MS, AttemptId, IdSequence, MerchantId
from polygate.jobs import calls as call_jobs
from polygate.jobs import groups as group_jobs
from polygate.jobs import payments as payment_jobs
from polygate.jobs import payouts as payout_jobs
from polygate.jobs import statistics as statistics_jobs
from polygate.jobs import subscriptions as subscription_jobs
from polygate.jobs import upkeep
from polygate.jobs import webhooks as webhook_jobs
from polygate.jobs.rounds import side_by_side
from polygate.operations.call_log import CallLog
from polygate.operations.context import (
    ChannelRules,
    Clock,
    Context,
    MerchantRules,
    SignedRules,
    WriteWebhook,
    wall_clock,
)
from polygate.operations.hear_acquirer import hear_notice
from polygate.operations.links import Links
from polygate.operations.rates import Rate
from polygate.protocols.registry import protocols
from polygate.settings import Settings
from polygate.store.direct import sqlite_path, take_node
from polygate.store.opened import open_store, unlock_vault
from polygate.store.sqlite.lock import serving
from polygate.web.app import create_app
from polygate.web.call_watch import watched
from polygate.webhooks.addresses import AddressPolicy
from polygate.webhooks.deliver import Deliverer
from polygate.webhooks.probe import why_deaf
from polygate.webhooks.sender import Sender

_SENDER_CONNECTIONS: Final = 256
_APP_BURST_S: Final = 2
_TOKEN_BURST_S: Final = 10
"""Longer, because a shop's workers all start at once, each with a token of its own, behind one address."""


class House:
    """Everything open and connected: `app` answers requests, `run_jobs` does what is due in the background."""

    def __init__(
        self, *, settings: Settings, context: Context, app: Starlette, sender: Sender, call_log: CallLog
    ) -> None:
        self.settings: Final = settings
        self.context: Final = context
        self.app: Final = app
        self.call_log: Final = call_log
        self._sender = sender

    async def keep_call_log(self) -> None:
        """Until canceled, in every process that answers calls. `call_log.write_all` writes what it heard last."""
        await call_jobs.run(self.call_log)

    async def run_jobs(self) -> None:
        """Until canceled."""
        deliverer = Deliverer(
            self.context,
            protocols(),
            self._sender,
            AddressPolicy(allow_private=self.settings.allow_private_webhooks),
            retry_delays_s=self.settings.retry_delays_s,
        )
        await side_by_side(
            payment_jobs.run(self.context),
            group_jobs.run(self.context),
            payout_jobs.run(self.context),
            subscription_jobs.run(self.context),
            statistics_jobs.run(self.context),
            upkeep.run(self.context, calls_kept_days=self.settings.call_log_days),
            webhook_jobs.run(self.context, deliverer),
        )


@asynccontextmanager
async def open_house(settings: Settings, *, as_server: bool = True, clock: Clock = wall_clock) -> AsyncIterator[House]:
    """Raises a StoreError (not migrated, out of reach, served by another process) or WrongMasterKey.

    A tool that only looks or administers beside the server says `as_server=False`.
    """
    async with AsyncExitStack() as stack:
        path = sqlite_path(settings.database_url)
        if as_server and path is not None:
            stack.enter_context(serving(path))
        store = await open_store(settings.database_url)
        stack.push_async_callback(store.close)
        vault = await unlock_vault(store, settings.master_key, now_ms=clock())

        async def tell(merchant: int, attempt: int) -> None:
            await hear_notice(context, MerchantId(merchant), AttemptId(attempt))

        sender = await stack.enter_async_context(Sender(max_connections=_SENDER_CONNECTIONS))

        async def why_nobody_listens(url: str) -> str:
            return await why_deaf(sender, url, AddressPolicy(allow_private=settings.allow_private_webhooks))

        acquirer = sandbox.SandboxAcquirer(
            StoredBook(store), clock, tell=tell, undecided_ms=settings.sandbox_pending_seconds * 1_000
        )
        lines: Mapping[str, Line] = {sandbox.CONNECTOR.name: acquirer.answer}
        node = take_node(settings.database_url)
        context = Context(
            store=store,
            vault=vault,
            transport=Transport(lines),
            connectors=connectors(),
            links=Links(settings.base_url, vault),
            refund_window_days=settings.refund_window_days,
            ids=IdSequence(node),
            exact_ids=IdSequence(node, tick_ms=EXACT_TICK_MS),
            channel=ChannelRules(
                currency=settings.channel_currency,
                credit_life_ms=settings.channel_credit_minutes * 60_000,
                plain_calls=settings.channel_plain_calls,
            ),
            merchant=MerchantRules(
                time_zone=settings.merchant_time_zone, order_life_ms=settings.merchant_order_minutes * 60_000
            ),
            writers=_writers(),
            signed=SignedRules(
                payment_life_ms=settings.signed_payment_minutes * 60_000,
                public_urls=(settings.base_url.rstrip("/"), *settings.further_base_urls),
                wants_user_agent=settings.require_user_agent,
            ),
            app_rate=Rate(settings.requests_per_second, burst_s=_APP_BURST_S),
            address_rate=Rate(settings.tokens_per_second, burst_s=_TOKEN_BURST_S),
            clock=clock,
            why_deaf=why_nobody_listens,
        )
        call_log = CallLog(context, settings.call_log)
        app = create_app(_routes(context, acquirer, settings, call_log), ready=store.reads.ping)
        yield House(settings=settings, context=context, app=app, sender=sender, call_log=call_log)


def _writers() -> Mapping[str, WriteWebhook]:
    """Of the APIs whose webhooks are written with their events."""
    named = {name: protocol.write_with_event for name, protocol in protocols().items()}
    return {name: write for name, write in named.items() if write is not None}


def _routes(
    context: Context, acquirer: sandbox.SandboxAcquirer, settings: Settings, call_log: CallLog
) -> list[BaseRoute]:
    async def back_to_shop(entry: sandbox.Entry) -> tuple[str, ...]:
        """The issuer's page ends in a redirect to the shop, which a browser must be told is fine."""
        merchant_id, attempt_id = MerchantId(entry.merchant_id), AttemptId(entry.attempt_id)
        attempt = await context.reads.attempt(merchant_id, attempt_id)
        return await checkout.front_origin(context, merchant_id, attempt.payment_id) if attempt else ()

    apis: list[BaseRoute] = []
    for protocol in protocols().values():
        apis.extend(watched(protocol.routes(context), protocol=protocol.name, words=protocol.call_words, log=call_log))
    pages = checkout.routes(context, protocols())
    # Routes are tried in their order, and APIs are asked most. Below a path that both have the page comes first: an API
    # answers for everything else there.
    shared = {_root(route) for route in apis}
    routes = [page for page in pages if _root(page) in shared]
    routes += apis
    routes += [page for page in pages if _root(page) not in shared]
    routes.extend(console.routes(context, codes_required=settings.console_codes_required))
    routes.extend(sandbox.routes(acquirer, form_targets=back_to_shop))
    routes.extend(reference.routes(protocols(), base_url=context.links.base_url, trials=sandbox.TRIALS))
    return routes


def _root(route: BaseRoute) -> str:
    """The first part of its path."""
    return str(getattr(route, "path", "")).split("/")[1]
