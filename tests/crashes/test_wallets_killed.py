"""`kill -9` in the very moment in which wallets pay, and between one repeat and the next."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

import httpx
import pytest

from tests.crashes import aftermath
from tests.support.bodies import payment_body
from tests.support.books import Books, Row
from tests.support.crowd import CUT, Crowd
from tests.support.houses import House
from tests.support.receiver import Receiver

PAYERS: Final = 40
PAYERS_AT_MOST: Final = 240
APART_S: Final = 0.004
"""One after the other, so that at any time there is one who has paid and whose push is still on its way."""
ORDERS: Final = 5
REPEATS: Final = 20
HAPPENS_WITHIN_S: Final = 10.0
HEARD_WITHIN_S: Final = 25.0
"""Questions that a killed process was about to ask come up again after 15 s."""

pytestmark = [pytest.mark.xdist_group("serial"), pytest.mark.timeout(300)]


async def open_shop(crowd: Crowd, receiving: Receiver) -> None:
    body = {"apiVersion": "20250703", "signMethod": "sha256", "subscribeUrl": receiving.url}
    assert (await crowd.call("webhook/subscribe", body))["respCode"] == "0000"


def order(order_no: str) -> dict[str, object]:
    return payment_body(order_no, currency="SGD", paymentMethodType="wechat", wechat={"productType": "qr-code"})


async def wallet_page(crowd: Crowd, pay_url: str) -> str:
    return str((await crowd.browse(pay_url)).headers["location"])


async def survived(asking: Awaitable[httpx.Response]) -> httpx.Response | None:
    """The answer, None where the connection was cut."""
    try:
        return await asking
    except CUT:
        return None


async def kill_in_the_midst(house: House, happened: Callable[[], object]) -> None:
    """All processes at once, as soon as the first thing has happened."""

    def kill() -> None:
        give_up_at = time.monotonic() + HAPPENS_WITHIN_S
        while not happened():
            assert time.monotonic() < give_up_at, "nothing happened"
        for server in house.servers:
            server.kill()

    await asyncio.to_thread(kill)


async def start_again(house: House) -> None:
    for server in house.servers:
        await asyncio.to_thread(server.start)


async def all_is_well(house: House, receiving: Receiver) -> None:
    await asyncio.to_thread(house.books.settle, HEARD_WITHIN_S)
    house.books.audit()
    await asyncio.to_thread(house.see_doctor)
    await asyncio.to_thread(aftermath.assert_announced, house, receiving)


def paid_in(books: Books) -> list[str]:
    found = books.rows(
        "SELECT p.order_no FROM sandbox_book b JOIN attempts a ON a.attempt_id = b.attempt_id "
        "JOIN payments p ON p.payment_id = a.payment_id WHERE b.kind = 'charge' AND b.state = 'approved'"
    )
    return [row["order_no"] for row in found]


async def pay_and_die(house: House, orders: list[str]) -> set[str]:
    """Open all orders and pay them in the wallet; die while a push is on its way. Those whose wallet said that they
    are paid."""

    async def press(crowd: Crowd, n: int, page: str) -> httpx.Response | None:
        await asyncio.sleep(n * APART_S)
        return await survived(crowd.browse(page, process=n, form={"choice": "pass"}))

    async with Crowd(house) as crowd:
        answers = await crowd.at_once([("payment", order(each)) for each in orders])
        pages = await asyncio.gather(*(wallet_page(crowd, answer["payUrl"]) for answer in answers))
        pressing = asyncio.gather(*(press(crowd, n, page) for n, page in enumerate(pages)))
        await kill_in_the_midst(house, house.books.unheard)
        return {each for each, answer in zip(orders, await pressing, strict=True) if answer}


async def test_a_push_that_dies_with_the_gateway_is_made_up_for(house: House, receiving: Receiver) -> None:
    """The wallet has taken the money, the news of it is lost and nobody comes back: asking brings it to light."""
    async with Crowd(house) as crowd:
        await open_shop(crowd, receiving)
    orders: list[str] = []
    answered: set[str] = set()
    lost: list[Row] = []
    while not lost:
        assert len(orders) < PAYERS_AT_MOST, "every push was faster than its kill"
        wave = [f"push-{len(orders) + n:06d}" for n in range(PAYERS)]
        orders += wave
        answered |= await pay_and_die(house, wave)
        lost = house.books.unheard()
        await start_again(house)

    await asyncio.to_thread(house.books.settle, HEARD_WITHIN_S)
    paid = set(paid_in(house.books))
    assert answered | {row["order_no"] for row in lost} <= paid
    for each in orders:
        assert house.books.payment(each)["state"] == ("captured" if each in paid else "pending")
        assert house.books.announced(each) == (["PaymentCaptured"] if each in paid else [])
    async with Crowd(house) as crowd:
        await aftermath.give_up_the_unpaid(house, crowd)
    await all_is_well(house, receiving)


async def test_what_is_repeated_around_a_crash_happens_once(house: House, receiving: Receiver) -> None:
    """Orders and the wallet's button, each twenty times at once while the gateway dies, and twenty times afterwards."""
    ordered = [f"order-{n:06d}" for n in range(ORDERS)]
    opened = [f"press-{n:06d}" for n in range(ORDERS)]
    answered: list[tuple[str, str]] = []
    pressed: list[int] = []

    async def order_again(crowd: Crowd, n: int, order_no: str) -> None:
        client = crowd.clients[n % len(crowd.clients)]
        if answer := await survived(client.post("/gateway/v1/payment", json=order(order_no))):
            answered.append((order_no, answer.json()["respCode"]))

    async def press_again(crowd: Crowd, n: int, page: str) -> None:
        if answer := await survived(crowd.browse(page, process=n, form={"choice": "pass"})):
            pressed.append(answer.status_code)

    async def repeat(crowd: Crowd, pages: list[str]) -> None:
        orders = [order_again(crowd, n, order_no) for n in range(REPEATS) for order_no in ordered]
        await asyncio.gather(*orders, *(press_again(crowd, n, page) for n in range(REPEATS) for page in pages))

    async with Crowd(house) as crowd:
        await open_shop(crowd, receiving)
        answers = await crowd.at_once([("payment", order(each)) for each in opened])
        pages = [await wallet_page(crowd, answer["payUrl"]) for answer in answers]
        repeating = asyncio.create_task(repeat(crowd, pages))
        await kill_in_the_midst(house, lambda: paid_in(house.books))
        await repeating
    before = len(answered), len(pressed)
    await start_again(house)
    async with Crowd(house) as crowd:
        await repeat(crowd, pages)
        assert (len(answered) - before[0], len(pressed) - before[1]) == (REPEATS * ORDERS,) * 2
        assert set(pressed) == {303}
        assert {code for _, code in answered} <= {"0000", "3002"}
        assert max(Counter(order_no for order_no, code in answered if code == "0000").values(), default=0) <= 1

        await asyncio.to_thread(house.books.settle, HEARD_WITHIN_S)
        rows = house.books.rows("SELECT order_no FROM payments ORDER BY order_no")
        assert [row["order_no"] for row in rows] == [*ordered, *opened]
        assert max(len(house.books.charges(order_no)) for order_no in ordered) == 1
        await aftermath.give_up_the_unpaid(house, crowd)
    for each in opened:
        assert house.books.payment(each)["state"] == "captured"
        assert [(c["amount_minor"], c["state"]) for c in house.books.charges(each)] == [(10_000, "approved")]
        assert house.books.announced(each) == ["PaymentCaptured"]
    await all_is_well(house, receiving)
