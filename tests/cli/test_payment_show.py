"""One payment's whole life on one page, and nothing secret on it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.cli.command import Command
from tests.doctor.story import CHALLENGE, GOOD, PARCEL_NO, Told, tell


def lines(page: str, kind: str) -> list[str]:
    """The timeline's lines of a kind, without date and time."""
    return [line.split(f" {kind} ", 1)[1].strip() for line in page.splitlines() if f"Z   {kind} " in line]


def test_the_page_tells_everything_in_order(polygate: Command, told: Told) -> None:
    """Request, attempts with their routing, facts, postings, refunds, webhooks and tries."""
    page = polygate.succeed("payment", "show", str(told.payments["sold"])).out
    header = page.split("\n\n")[0]
    assert "captured  10.99 USD" in header
    assert "VISA 444433******1111, Amy Lee" in header
    assert f"{told.merchant_no} Corner Shop" in header
    assert "card.cardNo=444433******1111" in lines(page, "request")[0]
    charge, *refunds = lines(page, "attempt")
    assert "charge 10.99 USD → sandbox" in charge
    assert "sandbox is the only acquirer for card; approved" in charge
    assert [("approved" in refund, "declined" in refund) for refund in refunds] == [(True, False), (False, True)]
    facts = [line.split()[0] for line in lines(page, "fact")]
    assert facts[:4] == ["PaymentRequested", "AcquirerAsked", "AcquirerAnswered", "PaymentCaptured"]
    assert Counter(facts[4:]) == {
        "RefundRequested": 2,
        "AcquirerAsked": 2,
        "AcquirerAnswered": 4,
        "RefundSucceeded": 1,
        "RefundFailed": 1,
    }
    assert any("merchant:pending → fees:earned  0.62 USD" in line for line in lines(page, "posting"))
    assert any("back-2  1.13 USD" in line and "failed; wrong size" in line for line in lines(page, "refund"))
    assert "delivered, tries: 2" in lines(page, "webhook")[0]
    assert ["500 in" in line or "204 in" in line for line in lines(page, "try")] == [True] * 4
    cause, effect = page.index("AcquirerAnswered"), page.index("PaymentCaptured")
    assert page.index("AcquirerAsked") < cause < effect < page.index("RefundRequested")


def test_parcels_are_told_of_as_they_went(polygate: Command) -> None:
    """When one was added, and for each change what it was and what it became; for scripts with all that was told."""
    page = " ".join(polygate.succeed("payment", "show", "order-captured").out.split())
    before, after = f"https://parcels.example.com/{PARCEL_NO}", f"https://t.example.com/{PARCEL_NO}"
    assert f"ShipmentAdded {PARCEL_NO}: shipped on 2026-03-01 with Rowing Boat" in page
    changes = f"data.shelf 9, status shipped → delivered, url {before} → {after}"
    assert f"ShipmentChanged {PARCEL_NO}: {changes}" in page
    events = polygate.succeed("payment", "show", "order-captured", "--json").json["timeline"]
    (added,) = (event["data"] for event in events if event["data"].get("kind") == "ShipmentAdded")
    assert (added["tracking_no"], added["direction"], added["url"]) == (PARCEL_NO, "forward", before)


def test_what_was_done_stands_below_what_happened(polygate: Command) -> None:
    """An attempt tells its outcome once it is known, and no money is reserved before anybody asked for it."""
    page = polygate.succeed("payment", "show", "order-captured").out
    order = ("PaymentRequested", "AcquirerAsked", "AcquirerAnswered", "CaptureRequested", "capture reserved")
    places = [page.index(said) for said in order]
    assert places == sorted(places)
    assert page.index("AcquirerAnswered") < page.index("approved; reference")
    assert page.index("CaptureRequested") < page.rindex("approved; reference")
    assert "capture 6.00 USD → sandbox" in next(line for line in lines(page, "fact") if "CaptureRequested" in line)
    assert "state=asked" not in page


def test_a_wallet_payment_tells_how_the_payer_pays(polygate: Command) -> None:
    """Its method and product, and what the payer was asked to do, without what a wallet has no use for."""
    page = polygate.succeed("payment", "show", "order-wallet").out
    assert "method    wechat (qr-code)" in page
    (asked,) = (line.split() for line in lines(page, "fact") if line.startswith("PayerAsked"))
    assert asked == ["PayerAsked", "action=scan"]


