"""The Merchant API as a plug: what the rest of the house knows of it."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route

from polygate.core.calls import CallWords
from polygate.core.merchants import App, Merchant
from polygate.core.methods import Method
from polygate.core.payments import OrderDetails, Payment
from polygate.core.webhooks import Webhook
from polygate.operations.context import Context, WriteWebhook
from polygate.operations.credentials import merchant_secret
from polygate.protocols.contract import ApiReference, HostedItem, HostedOrder, Outgoing
from polygate.protocols.merchant import webhook as wire
from polygate.protocols.merchant.answers import amount
from polygate.protocols.merchant.bodies import DEFAULT, METHODS
from polygate.protocols.merchant.door import AREAS, Door
from polygate.protocols.merchant.errors import CODES_DONE
from polygate.protocols.merchant.reference import reference
from polygate.protocols.merchant.schemas import plan_in
from polygate.protocols.merchant.signature import signed_return
from polygate.protocols.merchant.states import NAME, PAYMENT_CODE
from polygate.store.vault import Vault


class MerchantApi:
    name = NAME
    call_words = CallWords(
        code="code",
        said="message",
        done=CODES_DONE,
        orders=("transactionId", "refundTransactionId", "orderId", "uniqueId"),
    )
    webhook_retry_delays_s: tuple[int, ...] = wire.RETRY_DELAYS_S
    webhook_delays_from_first = True
    webhook_timeout_s = wire.TIMEOUT_S
    newest_webhook_only = False
    webhook_kinds = wire.KINDS

    @property
    def write_with_event(self) -> WriteWebhook:
        """By the key of that moment, and every try with the same bytes (section 7.5)."""
        return wire.write

    def reference(self, base_url: str) -> ApiReference:
        return reference(base_url)

    def routes(self, context: Context) -> Sequence[BaseRoute]:
        door = Door(context)
        return [Route(path, door) for area in AREAS for path in (area, f"{area}/{{path:path}}")]

    def webhook_url(self, webhook: Webhook, *, merchant: Merchant, app: App) -> str:
        return webhook.url

    async def write_webhook(self, context: Context, webhook: Webhook, *, merchant: Merchant) -> bytes:
        return await wire.write_late(context, webhook, merchant)

    def sign_webhook(
        self, body: bytes, *, url: str, merchant: Merchant, app: App, vault: Vault, now_ms: int, nonce: str
    ) -> Outgoing:
        """Its sign is in the body."""
        return Outgoing(wire.HEADERS, body)

    def is_received(self, status: int, answer: str) -> bool:
        return wire.is_received(status)

    def hosted_order(self, payment: Payment, details: OrderDetails) -> HostedOrder:
        """Sections 4.1, 4.2 and 6.2."""
        request = details.request
        items = tuple(
            HostedItem(
                name=product.get("productName") or product.get("sku", ""),
                quantity=product.get("quantity", "1"),
                price=product.get("price", ""),
                currency=product.get("currency", payment.currency).upper(),
            )
            for product in request.get("productInfos", ())
        )
        method = request.get("transactionMethod", DEFAULT)
        methods: tuple[Method, ...] | None = (Method.CARD,) if payment.keep_card else None
        if method != DEFAULT:
            methods = (METHODS[method],)
        elif methods is None:
            methods = tuple(METHODS.values())
        extension = request.get("extension")
        plan = plan_in(extension) if extension else None
        return HostedOrder(request.get("productName", ""), items, methods, plan=plan, takes_any_digits=payment.is_test)

    async def browser_return(self, context: Context, payment: Payment) -> str:
        """`callbackUrl` with the signed parameters behind its own (section 7.6)."""
        merchant = await context.reads.merchant(payment.merchant_id)
        if merchant is None or not payment.front_url:
            return ""
        parameters = {
            "code": str(PAYMENT_CODE[payment.state].value),
            "uniqueId": str(payment.payment_id),
            "transactionId": payment.order_no,
            "transactionAmount": amount(payment.asked),
            "transactionCurrency": payment.currency,
            "timestamp": str(context.clock()),
        }
        return signed_return(payment.front_url, parameters, merchant_secret(context.vault, merchant))
