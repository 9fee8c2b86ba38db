"""What tests share: an event loop like the product's, an empty PostgreSQL database, a browser."""

from collections.abc import Iterator

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support import chromium, postgres

# How long one example may take is no claim of these tests, and depends on what else the machine does.
hypothesis.settings.register_profile("polygate", deadline=None)
hypothesis.settings.load_profile("polygate")


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Coroutine tests run on uvloop, as the server does."""
    return "asyncio", {"use_uvloop": True}


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
