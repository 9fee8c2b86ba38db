"""The page of test cards is true: each card is paid with, and what the page says of it comes about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from polygate.connectors.contract import Trial
from polygate.connectors.sandbox import TRIALS, scenarios, trials
from polygate.core.cards import Brand, is_card_number
from polygate.core.outcomes import ABOUT_RECEIVERS, Decline
from polygate.protocols.gateway.errors import DECLINED
from tests.support.server import Demo, Server, Shop

pytestmark = pytest.mark.xdist_group("reference")


@pytest.fixture(scope="module")
def shop(demo: tuple[Server, Demo]) -> Iterator[Shop]:
    shop = Shop(demo[0].base_url, demo[1])
    with closing(shop.http):
        yield shop


def on_the_page(number: str) -> Trial:
    return next(trial for each in TRIALS for trial in each.trials if trial.sent == f"`{number}`")


@pytest.mark.parametrize("number", trials.PLAIN_CARDS)
def test_plain_cards_are_approved(shop: Shop, number: str) -> None:
    """And they are what the page calls them."""
    cvc = "4010" if "4 digits" in on_the_page(number).about else "401"
    assert shop.pay(f"plain-{number}", card_no=number, cvc=cvc)["respCode"] == "0000"

    found = shop.call("query", {"orderNo": f"plain-{number}"})
    scheme = Brand(found["order"]["brand"]).own_name
    for word in (scheme, found["extend"]["cardClass"].lower(), found["extend"]["issuerCountryCode"]):
        assert word in on_the_page(number).about


@pytest.mark.parametrize(("number", "scenario"), scenarios.CARDS.items())
def test_special_cards_do_what_the_page_says(shop: Shop, number: str, scenario: scenarios.Scenario) -> None:
    """Without 3-D Secure, and with the fraud check where a card is about that."""
    assert is_card_number(number)
    decline = on_the_page(number).decline
    fraud = "Y" if scenario.risky else "N"
    answer = shop.pay(f"special-{number}", card_no=number, threeDsMode="no", fraudMode=fraud)

    if scenario.late_ms:
        assert on_the_page(number).is_unanswered
        assert answer["respCode"] == "9002"
    elif decline is None or scenario.later:
        assert answer["respCode"] == "0000"
    else:
        assert answer["respCode"] == DECLINED[decline].code


@pytest.mark.parametrize(("code", "result"), [("000", DECLINED[Decline.WRONG_SECURITY_CODE].code), ("401", "0000")])
def test_security_codes(shop: Shop, code: str, result: str) -> None:
    assert shop.pay(f"code-{code}", cvc=code)["respCode"] == result


@pytest.mark.parametrize(
    ("line1", "postcode", "avs"),
    [
        ("109 Test Rd", "98102", "Y"),
        ("109 Test Rd", "00000", "A"),
        ("no such street 1", "98102", "Z"),
        ("no such street 1", "00000", "N"),
    ],
)
def test_addresses(shop: Shop, line1: str, postcode: str, avs: str) -> None:
    """Only where nothing matches is a card declined."""
    address = {"city": "Seattle", "country": "US", "line1": line1, "postcode": postcode, "state": "WA"}
    answer = shop.pay(f"address-{avs}", billing={"address": address})
    assert answer["respCode"] == (DECLINED[Decline.ADDRESS_MISMATCH].code if avs == "N" else "0000")
    assert shop.call("query", {"orderNo": f"address-{avs}"})["extend"]["avsResult"] == avs


def test_every_reason_and_scheme_has_words() -> None:
    assert set(trials.REASONS) == set(Decline) - ABOUT_RECEIVERS
    assert len({brand.own_name for brand in Brand}) == len(Brand)
