"""`kill -9` under load, again and again over one database."""

import asyncio
from typing import Final

import pytest

from tests.crashes import aftermath, other_doors, treasury
from tests.crashes.other_doors import OtherDoors, Receivers
from tests.crashes.shoppers import Shoppers
from tests.crashes.treasury import Treasury
from tests.support.crowd import Crowd
from tests.support.houses import House
from tests.support.receiver import Receiver

CALLERS: Final = 24
CLERKS: Final = 6
"""Who collect and pay out beside them."""
OTHERS: Final = 6
"""Who sell by the Merchant API and pay out by the Signed API."""
ROUNDS: Final = ((0,), (1,), (0, 1)) * 2
"""The processes that are killed in each round; where there is one process only, it is always that one."""
LOAD_S: Final = 1.5
ROUNDS_WITH_SILENCE: Final = 1
"""Charges that the acquirer answers after 30 s stay in doubt over the kills of all other rounds."""


@pytest.mark.xdist_group("serial")
@pytest.mark.timeout(400)
async def test_nothing_that_was_answered_is_lost(house: House, receiving: Receiver, other_receivers: Receivers) -> None:
    """Kill the gateway six times under load: what it answered stays, what it did not answer ends one way or the other,
    and every result is announced."""
    async with Crowd(house) as crowd:
        await crowd.call(
            "webhook/subscribe", {"apiVersion": "20250703", "signMethod": "sha256", "subscribeUrl": receiving.url}
        )
    everybody: list[Shoppers] = []
    treasuries: list[Treasury] = []
    doors: list[OtherDoors] = []
    for number, killed in enumerate(ROUNDS):
        async with Crowd(house) as crowd:
            shoppers = Shoppers(crowd, house.books, seed=number)
            shoppers.silent_cards = number < ROUNDS_WITH_SILENCE
            everybody.append(shoppers)
            treasuries.append(Treasury(house, crowd, seed=number))
            doors.append(OtherDoors(house, crowd, treasuries[-1], other_receivers, seed=number))
            shopping = asyncio.create_task(shoppers.shop(CALLERS))
            working = asyncio.gather(treasuries[-1].work(CLERKS), doors[-1].work(OTHERS))
            # The first round is long enough for silence to be answered with "no answer yet".
            await asyncio.sleep(LOAD_S * (2 if number == 0 else 1))
            victims = [server for n, server in enumerate(house.servers) if n in killed] or [house.servers[0]]
            for server in victims:
                server.kill()
            shoppers.stopping = treasuries[-1].stopping = doors[-1].stopping = True
            await asyncio.gather(shopping, working)
        for server in victims:
            await asyncio.to_thread(server.start)
        assert [told.fault for order in shoppers.orders for told in order.told if told.fault] == []
        for past in everybody:
            aftermath.assert_kept(house, past)
        for earlier in treasuries:
            treasury.assert_kept(house, earlier)
        for each in doors:
            other_doors.assert_kept(house, each)

    async with Crowd(house) as crowd:
        for shoppers in everybody:
            await shoppers.wallets.come_back(crowd)
    await asyncio.to_thread(house.books.settle, aftermath.IN_DOUBT_AT_MOST_S)
    async with Crowd(house) as crowd:
        for earlier in treasuries:
            await treasury.come_back(house, crowd, earlier)
    await asyncio.to_thread(house.books.settle, aftermath.IN_DOUBT_AT_MOST_S)
    orders = [order for shoppers in everybody for order in shoppers.orders]
    assert len(orders) > 20 * len(ROUNDS), "there was hardly any load"
    for shoppers in everybody:
        aftermath.assert_kept(house, shoppers, at_last=True)
    for earlier in treasuries:
        treasury.assert_kept(house, earlier, at_last=True)
    for each in doors:
        other_doors.assert_kept(house, each, at_last=True)
    assert sum(len(each.sales) for each in doors) > 3 * len(ROUNDS), "hardly anything was sold by the other doors"
    moved = [order for earlier in treasuries for order in (*earlier.payouts, *earlier.collections)]
    assert len(moved) > 5 * len(ROUNDS), "hardly anything was collected or paid out"
    async with Crowd(house) as crowd:
        await aftermath.assert_told_alike(house, crowd, orders)
        await aftermath.give_up_the_unpaid(house, crowd)
        await treasury.assert_balanced(house, crowd)
    await asyncio.to_thread(house.books.settle, aftermath.CLOSED_WITHIN_S)
    house.books.audit()
    await asyncio.to_thread(house.see_doctor)
    await asyncio.to_thread(aftermath.assert_announced, house, receiving)
    await asyncio.to_thread(other_doors.assert_told, house, other_receivers)
