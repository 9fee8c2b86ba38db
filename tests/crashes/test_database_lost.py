"""PostgreSQL stops as a crash would stop it, and comes back, while the gateway keeps running."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from tests.crashes import aftermath
from tests.crashes.conftest import ENVIRONMENT
from tests.crashes.shoppers import Shoppers
from tests.support.crowd import Crowd
from tests.support.houses import postgres_house
from tests.support.postgres import PostgresServer, fresh_database
from tests.support.receiver import Receiver

CALLERS: Final = 24
LOAD_S: Final = 1.5
OUTAGES_S: Final = (1.0, 10.0, 0.0)
"""Short enough to be waited out by the callers, too long for that, and none but the crash itself."""
ANSWERED_WITHIN_S: Final = 15.0


@pytest.mark.xdist_group("serial")
@pytest.mark.timeout(400)
async def test_a_database_that_is_lost_and_found_loses_nothing(
    tmp_path: Path, postgres_to_crash: PostgresServer, receiving: Receiver
) -> None:
    """Meanwhile every call is answered: with what was done, or that the gateway is not available. Afterwards the same
    processes go on, and everything that was answered is there."""
    with (
        fresh_database(postgres_to_crash.url()) as url,
        postgres_house(tmp_path, url, environment=ENVIRONMENT) as house,
    ):
        async with Crowd(house) as crowd:
            await crowd.call(
                "webhook/subscribe", {"apiVersion": "20250703", "signMethod": "sha256", "subscribeUrl": receiving.url}
            )
            shoppers = Shoppers(crowd, house.books, seed=77, stay=True)
            shopping = asyncio.create_task(shoppers.shop(CALLERS))
            for outage_s in OUTAGES_S:
                await asyncio.sleep(LOAD_S)
                await asyncio.to_thread(postgres_to_crash.stop, "immediate")
                await asyncio.sleep(outage_s)
                await asyncio.to_thread(postgres_to_crash.start)
                shoppers.silent_cards = False
            before = len(shoppers.orders)
            await asyncio.sleep(LOAD_S)
            shoppers.stopping = True
            await shopping

            calls = [told for order in shoppers.orders for told in order.told]
            assert [told.fault for told in calls if told.fault] == []
            assert max(told.duration_s for told in calls) < ANSWERED_WITHIN_S
            assert any(told.answer is None for told in calls), "nobody noticed that the database was away"
            served_again = [order for order in shoppers.orders[before:] if all(told.answer for told in order.told)]
            assert served_again, "nobody was served after the database came back"

            await shoppers.wallets.come_back(crowd)
            await asyncio.to_thread(house.books.settle, aftermath.IN_DOUBT_AT_MOST_S)
            aftermath.assert_kept(house, shoppers, at_last=True)
            await aftermath.assert_told_alike(house, crowd, shoppers.orders)
            await aftermath.give_up_the_unpaid(house, crowd)
        await asyncio.to_thread(house.books.settle, aftermath.CLOSED_WITHIN_S)
        house.books.audit()
        await asyncio.to_thread(house.see_doctor)
        await asyncio.to_thread(aftermath.assert_announced, house, receiving)
