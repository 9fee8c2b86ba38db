"""The request bodies of payments that the payer has no part in, declared (sections 4.6 and 4.7)."""

from __future__ import annotations

from typing import Final

from polygate.core.payments import NO_AUTHENTICATION
from polygate.protocols.gateway.bodies import AMOUNT, NEW_ORDER_NO, NOTIFICATION_URL
from polygate.protocols.gateway.kinds import Amount, ExpiryMonth, ExpiryYear
from polygate.protocols.gateway.shapes import (
    BILLING,
    CARD,
    DEVICE,
    PLAN,
    THREE_DS_MODE,
    expiry_is_not_past,
    expiry_is_whole,
)
from polygate.protocols.reading.faults import Fault, Wrong
from polygate.protocols.reading.fields import Found, Given, Shape, absent, optional, required, rule
from polygate.protocols.reading.kinds import CardNumber, Prose, Text


@rule(Fault.MISSING)
def a_card_is_named(given: Given, found: Found, now_ms: int) -> None:
    """A stored card is named by `transactionIdentifier`, by `cardNo` or by both."""
    if absent(given.get("transactionIdentifier")) and absent(given.get("cardNo")):
        raise Wrong(Fault.MISSING, "this or cardNo is required", "transactionIdentifier")


@rule(
    Fault.MISSING,
    schema={"anyOf": [{"required": ["transactionIdentifier"]}, {"required": ["cardNo", "expiryMonth", "expiryYear"]}]},
)
def expiry_comes_with_a_number(given: Given, found: Found, now_ms: int) -> None:
    """Only `transactionIdentifier` tells an expiry by itself: the one that was stored."""
    if not absent(given.get("transactionIdentifier")):
        return
    for name in ("expiryMonth", "expiryYear"):
        if absent(given.get(name)):
            raise Wrong(Fault.MISSING, "is required without transactionIdentifier", name)


_DESCRIPTION: Final = optional("description", Prose(1, 50), "What is paid for.")
_DEVICE: Final = optional("deviceInfo", DEVICE, "What the payer ordered with, where that is known.")

MIT_PAYMENT: Final = Shape(
    *AMOUNT,
    NEW_ORDER_NO,
    required("card", CARD, "The payer's card; mostly without `cvc`, which may not be kept."),
    required("billing", BILLING, "Who pays, and whether the card is kept for later charges."),
    _DESCRIPTION,
    _DEVICE,
    NOTIFICATION_URL,
)

SUBSCRIPTION_PAYMENT: Final = Shape(
    required("amount", Amount(), "What is charged, in the currency of the first payment."),
    NEW_ORDER_NO,
    optional("transactionIdentifier", Text(5, 64), "What the first payment answered; this or `cardNo` is required."),
    optional("cardNo", CardNumber(), "The stored card's number; beside an identifier it must be the same card."),
    a_card_is_named,
    optional("expiryMonth", ExpiryMonth(), "Month of expiry; required without `transactionIdentifier`."),
    optional("expiryYear", ExpiryYear(), "Year of expiry; later than the stored one, it takes its place."),
    expiry_comes_with_a_number,
    expiry_is_whole,
    expiry_is_not_past,
    optional("customerInitiatedReason", PLAN, "What this charge is for; that of the first payment when not given."),
    _DESCRIPTION,
    _DEVICE,
    optional("threeDsMode", THREE_DS_MODE, "Accepted; the payer is never asked.", default=NO_AUTHENTICATION),
    NOTIFICATION_URL,
)
