"""The guides to 3-D Secure and to webhooks: their commands, what they show, and the form for a shop's page."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from tests.checkout.windows import shop_site, visit
from tests.docs.test_tour import ROOT, blocks
from tests.support.receiver import Notification, Receiver, receiver
from tests.support.server import Demo, Server, Shop, demo_server

THREE_D_SECURE: Final = ROOT / "docs" / "guides" / "three-d-secure.md"
WEBHOOKS: Final = ROOT / "docs" / "guides" / "webhooks.md"
HELPERS, SIGN_IN, PAY = blocks(ROOT / "README.md", "bash")[:3]
ARRIVAL_S: Final = 10
MADE_UP: Final = frozenset(
    {"notifyId", "notifyTime", "appId", "mercId", "orderNo", "tradeNo", "authorizeCode", "transactionTime"}
)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[Server, Demo]]:
    with demo_server(tmp_path / "polygate-demo") as running:
        yield running


def printed(commands: list[str], directory: Path) -> list[str]:
    """What each of them prints after the tour's first two, pasted one after the other into one terminal."""
    script = "set -euo pipefail\n" + "\necho\necho ---\n".join([HELPERS, SIGN_IN, *commands])
    demo = json.loads((directory / "polygate-demo" / "demo.json").read_text())
    script = script.replace("http://127.0.0.1:8080", demo["baseUrl"])
    done = subprocess.run(
        ["bash", "-c", script], cwd=directory, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split("\n---\n")[2:]


@pytest.mark.usefixtures("demo")
def test_a_challenge_is_asked_for_and_passed_as_pasted(tmp_path: Path) -> None:
    """The answer has the fields of the one that the guide shows; the query knows how it went."""
    asked, queried = map(json.loads, printed(["ORDER=tour-1", *blocks(THREE_D_SECURE, "bash")], tmp_path)[1:])

    (shown,) = map(json.loads, blocks(THREE_D_SECURE, "json"))
    assert (asked.keys(), asked["ddc"].keys()) == (shown.keys(), shown["ddc"].keys())
    assert (asked["orderStatus"], asked["lastEvent"]) == (shown["orderStatus"], shown["lastEvent"])
    assert queried["order"]["orderStatus"] == "successed"
    assert queried["extend"]["dsInfo"]["authenticationStatus"] == "Y"


def test_the_device_data_form_goes_on_to_the_bank(demo: tuple[Server, Demo], browser: Browser) -> None:
    """From the shop's own page, as soon as the frame reports, and well before the ten seconds are over."""
    shop = Shop(demo[0].base_url, demo[1])
    with closing(shop.http):
        asked = shop.pay("device-1", card_no="4000000000003220")
    (form,) = blocks(THREE_D_SECURE, "html")
    values = {
        '"DDC_ACTION"': asked["ddc"]["ddcAction"],
        '"BIN"': asked["ddc"]["bin"],
        '"TOKEN"': asked["ddc"]["jwt"],
        '"PAY_URL"': asked["payUrl"],
    }
    for name, value in values.items():
        assert form.count(name) == 1
        form = form.replace(name, json.dumps(value))

    with visit(browser) as page, shop_site() as site:
        page.goto(site)
        page.set_content(form)
        page.wait_for_url("**/sandbox/acs/**", timeout=9_000)
        expect(page.get_by_role("button", name="Pass the check")).to_be_visible()


@pytest.mark.usefixtures("demo")
def test_a_notification_arrives_as_the_guide_shows_it(tmp_path: Path) -> None:
    """At the address that the guide's command subscribes, with the headers it lists and the fields of its body."""
    (subscribe,) = blocks(WEBHOOKS, "bash")
    with receiver() as listening:
        subscribe = subscribe.replace("http://127.0.0.1:9000/webhook", listening.url)
        answer, _ = printed([subscribe, PAY.replace("manual", "auto")], tmp_path)
        arrived = first(listening)

    assert json.loads(answer)["respCode"] == "0000"
    (shown,) = map(json.loads, blocks(WEBHOOKS, "json"))
    body = json.loads(arrived.raw)
    assert list(body) == list(shown)
    assert {name: body[name] for name in body if name not in MADE_UP} == {
        name: shown[name] for name in shown if name not in MADE_UP
    }
    listed = re.findall(r"^\| `(X-[\w-]+)` \|", WEBHOOKS.read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(name for name in arrived.headers if name.startswith("X-"))


def first(listening: Receiver) -> Notification:
    give_up_at = time.monotonic() + ARRIVAL_S
    while not listening.received and time.monotonic() < give_up_at:
        time.sleep(0.05)
    (arrived,) = listening.received
    return arrived
