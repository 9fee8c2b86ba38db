"""The Signed API as a plug: what the rest of the house knows of it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from starlette.routing import BaseRoute, Route

from polygate.core.calls import CallWords
from polygate.core.dated_numbers import number
from polygate.core.merchants import App, Merchant
from polygate.core.money import plain
from polygate.core.payments import OrderDetails, Payment
from polygate.core.webhooks import Webhook
from polygate.operations.context import Context
from polygate.operations.credentials import app_secret
from polygate.protocols.contract import ApiReference, HostedOrder, Outgoing
from polygate.protocols.signed import states
from polygate.protocols.signed import webhook as wire
from polygate.protocols.signed.browser_return import signed_return
from polygate.protocols.signed.door import PREFIXES, Door
from polygate.protocols.signed.errors import Code
from polygate.protocols.signed.orders import NAME
from polygate.protocols.signed.reference import reference
from polygate.protocols.signed.signature import notification_headers
from polygate.store.vault import Vault


class SignedProtocol:
    name = NAME
    call_words = CallWords(
        code="code",
        said="errorMessage",
        done=frozenset({Code.OK.code}),
        orders=("merchantTradeNo", "merchantRefundNo", "paymentNo"),
    )
    webhook_retry_delays_s: tuple[int, ...] = wire.RETRY_DELAYS_S
    webhook_delays_from_first = False
    webhook_timeout_s = wire.TIMEOUT_S
    webhook_kinds = wire.KINDS
    newest_webhook_only = True
    write_with_event = None

    def reference(self, base_url: str) -> ApiReference:
        return reference(base_url)

    def routes(self, context: Context) -> Sequence[BaseRoute]:
        door = Door(context)
        return [Route(path, door) for prefix in PREFIXES for path in (prefix, prefix + "/{path:path}")]

    def webhook_url(self, webhook: Webhook, *, merchant: Merchant, app: App) -> str:
        """The trade's own, or the refund's (section 7.2)."""
        return webhook.url

    async def write_webhook(self, context: Context, webhook: Webhook, *, merchant: Merchant) -> bytes:
        return await wire.write(context, webhook)

    def sign_webhook(
        self, body: bytes, *, url: str, merchant: Merchant, app: App, vault: Vault, now_ms: int, nonce: str
    ) -> Outgoing:
        """With the secret that the app has now."""
        secret = app_secret(vault, app)
        headers = notification_headers(
            body, app_id=app.app_id, secret=secret, notify_url=url, now_ms=now_ms, nonce=nonce.upper()
        )
        return Outgoing(headers, body)

    def is_received(self, status: int, answer: str) -> bool:
        return wire.is_received(status, answer)

    def hosted_order(self, payment: Payment, details: OrderDetails) -> HostedOrder:
        request = details.request
        return HostedOrder(request["description"], payer_address=request["payMethod"].get("vpa", ""))

    async def browser_return(self, context: Context, payment: Payment) -> str:
        """`returnUrl` with the result, signed (section 6)."""
        app = await context.reads.app(payment.app_id)
        if not payment.front_url or app is None:
            return ""
        parameters = {
            "paymentNo": number(payment.payment_id),
            "merchantTradeNo": payment.order_no,
            "amount": plain(payment.shown, decimals=2),
            "currency": payment.currency,
            "status": states.PAYMENT[payment.state],
            **({"merchantAttach": payment.attach} if payment.attach else {}),
        }
        return signed_return(
            payment.front_url,
            parameters,
            app_id=app.app_id,
            secret=app_secret(context.vault, app),
            now_ms=context.clock(),
            nonce=secrets.token_hex(16).upper(),
        )
