"""A demo server with its reference, shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.server import Demo, Server, demo_server


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Demo]]:
    with demo_server(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="session")
def docs(demo: tuple[Server, Demo]) -> str:
    """The address of the reference."""
    return f"{demo[0].base_url}/docs"