def test_scripts_get_the_same_as_json(polygate: Command) -> None:
    """An order number finds it as well."""
    shown = polygate.succeed("payment", "show", "order-sold", "--json").json
    assert (shown["state"], shown["amount"], shown["refunded"]) == ("captured", "10.99 USD", "2.50 USD")
    assert {event["what"] for event in shown["timeline"]} == {
        *("request", "attempt", "fact", "posting", "refund", "webhook", "try"),
    }
    assert [event["at"] for event in shown["timeline"]] == sorted(event["at"] for event in shown["timeline"])


def test_nothing_secret_is_shown(polygate: Command, data_dir: Path, told: Told) -> None:
    """No card number, no fingerprint, and no link with which one could act for the payer."""
    with closing(sqlite3.connect(data_dir / "polygate.db")) as database:
        (payer_url,) = database.execute(
            "SELECT payer_url FROM attempts WHERE payment_id = ?", (told.payments["challenged"],)
        ).fetchone()
        (card,) = database.execute(
            "SELECT card FROM payments WHERE payment_id = ?", (told.payments["challenged"],)
        ).fetchone()
    fingerprint = card.split('"fingerprint":"')[1].split('"')[0]
    assert "key=" in payer_url
    for name in ("sold", "kept", "challenged", "in-doubt"):
        for form in ((), ("--json",)):
            page = polygate.succeed("payment", "show", f"order-{name}", *form).out
            for secret in (GOOD, CHALLENGE, fingerprint, payer_url.split("key=")[1], "/sandbox/acs"):
                assert secret not in page


def test_what_others_wrote_cannot_command_the_terminal(polygate: Command, data_dir: Path, told: Told) -> None:
    """Escape sequences and markup in a merchant's text are shown as text."""
    with closing(sqlite3.connect(data_dir / "polygate.db", isolation_level=None)) as database:
        database.execute("UPDATE refunds SET reason = ?", ("\x1b[2J[red]gone[/red]\r",))
    page = polygate.succeed("payment", "show", "order-sold").out
    assert "\x1b" not in page
    assert "\\x1b[2J[red]gone[/red]\\r" in page


def test_an_order_number_of_several_merchants_asks_for_one(polygate: Command, data_dir: Path, told: Told) -> None:
    """The message lists whose it is; naming the merchant decides."""
    other = polygate.succeed("merchant", "create", "--name", "Other", "--json").json["merchantNo"]
    with closing(sqlite3.connect(data_dir / "polygate.db", isolation_level=None)) as database:
        names = [row[1] for row in database.execute("PRAGMA table_info(payments)")]
        values = ", ".join(
            {"merchant_id": "(SELECT merchant_id FROM merchants WHERE merchant_no = :other)"}.get(name, name)
            for name in names
        )
        database.execute(
            f"INSERT INTO payments ({', '.join(names)}) SELECT {values} FROM payments WHERE order_no = 'order-kept'",
            {"other": other},
        )
    ran = polygate("payment", "show", "order-kept")
    assert ran.status == 2
    assert "--merchant" in ran.err
    assert other in ran.err
    assert told.merchant_no in ran.err
    shown = polygate.succeed("payment", "show", "order-kept", "--merchant", told.merchant_no, "--json").json
    assert shown["merchant"] == f"{told.merchant_no} Corner Shop"


def test_an_unknown_number_is_told_in_a_sentence(polygate: Command) -> None:
    """Nothing that looks like a payment comes out."""
    ran = polygate("payment", "show", "order-of-nobody")
    assert (ran.status, ran.out) == (2, "")
    assert "no payment with tradeNo or orderNo order-of-nobody; `polygate payment list` shows them" in ran.err


async def test_the_same_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    """The doctor finds all well there, and the page tells the same."""
    told = await tell(postgres_url)
    options: dict[str, Any] = {"POLYGATE_MASTER_KEY": told.master_key, "POLYGATE_DATABASE_URL": postgres_url}
    configured = Command(tmp_path, **options)
    given = Command(tmp_path, options=("--database-url", postgres_url))
    assert "no master key was given" not in configured.succeed("doctor").out
    assert "no master key was given" in given.succeed("doctor").out
    page = given.succeed("payment", "show", "order-sold").out
    assert len(lines(page, "try")) == 4
    assert "delivered, tries: 2" in page
