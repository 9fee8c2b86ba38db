"""The socket every merchant-facing API plugs into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from starlette.routing import BaseRoute

from polygate.core.cards import Secret
from polygate.core.merchants import App, Merchant
from polygate.core.payments import Payment
from polygate.core.webhooks import Webhook
from polygate.operations.context import Context


class MerchantProtocol(Protocol):
    """One API: its routes, how it writes and signs webhooks, and how it sends browsers back."""

    name: str
    webhook_retry_delays_s: tuple[int, ...]
    """Seconds between one try and the next; after the last one it is given up."""
    webhook_timeout_s: float

    def routes(self, context: Context) -> Sequence[BaseRoute]: ...

    def write_webhook(self, webhook: Webhook, *, merchant: Merchant) -> bytes:
        """The body, a pure function of the outbox row."""
        ...

    def sign_webhook(self, body: bytes, *, app: App, secret: Secret, now_ms: int, nonce: str) -> Mapping[str, str]:
        """The headers of one try."""
        ...

    def is_received(self, status: int, answer: str) -> bool:
        """Whether a receiver's answer means that it has the webhook."""
        ...

    def browser_return(self, payment: Payment) -> str:
        """Where the payer's browser goes back to, in this protocol's form; empty if the order names no place."""
        ...
