"""A server says that it serves once it does; whatever keeps it from that is told in a sentence."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from polygate.settings import SettingError, read
from polygate.store.vault import new_master_key
from tests.cli.command import TIMEOUT_S, Command
from tests.doctor.story import Told
from tests.support.server import free_port

SETTINGS = {
    "POLYGATE_DATABASE_URL": "sqlite:///polygate.db",
    "POLYGATE_MASTER_KEY": new_master_key().reveal(),
    "POLYGATE_BASE_URL": "https://pay.example.com",
}


@pytest.fixture
def configured(data_dir: Path, told: Told) -> dict[str, Any]:
    """The settings of a server on the story's database."""
    return SETTINGS | {
        "POLYGATE_DATABASE_URL": f"sqlite:///{data_dir / 'polygate.db'}",
        "POLYGATE_MASTER_KEY": told.master_key,
    }


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_server_says_where_it_serves_and_ctrl_c_is_no_failure(tmp_path: Path, configured: dict[str, Any]) -> None:
    """Whoever reads the line can connect; `make run` then ends without a complaint."""
    port = free_port()
    with Command(tmp_path, **configured).start("serve", "--port", str(port)) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"Polygate serves https://pay.example.com on 127.0.0.1:{port}\n"
        socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S).close()
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err


def test_a_port_in_use_is_told_before_anything_is_claimed(
    tmp_path: Path, configured: dict[str, Any], taken: int
) -> None:
    """One sentence that says how to mend it, and nothing about serving; the demo shows no credentials either."""
    said = f"polygate: 127.0.0.1:{taken} is in use; give --port\n"
    served = Command(tmp_path, **configured)("serve", "--port", str(taken))
    assert (served.status, served.out, served.err) == (2, "", said)
    demo = Command(tmp_path)("demo", "--port", str(taken), "--data-dir", "fresh")
    assert (demo.status, demo.out, demo.err) == (2, "", said)


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"POLYGATE_BASE_URL": ""}, 2, "POLYGATE_BASE_URL is not set"),
        ({"POLYGATE_PORT": "http"}, 2, "POLYGATE_PORT must be a whole number from 0 to 65535"),
        ({"POLYGATE_MASTER_KEY": SETTINGS["POLYGATE_MASTER_KEY"]}, 2, "master key"),
        ({"POLYGATE_HOST": "192.0.2.1"}, 2, "cannot listen on 192.0.2.1:"),
        ({"POLYGATE_TLS_CERTIFICATE": "no.pem", "POLYGATE_TLS_KEY": "no.pem"}, 2, "No such file"),
        ({"POLYGATE_DATABASE_URL": "sqlite:///fresh.db"}, 1, "run polygate migrate"),
    ],
)
def test_what_keeps_a_server_from_serving_is_told_instead(
    tmp_path: Path, configured: dict[str, Any], changes: dict[str, str], status: int, said: str
) -> None:
    """Status 2 where the caller can mend the setting; one sentence in any case."""
    ran = Command(tmp_path, **(configured | changes))("serve")
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err
    assert "serves" not in ran.err
    assert ran.err.count("\n") == 1


def test_a_demo_keeps_its_files_to_itself(tmp_path: Path) -> None:
    """Nobody else on the machine can look into the directory or read a file in it, whatever the umask allows."""
    with Command(tmp_path).start("demo", "--port", str(free_port()), "--data-dir", "fresh") as process:
        assert process.stdout is not None
        while "Stop with Ctrl-C" not in process.stdout.readline():
            pass
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "fresh").iterdir()}
        os.kill(process.pid, signal.SIGINT)
        process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0
    assert {"polygate.db", "polygate.db-wal", "master.key", "demo.json"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("PORT", "http", "must be a whole number from 0 to 65535"),
        ("PORT", "65536", "must be a whole number from 0 to 65535"),
        ("REQUESTS_PER_SECOND", "-1", "must be a whole number from 0 to 1000000"),
        ("ALLOW_PRIVATE_WEBHOOKS", "perhaps", "must be true or false"),
        ("LOG_LEVEL", "verbose", "must be one of debug, info, warning, error"),
        ("TRUSTED_PROXIES", "10.0.0.1, proxy.internal", "must be addresses or networks, comma-separated, .*"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "must be addresses or networks, comma-separated, .*"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_must_be(name: str, text: str, said: str) -> None:
    """In words for people who never saw the code."""
    with pytest.raises(SettingError, match=f"^POLYGATE_{name} {said}$"):
        read(SETTINGS | {f"POLYGATE_{name}": text})


def test_a_database_in_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Its whole content is, and not only what is sealed in it."""
    assert Command(tmp_path, POLYGATE_DATABASE_URL=f"sqlite:///{tmp_path / 'own.db'}")("migrate").status == 0
    assert stat.S_IMODE((tmp_path / "own.db").stat().st_mode) == 0o600


def test_a_new_master_key_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    """From then on commands and servers need the new one, and the old one opens nothing."""
    new = tmp_path / "new.key"
    new.write_text(new_master_key().reveal())
    settings: dict[str, Any] = {**SETTINGS}
    before = Command(tmp_path, **settings)
    after = Command(tmp_path, **(settings | {"POLYGATE_MASTER_KEY": "", "POLYGATE_MASTER_KEY_FILE": str(new)}))
    assert before("migrate").status == 0
    ran = before("rotate-master-key", "--new-key-file", str(new), "--json")
    assert (ran.status, ran.json) == (0, {"dataKeys": 4})
    assert "backups made before still need the old one" in ran.err
    refused = before("rotate-master-key", "--new-key-file", str(new))
    assert (refused.status, "the master key does not open data key" in refused.err) == (2, True)
    assert after("merchant", "create", "--name", "Shop").status == 0


def test_a_setting_that_is_empty_is_not_set() -> None:
    """Neither is a file of that name looked for, nor is the default replaced."""
    chosen = read(SETTINGS | {"POLYGATE_MASTER_KEY_FILE": "", "POLYGATE_PORT": ""})
    assert chosen.port == 8080
