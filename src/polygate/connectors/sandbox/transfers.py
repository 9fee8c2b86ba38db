"""The simulated banks that payouts go through: what they pay, and how each payout ends.

| What | How it ends |
| --- | --- |
| any amount | paid two seconds later |
| an amount ending in .13 | declined then |
| an amount ending in .14 | never decided |
| an amount ending in .15 | declined at once |
| an account or address that contains `notfound` | declined: no such account |
| a receiver whose name contains `FAIL` | declined |
| a receiver whose name contains `REVERSE` | paid, and back five seconds later |
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from polygate.connectors.sandbox.book import RETURNED, Entry, Kind, State
from polygate.connectors.sandbox.messages import TransferOrder
from polygate.connectors.sandbox.scenarios import digits
from polygate.core.money import EXPONENTS
from polygate.core.outcomes import Decline
from polygate.core.payouts import PayoutMethod
from polygate.core.routing import PayoutOffer

OFFER: Final[PayoutOffer] = {
    PayoutMethod.UPI: frozenset({"INR"}),
    PayoutMethod.PIX: frozenset({"BRL"}),
    PayoutMethod.BANK_ACCOUNT: frozenset({"INR", "BRL", "IDR", "PHP", "PKR", "BDT", "MXN"}),
    PayoutMethod.WALLET: frozenset({"IDR", "PHP", "PKR", "BDT"}),
}
"""The currencies of each method (signed contract, section 9)."""

DELAY_MS: Final = 2_000
NEVER_MS: Final = 4_102_444_800_000
"""The year 2100."""


def transfer(order: TransferOrder, now_ms: int) -> Entry:
    """A payout as it arrives."""
    entry = Entry(
        merchant_id=order.merchant,
        attempt_id=order.key,
        kind=Kind.TRANSFER,
        amount_minor=order.amount_minor,
        currency=order.currency,
        state=State.PROCESSING,
        due_ms=now_ms + DELAY_MS,
        method=order.method,
        reference=digits(order.merchant, order.key, "transfer", 12),
        description=order.description,
        created_ms=now_ms,
        changed_ms=now_ms,
    )
    ending = _ending(order)
    if ending == 15:
        return replace(entry, state=State.DECLINED, due_ms=0, decline=Decline.NO_REASON)
    if ending == 14:
        return replace(entry, due_ms=NEVER_MS)
    if "notfound" in order.account.lower():
        return replace(entry, decline=Decline.ACCOUNT_NOT_FOUND)
    if ending == 13 or "FAIL" in order.name:
        return replace(entry, decline=Decline.NO_REASON)
    return replace(entry, scenario=RETURNED) if "REVERSE" in order.name else entry


def _ending(order: TransferOrder) -> int:
    """The hundredths of an amount, as far as its currency has them."""
    unit: int = 10 ** EXPONENTS[order.currency]
    return order.amount_minor % unit * 100 // unit
