"""The workshop keeps its promises: targets that explain themselves, exact locks, reasons for every library."""

import ast
import asyncio
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser

from tests.support.postgres import fresh_database, own_server

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def distribution(requirement: str) -> str:
    """The normalized name of a requirement: `psycopg[binary]>=3.3` is of `psycopg`."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name[0]).lower()


RUNTIME = tuple(distribution(requirement) for requirement in PROJECT["dependencies"])
DEVELOPMENT = tuple(distribution(requirement) for requirement in PROJECT["optional-dependencies"]["dev"])


def pins(lock: str) -> dict[str, str]:
    """The exact version of every distribution in a lock file."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_every_make_target_is_documented_in_help() -> None:
    """`make` alone lists each target with a sentence about it."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    listed = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    documented = set(re.findall(r"^  make ([a-z]+) +\S.*\.$", listed.stdout, re.MULTILINE))
    assert {"run", "test", "check", "bench"} < targets
    assert documented == targets


def test_continuous_integration_runs_what_a_developer_runs() -> None:
    """The script is executable and ends in `make test`."""
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text().splitlines()[-1] == "exec make test"


def test_every_dependency_is_pinned_in_its_lock() -> None:
    """The gateway runs from one lock; the other adds the tools, and both hold the build backend."""
    assert {*RUNTIME, "setuptools"} <= pins("requirements.lock").keys()
    assert {*DEVELOPMENT} <= pins("requirements-dev.lock").keys()


def imported(module: Path) -> set[str]:
    """The top-level packages that a module imports, also inside its functions."""
    nodes = list(ast.walk(ast.parse(module.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.partition(".")[0] for name in names}


def test_what_the_gateway_imports_is_declared() -> None:
    """Nothing works only because another library happens to bring it along."""
    packages = {name for module in (ROOT / "src").rglob("*.py") for name in imported(module)}
    foreign = packages - sys.stdlib_module_names - {"polygate"}
    providers = packages_distributions()
    undeclared = {
        name for name in foreign if {distribution(found) for found in providers.get(name, [])}.isdisjoint(RUNTIME)
    }
    assert undeclared == set()


def test_the_development_lock_is_the_runtime_lock_and_more() -> None:
    """Tests run on the very versions that production runs on."""
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_carries_hashes(lock: str) -> None:
    """A changed file under a known version is refused at installation."""
    requirements = re.split(r"^(?=[a-z0-9-]+==)", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]
    assert len(requirements) == len(pins(lock))
    assert [text.split()[0] for text in requirements if "--hash=sha256:" not in text] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_no_registry(lock: str) -> None:
    """Where packages come from is the business of whoever installs them."""
    assert re.findall(r"\w+://\S+|--(?:extra-)?index-url|--find-links|--trusted-host", (ROOT / lock).read_text()) == []


@pytest.mark.parametrize("library", RUNTIME)
def test_every_library_has_its_reason_written_down(library: str) -> None:
    """A page of docs/decisions names each library that the gateway depends on."""
    pages = [page.read_text().lower() for page in (ROOT / "docs" / "decisions").glob("*.md")]
    assert any(f"`{library}`" in page for page in pages)


def test_each_test_has_an_empty_database(postgres_url: str) -> None:
    """A database comes without tables and goes with its test, while the server stays durable."""
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert found == (0,)
        settings = connection.execute(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
        ).fetchone()
        assert settings == ("on", "on")


def test_a_crashed_server_keeps_what_it_committed() -> None:
    """Stopped in immediate mode with a client connected, a server of our own comes back with its rows."""
    with own_server() as server, fresh_database(server.url()) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
            server.stop("immediate")
            assert not server.running
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT answer FROM kept")
        server.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_browser_shows_a_page(browser: Browser, tmp_path: Path, width: int) -> None:
    """The installed Chromium runs scripts at desktop and phone width, and takes a picture of the page."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.set_content("<button onclick=\"this.textContent = 'paid ' + innerWidth\">pay</button>")
    page.get_by_role("button", name="pay").click()
    assert page.get_by_role("button").text_content() == f"paid {width}"
    picture = page.screenshot(path=tmp_path / "page.png")
    assert picture.startswith(b"\x89PNG")


async def test_coroutine_tests_run_on_uvloop() -> None:
    """Coroutine tests need no marker and run on the server's event loop, even after a browser test."""
    assert type(asyncio.get_running_loop()).__module__ == "uvloop"
