"""What the simulated issuers compare and tell: address, code, expiry, kind of card, cryptogram; and kept cards."""

from __future__ import annotations

from typing import Any

import pytest

from polygate.connectors.sandbox import checks
from polygate.core.cards import Cryptogram, Secret, is_card_number
from polygate.core.outcomes import Approved, Authentication, Decline, Declined, Outcome
from tests.connectors.counter import Counter

pytestmark = pytest.mark.anyio

GOOD_CRYPTOGRAM = "AAABBEg0VhI0VniQEjRWAAAAAAA="
"""20 bytes in base64."""
FIRST = "123456789012345"
"""The scheme's number of a payment in which the payer agreed to later ones."""
LATER = "4000000000000341"
INSISTS = "4000000000003220"


def at(line1: str, postcode: str) -> dict[str, Any]:
    return {"address": {"city": "Seattle", "country": "US", "line1": line1, "postcode": postcode, "state": "WA"}}


ADDRESSES = [
    (None, "U"),
    (at("109 Test Rd", "98102"), "Y"),
    (at("109 Test Rd", "00000"), "A"),
    (at("1 No Such Street", "98102"), "Z"),
    (at("NO SUCH STREET 5", "98102"), "Z"),
    (at("1 No Such Street", "00000"), "N"),
]


@pytest.mark.parametrize(("billing", "result"), ADDRESSES)
async def test_an_address_is_compared_by_street_and_postcode(
    counter: Counter, billing: dict[str, Any] | None, result: str
) -> None:
    """Whatever matches is enough for the simulated issuers; nothing matching is a decline."""
    outcome = await counter.charge(billing=billing)

    assert details(outcome).avs_result == result
    assert isinstance(outcome, Declined if result == "N" else Approved)
    if isinstance(outcome, Declined):
        assert outcome.why is Decline.ADDRESS_MISMATCH


@pytest.mark.parametrize(
    ("card", "kind", "country"),
    [
        ("4444333322221111", "CREDIT", "US"),
        ("5555555555554444", "DEBIT", "US"),
        ("4000056655665556", "DEBIT", "US"),
        ("5105105105105100", "PREPAID", "US"),
        ("6212454545454690", "CREDIT", "CN"),
        ("3566002020360505", "CREDIT", "JP"),
    ],
)
async def test_a_card_has_a_class_and_a_home(counter: Counter, card: str, kind: str, country: str) -> None:
    told = details(await counter.charge(card))
    assert (told.card_class, told.issuer_country) == (kind, country)


async def test_a_card_is_good_until_the_end_of_its_month(counter: Counter) -> None:
    """In October 2025; without an expiry nobody can tell."""
    assert isinstance(await counter.charge(expiry=(2025, 10)), Approved)
    assert isinstance(await counter.charge(expiry=None), Approved)
    outcome = await counter.charge(expiry=(2025, 9))
    assert isinstance(outcome, Declined)
    assert outcome.why is Decline.EXPIRED_CARD


@pytest.mark.parametrize(
    ("cavv", "verified", "algorithm"),
    [(GOOD_CRYPTOGRAM, "Y", "2"), ("AAAA", "N", ""), ("no base64 at all!", "N", ""), (None, "", "")],
)
async def test_a_cryptogram_is_looked_at_and_never_kept(
    counter: Counter, cavv: str | None, verified: str, algorithm: str
) -> None:
    """The issuer says whether it is genuine; neither its book nor its answer repeats it."""
    own = Authentication(status="Y", eci="05", version="2.2.0")
    proof = Cryptogram(Secret(cavv), "a772a34d", "05") if cavv else None

    outcome = await counter.charge(own=own, cryptogram=proof)

    told = details(outcome).authentication
    assert told is not None
    assert (told.signature_verified, told.cavv_algorithm, told.enrolled) == (verified, algorithm, "Y")
    if cavv:
        assert [ask.body["cavv"] for ask in counter.asks] == [cavv]
        assert cavv not in repr(counter.asks) + repr(proof) + repr(outcome)
        assert cavv not in repr(await counter.book.read(counter.asks[0].body["merchant"], counter.asks[0].body["key"]))


async def test_a_kept_card_is_charged_where_a_first_payment_was_authenticated(counter: Counter) -> None:
    """The card that insists on its payer does so once."""
    assert isinstance(await counter.charge(INSISTS, return_url="", first_reference=FIRST), Approved)
    first = await counter.charge(INSISTS, return_url="")
    assert isinstance(first, Declined)
    assert first.why is Decline.AUTHENTICATION_REQUIRED


async def test_one_card_is_stolen_later(counter: Counter) -> None:
    """Good for the payer, and when it is charged again, lost."""
    assert isinstance(await counter.charge(LATER), Approved)
    outcome = await counter.charge(LATER, return_url="", first_reference=FIRST)
    assert isinstance(outcome, Declined)
    assert outcome.why is Decline.LOST_OR_STOLEN


def test_the_special_numbers_are_valid() -> None:
    """Or the gateway would refuse them before any issuer hears of them."""
    assert all(is_card_number(number) for number in (*checks.CLASSES, LATER, INSISTS))


def details(outcome: Outcome) -> Any:
    assert isinstance(outcome, Approved | Declined)
    return outcome.details
