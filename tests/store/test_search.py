"""Whatever number somebody has: it is found, and only for whom it belongs to."""

from __future__ import annotations

from typing import Any, Final

import pytest

from polygate.core.agreements import Agreement, identifier
from polygate.core.attempts import Attempt
from polygate.core.cards import Brand, CardOnFile
from polygate.core.dated_numbers import number
from polygate.core.ids import MerchantId
from polygate.core.outcomes import Details
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.refunds import Refund
from polygate.core.shipments import Shipment
from polygate.core.subscriptions import Subscription
from polygate.core.webhooks import Webhook
from polygate.store.contract import Change
from polygate.store.opened import Store
from polygate.store.search import By, Match
from tests.store.samples import MERCHANT, some

pytestmark = pytest.mark.anyio

OURS: Final = MerchantId(MERCHANT)
THEIRS: Final = MerchantId(8)
CARD: Final = CardOnFile("444433******1111", Brand.VISA, "f1", 'Amy "A" Lee', 12, 2035)
WALLET: Final = Details(bank_reference="412345678901", payer="amy@upi")

PAYMENT: Final = some(Payment, 11, payment_id=11, order_no="ORDER-1", card=CARD, details=Details(auth_code="7"))
BY_UPI: Final = some(Payment, 12, payment_id=12, order_no="ORDER-2", protocol="channel", card=None, details=WALLET)
NAMESAKE: Final = some(Payment, 13, payment_id=13, order_no="ORDER-2", protocol="signed", card=None, details=Details())
AMEX: Final = some(
    Payment,
    14,
    payment_id=14,
    order_no="ORDER-4",
    card=CardOnFile("343434*****4343", Brand.AMEX, "f2", "Bo", None, None),
    details=Details(),
)
ATTEMPT: Final = some(Attempt, 21, attempt_id=21, payment_id=11, reference="ACQ-77")
REFUND: Final = some(Refund, 31, refund_id=31, number="R-1")
PAYOUT: Final = some(Payout, 41, payout_id=41, number="P-1", reference="998877665544")
PARCEL: Final = some(Shipment, 51, shipment_id=51, tracking_no="SF123")
KEPT: Final = some(Agreement, 61, agreement_id=61)
EACH_MONTH: Final = some(Subscription, 71, subscription_id=71)
TOLD: Final = some(Webhook, 81, webhook_id=81)
EVERYTHING: Final = (PAYMENT, BY_UPI, NAMESAKE, AMEX, ATTEMPT, REFUND, PAYOUT, PARCEL, KEPT, EACH_MONTH, TOLD)


@pytest.mark.parametrize(
    ("text", "by", "found"),
    [
        ("ORDER-1", By.ORDER, [PAYMENT]),
        ("ORDER-2", By.ORDER, [NAMESAKE, BY_UPI]),
        ("11", By.OURS, [PAYMENT]),
        ("ACQ-77", By.REFERENCE, [PAYMENT]),
        ("R-1", By.REFUND, [REFUND]),
        ("31", By.OURS, [REFUND]),
        ("P-1", By.PAYOUT, [PAYOUT]),
        ("41", By.OURS, [PAYOUT]),
        (number(41), By.OURS, [PAYOUT]),
        (number(11), By.OURS, [PAYMENT]),
        ("998877665544", By.BANK, [PAYOUT]),
        ("412345678901", By.BANK, [BY_UPI]),
        ("SF123", By.TRACKING, [PARCEL]),
        (identifier(61), By.OURS, [KEPT]),
        ("71", By.OURS, [EACH_MONTH]),
        ("81", By.OURS, [TOLD]),
        ("1111", By.CARD, [PAYMENT]),
        ("4343", By.CARD, [AMEX]),
        ("444433******1111", By.CARD, [PAYMENT]),
        ("•••• 1111", By.CARD, [PAYMENT]),
        ("  ORDER-1 ", By.ORDER, [PAYMENT]),
        ("555555******1111", By.CARD, []),
        ("ORDER-", By.ORDER, []),
        ("%", By.ORDER, []),
        ("", By.ORDER, []),
        ("9" * 40, By.OURS, []),
        ("a\0b", By.ORDER, []),
    ],
)
async def test_every_number_is_found(store: Store, text: str, by: By, found: list[Any]) -> None:
    """By its owner and by operators; nobody else's search shows it."""
    await store.submit(Change((), EVERYTHING))

    expected = [Match(by, row) for row in found]
    assert await store.search.find(text, merchant_id=OURS) == expected
    assert await store.search.find(text, merchant_id=None) == expected
    assert await store.search.find(text, merchant_id=THEIRS) == []


async def test_the_reference_of_a_payout_is_found(store: Store) -> None:
    """An attempt may be about a payout."""
    sent = some(Attempt, 22, attempt_id=22, payment_id=41, reference="ACQ-78")
    await store.submit(Change((), (PAYOUT, sent)))

    assert await store.search.find("ACQ-78", merchant_id=OURS) == [Match(By.REFERENCE, PAYOUT)]


async def test_what_two_numbers_lead_to_is_shown_once(store: Store) -> None:
    """A merchant may number its orders as we number ours."""
    same = some(Payment, 91, payment_id=91, order_no="91")
    await store.submit(Change((), (same,)))

    assert await store.search.find("91", merchant_id=OURS) == [Match(By.OURS, same)]
