"""The socket every acquirer plugs into.

A connector is a set of conversations: generators that yield what to ask, receive what was answered and return an
outcome. They own no socket, no clock and no state; `transport.py` drives them and owns deadlines and redaction.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from enum import StrEnum
from typing import Any, Final, Protocol

import msgspec

from polygate.core.cards import Card, Cryptogram, Secret
from polygate.core.ids import AttemptId, MerchantId
from polygate.core.methods import Method, Product
from polygate.core.money import Money
from polygate.core.outcomes import Authentication, Decline, Outcome
from polygate.core.payouts import Receiver
from polygate.core.routing import Offer, PayoutOffer


class _Wordless(msgspec.Struct, frozen=True):
    """A message whose representation leaves out its body, because that may carry a card number."""

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name != "body"]


class Ask(_Wordless, frozen=True):
    """One message to an acquirer. `moves_money` tells the transport that silence leaves the outcome unknown."""

    operation: str
    body: Mapping[str, Any]
    moves_money: bool = False


class Answer(_Wordless, frozen=True):
    """What came back, decoded from JSON."""

    status: int
    body: Mapping[str, Any]


Conversation = Generator[Ask, Answer, Outcome]


class Initiator(StrEnum):
    """Who starts a payment: issuers judge one that the payer has no part in by other rules."""

    PAYER = "payer"
    MERCHANT = "merchant"


class Trial(msgspec.Struct, frozen=True):
    """What can be tried on a simulated acquirer, and what comes of it. Texts may hold `code` between backticks."""

    sent: str
    about: str
    decline: Decline | None = None
    """Why it is declined, where that is what comes of it."""
    is_unanswered: bool = False
    """Whether the acquirer does not answer in time, and only later tells what became of it."""


class Trials(msgspec.Struct, frozen=True):
    """Some of one kind; `about` says what they have in common."""

    title: str
    about: str
    head: str
    """What `sent` is."""
    trials: tuple[Trial, ...]


class Charge(msgspec.Struct, frozen=True):
    """An order to collect money from a card. `attempt` is the key under which the acquirer acts only once."""

    merchant: MerchantId
    attempt: AttemptId
    amount: Money
    card: Card
    capture: bool
    three_ds: str
    """`no`, `auto` or `standard`."""
    authentication: Authentication | None
    """A 3-D Secure result obtained by the merchant itself."""
    fraud_check: bool
    statement: str
    client_ip: str
    return_url: str
    """Where the acquirer's authentication page sends the browser back to."""
    billing: Mapping[str, Any] | None = None
    initiator: Initiator = Initiator.PAYER
    plan: str = ""
    """What the card is kept and charged again for, where it is."""
    first_reference: str = ""
    """The scheme's number of the payment in which the payer agreed to later ones."""
    cryptogram: Cryptogram | None = None
    """With `authentication`, where the merchant has one."""
    protocol: str = ""
    """The API the order came by. A simulated acquirer has other trials for each; to others it means nothing."""


class WalletOrder(msgspec.Struct, frozen=True):
    """An order to collect money from a wallet. `attempt` is the key under which the acquirer acts only once."""

    merchant: MerchantId
    attempt: AttemptId
    amount: Money
    method: Method
    product: Product
    code: Secret | None
    """What the payer's wallet showed and the merchant scanned; the money is taken at once."""
    payer_id: str
    """Who pays, where the merchant says so: the payer's name inside the wallet or address at the bank."""
    app_id: str
    """The merchant's program inside the wallet."""
    store: str
    credit_allowed: bool
    description: str
    client_ip: str
    return_url: str
    """Where the wallet's page sends the browser back to."""
    expires_ms: int
    """When the order closes; ms since 1970."""
    number: str = ""
    """The order's number as the payer's bank shows it, where the scheme carries one."""
    note: str = ""
    """What the payer's bank shows beside it."""


class Transfer(msgspec.Struct, frozen=True):
    """An order to pay money out. `attempt` is the key under which the acquirer acts only once."""

    merchant: MerchantId
    attempt: AttemptId
    amount: Money
    receiver: Receiver
    description: str


class Follow(msgspec.Struct, frozen=True):
    """An order about an earlier attempt: complete it after authentication, capture, void, refund, or ask about it."""

    merchant: MerchantId
    attempt: AttemptId
    """The key of this order itself."""
    original: AttemptId
    """The attempt it is about; for `inquire` and `complete` the same as `attempt`."""
    reference: str
    """The acquirer's own reference of the original."""
    amount: Money
    protocol: str = ""
    """As in `Charge`; of refunds only."""
    remark: str = ""
    """What the merchant wrote about a refund."""
    payer_says_paid: bool = False
    """For `inquire`: a word that proves nothing, but that some acquirers look into."""


class Connector(Protocol):
    """What every acquirer can do. Every method is a conversation that may be repeated with the same attempt."""

    name: str
    timeout_s: float
    """How long the acquirer may take to answer one message."""
    is_simulated: bool
    """Whether no money moves at the other side: it serves apps in test mode, and no others."""
    offer: Offer
    """What it collects."""
    payout_offer: PayoutOffer
    """What it pays out."""

    def authorize(self, order: Charge) -> Conversation: ...
    def collect(self, order: WalletOrder) -> Conversation:
        """Have the payer pay from a wallet. What it says later is heard by `inquire`."""
        ...

    def complete(self, order: Follow) -> Conversation: ...
    def capture(self, order: Follow) -> Conversation: ...
    def void(self, order: Follow) -> Conversation:
        """Afterwards nothing of the charge is held, taken or can still be taken, whatever there was."""
        ...

    def close(self, order: Follow) -> Conversation:
        """Afterwards no money is taken any more for a charge that waits for its payer. What was taken stays taken."""
        ...

    def refund(self, order: Follow) -> Conversation: ...
    def pay_out(self, order: Transfer) -> Conversation: ...
    def inquire(self, order: Follow) -> Conversation:
        """What became of an attempt. An acquirer that never saw it must promise never to carry it out: NotSent."""
        ...


FOLLOW_UPS: Final = ("complete", "capture", "void", "close", "refund", "inquire")
