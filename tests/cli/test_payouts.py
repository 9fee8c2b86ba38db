"""Payouts on the command line, and what merchants have set for the Channel API."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from polygate import settings
from polygate.assembly import open_house
from polygate.core.cards import Secret
from polygate.core.dated_numbers import number
from polygate.core.merchants import Merchant
from polygate.operations.credentials import access_key, merchant_with_key
from tests.cli.command import Command
from tests.doctor.story import ACCOUNT_NO, Told


@contextmanager
def listener(status: int) -> Iterator[tuple[str, list[bytes]]]:
    """A merchant's server that answers everything so, and what it was told."""
    heard: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(
                self.headers["Content-Type"].encode() + b" " + self.rfile.read(int(self.headers["Content-Length"]))
            )
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/cb", heard
        finally:
            server.shutdown()
            thread.join()


def test_payouts_are_listed_page_by_page_and_by_state(polygate: Command, told: Told) -> None:
    everything = polygate.succeed("payout", "list", "--merchant", told.merchant_no, "--json").json
    assert {(row["number"], row["state"]) for row in everything} == {
        ("payout-asha", "paid"), ("payout-fail", "failed"), ("payout-reverse", "returned"), ("payout-slow", "sent"),
        ("payout-", "waiting"),
    }  # fmt: skip
    ids = [row["id"] for row in everything]
    assert ids == sorted(ids, key=int, reverse=True)
    first = polygate.succeed("payout", "list", "--limit", "2", "--json")
    assert f"--before {ids[1]}" in first.err
    (paid,) = polygate.succeed("payout", "list", "--state", "paid", "--json").json
    assert paid["number"] == "payout-asha"
    assert "Asha Rao" in polygate.succeed("payout", "list").out
    assert "must be one of" in polygate("payout", "list", "--state", "gone").err


def test_a_payout_is_shown_with_all_that_happened(polygate: Command, told: Told) -> None:
    shown = polygate.succeed("payout", "show", "payout-reverse", "--json").json
    assert (shown["state"], shown["fee"], shown["said"]) == ("returned", "2.50 INR", "the receiver's bank sent it back")
    whats = [(event["what"], event["data"].get("kind") or event["data"].get("why")) for event in shown["timeline"]]
    for expected in (
        ("fact", "PayoutRequested"), ("posting", "payout reserved"), ("attempt", "payout"), ("fact", "PayoutPaid"),
        ("posting", "payout"), ("posting", "payout fee"), ("fact", "PayoutReturned"), ("posting", "payout returned"),
        ("webhook", "PayoutReturned"),
    ):  # fmt: skip
        assert expected in whats
    identifier = told.payouts["payout-reverse"]
    page = polygate.succeed("payout", "show", str(identifier)).out
    for other in (number(identifier), shown["reference"]):
        assert polygate.succeed("payout", "show", other, "--json").json["id"] == str(identifier)
    assert ("REVERSE Rao" in page, ACCOUNT_NO in page) == (True, True)
    assert "there is no payout" in polygate("payout", "show", "nothing").err


def test_a_receiver_is_named_and_then_it_is_too_late(polygate: Command) -> None:
    named = ["payout", "name-receiver", "payout-", "--name", "Ravi K", "--account", "ravi@bank"]
    done = polygate.succeed(*named, "--json").json
    assert (done["state"], done["receiver"]) == ("waiting", "Ravi K, ravi@bank")
    late = polygate(*named)
    assert (late.status, "keeps its receiver" in late.err) == (2, True)
    assert "cannot be rejected" in polygate("payout", "reject", "payout-", "--why", "late").err
    assert "UPI address" in polygate("payout", "name-receiver", "payout-", "--name", "R", "--account", "123").err
    polygate.succeed("doctor")


def test_a_payout_is_rejected(polygate: Command, told: Told) -> None:
    before = polygate.succeed("merchant", "show", told.merchant_no, "--json").json["balances"]
    done = polygate.succeed("payout", "reject", "payout-", "--why", "nobody was named", "--json").json
    after = polygate.succeed("merchant", "show", told.merchant_no, "--json").json["balances"]
    (was,), (now,) = ([row for row in rows if row["currency"] == "INR"] for rows in (before, after))

    assert (done["state"], done["said"]) == ("failed", "nobody was named")
    assert float(now["available"]) - float(was["available"]) == pytest.approx(22.5)
    assert float(was["paying"]) - float(now["paying"]) == pytest.approx(22.5)
    polygate.succeed("doctor")


