"""What operators do at the command line: chargebacks, unpaid orders, subscriptions, and what an app is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from polygate.jobs.subscriptions import renewal_round
from tests.cli.command import Command
from tests.merchant_api.client import client_in
from tests.support.house import MASTER_KEY, MovableClock, house_at


async def tell(database: Path) -> dict[str, Any]:
    """A paid transaction, an open one, and a subscription that was charged twice."""
    clock = MovableClock()
    async with house_at(database, clock) as house, client_in(house) as client:
        paid, opened = await client.pay("T-1"), await client.checkout("T-2")
        await client.subscribe("SUB-1", cycle="YEAR", times=3, card={"expiredYear": "35"})
        clock.move(days=365)
        while await renewal_round(house.context):
            pass
        return {
            "paid": paid["uniqueId"],
            "opened": opened["uniqueId"],
            "merchant": client.merchant.merchant_no,
            "app": client.app.app_id,
        }


@pytest.fixture
def told(tmp_path: Path) -> dict[str, Any]:
    directory = tmp_path / "demo"
    directory.mkdir()
    (directory / "master.key").write_text(MASTER_KEY)
    return asyncio.run(tell(directory / "polygate.db"))


@pytest.fixture
def polygate(told: dict[str, Any], tmp_path: Path) -> Command:
    return Command(tmp_path, options=("--data-dir", str(tmp_path / "demo")))


def test_a_chargeback_is_recorded_once_and_shown(polygate: Command, told: dict[str, Any]) -> None:
    case = ("payment", "chargeback", told["paid"], "--case", "CB-1")
    first = polygate.succeed(*case, "--amount", "20", "--reason", "goods not received", "--json").json
    again = polygate.succeed(*case, "--json").json
    shown = polygate.succeed("payment", "show", told["paid"], "--json").json

    assert (first["amount"], first["case"]) == ("20.00 USD", "CB-1")
    assert again == first
    assert shown["chargedBack"] == "20.00 USD"
    facts = [event["data"] for event in shown["timeline"] if event["what"] == "fact"]
    told_of = [fact for fact in facts if fact["kind"] == "ChargebackRecorded"]
    assert [(fact["case"], fact["amount"], fact["reason"]) for fact in told_of] == [
        ("CB-1", "20.00 USD", "goods not received")
    ]
    assert "goods not received" in polygate.succeed("payment", "show", told["paid"]).out
    assert "recorded with 20.00 USD" in polygate(*case, "--amount", "21").err
    other = ("payment", "chargeback", told["paid"], "--case", "CB-2")
    assert "more than the 29.90 USD" in polygate(*other, "--amount", "29.91").err
    assert polygate.succeed(*other, "--json").json["amount"] == "29.90 USD"
    assert "nothing is left" in polygate("payment", "chargeback", told["paid"], "--case", "CB-3").err
    assert (
        "cannot be charged back"
        in polygate("payment", "chargeback", told["opened"], "--case", "CB-1", "--amount", "1").err
    )
    polygate.succeed("doctor")


def test_an_unpaid_order_is_closed(polygate: Command, told: dict[str, Any]) -> None:
    assert polygate.succeed("payment", "close", told["opened"], "--json").json["state"] == "canceled"
    assert polygate.succeed("payment", "close", told["opened"], "--json").json["state"] == "canceled"
    assert "cannot be closed" in polygate("payment", "close", told["paid"]).err


def test_subscriptions_are_listed_shown_and_canceled(polygate: Command, told: dict[str, Any]) -> None:
    (row,) = polygate.succeed("subscription", "list", "--merchant", told["merchant"], "--json").json
    assert (row["number"], row["state"], row["charges"]) == ("SUB-1", "active", "2 of 3")
    shown = polygate.succeed("subscription", "show", "SUB-1", "--json").json
    assert [(each["orderNo"], each["state"]) for each in shown["payments"]] == [
        ("SUB-1", "captured"),
        ("SUB-1-2", "captured"),
    ]
    assert "SUB-1-2" in polygate.succeed("subscription", "show", row["id"]).out
    assert polygate.succeed("subscription", "cancel", "SUB-1", "--json").json["state"] == "canceled"
    assert "cannot be canceled" in polygate("subscription", "cancel", "SUB-1").err
    assert polygate.succeed("subscription", "list", "--state", "active", "--json").json == []
    assert "--state must be one of" in polygate("subscription", "list", "--state", "sleepy").err
    assert "there is no subscription" in polygate("subscription", "show", "SUB-9").err


def test_apps_have_a_mode_and_a_domain(polygate: Command, told: dict[str, Any]) -> None:
    live = polygate.succeed("app", "mode", told["app"], "--live", "--json")
    assert live.json["mode"] == "live"
    assert "no acquirer is connected that takes live payments: the orders of this app are refused" in live.err
    assert polygate.succeed("app", "mode", told["app"], "--test", "--json").json["mode"] == "test"
    assert "--test or --live" in polygate("app", "mode", told["app"]).err
    assert polygate.succeed("app", "domain", told["app"], "Shop.Example", "--json").json["domain"] == "shop.example"
    assert "without scheme" in polygate("app", "domain", told["app"], "https://shop.example").err
    assert polygate.succeed("app", "domain", told["app"], "", "--json").json["domain"] == ""
