"""The command line as a whole: help, versions, mistakes, and stopping it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from polygate import __version__
from polygate.cli.main import app
from tests.cli.command import TIMEOUT_S, Command
from tests.doctor.story import Told, demo_dir

HEAVY = ("alembic", "asyncio", "cryptography", "httpx", "psycopg", "rich", "sqlalchemy", "starlette", "uvicorn")
TOOLS = (
    ("merchant", "list"),
    ("merchant", "show", "1"),
    ("merchant", "create", "--name", "A"),
    ("app", "list"),
    ("app", "create", "--merchant", "1", "--name", "A"),
    ("app", "methods", "1", "--method", "card"),
    ("webhook", "list"),
    ("webhook", "show", "1"),
    ("webhook", "resend", "1"),
    ("payment", "list"),
    ("payment", "show", "1"),
    ("doctor",),
)


def test_without_arguments_it_shows_help(bare: Command) -> None:
    """Every command is listed."""
    ran = bare()
    for word in ("demo", "serve", "worker", "migrate", "merchant", "app", "payment", "webhook", "doctor"):
        assert f" {word} " in ran.out + ran.err


def test_every_option_is_explained() -> None:
    """In every command of every group."""
    silent = []

    def walk(command: object, path: str) -> Iterator[tuple[str, object]]:
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, f"{path} {name}")
        for parameter in getattr(command, "params", ()):
            yield f"{path} {parameter.name}", getattr(parameter, "help", None)

    for name, said in walk(get_command(app), "polygate"):
        if not said:
            silent.append(name)
    assert silent == []


def test_the_version_is_there_at_once(bare: Command) -> None:
    """Nothing heavy is imported for it, nor for the help of a command."""
    assert bare.succeed("--version").out == f"polygate {__version__}\n"
    question = (
        "import sys; from polygate.cli import main; sys.argv = ['polygate', '--version']\n"
        "try: main.main()\n"
        f"except SystemExit: print(sorted(sys.modules.keys() & set({HEAVY!r})))"
    )
    asked = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True, timeout=60)
    assert asked.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("words", TOOLS, ids=" ".join)
def test_no_database_is_told_in_a_sentence(bare: Command, words: tuple[str, ...]) -> None:
    """Every tool says what to give, with status 2."""
    ran = bare(*words)
    assert (ran.status, ran.out) == (2, "")
    assert "no database: give --data-dir or --database-url" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--data-dir", "nowhere"), "there is no directory nowhere"),
        (("--data-dir", "."), "there is no database polygate.db"),
        (("--database-url", "sqlite:///nothing.db"), "there is no database nothing.db"),
        (("--database-url", "sqlite:///text.db"), "text.db is not a SQLite database"),
        (("--database-url", "mysql://localhost/x"), "must start with postgresql:// or sqlite:///"),
    ],
)
@pytest.mark.parametrize("words", [("merchant", "list"), ("doctor",)], ids=" ".join)
def test_a_wrong_place_is_told_in_a_sentence(
    bare: Command, tmp_path: Path, words: tuple[str, ...], options: tuple[str, ...], said: str
) -> None:
    """And nothing springs into being by being looked at."""
    (tmp_path / "empty" / "text.db").write_text("dear diary")
    ran = bare(*words, *options)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["text.db"]


def test_a_server_that_is_not_there_is_told_in_a_sentence(bare: Command) -> None:
    """No traceback, status 1: the command was right."""
    ran = bare("merchant", "list", "--database-url", "postgresql://127.0.0.1:9/none")
    assert ran.status == 1
    assert ran.err.startswith("polygate: ")
    assert "Traceback" not in ran.err


def test_a_database_without_a_schema_is_told_in_a_sentence(bare: Command, tmp_path: Path) -> None:
    """Tools say how to mend it; the doctor calls it a finding."""
    subprocess.run(
        [sys.executable, "-c", "import sqlite3; sqlite3.connect('bare.db').execute('CREATE TABLE t (c)')"],
        cwd=tmp_path / "empty",
        check=True,
    )
    tool = bare("merchant", "list", "--database-url", "sqlite:///bare.db")
    assert tool.status == 1
    assert "run polygate migrate" in tool.err
    doctor = bare("doctor", "--database-url", "sqlite:///bare.db")
    assert doctor.status == 1
    assert "run polygate migrate" in doctor.out


def test_the_demo_of_this_directory_is_the_default(bare: Command, told: Told, tmp_path: Path) -> None:
    """It is said which one is used, on stderr; settings in the environment come first."""
    directory = demo_dir(told, tmp_path / "empty" / "polygate-demo")
    ran = bare.succeed("merchant", "list", "--json")
    assert ran.json[0]["merchantNo"] == told.merchant_no
    assert ran.err == "polygate: using the demo in ./polygate-demo\n"
    configured = Command(tmp_path, POLYGATE_DATABASE_URL=f"sqlite:///{directory / 'polygate.db'}")
    assert configured.succeed("merchant", "list").err == ""


def test_ctrl_c_ends_it_quietly(bare: Command) -> None:
    """Status 130 and no traceback, while it waits for a database that does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/none"
        with bare.start("merchant", "list", "--database-url", url) as process:
            silent.settimeout(TIMEOUT_S)
            connection, _ = silent.accept()
            with connection:
                os.kill(process.pid, signal.SIGINT)
                out, err = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_ctrl_c_ends_a_long_examination_quietly(told: Told, tmp_path: Path) -> None:
    """Also in the middle of reading tables."""
    directory = demo_dir(told, tmp_path / "long")
    interrupted = (
        "import os, signal, sys\n"
        "from polygate.assembly.doctor import examination\n"
        "from polygate.cli import main\n"
        "real = examination.check_postings\n"
        "async def first(*given):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    await real(*given)\n"
        "examination.check_postings = first\n"
        f"sys.argv = ['polygate', 'doctor', '--data-dir', {str(directory)!r}]\n"
        "main.main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", interrupted], capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )
    assert (ran.returncode, ran.stdout) == (130, "")
    assert "Traceback" not in ran.stderr


def test_the_application_is_a_typer_application() -> None:
    """The entry point that other programs may mount."""
    assert isinstance(app, typer.Typer)
