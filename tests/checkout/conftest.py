"""What tests of the payer's pages share: a whole gateway over SQLite, whose clock stands still until it is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from polygate.assembly import open_house
from polygate.operations.new_accounts import create_app, create_merchant
from polygate.settings import Settings
from polygate.store.migrate import migrate
from polygate.store.vault import new_master_key
from tests.checkout.payer import BASE_URL, START_MS, Payer


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with its schema, to be copied."""
    path = tmp_path_factory.mktemp("checkout") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_url(migrated: Path, tmp_path: Path) -> str:
    path = tmp_path / "polygate.db"
    path.write_bytes(migrated.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def methods() -> tuple[str, ...]:
    """The payment methods of the shop's app; a module about others has a fixture of its own by this name."""
    return ("card",)


@pytest.fixture
async def payer(database_url: str, methods: tuple[str, ...]) -> AsyncIterator[Payer]:
    """A payer's browser without a screen, and the gateway in front of it."""
    now = [START_MS]
    settings = Settings(database_url=database_url, master_key=new_master_key(), base_url=BASE_URL)
    async with open_house(settings, clock=lambda: now[0]) as house:
        made = await create_merchant(house.context, name="Ana & Söhne <Tools>", mcc="5999", fees={})
        shop = await create_app(house.context, made.merchant, name="Web shop", methods=methods)
        async with Payer(house, made.merchant, shop.app, now) as payer:
            yield payer
