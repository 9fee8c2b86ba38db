"""Webhooks are listed, shown with every try, and sent again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from polygate import settings
from polygate.assembly import open_house
from tests.cli.command import Command
from tests.doctor.story import NOWHERE, Told

DELIVERED_WITHIN_S = 20.0


def one(polygate: Command, state: str, kind: str = "") -> dict[str, Any]:
    """A webhook in a state."""
    rows = polygate.succeed("webhook", "list", "--state", state, "--json").json
    return next(row for row in rows if not kind or row["kind"] == kind)


def test_webhooks_are_listed_newest_first_and_page_by_page(polygate: Command) -> None:
    """Pages follow each other without a gap."""
    everything = [row["id"] for row in polygate.succeed("webhook", "list", "--json").json]
    assert everything == sorted(everything, reverse=True)
    first = polygate.succeed("webhook", "list", "--limit", "3", "--json")
    assert f"--before {everything[2]}" in first.err
    second = polygate.succeed("webhook", "list", "--before", everything[2], "--json").json
    assert [row["id"] for row in first.json + second] == everything


def test_webhooks_are_listed_by_state(polygate: Command) -> None:
    """Each state has its own list."""
    for state in ("waiting", "delivered", "given_up", "no_address"):
        rows = polygate.succeed("webhook", "list", "--state", state, "--json").json
        assert {row["state"] for row in rows} == {state}


def test_webhooks_are_listed_by_merchant(polygate: Command, told: Told) -> None:
    """Each row says whose it is; a merchant who was told nothing has none."""
    other = polygate.succeed("merchant", "create", "--name", "Other", "--json").json["merchantNo"]
    rows = polygate.succeed("webhook", "list", "--merchant", told.merchant_no, "--json").json
    assert rows == polygate.succeed("webhook", "list", "--json").json
    assert {row["merchantNo"] for row in rows} == {told.merchant_no}
    assert polygate.succeed("webhook", "list", "--merchant", other, "--json").json == []
    assert told.merchant_no in polygate.succeed("webhook", "list").out
    unknown = polygate("webhook", "list", "--merchant", "1")
    assert (unknown.status, "there is no merchant 1" in unknown.err) == (2, True)


def test_a_webhook_is_shown_with_its_body_and_every_try(polygate: Command, told: Told) -> None:
    """The first try met an error, the second was taken."""
    webhook = one(polygate, "delivered", "PaymentCaptured")
    assert webhook["payment"] == str(told.payments["sold"])
    shown = polygate.succeed("webhook", "show", webhook["id"], "--json").json
    assert '"orderNo":"order-sold"' in shown["body"]
    assert [(made["try"], made["status"]) for made in shown["triesMade"]] == [(1, 500), (2, 204)]
    page = polygate.succeed("webhook", "show", webhook["id"]).out
    assert "order-sold" in page
    assert page.count(" 500 ") == page.count(" 204 ") == 1


def test_webhooks_are_made_due_again(polygate: Command) -> None:
    """Given up, delivered or without an address: each waits again, and the command says what it was."""
    before = {state: one(polygate, state)["id"] for state in ("given_up", "delivered", "no_address")}
    resent = polygate.succeed("webhook", "resend", *before.values(), "--json")
    assert "polygate webhook show ID tells the answer" in resent.err
    done = resent.json
    assert [(row["id"], row["was"], row["now"]) for row in done] == [
        (webhook_id, state, "due") for state, webhook_id in before.items()
    ]
    waiting = polygate.succeed("webhook", "list", "--state", "waiting", "--json").json
    assert {*before.values()} <= {row["id"] for row in waiting if row["nextTry"]}


async def test_a_running_server_sends_it_again(polygate: Command, data_dir: Path, told: Told) -> None:
    """A given-up webhook gets one more try, and is given up again where nobody listens."""
    webhook = await asyncio.to_thread(one, polygate, "given_up")
    assert (webhook["tries"], webhook["url"]) == (2, NOWHERE)
    chosen = settings.read(
        {},
        database_url=f"sqlite:///{data_dir / 'polygate.db'}",
        master_key=told.master_key,
        base_url="http://gateway.test",
        allow_private_webhooks=True,
        webhook_retry_delays="0",
    )
    async with open_house(chosen) as house:
        jobs = asyncio.create_task(house.run_jobs())
        await asyncio.to_thread(polygate.succeed, "webhook", "resend", webhook["id"])
        async with asyncio.timeout(DELIVERED_WITHIN_S):
            while True:
                again = await house.context.reads.webhook_by_id(int(webhook["id"]))
                if again and again.tries == 3:
                    break
                await asyncio.sleep(0.05)
        jobs.cancel()
        await asyncio.gather(jobs, return_exceptions=True)
    assert again.state == "given_up"


def test_nothing_is_sent_again_where_one_id_is_wrong(polygate: Command) -> None:
    """All ids are looked up before the first is touched."""
    known = one(polygate, "given_up")["id"]
    ran = polygate("webhook", "resend", known, "5")
    assert ran.status == 2
    assert "there is no webhook 5" in ran.err
    assert one(polygate, "given_up")["id"] == known


def test_mistakes_are_told_in_a_sentence(polygate: Command) -> None:
    """An unknown state, an unknown webhook."""
    state = polygate("webhook", "list", "--state", "lost")
    assert state.status == 2
    assert "--state must be one of waiting, delivered, given_up, no_address" in state.err
    unknown = polygate("webhook", "show", "5")
    assert unknown.status == 2
    assert "there is no webhook 5" in unknown.err
