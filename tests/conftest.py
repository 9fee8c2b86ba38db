"""What tests share: an event loop like the product's, a house, a merchant's server, an empty PostgreSQL, a browser."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

from polygate.assembly import House
from tests.doctor.story import Told, tell
from tests.support import chromium, postgres
from tests.support.fuzzing import Fuzzed
from tests.support.house import MovableClock, at_work, house_at
from tests.support.moody_receiver import Receiver, receiving
from tests.support.server import faultless_demo

# How long one example may take is no claim of these tests, and depends on what else the machine does.
hypothesis.settings.register_profile("polygate", deadline=None)
hypothesis.settings.load_profile("polygate")


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Coroutine tests run on uvloop, as the server does."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def house(tmp_path: Path, clock: MovableClock) -> AsyncIterator[House]:
    """Over a SQLite file of its own, without jobs."""
    async with house_at(tmp_path / "house.db", clock) as house:
        yield house


@pytest.fixture
async def working(house: House) -> AsyncIterator[House]:
    """The same house with its background jobs running."""
    async with at_work(house):
        yield house


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A merchant's server, which takes in what webhooks tell."""
    async with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A merchant's ten days on SQLite, which tests copy."""
    return asyncio.run(tell(f"sqlite:///{tmp_path_factory.mktemp('told') / 'polygate.db'}"))


@pytest.fixture(params=["sqlite", "postgres"])
def fuzzed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fuzzed]:
    """A server on each store, for schemathesis."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    with faultless_demo(tmp_path / "demo", database_url=url) as (server, demo):
        yield Fuzzed(server, demo, request.param, tmp_path)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server that this test process shares; a test that stops servers starts its own."""
    with postgres.server_url() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, made for one test."""
    with postgres.fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A Chromium for one test, which must not be a coroutine.

    While Playwright's synchronous API is open, its event loop counts as running in this thread, and no coroutine test
    could run. A browser kept for the whole session would therefore stop the others; a fresh one costs half a second.
    """
    with sync_playwright() as playwright, chromium.launch(playwright) as running:
        yield running
