"""The guide of the Python client, block by block, against a demo."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.docs.test_tour import ROOT, blocks
from tests.support.server import demo_server

pytestmark = pytest.mark.xdist_group("python_client")

GUIDE: Final = ROOT / "docs" / "guides" / "python-client.md"
PAYMENT, EVENT_LOOP, DECLINE, NOTIFICATIONS, MERCHANT, SIGNED, CHANNEL = blocks(GUIDE, "python")
RUN_TIMEOUT_S: Final = 60


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Where `polygate demo` was started, with its data where the guide expects it, and its address."""
    path = tmp_path_factory.mktemp("guide")
    with demo_server(path / "polygate-demo") as (server, _):
        yield path, server.base_url


def printed(script: str, directory: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_payment_is_captured_and_given_back(directory: tuple[Path, str]) -> None:
    assert printed(PAYMENT, directory[0]) == [
        "authorized 100.00 USD",
        "successed 60.00 USD",
        "accepted 25.00 USD",
        "successed 60.00 [Decimal('25.00')]",
    ]


def test_three_pages_are_opened_at_once(directory: tuple[Path, str]) -> None:
    lines = printed(EVENT_LOOP, directory[0])
    assert len(set(lines)) == 3
    assert all(line.startswith(f"{directory[1]}/h5/en-us/cashier.html?token=cs_") for line in lines)


def test_a_decline_is_printed_as_one(directory: tuple[Path, str]) -> None:
    assert printed(DECLINE, directory[0]) == ["declined: 4002 insufficient funds"]


def test_the_receiver_refuses_what_is_not_signed(directory: tuple[Path, str]) -> None:
    probe = """
from polygate.client import Secret
client = GatewayClient("https://pay.example", app_id="1", secret=Secret("s"))
print(receive(client, {}, b"{}"))
"""
    assert printed(NOTIFICATIONS + probe, directory[0]) == ["401"]


def test_the_merchant_client_pays_refunds_and_finds(directory: tuple[Path, str]) -> None:
    assert printed(MERCHANT, directory[0]) == [
        "100 successful transaction 49.90 USD",
        "110 Refund request successful 10.00 USD",
        "1 430000******0000",
    ]


def test_the_signed_client_collects_and_pays_out(directory: tuple[Path, str]) -> None:
    payment, payout, *balances = printed(SIGNED, directory[0])
    assert payment.startswith(f"PROCESSING until the payer has been to {directory[1]}/")
    assert payout == "PAID 250.00 INR"
    assert [line.split()[0] for line in balances] == ["INR", "BRL"]


def test_the_channel_client_collects_and_pays_out(directory: tuple[Path, str]) -> None:
    collection, payout, held = printed(CHANNEL, directory[0])
    assert collection.startswith(f"PENDING until the payer has been to {directory[1]}/")
    assert payout == "COMPLETED 850"
    assert held == "0"
