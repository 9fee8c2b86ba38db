"""A gateway on each store that is there to be killed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support import postgres
from tests.support.houses import STORES, House, postgres_house, sqlite_house
from tests.support.postgres import PostgresServer
from tests.support.receiver import Receiver, receiver

ENVIRONMENT: Final = {"POLYGATE_WEBHOOK_RETRY_DELAYS": ",".join(["1"] * 20)}


@pytest.fixture(params=STORES)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    if request.param == "sqlite":
        with sqlite_house(tmp_path, environment=ENVIRONMENT) as running:
            yield running
    else:
        url: str = request.getfixturevalue("postgres_url")
        with postgres_house(tmp_path, url, environment=ENVIRONMENT) as running:
            yield running


@pytest.fixture
def postgres_to_crash() -> Iterator[PostgresServer]:
    with postgres.own_server() as server:
        yield server


@pytest.fixture
def receiving() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


@pytest.fixture
def other_receivers() -> Iterator[tuple[Receiver, Receiver]]:
    """One for each of two other APIs."""
    with receiver() as one, receiver() as other:
        yield one, other
