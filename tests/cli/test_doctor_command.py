"""The doctor as a command: what it prints, how it exits, and that it may be asked at any time."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from itertools import count
from pathlib import Path

import pytest

from polygate import settings
from polygate.assembly import open_house
from polygate.core.cards import Secret
from polygate.core.merchants import FeeRule
from polygate.core.money import Money
from polygate.core.payments import CaptureMode, PaymentOrder
from polygate.core.refunds import RefundOrder
from polygate.core.transitions import PaymentState
from polygate.jobs.payments import ask_again_round
from polygate.operations.capture_payment import capture_payment
from polygate.operations.charging import CardCharge
from polygate.operations.new_accounts import create_app, create_merchant
from polygate.operations.refund_payment import refund_payment
from polygate.operations.take_payment import take_payment
from polygate.store.migrate import migrate
from polygate.store.vault import new_master_key
from tests.cli.command import Command
from tests.doctor.story import DECLINED, GOOD, Told, card

CALLERS = 8


def results(table: str) -> list[str]:
    """The third column."""
    return re.findall(r"  (ok|FAILED)(?: |$)", table, re.MULTILINE)


def test_all_well_is_a_table_of_ok(polygate: Command, told: Told) -> None:
    """A line for each check, status 0."""
    ran = polygate.succeed("doctor")
    assert results(ran.out) == ["ok"] * 13
    assert f"{len(told.payments)} payments" in ran.out
    assert "FAILED" not in ran.out
    assert ran.err == ""


def test_damage_is_named_and_ends_in_status_1(polygate: Command, data_dir: Path) -> None:
    """The line of the check that failed names the first offenders."""
    with closing(sqlite3.connect(data_dir / "polygate.db", isolation_level=None)) as database:
        database.execute("UPDATE payments SET captured_minor = captured_minor + 1 WHERE order_no = 'order-sold'")
    ran = polygate("doctor")
    assert ran.status == 1
    assert sorted(results(ran.out)) == ["FAILED", *["ok"] * 12]
    (line,) = [line for line in ran.out.splitlines() if "FAILED" in line]
    assert line.split("  ")[0].strip() == "payments equal postings"
    findings = polygate("doctor", "--json").json
    assert [finding["check"] for finding in findings if not finding["holds"]] == ["payments equal postings"]


def test_without_a_master_key_the_vault_is_left_out(polygate: Command, data_dir: Path) -> None:
    """Everything else is looked at, and the status says that it holds."""
    (data_dir / "master.key").unlink()
    assert polygate.succeed("doctor").out.count("left out   no master key was given") == 1


def test_a_key_that_is_none_is_told_in_a_sentence(polygate: Command, data_dir: Path) -> None:
    """A damaged key file is a mistake to mend, not a finding."""
    (data_dir / "master.key").write_text("not a key")
    ran = polygate("doctor")
    assert ran.status == 2
    assert "POLYGATE_MASTER_KEY: the master key must be 32 bytes" in ran.err
    assert "not a key" not in ran.err


@asynccontextmanager
async def busy(database_url: str, key: Secret) -> AsyncIterator[None]:
    """A gateway that takes, captures and refunds payments without a pause."""
    chosen = settings.read({}, database_url=database_url, master_key=key, base_url="http://gateway.test")
    async with open_house(chosen) as house:
        context = house.context
        made = await create_merchant(context, name="Busy", mcc="5999", fees={})
        shop = await create_app(context, made.merchant, name="Web", methods=("card",))
        numbers = count(1)
        stop = asyncio.Event()

        async def send_refunds() -> None:
            while not stop.is_set():
                await ask_again_round(context)
                await asyncio.sleep(0.01)

        async def pay() -> None:
            while not stop.is_set():
                number = next(numbers)
                order = PaymentOrder(
                    merchant_id=made.merchant.merchant_id,
                    app_id=shop.app.app_id,
                    protocol="gateway",
                    order_no=f"busy-{number}",
                    amount=Money(1_000, "USD"),
                    capture_mode=CaptureMode.MANUAL if number % 2 else CaptureMode.AUTO,
                    three_ds="no",
                    fraud_check=False,
                    life_ms=60_000,
                    notify_url="",
                    front_url="",
                    language="en",
                    attach="",
                    keep_card="",
                    fee=FeeRule(fixed_minor=7),
                    request={},
                )
                paid = await take_payment(context, order, CardCharge(card=card(GOOD if number % 5 else DECLINED)))
                if paid.state is PaymentState.AUTHORIZED:
                    paid = await capture_payment(context, paid, Money(900, "USD"))
                if paid.state is PaymentState.CAPTURED:
                    refund = RefundOrder(f"r-{number}", Money(100, "USD"), reason="", client_ip="", notify_url="")
                    await refund_payment(context, paid, refund)

        async with asyncio.TaskGroup() as callers:
            tasks = [callers.create_task(send_refunds()), *(callers.create_task(pay()) for _ in range(CALLERS))]
            try:
                yield
                assert not [task for task in tasks if task.done()], "the gateway stopped"
            finally:
                stop.set()


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
async def test_beside_a_busy_server_it_never_raises_a_false_alarm(
    request: pytest.FixtureRequest, tmp_path: Path, store: str
) -> None:
    """Its view stands still while payments are halfway, again and again."""
    sqlite = f"sqlite:///{tmp_path / 'polygate.db'}"
    url: str = sqlite if store == "sqlite" else request.getfixturevalue("postgres_url")
    migrate(url)
    key = new_master_key()
    tool = Command(tmp_path, options=("--database-url", url), POLYGATE_MASTER_KEY=key.reveal())
    looked_at = []
    async with busy(url, key):
        for _ in range(3):
            ran = await asyncio.to_thread(tool, "doctor", "--json")
            assert [finding for finding in ran.json if not finding["holds"]] == []
            assert ran.status == 0
            looked_at.append({finding["check"]: finding["lookedAt"] for finding in ran.json}["payments equal postings"])
    assert 0 < looked_at[0] < looked_at[1] < looked_at[2]
