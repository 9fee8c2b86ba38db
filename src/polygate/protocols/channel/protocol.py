"""The Channel API as a plug: what the rest of the house knows of it."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route

from polygate.core.calls import CallWords
from polygate.core.facts import ANNOUNCED, CHARGEBACKS
from polygate.core.merchants import App, Merchant
from polygate.core.payments import OrderDetails, Payment
from polygate.core.webhooks import Webhook
from polygate.operations.context import Context
from polygate.operations.credentials import access_key
from polygate.protocols.channel import webhook as wire
from polygate.protocols.channel.door import PREFIX, Door
from polygate.protocols.channel.errors import Code
from polygate.protocols.channel.orders import NAME
from polygate.protocols.channel.reference import reference
from polygate.protocols.contract import ApiReference, HostedOrder, Outgoing
from polygate.store.vault import Vault


class ChannelProtocol:
    name = NAME
    call_words = CallWords(
        code="code", said="errorDesc", done=frozenset({str(Code.DONE.code)}), orders=("sourceNo", "orderId")
    )
    webhook_retry_delays_s: tuple[int, ...] = wire.RETRY_DELAYS_S
    webhook_delays_from_first = False
    webhook_timeout_s = wire.TIMEOUT_S
    webhook_kinds = ANNOUNCED - CHARGEBACKS
    write_with_event = None
    newest_webhook_only = False

    def reference(self, base_url: str) -> ApiReference:
        return reference(base_url)

    def routes(self, context: Context) -> Sequence[BaseRoute]:
        door = Door(context)
        return Route(PREFIX, door), Route(PREFIX + "/{path:path}", door)

    def webhook_url(self, webhook: Webhook, *, merchant: Merchant, app: App) -> str:
        return wire.url_of(webhook, merchant)

    async def write_webhook(self, context: Context, webhook: Webhook, *, merchant: Merchant) -> bytes:
        return await wire.write(context, webhook, merchant)

    def sign_webhook(
        self, body: bytes, *, url: str, merchant: Merchant, app: App, vault: Vault, now_ms: int, nonce: str
    ) -> Outgoing:
        """Encrypted by the key that the merchant has now: its receiver knows no other."""
        return Outgoing(wire.HEADERS, wire.seal(body, access_key(vault, merchant)))

    def is_received(self, status: int, answer: str) -> bool:
        return wire.is_received(status)

    def hosted_order(self, payment: Payment, details: OrderDetails) -> HostedOrder:
        """Orders tell nothing about what is paid for."""
        return HostedOrder()

    async def browser_return(self, context: Context, payment: Payment) -> str:
        """Orders name no place to return to: the payer's page tells how it went."""
        return ""
