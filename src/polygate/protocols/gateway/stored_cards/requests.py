"""The requests for payments that the payer has no part in: the typed values that their bodies become.

Sections 4.6 and 4.7; the card number is masked in what is kept of them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from polygate.core.agreements import Expiry, agreement_id_in
from polygate.core.cards import Card, Secret, mask
from polygate.core.money import Money, parse
from polygate.core.payments import CaptureMode
from polygate.protocols.gateway.reading import decode, read
from polygate.protocols.gateway.schemas import card_in, masked_copy, plan_in
from polygate.protocols.gateway.shapes import CARD
from polygate.protocols.gateway.stored_cards.bodies import MIT_PAYMENT, SUBSCRIPTION_PAYMENT
from polygate.protocols.reading.fields import Found


class AbsentPayerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What both have in common. Texts that were not given are empty."""

    order_no: str
    plan: str
    """What the charge is for, where the merchant says so."""
    client_ip: str
    language: str
    notify_url: str
    as_sent: dict[str, Any]


class MitRequest(AbsentPayerRequest, frozen=True, kw_only=True):
    amount: Money
    card: Card
    capture_mode: CaptureMode
    keep_card: str
    """The plan kind under which the card is to be kept for later charges; empty if it is not."""
    billing: dict[str, Any]


class SubscriptionRequest(AbsentPayerRequest, frozen=True, kw_only=True):
    amount_text: str
    """Decimal text; the agreement's currency turns it into money."""
    agreement_id: int | None
    """What `transactionIdentifier` names, 0 for nothing we ever issued; None where the card's number alone is given."""
    number: Secret | None
    expiry: Expiry | None


def read_mit(body: bytes, now_ms: int) -> MitRequest:
    """`now_ms`, in milliseconds since 1970, is what the card's expiry is judged against."""
    found = read(MIT_PAYMENT, decode(body), now_ms)
    return MitRequest(
        **_common(found),
        plan=found["billing"].get("customerInitiatedReason", ""),
        as_sent=masked_copy(found),
        amount=parse(found["amount"], found["currency"]),
        card=card_in(found["card"]),
        capture_mode=CaptureMode((CARD.defaults | found["card"])["captureMethod"]),
        keep_card=plan_in(found["billing"]),
        billing=found["billing"],
    )


def read_subscription(body: bytes, now_ms: int) -> SubscriptionRequest:
    """Likewise."""
    found = read(SUBSCRIPTION_PAYMENT, decode(body), now_ms)
    named = found.get("transactionIdentifier")
    number: Secret | None = found.get("cardNo")
    return SubscriptionRequest(
        **_common(found),
        plan=found.get("customerInitiatedReason", ""),
        as_sent=found | ({"cardNo": mask(number.reveal())} if number else {}),
        amount_text=found["amount"],
        agreement_id=agreement_id_in(named) if named else None,
        number=number,
        expiry=(int(found["expiryYear"]), int(found["expiryMonth"])) if "expiryYear" in found else None,
    )


def _common(found: Found) -> dict[str, Any]:
    device = found.get("deviceInfo", {})
    return {
        "order_no": found["orderNo"],
        "client_ip": device.get("clientIp", ""),
        "language": device.get("language", "en-US"),
        "notify_url": found.get("notificationUrl", ""),
    }
