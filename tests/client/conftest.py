"""One demo for all journeys of the Gateway client, somebody who takes its notifications, and both kinds of client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from polygate.client import AsyncGatewayClient, GatewayClient, Secret
from tests.support.receiver import Receiver, receiver
from tests.support.server import Demo, demo_server


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`polygate demo` in a process of its own. Afterwards its log must be free of faults."""
    with demo_server(tmp_path_factory.mktemp("client-demo")) as (server, demo):
        yield demo
    assert "Traceback" not in server.log, server.log


@pytest.fixture(scope="session")
def merchant() -> Iterator[Receiver]:
    """Where the merchant listens."""
    with receiver() as listening:
        yield listening


@pytest.fixture(params=["blocking", "awaiting"])
async def gateway(request: pytest.FixtureRequest, demo: Demo) -> AsyncIterator[GatewayClient | AsyncGatewayClient]:
    """The demo's app; every test runs with a client of either kind."""
    app_id, secret = demo.app["appId"], Secret(demo.app["appSecret"])
    if request.param == "blocking":
        with GatewayClient(demo.base_url, app_id=app_id, secret=secret) as blocking:
            yield blocking
    else:
        async with AsyncGatewayClient(demo.base_url, app_id=app_id, secret=secret) as awaiting:
            yield awaiting
