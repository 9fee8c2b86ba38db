"""The Gateway API as a plug: what the rest of the house knows of it."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route

from polygate.core.calls import CallWords
from polygate.core.facts import ANNOUNCED, CHARGEBACKS
from polygate.core.merchants import App, Merchant
from polygate.core.payments import OrderDetails, Payment
from polygate.core.return_urls import percent_encoded, with_query
from polygate.core.webhooks import Webhook
from polygate.operations.context import Context
from polygate.operations.credentials import app_secret
from polygate.protocols.contract import ApiReference, HostedItem, HostedOrder, Outgoing
from polygate.protocols.gateway import webhook as wire
from polygate.protocols.gateway.answers import ORDER_STATUS, amount
from polygate.protocols.gateway.documentation.reference import reference
from polygate.protocols.gateway.door import PREFIX, Door
from polygate.protocols.gateway.errors import Code
from polygate.protocols.gateway.orders import NAME
from polygate.store.vault import Vault


class GatewayProtocol:
    name = NAME
    call_words = CallWords(
        code="respCode",
        said="respMsg",
        done=frozenset({Code.DONE.code}),
        orders=("orderNo", "refundOrderNo", "tradeNo"),
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
        """The order's own, else what the app has subscribed (section 4.15)."""
        return webhook.url or app.subscribe_url

    async def write_webhook(self, context: Context, webhook: Webhook, *, merchant: Merchant) -> bytes:
        return wire.write(webhook, merchant)

    def sign_webhook(
        self, body: bytes, *, url: str, merchant: Merchant, app: App, vault: Vault, now_ms: int, nonce: str
    ) -> Outgoing:
        secret = app_secret(vault, app)
        return Outgoing(wire.sign(body, app_id=app.app_id, secret=secret, now_ms=now_ms, nonce=nonce), body)

    def is_received(self, status: int, answer: str) -> bool:
        return wire.is_received(status, answer)

    def hosted_order(self, payment: Payment, details: OrderDetails) -> HostedOrder:
        """Section 4.2."""
        request = details.request
        items = tuple(
            HostedItem(product["productName"], product["quantity"].lstrip("0"), product["price"], payment.currency)
            for product in request.get("productInfo", ())
        )
        return HostedOrder(str(request.get("description", "")), items)

    async def browser_return(self, context: Context, payment: Payment) -> str:
        """`frontUrl` with the five parameters in their order, after its own and before its fragment (section 7.3)."""
        if not payment.front_url:
            return ""
        ours = percent_encoded(
            {
                "tradeNo": str(payment.payment_id),
                "orderNo": payment.order_no,
                "status": ORDER_STATUS[payment.state],
                "language": payment.language,
                "amount": amount(payment.shown),
            }
        )
        return with_query(payment.front_url, ours)
