"""One real server for all samples, and somebody who takes its notifications."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.receiver import Receiver, receiver
from tests.support.server import Demo, demo_server


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Afterwards the server's log must be free of faults."""
    with demo_server(tmp_path_factory.mktemp("demo")) as (server, demo):
        yield demo
    assert "Traceback" not in server.log, server.log


@pytest.fixture(scope="module")
def merchant() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening
