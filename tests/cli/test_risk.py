"""Merchants' limits and block lists are set and shown; a card's number comes in by standard input alone."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from polygate import settings
from polygate.assembly import open_house
from polygate.core.cards import Card, Secret
from polygate.core.merchants import FeeRule
from polygate.core.money import Money
from polygate.core.payments import CaptureMode, PaymentOrder
from polygate.core.risk import RiskPolicy
from polygate.core.transitions import PaymentState
from polygate.operations.charging import CardCharge
from polygate.operations.take_payment import take_payment
from tests.cli.command import Command
from tests.doctor.story import GOOD, Told

DEFAULTS: dict[str, Any] = {
    "per_card": 5,
    "per_address": 20,
    "per_app": 10_000,
    "authenticate_at": 50,
    "stop_at": 80,
    "always": False,
}
AMEX = "378282246310005"


def take(told: Told, data_dir: Path, order_no: str, number: str = GOOD, **changes: Any) -> PaymentState:
    """A payment as a server on the same data takes it."""

    async def work() -> PaymentState:
        chosen = settings.read(
            {},
            database_url=f"sqlite:///{data_dir / 'polygate.db'}",
            master_key=told.master_key,
            base_url="http://gateway.test",
        )
        async with open_house(chosen) as house:
            fields: dict[str, Any] = {
                "merchant_id": told.merchant_id,
                "app_id": told.app_id,
                "protocol": "gateway",
                "order_no": order_no,
                "amount": Money(1_099, "USD"),
                "capture_mode": CaptureMode.AUTO,
                "three_ds": "no",
                "fraud_check": True,
                "life_ms": 60_000,
                "notify_url": "",
                "front_url": "",
                "language": "en-US",
                "attach": "",
                "keep_card": "",
                "fee": FeeRule(),
                "request": {},
            }
            card = Card(Secret(number), "Amy", "Lee", Secret("1234"), 12, 2035)
            order = PaymentOrder(**(fields | changes))
            return (await take_payment(house.context, order, CardCharge(card=card, client_ip="1.1.1.1"))).state

    return asyncio.run(work())


def test_a_merchants_policy_is_shown_and_changed(polygate: Command, told: Told) -> None:
    """What is not named stays; the table tells the defaults beside it."""
    assert polygate.succeed("merchant", "risk", told.merchant_no, "--json").json == DEFAULTS
    assert RiskPolicy(**DEFAULTS) == RiskPolicy()
    changed = polygate.succeed("merchant", "risk", told.merchant_no, "--per-card", "3", "--always", "--json").json
    assert changed == DEFAULTS | {"per_card": 3, "always": True}
    page = polygate.succeed("merchant", "risk", told.merchant_no, "--stop-at", "70").out
    lines = [line.split() for line in page.splitlines()]
    assert ["--per-card", "3", "5"] in lines
    assert ["--stop-at", "70", "80"] in lines
    assert ["--always", "yes", "no"] in lines
    again = polygate.succeed("merchant", "risk", told.merchant_no, "--defaults", "--on-request", "--json").json
    assert again == DEFAULTS


@pytest.mark.parametrize(
    "words", [("--per-card", "-1"), ("--stop-at", "0"), ("--stop-at", "101"), ("--authenticate-at", "many")]
)
def test_a_policy_that_cannot_be_is_refused(polygate: Command, told: Told, words: tuple[str, str]) -> None:
    """A threshold of zero would stop everything."""
    ran = polygate("merchant", "risk", told.merchant_no, *words)
    assert (ran.status, ran.out) == (2, "")
    assert words[0] in ran.err


def test_the_timeline_tells_which_rule_stopped_a_payment(polygate: Command, told: Told, data_dir: Path) -> None:
    """Score and sentence stand where the payment was stopped; scripts get the rules by name."""
    polygate.succeed("merchant", "risk", told.merchant_no, "--per-card", "1")
    assert take(told, data_dir, "order-risk-1") is PaymentState.CAPTURED
    assert take(told, data_dir, "order-risk-2") is PaymentState.FAILED
    page = polygate.succeed("payment", "show", "order-risk-2").out
    assert "risk      100" in page
    assert "stopped with score 100 of 100: the card has used up its 1 payments an hour (card limit, 100)" in page
    assert "AcquirerAsked" not in page
    events = polygate.succeed("payment", "show", "order-risk-2", "--json").json["timeline"]
    (assessed,) = [event["data"] for event in events if event["data"].get("kind") == "RiskAssessed"]
    assert (assessed["score"], assessed["verdict"]) == (100, "stopped")
    assert [(reason["rule"], reason["points"]) for reason in assessed["reasons"]] == [("card limit", 100)]


def test_a_card_is_blocked_by_its_number_which_is_kept_nowhere(polygate: Command, told: Told, data_dir: Path) -> None:
    """Blanks and dashes are no matter; lists show first six and last four digits."""
    added = polygate.succeed("block", "add", "--card", "--why", "stolen", "--json", typed="3782-822463-10005\n")
    block = added.json
    assert (block["kind"], block["value"], block["merchant"]) == ("card", "378282*****0005", "all")
    listed = polygate.succeed("block", "list").out
    assert "378282*****0005" in listed
    assert take(told, data_dir, "order-amex", AMEX, fraud_check=False) is PaymentState.FAILED
    assert (
        "blocked by the operator: card 378282*****0005 (stolen)"
        in polygate.succeed("payment", "show", "order-amex").out
    )
    assert AMEX not in added.out + added.err + listed
    with closing(sqlite3.connect(data_dir / "polygate.db")) as database:
        assert AMEX not in "\n".join(database.iterdump())
    assert "378282*****0005" in polygate.succeed("block", "remove", block["id"]).out
    assert take(told, data_dir, "order-amex-again", AMEX) is PaymentState.CAPTURED


def test_a_card_is_blocked_by_a_payment_it_made(polygate: Command, told: Told, data_dir: Path) -> None:
    """For one merchant where one is named."""
    words = ("--card-of", str(told.payments["sold"]), "--merchant", told.merchant_no, "--hours", "2")
    block = polygate.succeed("block", "add", *words, "--json").json
    assert (block["value"], block["merchant"]) == ("444433******1111", told.merchant_no)
    assert block["until"] > block["since"]
    assert take(told, data_dir, "order-good") is PaymentState.FAILED
    polygate.succeed("doctor")


def test_addresses_and_the_like_are_listed_as_they_are_compared(polygate: Command, told: Told) -> None:
    """The oldest first; a merchant's list has those for all merchants in it."""
    other = polygate.succeed("merchant", "create", "--name", "Other", "--json").json["merchantNo"]
    polygate.succeed("block", "add", "--address", "2001:DB8::/48")
    polygate.succeed("block", "add", "--email", "Amy@Example.com", "--merchant", told.merchant_no)
    polygate.succeed("block", "add", "--country", "kp", "--merchant", other, "--why", "law")
    values = [row["value"] for row in polygate.succeed("block", "list", "--json").json]
    assert values == ["2001:db8::/48", "amy@example.com", "KP"]
    mine = polygate.succeed("block", "list", "--merchant", told.merchant_no, "--json").json
    assert [row["value"] for row in mine] == values[:2]


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        ((), "", "say what to block"),
        (("--email", "a@b", "--country", "US"), "", "say what to block"),
        (("--card",), "", "must have one valid card number"),
        (("--card",), "4444333322221112\n", "must have one valid card number"),
        (("--address", "10.0.0.1/8"), "", "--address 10.0.0.1/8: must be an address"),
        (("--address", "0.0.0.0/0"), "", "would stop everybody"),
        (("--email", "amy"), "", "--email amy: must be an address"),
        (("--country", "USA"), "", "--country USA: must be a country code"),
        (("--card-of", "order-of-nobody"), "", "there is no payment"),
        (("--card-of", "order-never-paid"), "", "was not paid by card"),
        (("--country", "US", "--merchant", "1"), "", "there is no merchant 1"),
        (("--country", "US", "--why", "x" * 129), "", "--why must have at most"),
    ],
)
def test_what_cannot_be_blocked_is_told_in_a_sentence(
    polygate: Command, words: tuple[str, ...], typed: str, said: str
) -> None:
    """And nothing is blocked. A mistyped card number is not repeated."""
    ran = polygate("block", "add", *words, typed=typed)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert "444433332222" not in ran.err
    assert polygate.succeed("block", "list", "--json").json == []


def test_an_unknown_block_cannot_be_removed(polygate: Command) -> None:
    """The message says where to look."""
    ran = polygate("block", "remove", "7")
    assert (ran.status, ran.out) == (2, "")
    assert "there is no block 7" in ran.err
