"""Operators open and close the door to apps and merchants, beside a running server and at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.cli.command import Command
from tests.doctor.story import Told
from tests.support.server import Demo, Shop, demo_server

pytestmark = pytest.mark.xdist_group("who_may_call")

LOOK: Final = {"orderNo": "nothing"}


class Running(NamedTuple):
    """A server behind a proxy on this machine, and the command beside it."""

    polygate: Command
    shop: Shop
    demo: Demo

    def code(self, **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return str(self.shop.http.post("/query", json=LOOK, headers=named).json()["respCode"])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("demo")
    with demo_server(directory, environment={"POLYGATE_TRUSTED_PROXIES": "127.0.0.1"}) as (server, demo):
        shop = Shop(server.base_url, demo)
        yield Running(Command(directory, options=("--data-dir", str(directory))), shop, demo)
        shop.http.close()


def test_a_disabled_app_is_refused_at_once(running: Running) -> None:
    """Its tokens have ended for good; enabled again, it gets new ones."""
    app_id = running.demo.app["appId"]
    assert running.code() == "3001"
    assert running.polygate.succeed("app", "disable", app_id, "--json").json["enabled"] is False
    assert running.code() == "1005"
    running.polygate.succeed("app", "disable", app_id)
    assert running.polygate.succeed("app", "enable", app_id, "--json").json["enabled"] is True
    assert running.code() == "1003"
    running.shop.refresh()
    assert running.code() == "3001"


def test_a_disabled_merchant_is_refused_with_all_its_apps(running: Running) -> None:
    """Enabled again, they go on as they were."""
    number = running.demo.merchant["merchantNo"]
    assert running.polygate.succeed("merchant", "disable", number, "--json").json["enabled"] is False
    assert running.code() == "1005"
    assert "enabled     yes" in running.polygate.succeed("merchant", "enable", number).out
    assert running.code() == "3001"


def test_callers_are_known_by_the_address_that_a_trusted_proxy_saw(running: Running) -> None:
    """The last one in its header; what a caller wrote there before counts for nothing."""
    app_id = running.demo.app["appId"]
    networks = ("--address", "203.0.113.0/24", "--address", "2001:DB8::/48")
    allowed = running.polygate.succeed("app", "allow", app_id, *networks, "--json").json
    assert allowed["allowedAddresses"] == ["203.0.113.0/24", "2001:db8::/48"]
    assert running.code() == "1007"
    assert running.code(X_Forwarded_For="203.0.113.9") == "3001"
    assert running.code(X_Forwarded_For="2001:db8::9") == "3001"
    assert running.code(X_Forwarded_For="198.51.100.1") == "1007"
    assert running.code(X_Forwarded_For="203.0.113.9, 198.51.100.1") == "1007"
    assert running.code(X_Forwarded_For="rubbish") == "1007"
    assert "203.0.113.0/24, 2001:db8::/48" in running.polygate.succeed("app", "list").out
    assert "anywhere" in running.polygate.succeed("app", "allow", app_id, "--anywhere").out
    assert running.code() == "3001"


def test_a_header_of_somebody_else_is_not_believed(tmp_path: Path) -> None:
    """Without trusted proxies only the connection's own address counts."""
    with demo_server(tmp_path) as (server, demo):
        shop = Shop(server.base_url, demo)
        here = Running(Command(tmp_path, options=("--data-dir", str(tmp_path))), shop, demo)
        here.polygate.succeed("app", "allow", demo.app["appId"], "--address", "203.0.113.9")
        assert here.code(X_Forwarded_For="203.0.113.9") == "1007"
        shop.http.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("app", "disable", "1"), "there is no app 1"),
        (("app", "enable", "x\ny"), "there is no app x\\ny"),
        (("app", "allow", "1", "--address", "::1"), "there is no app 1"),
        (("app", "allow", "APP"), "give either --address, once for each, or --anywhere"),
        (("app", "allow", "APP", "--anywhere", "--address", "::1"), "give either"),
        (("app", "allow", "APP", "--address", "203.0.113.9/24"), "--address 203.0.113.9/24: "),
        (("app", "allow", "APP", "--address", "office"), "--address office: "),
        (("merchant", "disable", "1"), "there is no merchant 1"),
        (("merchant", "enable", "1"), "there is no merchant 1"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(polygate: Command, told: Told, words: tuple[str, ...], said: str) -> None:
    """Status 2, one line that names what is wrong, nothing on stdout."""
    ran = polygate(*(told.app_id if word == "APP" else word for word in words))
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_none_of_it_needs_the_master_key(polygate: Command, told: Told, data_dir: Path) -> None:
    (data_dir / "master.key").unlink()
    for words in (("app", "disable"), ("app", "enable"), ("app", "allow", "--anywhere")):
        polygate.succeed(*words[:2], told.app_id, *words[2:])
    polygate.succeed("merchant", "disable", told.merchant_no)
