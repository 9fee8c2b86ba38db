"""Stored cards are listed, shown and revoked; no number is ever printed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.cli.command import Command
from tests.doctor.story import GOOD, Told


def only(polygate: Command) -> dict[str, Any]:
    """The story's one stored card."""
    (row,) = polygate.succeed("stored-card", "list", "--json").json
    return dict(row)


def test_a_stored_card_is_listed_without_its_number(polygate: Command, told: Told) -> None:
    """Whose it is, what was agreed to, and the expiry that was told last."""
    row = only(polygate)
    assert len(row["identifier"]) == 33
    assert row | {"identifier": "", "created": ""} == {
        "identifier": "",
        "merchantNo": told.merchant_no,
        "card": "VISA 444433******1111",
        "expiry": "2036-01",
        "currency": "USD",
        "plan": "RECURRING",
        "state": "live",
        "created": "",
    }
    table = polygate.succeed("stored-card", "list").out
    assert row["identifier"] in table
    assert GOOD not in table


def test_stored_cards_are_listed_by_merchant_and_state(polygate: Command, told: Told) -> None:
    assert polygate.succeed("stored-card", "list", "--merchant", told.merchant_no, "--json").json == [only(polygate)]
    other = polygate.succeed("merchant", "create", "--name", "Other", "--json").json["merchantNo"]
    assert polygate.succeed("stored-card", "list", "--merchant", other, "--json").json == []
    assert polygate.succeed("stored-card", "list", "--state", "revoked", "--json").json == []
    assert "--state must be one of live, revoked" in polygate("stored-card", "list", "--state", "lost").err


def test_stored_cards_are_listed_page_by_page(polygate: Command, data_dir: Path) -> None:
    """Each page says how to go on."""
    with closing(sqlite3.connect(data_dir / "polygate.db", isolation_level=None)) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(agreements)") if row[1] != "agreement_id"]
        names = ", ".join(columns)
        for n in (1, 2):
            database.execute(
                f"INSERT INTO agreements (agreement_id, {names}) SELECT agreement_id + ?, {names} FROM agreements "
                "ORDER BY agreement_id LIMIT 1",
                (n,),
            )
    everything = [row["identifier"] for row in polygate.succeed("stored-card", "list", "--json").json]
    assert everything == sorted(everything, reverse=True)
    first = polygate.succeed("stored-card", "list", "--limit", "2", "--json")
    assert [row["identifier"] for row in first.json] == everything[:2]
    assert f"--before {everything[1]}" in first.err
    second = polygate.succeed("stored-card", "list", "--before", everything[1], "--json")
    assert [row["identifier"] for row in second.json] == everything[2:]


def test_a_stored_card_is_shown_with_its_first_payment(polygate: Command, told: Told) -> None:
    shown = polygate.succeed("stored-card", "show", only(polygate)["identifier"], "--json").json
    assert (shown["tradeNo"], shown["appId"], shown["holder"]) == (str(told.payments["kept"]), told.app_id, "Amy Lee")
    assert shown["why"] == ""


def test_a_revoked_card_says_why_and_stays_revoked(polygate: Command, told: Told) -> None:
    """On the list, on its own page and on the payment's timeline; a second time is a mistake."""
    identifier = only(polygate)["identifier"]
    revoked = polygate.succeed("stored-card", "revoke", identifier, "--why", "the payer called", "--json").json
    assert (revoked["state"], revoked["why"]) == ("revoked", "the payer called")
    assert only(polygate)["state"] == "revoked"
    timeline = polygate.succeed("payment", "show", str(told.payments["kept"])).out
    assert f"agreement={identifier}, why=the payer called" in timeline
    again = polygate("stored-card", "revoke", identifier)
    assert (again.status, "is revoked already" in again.err) == (2, True)
    assert polygate.succeed("doctor").status == 0


def test_what_is_no_identifier_is_a_mistake(polygate: Command) -> None:
    """As is an unknown one; a reason must be there and be readable."""
    for words in (("show", "12345"), ("show", "x"), ("revoke", "0" * 33)):
        ran = polygate("stored-card", *words)
        assert (ran.status, "there is no stored card" in ran.err) == (2, True)
    ran = polygate("stored-card", "revoke", only(polygate)["identifier"], "--why", " ")
    assert (ran.status, "--why must be" in ran.err) == (2, True)
    assert only(polygate)["state"] == "live"


def test_payments_without_the_payer_are_granted_and_withdrawn(polygate: Command, told: Told) -> None:
    """At the making of an app, or later."""
    made = polygate.succeed(
        "app", "create", "--merchant", told.merchant_no, "--name", "Club", "--may-initiate", "--json"
    )
    assert made.json["mayInitiate"] is True
    assert polygate.succeed("app", "initiate", told.app_id, "--grant", "--json").json["mayInitiate"] is True
    assert polygate.succeed("app", "initiate", told.app_id, "--withdraw", "--json").json["mayInitiate"] is False
    rows = {row["appId"]: row["mayInitiate"] for row in polygate.succeed("app", "list", "--json").json}
    assert rows == {told.app_id: False, made.json["appId"]: True}
