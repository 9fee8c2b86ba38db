"""Nothing is lost when the process ends, politely or not."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections import Counter
from pathlib import Path

import pytest

from polygate.core.webhooks import WebhookState
from tests.support.house import MovableClock, at_work, eventually, house_at, shop_in
from tests.support.moody_receiver import Receiver, answering, hanging, receiving
from tests.support.outbox import Outbox
from tests.support.server import Shop, demo_server, free_port
from tests.webhook_delivery.contract import verify

pytestmark = pytest.mark.anyio

DELAYS = {"POLYGATE_WEBHOOK_RETRY_DELAYS": "2,1,1,1,1,1,1,1"}


def tries(directory: Path) -> list[tuple[int, int]]:
    """Webhook and number of every try so far, as another process sees them."""
    with sqlite3.connect(f"file:{directory / 'polygate.db'}?mode=ro", uri=True) as database:
        return list(database.execute("SELECT webhook_id, try_no FROM webhook_tries ORDER BY webhook_id, try_no"))


async def test_a_killed_server_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Ten notifications fail, the server is killed and started again, and each arrives, signed and whole."""
    port = free_port()
    with demo_server(tmp_path, environment=DELAYS) as (server, demo):
        shop = Shop(server.base_url, demo)
        url = f"http://127.0.0.1:{port}/notify"
        paid = [shop.pay(f"killed-{n}", notificationUrl=url) for n in range(10)]
        shop.http.close()
        give_up_at = time.monotonic() + 10
        while len(tries(tmp_path)) < 10 and time.monotonic() < give_up_at:
            time.sleep(0.02)  # noqa: ASYNC251  # Nothing else runs in this loop yet.
        server.kill()
        before = tries(tmp_path)
        assert len(before) >= 10
        async with receiving(port) as receiver:
            server.start()
            await receiver.arrived(10, timeout_s=75)
    assert {each.json["tradeNo"] for each in receiver.received} == {answer["tradeNo"] for answer in paid}
    for each in receiver.received:
        headers = each.headers
        signed = (headers["x-timestamp"], headers["x-nonce"], each.body, headers["x-sign"])
        assert verify(demo.app["appSecret"], *signed)
    assert set(before) <= set(tries(tmp_path)), "a try from before the end is still on record"


async def test_the_schedule_holds_over_a_real_clock(tmp_path: Path, receiver: Receiver) -> None:
    """With the operator's delays: four tries, not sooner than said, the same notification each time, then no more."""
    delays = {"POLYGATE_WEBHOOK_RETRY_DELAYS": "1,0,1"}
    url = receiver.behave("/500", answering("500 No"))
    with demo_server(tmp_path, environment=delays) as (server, demo):
        shop = Shop(server.base_url, demo)
        shop.pay("scheduled-1", notificationUrl=url)
        shop.http.close()
        received = await receiver.arrived(4, timeout_s=20)

        async def given_up() -> bool:
            return len(tries(tmp_path)) == 4

        await eventually(given_up)
    assert len({each.body for each in received}) == 1
    at_ms = [int(each.headers["x-timestamp"]) for each in received]
    gaps = [later - earlier for earlier, later in itertools.pairwise(at_ms)]
    assert gaps[0] >= 1_000
    assert gaps[2] >= 1_000
    with sqlite3.connect(tmp_path / "polygate.db") as database:
        assert database.execute("SELECT state, tries FROM webhooks").fetchall() == [("given_up", 4)]


async def test_a_try_that_was_cut_off_is_made_again(tmp_path: Path, clock: MovableClock, receiver: Receiver) -> None:
    """The process ends while receivers hang: when the claim has run out, the same notifications come again."""
    path, url = tmp_path / "cut.db", receiver.behave("/moody", hanging)
    async with house_at(path, clock) as house, shop_in(house) as shop:
        for number in range(3):
            await shop.pay(f"order-{number}", notificationUrl=url)
        async with at_work(house):
            await receiver.arrived(3)
    receiver.behave("/moody", answering())
    clock.move(minutes=1)
    async with house_at(path, clock) as house:
        outbox = Outbox(house, timeout_s=5)
        assert await outbox.deliver() == 3
        assert await outbox.states() == [WebhookState.DELIVERED] * 3
        await outbox.close()
    assert sorted(Counter(each.body for each in receiver.received).values()) == [2, 2, 2]
