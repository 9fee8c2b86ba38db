"""Payments: what a payer owes, as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from polygate.core import ledger
from polygate.core.cards import CardOnFile
from polygate.core.ids import AttemptId, MerchantId, PaymentId
from polygate.core.merchants import FeeRule
from polygate.core.methods import SETTLED_AT_ONCE, Method
from polygate.core.money import Money
from polygate.core.outcomes import Decline, Details
from polygate.core.transitions import PaymentState

DAY_MS: Final = 86_400_000


AUTHORIZATION_LIFE_MS: Final = 7 * DAY_MS
"""How long an authorization may wait for its capture (gateway contract, 4.4)."""


REFUND_WINDOW_DAYS: Final = 365
"""How long after the capture a refund may be asked for, unless the operator says otherwise (gateway contract, 4.9)."""


CHECKOUT_TRIES: Final = 3
"""How many cards a payer may try on the hosted page (gateway contract, 5.1)."""


IN_DOUBT_RECHECK_MS: Final = 5_000
"""An overdue payment whose attempt is in doubt does not expire; it is looked at again after this."""


LATE_PAYMENT_MS: Final = DAY_MS
"""How long after an order expired a payment from a wallet may still be reported; then the wallet is told to close."""


GIVE_BACK_AGAIN_MS: Final = 3_600_000
"""The pause before money that is not ours to keep is offered back once more."""


NO_AUTHENTICATION: Final = "no"
"""The `three_ds` of a payment whose payer is never asked to authenticate."""


NOT_SCORED: Final = -1


class CaptureMode(StrEnum):
    AUTO = "auto"
    MANUAL = "manual"


class Payment(msgspec.Struct, frozen=True):
    merchant_id: MerchantId
    payment_id: PaymentId
    protocol: str
    order_no: str
    """The merchant's own number, unique per merchant, protocol and `number_scope`."""
    app_id: str
    state: PaymentState
    amount_minor: int
    currency: str
    captured_minor: int
    refunding_minor: int
    """Refunds accepted or done; what is left to refund is guarded by this row's version."""
    method: str
    """A `Method`, or empty while the payer has not chosen."""
    product: str
    """A `Product`, for wallets only."""
    capture_mode: CaptureMode
    three_ds: str
    fraud_check: bool
    is_checkout: bool
    tries: int
    """Declined attempts on the hosted page."""
    keep_card: str
    """The plan kind under which the payer's card is to be kept for later charges; empty if it is not."""
    agreement_id: int
    """0 unless this payment made an agreement to charge the card again, or used one."""
    fee_basis_points: int
    fee_fixed_minor: int
    charge_id: AttemptId
    """The latest attempt to collect; 0 while there was none."""
    acquirer: str
    reference: str
    """The acquirer's number of the collecting attempt, once known."""
    card: CardOnFile | None
    details: Details
    decline: str
    """A `Decline`, empty unless the last attempt was declined."""
    notify_url: str
    front_url: str
    language: str
    attach: str
    """The merchant's own data, told again in webhooks."""
    risk_score: int
    """0 to 100 by our own rules, for the latest try; `NOT_SCORED` where it was not checked, nor on a block list."""
    due_ms: int
    """When the jobs look at it; 0 once nothing can fall due."""
    expires_ms: int
    created_ms: int
    answered_ms: int
    captured_ms: int
    finished_ms: int
    version: int = 1
    late_goes_back: bool = False
    """Whether money that a wallet took after the order expired is given back instead of making it paid."""
    payer_said_ms: int = 0
    """When the payer told us to have paid, which proves nothing; 0 before."""
    is_test: bool = True
    """Whether only simulated acquirers hear of it."""
    group_no: str = ""
    """The merchant's number of what all tries to pay for share, where the API has one: at most one of them succeeds."""
    tries_most: int = CHECKOUT_TRIES
    """How many declined attempts the hosted page allows."""
    charged_back_minor: int = 0
    """What the payer got back through their bank, against the merchant's will."""
    number_scope: str = ""
    """The app within which `order_no` is unique, in APIs that number by app; empty where it is the merchant."""

    @property
    def asked(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def captured(self) -> Money:
        return Money(self.captured_minor, self.currency)

    @property
    def owed_in(self) -> str:
        """The account in which the merchant has what was paid."""
        return ledger.AVAILABLE if self.method in SETTLED_AT_ONCE else ledger.PENDING

    @property
    def shown(self) -> Money:
        """What merchants see as the amount: what was captured, once it was."""
        return self.captured if self.state is PaymentState.CAPTURED else self.asked

    @property
    def refundable(self) -> Money:
        return Money(self.captured_minor - self.refunding_minor - self.charged_back_minor, self.currency)

    @property
    def is_renewal(self) -> bool:
        """Whether it charges a kept card, as one of several that its order is meant to have."""
        return self.agreement_id != 0 and not self.keep_card

    @property
    def why_declined(self) -> Decline | None:
        return Decline(self.decline) if self.decline else None


class OrderDetails(msgspec.Struct, frozen=True):
    """What the merchant told about an order and we only keep and show; written once."""

    merchant_id: MerchantId
    payment_id: PaymentId
    request: Mapping[str, Any]
    """The request as received, in the protocol's own field names, card data masked."""


class Means(msgspec.Struct, frozen=True):
    """What a payment is taken from, as far as it may be remembered."""

    method: Method
    product: str = ""
    """A `Product`, for wallets only."""
    card: CardOnFile | None = None
    agreement_id: int = 0
    """The agreement under which a kept card is charged; 0 for every other payment."""


class PaymentOrder(msgspec.Struct, frozen=True):
    """A protocol-neutral order for a payment, with or without a way to pay yet."""

    merchant_id: MerchantId
    app_id: str
    protocol: str
    order_no: str
    amount: Money
    capture_mode: CaptureMode
    three_ds: str
    fraud_check: bool
    life_ms: int
    """How long the payer may take."""
    notify_url: str
    front_url: str
    language: str
    attach: str
    keep_card: str
    fee: FeeRule
    request: Mapping[str, Any]
    late_goes_back: bool = False
    is_test: bool = True
    group_no: str = ""
    tries_most: int = CHECKOUT_TRIES
    number_scope: str = ""
