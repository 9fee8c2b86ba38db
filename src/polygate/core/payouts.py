"""Payouts: money that leaves a merchant's balance for a receiver's account, reserved the moment it is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from polygate.core.attempts import BY_HAND
from polygate.core.ids import AttemptId, MerchantId, PayoutId
from polygate.core.money import Money
from polygate.core.transitions import PayoutState


class PayoutMethod(StrEnum):
    """What kind of account the receiver has."""

    BANK_ACCOUNT = "bank_account"
    UPI = "upi"
    PIX = "pix"
    WALLET = "wallet"


class Receiver(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom a payout goes to. What a method has no use for is empty."""

    method: PayoutMethod
    name: str
    account: str
    """Account number, UPI address, PIX key or wallet number."""
    bank_code: str = ""
    """Branch or bank (IFSC in India), or the wallet's operator."""
    bank_name: str = ""
    mode: str = ""
    """The transfer system, as in IMPS, NEFT or RTGS; for PIX the kind of key."""
    phone: str = ""
    email: str = ""
    document_type: str = ""
    document: str = ""


class Payout(msgspec.Struct, frozen=True):
    merchant_id: MerchantId
    payout_id: PayoutId
    protocol: str
    app_id: str
    number: str
    """The merchant's own number, unique per merchant, protocol and app."""
    state: PayoutState
    amount_minor: int
    """What the receiver gets."""
    currency: str
    fee_minor: int
    """What the operator earns; taken from the balance beside the amount."""
    receiver: Receiver | None
    """None until somebody names it."""
    description: str
    attach: str
    """The merchant's own data, told again in webhooks."""
    notify_url: str
    attempt_id: AttemptId
    """The latest try to send it; 0 while there was none."""
    acquirer: str
    reference: str
    """The bank's number of the transfer, once known."""
    why_failed: str
    """A `Decline`, empty unless it failed or came back."""
    said: str
    due_ms: int
    """When the jobs ask whether a paid one came back; 0 otherwise."""
    created_ms: int
    changed_ms: int
    paid_ms: int
    closed_ms: int
    """When it was paid, failed or came back."""
    version: int = 1

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def taken(self) -> Money:
        """What it takes from the balance."""
        return self.amount + self.fee

    @property
    def is_by_hand(self) -> bool:
        """The operator carries it out, or did, and tells how it went."""
        return self.acquirer == BY_HAND


class PayoutOrder(msgspec.Struct, frozen=True):
    """A protocol-neutral order to pay out."""

    merchant_id: MerchantId
    app_id: str
    protocol: str
    number: str
    amount: Money
    fee: Money
    receiver: Receiver | None
    description: str
    attach: str
    notify_url: str
    request: Mapping[str, object]


class BankTransfer(msgspec.Struct, frozen=True):
    """A transfer that the operator made by hand, and the one payout that it paid.

    Its key is the bank's number alone: the transfer left an account of the operator and belongs to no merchant, so
    whoever's the payouts are, one number pays one of them.
    """

    reference: str
    merchant_id: MerchantId
    payout_id: PayoutId


class Reserve(msgspec.Struct, frozen=True):
    """Guards what a merchant may take out in one currency: whoever takes has to change this row.

    It also remembers how far the available balance was added up, so that it need not be added up from the beginning.
    """

    merchant_id: MerchantId
    currency: str
    counted_minor: int
    """The available balance by the postings up to `counted_to`."""
    counted_to: int
    """An identifier of a posting; old enough that no older one can still be on its way into the books."""
    version: int = 1


class Balance(msgspec.Struct, frozen=True):
    """What a merchant has available in a currency, and the guard to change if something is taken of it."""

    reserve: Reserve
    """With its next version: the decision loses if somebody else took something meanwhile."""
    available_minor: int


COUNTING_LAG_MS: Final = 600_000
"""Postings younger than this are added up anew each time."""

LOOKS_AFTER_MS: Final = (10_000, 60_000, 600_000, 7_200_000, 43_200_000, 86_400_000, 172_800_000)
"""After a payout was paid: the pauses between the inquiries whether it came back."""
