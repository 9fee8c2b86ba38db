"""The programs for a first payment, run as the console prints them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from polygate.console.first_payment import first_payments
from polygate.core.methods import Method
from polygate.operations.new_accounts import create_app, create_merchant
from tests.console.served import Served, served


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as gateway:
        yield gateway


def test_first_payments_run_as_they_are_printed(gateway: Served, tmp_path: Path) -> None:
    """Through every API, with the secrets put in."""
    context = gateway.house.context
    made = gateway.run(create_merchant(context, name="Shop", mcc="5999", fees={}))
    app = gateway.run(create_app(context, made.merchant, name="Shop", methods=tuple(map(str, Method))))
    secrets = {
        "APP_SECRET": app.secret.reveal(),
        "SECRET_KEY": made.secret_key.reveal(),
        "ACCESS_KEY": made.access_key.reveal(),
    }
    # The clock of the house stands still, and calls are signed by that of this machine.
    gateway.clock.now_ms = time.time_ns() // 1_000_000
    found = first_payments(made.merchant, app.app.app_id, gateway.base_url)
    assert {each.api for each in found} == {"gateway", "merchant", "signed", "channel"}
    for each in found:
        words = each.environment.removeprefix("export ").split()
        given = dict(word.split("=") for word in words) | secrets
        program = tmp_path / f"{each.api}.py"
        program.write_text(each.program)
        ran = subprocess.run(
            [sys.executable, str(program)],
            capture_output=True,
            check=False,
            text=True,
            env={**os.environ, **given},
            timeout=30,
        )
        assert ran.returncode == 0, (each.api, ran.stderr)
        assert gateway.base_url in ran.stdout, (each.api, ran.stdout)
