"""The hosted page, submitted more than once, and against the clock."""

import asyncio
import time

import pytest

from tests.support.crowd import CARD_FORM, Crowd
from tests.support.houses import House

pytestmark = pytest.mark.xdist_group("races")

DECLINED_FORM = CARD_FORM | {"card_number": "4000 0000 0000 0002"}


async def opened(crowd: Crowd, order_no: str) -> str:
    """The address of the page of a new order."""
    answer = await crowd.call("cashier/order", {"amount": "25.00", "currency": "USD", "orderNo": order_no})
    assert answer["respCode"] == "0000"
    return str(answer["redirectUrl"])


async def test_a_form_submitted_eight_times_at_once_is_one_charge(house: House, crowd: Crowd, order_no: str) -> None:
    """Impatient payers click twice, and browsers send forms again: every submission ends on the page of the result."""
    page = await opened(crowd, order_no)
    answers = await asyncio.gather(*(crowd.browse(page, process=n, form=CARD_FORM) for n in range(8)))
    assert {answer.status_code for answer in answers} == {303}
    assert [(c["amount_minor"], c["state"]) for c in house.books.charges(order_no)] == [(2_500, "approved")]
    assert house.books.announced(order_no) == ["PaymentCaptured"]


async def test_a_good_and_a_declined_card_at_once_charge_the_good_one_at_most(
    house: House, crowd: Crowd, order_no: str
) -> None:
    """Two windows, two cards: three declines close the order, an approval ends it, and nothing is taken twice."""
    page = await opened(crowd, order_no)
    forms = [DECLINED_FORM, CARD_FORM] * 4
    await asyncio.gather(*(crowd.browse(page, process=n // 2, form=form) for n, form in enumerate(forms)))
    payment = house.books.payment(order_no)
    approved = [charge for charge in house.books.charges(order_no) if charge["state"] == "approved"]
    assert len(approved) == (payment["state"] == "captured")
    assert payment["tries"] <= 3


async def test_payment_against_expiry_has_one_winner(house: House, crowd: Crowd, order_no: str) -> None:
    """Submitted in the very moment in which its time runs out, an order is either paid or expired without a charge."""
    orders = [f"{order_no}-{n}" for n in range(24)]
    pages = [await opened(crowd, order) for order in orders]
    runs_out_at = time.time() + 1.5
    house.books.expiring(orders, at_ms=int(runs_out_at * 1000))

    async def submit(n: int, page: str) -> None:
        await asyncio.sleep(runs_out_at - time.time() + (n - 16) * 0.02)
        assert (await crowd.browse(page, process=n, form=CARD_FORM)).status_code == 303

    await asyncio.gather(*(submit(n, page) for n, page in enumerate(pages)))
    await expired_by_jobs(house, orders)
    states = [house.books.payment(order)["state"] for order in orders]
    assert set(states) <= {"captured", "expired"}
    for order, state in zip(orders, states, strict=True):
        assert len(house.books.charges(order)) == (state == "captured")


async def test_the_way_back_from_authentication_against_expiry_has_one_winner(
    house: House, crowd: Crowd, order_no: str
) -> None:
    orders = [f"{order_no}-{n}" for n in range(8)]
    back: list[str] = []
    for order in orders:
        answer = await crowd.pay(order, card_no="4000000000003220")
        back.append(await crowd.authenticate(answer["payUrl"]))
    runs_out_at = time.time() + 1.5
    house.books.expiring(orders, at_ms=int(runs_out_at * 1000))

    async def walk(n: int, page: str) -> None:
        await asyncio.sleep(runs_out_at - time.time() + (n - 5) * 0.02)
        await crowd.browse(page, process=n)

    await asyncio.gather(*(walk(n, page) for n, page in enumerate(back)))
    await expired_by_jobs(house, orders)
    assert {house.books.payment(order)["state"] for order in orders} <= {"captured", "expired"}


async def expired_by_jobs(house: House, orders: list[str]) -> None:
    """Returns once none of the orders waits for its payer any more."""
    give_up_at = time.monotonic() + 10
    while {house.books.payment(order)["state"] for order in orders} & {"created", "pending"}:
        assert time.monotonic() < give_up_at, "an order whose time is over is still open"
        await asyncio.sleep(0.1)
