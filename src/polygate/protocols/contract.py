"""The socket every merchant-facing API plugs into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec
from starlette.routing import BaseRoute

from polygate.core.calls import CallWords
from polygate.core.facts import FactKind
from polygate.core.merchants import App, Merchant
from polygate.core.methods import Method
from polygate.core.outcomes import Decline
from polygate.core.payments import OrderDetails, Payment
from polygate.core.subscriptions import Plan
from polygate.core.webhooks import Webhook
from polygate.operations.context import Context, WriteWebhook
from polygate.store.vault import Vault


class Table(msgspec.Struct, frozen=True):
    """Cells may hold `code` between backticks."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Chapter(msgspec.Struct, frozen=True):
    """A part of a reference page beside its calls. Texts may hold `code` between backticks."""

    title: str
    texts: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    snippets: Mapping[str, str] = {}
    """Code by the name of its language."""


class Example(msgspec.Struct, frozen=True):
    """A call that runs as it is printed."""

    title: str
    snippets: Mapping[str, str]
    """The same call in each language, by the language's name."""
    answer: str
    """JSON; what is made up anew each time is only of the right form."""
    after: str
    """The title of the example whose variables it goes on with; empty for one that stands alone."""


class ApiReference(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a protocol's reference page shows. Calls and webhooks come from its OpenAPI document."""

    title: str
    about: str
    document: Mapping[str, Any]
    """OpenAPI 3.1. The extension `x-limits` of a schema says in words what its keywords say; `x-codes` of an operation
    lists what it can answer (`code`, `status`, `about`), and `x-same-as` names the operation it is another address of.
    Where answers of one status differ, the first of `oneOf` is the good one."""
    examples: Mapping[str, tuple[Example, ...]]
    """By `operationId`, in an order in which they can be run."""
    before: tuple[Chapter, ...]
    """Chapters ahead of the calls."""
    after: tuple[Chapter, ...]
    decline_codes: Mapping[Decline, str]
    """This protocol's word for each thing an acquirer declines."""
    no_answer_code: str = ""
    """Its word for an outcome that the acquirer has not told yet, where it has one."""


class HostedItem(msgspec.Struct, frozen=True):
    """One kind of goods."""

    name: str
    quantity: str
    price: str
    """Decimal text, of one piece."""
    currency: str


class HostedOrder(msgspec.Struct, frozen=True):
    """What the payer is shown of an order, and how it may be paid, as far as the merchant said so."""

    description: str = ""
    items: tuple[HostedItem, ...] = ()
    methods: tuple[Method, ...] | None = None
    """Only these; None for all that there are."""
    payer_address: str = ""
    """The payer's own address at the bank, where a request to pay goes."""
    plan: Plan | None = None
    """What the payer agrees to be charged from now on; None for a payment that is made once."""
    takes_any_digits: bool = False
    """Whether card numbers may have a wrong check digit, as some test cards do."""


class Outgoing(msgspec.Struct, frozen=True):
    """What one try sends."""

    headers: Mapping[str, str]
    body: bytes


class MerchantProtocol(Protocol):
    """One API: its routes, how it writes and signs webhooks, and how it sends browsers back."""

    name: str
    call_words: CallWords
    """How the log of calls reads its messages."""
    webhook_retry_delays_s: tuple[int, ...]
    """Seconds between one try and the next; after the last one it is given up."""
    webhook_delays_from_first: bool
    """Whether these are all counted from the moment the first try failed."""
    webhook_timeout_s: float
    newest_webhook_only: bool
    """Whether a newer webhook about the same order, payout or refund replaces one that was not received yet. Of those
    no two are ever on their way at once."""
    webhook_kinds: frozenset[FactKind]
    """What it has messages for."""

    @property
    def write_with_event(self) -> WriteWebhook | None:
        """Writes a webhook's body together with its event, with the keys of that moment; None for at the first try."""
        ...

    def routes(self, context: Context) -> Sequence[BaseRoute]: ...

    def webhook_url(self, webhook: Webhook, *, merchant: Merchant, app: App) -> str:
        """Where it goes, asked before each try; empty where nobody named a place."""
        ...

    async def write_webhook(self, context: Context, webhook: Webhook, *, merchant: Merchant) -> bytes:
        """What it says, kept from the first try on: how things stood at the event, whenever it is written."""
        ...

    def sign_webhook(
        self, body: bytes, *, url: str, merchant: Merchant, app: App, vault: Vault, now_ms: int, nonce: str
    ) -> Outgoing:
        """One try to tell it, with signatures and encryption by the keys of the moment, which `vault` reveals."""
        ...

    def is_received(self, status: int, answer: str) -> bool:
        """Whether a receiver's answer means that it has the webhook."""
        ...

    def hosted_order(self, payment: Payment, details: OrderDetails) -> HostedOrder:
        """What the hosted page makes of an order that is kept in this protocol's words."""
        ...

    async def browser_return(self, context: Context, payment: Payment) -> str:
        """Where the payer's browser goes back to, in this protocol's form; empty if the order names no place."""
        ...

    def reference(self, base_url: str) -> ApiReference:
        """The documentation of this API on a server whose address is `base_url`."""
        ...