def test_a_payout_is_carried_out_by_hand(polygate: Command) -> None:
    """From nobody's hands to the receiver's and back, each step once; the timeline says who did it."""
    take = ["payout", "take-by-hand", "payout-"]
    assert "no receiver yet" in polygate(*take).err
    taken = polygate.succeed(*take, "--name", "Ravi K", "--account", "ravi@bank", "--json").json
    assert (taken["state"], taken["receiver"]) == ("sent", "Ravi K, ravi@bank")
    assert polygate.succeed(*take, "--json").json == taken
    checkup = polygate.succeed("doctor").out
    assert re.search(r"no attempt is overdue.*1 of them by hand", checkup)

    assert (
        "--reference: the bank's reference has 12 to 35"
        in polygate("payout", "mark-paid", "payout-", "--reference", "1").err
    )
    mark = ["payout", "mark-paid", "payout-", "--reference"]
    paid = polygate.succeed(*mark, "6001 8765 4321", "--json").json
    assert (paid["state"], paid["reference"]) == ("paid", "600187654321")
    assert polygate.succeed(*mark, "600187654321", "--json").json == paid
    assert "paid already, under 600187654321" in polygate(*mark, "600187654322").err
    assert "cannot be marked as failed" in polygate("payout", "mark-failed", "payout-", "--said", "late").err
    polygate.succeed("doctor")

    back = polygate.succeed("payout", "mark-returned", "payout-", "--json").json
    assert (back["state"], back["said"]) == ("returned", "the receiver's bank sent it back")
    timeline = polygate.succeed("payout", "show", "payout-", "--json").json["timeline"]
    marks = [(each["data"]["by"], each["data"].get("marked", "taken")) for each in timeline if "by" in each["data"]]
    assert marks == [("command line", "taken"), ("command line", "paid"), ("command line", "returned")]
    moved = {(each["data"]["debit"], each["data"]["credit"]) for each in timeline if each["what"] == "posting"}
    assert ("merchant:paying", "acquirer:by-hand:receivable") in moved
    polygate.succeed("doctor")


def test_what_an_acquirer_carries_out_is_not_marked_by_hand(polygate: Command) -> None:
    for command in (
        ["take-by-hand", "payout-slow"],
        ["mark-paid", "payout-slow", "--reference", "600187654321"],
        ["mark-failed", "payout-slow", "--said", "slow"],
        ["mark-returned", "payout-asha"],
    ):
        refused = polygate("payout", *command)
        assert (refused.status, "sandbox" in refused.err, "its answer decides" in refused.err) == (2, True, True)


def test_a_new_access_key_is_shown_once_and_ends_the_old_one(polygate: Command, told: Told, data_dir: Path) -> None:
    ran = polygate.succeed("merchant", "rotate-access-key", told.merchant_no, "--overlap", "0", "--json")
    key = ran.json["accessKey"]

    async def whose() -> tuple[Merchant | None, Merchant | None, str]:
        chosen = settings.read(
            {}, database_url=f"sqlite:///{data_dir / 'polygate.db'}", master_key=told.master_key, base_url="http://x"
        )
        async with open_house(chosen, as_server=False) as house:
            merchant = await merchant_with_key(house.context, Secret(key))
            assert merchant is not None
            opened = access_key(house.context.vault, merchant).reveal()
            return merchant, await merchant_with_key(house.context, Secret(told.access_key)), opened

    merchant, of_old, opened = asyncio.run(whose())
    assert merchant is not None
    assert (len(key), merchant.merchant_no, of_old, opened) == (32, told.merchant_no, None, key)
    assert "not shown again" in ran.err
    assert key not in polygate.succeed("merchant", "show", told.merchant_no).out


def test_a_callback_address_is_kept_once_it_answers(polygate: Command, told: Told) -> None:
    """Whoever does not answer 200 is not kept (Channel API, 9.1)."""
    with listener(200) as (good, heard), listener(204) as (deaf, _):
        kept = polygate.succeed(
            "merchant", "callbacks", told.merchant_no, "--credit", good, "--allow-private", "--json"
        )
        assert kept.json == {"merchantNo": told.merchant_no, "credit": good, "debit": ""}
        assert heard == [b"text/plain Test"]
        refused = polygate("merchant", "callbacks", told.merchant_no, "--debit", deaf, "--allow-private")
        assert (refused.status, "it answered 204" in refused.err) == (2, True)
        assert "refused address" in polygate("merchant", "callbacks", told.merchant_no, "--debit", good).err
    for wrong in ("ftp://shop.example/", "nowhere"):
        assert "is no address" in polygate("merchant", "callbacks", told.merchant_no, "--debit", wrong).err
    assert polygate.succeed("merchant", "callbacks", told.merchant_no, "--json").json["debit"] == ""
    gone = polygate.succeed("merchant", "callbacks", told.merchant_no, "--credit", "", "--json").json
    assert gone["credit"] == ""


def test_a_payout_account_is_set_shown_and_taken_away(polygate: Command, told: Told) -> None:
    command = ["merchant", "payout-account", told.merchant_no]
    assert polygate.succeed(*command, "--json").json == {"merchantNo": told.merchant_no, "method": "none"}
    account = ["--name", "House", "--account", "50100012345678", "--ifsc", "HDFC0000001", "--bank", "HDFC Bank"]
    kept = polygate.succeed(*command, *account, "--json").json
    assert (kept["method"], kept["account"], kept["bankCode"]) == ("bank_account", "50100012345678", "HDFC0000001")
    assert polygate.succeed(*command, "--json").json == kept
    assert polygate.succeed(*command, "--none", "--json").json["method"] == "none"


def test_limits_are_set_and_shown(polygate: Command, told: Told) -> None:
    command = ["merchant", "limits", told.merchant_no]
    assert polygate.succeed(*command, "--credit", "100:5000", "--json").json["credit"] == "100:5000"
    both = polygate.succeed(*command, "--debit", "0:700", "--json").json
    assert (both["credit"], both["debit"]) == ("100:5000", "0:700")
    for wrong in ("5", "a:b", "7:5", "-1:5"):
        assert polygate(*command, f"--debit={wrong}").status == 2
