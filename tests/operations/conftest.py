"""Houses that tests of operations share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from polygate.core.money import Money
from polygate.operations.new_accounts import create_app, create_merchant
from tests.operations.bank import OPENING_MINOR, PRICE, Bank
from tests.support.house import MovableClock, house_at


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    clock = MovableClock()
    async with house_at(tmp_path / "house.db", clock) as house:
        opening = (Money(OPENING_MINOR, PRICE.currency),)
        made = await create_merchant(house.context, name="Shop", mcc="5999", fees={}, opening_balances=opening)
        shop = await create_app(house.context, made.merchant, name="Shop", methods=("card",))
        yield Bank(house, clock, made.merchant.merchant_id, shop.app.app_id)
