"""The README's tour, block by block, as a newcomer would paste it."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.support.server import Demo, Server, demo_server

ROOT: Final = Path(__file__).parents[2]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[Server, Demo]]:
    """A demo whose data lies where the tour expects it."""
    with demo_server(tmp_path / "polygate-demo") as running:
        yield running


def test_the_tour_of_the_readme_works_as_pasted(demo: tuple[Server, Demo], tmp_path: Path) -> None:
    """Every curl of the README succeeds, in order, and the last commands show the payment and a green doctor."""
    server, _ = demo
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    command = shutil.which("polygate", path=str(Path(sys.executable).parent))
    assert command is not None, "the project is not installed"
    (tmp_path / ".venv" / "bin" / "polygate").symlink_to(command)
    script = "set -euo pipefail\n" + "\necho\necho ---\n".join(blocks(ROOT / "README.md", "bash"))
    script = script.replace("http://127.0.0.1:8080", server.base_url)

    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    _, _, paid, captured, refunded, queried, redirect, shown = done.stdout.split("\n---\n")
    assert json.loads(paid)["orderStatus"] == "authorized"
    assert json.loads(captured)["amount"] == "60.00"
    assert json.loads(refunded)["refundStatus"] == "accepted"
    assert json.loads(queried)["order"]["orderStatus"] == "successed"
    assert redirect.strip().startswith(f"{server.base_url}/h5/en-us/cashier.html?token=cs_")
    assert "444433******1111" in shown


def test_the_guide_to_shipments_works_as_pasted(demo: tuple[Server, Demo], tmp_path: Path) -> None:
    """Every curl of it succeeds after the tour's first three blocks, with the order that was paid there."""
    server, _ = demo
    commands = blocks(ROOT / "README.md", "bash")[:3] + blocks(ROOT / "docs" / "guides" / "shipments.md", "bash")
    script = "set -euo pipefail\n" + "\necho\necho ---\n".join(commands)
    script = script.replace("http://127.0.0.1:8080", server.base_url)

    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    *_, added, batch, changed, found = (json.loads(part) for part in done.stdout.split("\n---\n")[2:])
    assert (added["respCode"], changed["trackings"]) == ("0000", added["trackings"])
    assert (batch["desc"], batch["errors"][0]["respCode"]) == ("1 accepted, 1 rejected", "3001")
    assert (found["shippingStatus"], found["matedata"]) == ("DELIVERED", {"ticket": "77"})


def test_the_guide_to_wallets_works_as_pasted(demo: tuple[Server, Demo], tmp_path: Path) -> None:
    """A code is shown and paid, a PayNow code is scanned, a payer's code is charged."""
    server, _ = demo
    commands = [*blocks(ROOT / "README.md", "bash")[:2], "ORDER=tour-1"]
    commands += blocks(ROOT / "docs" / "guides" / "wallets.md", "bash")
    script = "set -euo pipefail\n" + "\necho\necho ---\n".join(commands)
    script = script.replace("http://127.0.0.1:8080", server.base_url)

    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    shown, paid, scanned, charged = (part.strip() for part in done.stdout.split("\n---\n")[3:])
    assert shown.startswith(f"{server.base_url}/q/w_")
    assert json.loads(paid)["order"]["orderStatus"] == "successed"
    assert scanned.startswith(f"{server.base_url}/sandbox/wallet/")
    assert json.loads(charged)["orderStatus"] == "successed"


def test_the_guide_to_stored_cards_works_as_pasted(demo: tuple[Server, Demo], tmp_path: Path) -> None:
    """Kept, charged, renewed, revoked; and a card that nobody kept, charged without its payer."""
    server, _ = demo
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    command = shutil.which("polygate", path=str(Path(sys.executable).parent))
    assert command is not None, "the project is not installed"
    (tmp_path / ".venv" / "bin" / "polygate").symlink_to(command)
    commands = [*blocks(ROOT / "README.md", "bash")[:2], "ORDER=tour-1"]
    commands += blocks(ROOT / "docs" / "guides" / "stored-cards.md", "bash")
    script = "set -euo pipefail\n" + "\necho\necho ---\n".join(commands)
    script = script.replace("http://127.0.0.1:8080", server.base_url)

    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    identifier, charged, renewed, ended, own = (part.strip() for part in done.stdout.split("\n---\n")[3:])
    assert json.loads(charged)["transactionIdentifier"] == json.loads(renewed)["transactionIdentifier"] == identifier
    assert "2039-12" in ended
    assert re.search(r"^why +the payer canceled the plan$", ended, re.MULTILINE)
    assert json.loads(own)["orderStatus"] == "successed"


def test_the_first_integration_works_as_pasted(demo: tuple[Server, Demo], tmp_path: Path) -> None:
    """The shop of the start page opens an order, hears that it was paid, gives a part back, and hears of that too."""
    pieces = blocks(ROOT / "docs" / "start" / "first-integration.md", "python")
    with socket.create_server(("127.0.0.1", 0)) as free:
        script = "\n".join(pieces).replace("9000", str(free.getsockname()[1]))
    (tmp_path / "shop.py").write_text(script)
    card = {"card_number": "4444333322221111", "expiry": "12 / 35", "cvc": "123", "name": "Amy Lee"}

    with subprocess.Popen(
        [sys.executable, "shop.py"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as shop:
        assert shop.stdout is not None
        page = shop.stdout.readline().strip()
        assert page.startswith(f"{demo[0].base_url}/h5/en-us/cashier.html?token=cs_"), page + shop.stdout.read()
        try:
            assert httpx.post(page, data=card).status_code == 303
            said, _ = shop.communicate(timeout=30)
        finally:
            shop.kill()

    assert sorted(said.splitlines()) == [
        "heard: payment successed",
        "heard: refund successed",
        "query: successed [(10.0, 'successed')]",
        "refund: accepted",
    ]
    (is_genuine,) = blocks(ROOT / "docs" / "guides" / "webhooks.md", "python")
    assert is_genuine.partition("\n\n\n")[2] in pieces[1], "the two pages verify in different ways"
