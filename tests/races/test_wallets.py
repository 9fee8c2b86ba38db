"""The payer in the wallet, the wallet's push, the payer's return, the jobs' inquiry and a cancel, all at once."""

import asyncio
import time

import pytest

from tests.support.crowd import CARD_FORM, Answer, Crowd
from tests.support.houses import House

pytestmark = pytest.mark.xdist_group("races")

ORDERS = 12


async def at_wallet(crowd: Crowd, order_no: str, **changes: str) -> tuple[str, str]:
    """The wallet's page of a new order, and where it sends the payer back to."""
    answer = await crowd.pay(order_no, currency="SGD", paymentMethodType="wechat", **changes)
    assert (answer["orderStatus"], answer["lastEvent"]) == ("pending", "QRCODE")
    opened = await crowd.browse(answer["payUrl"])
    assert opened.status_code == 303, opened.text
    return opened.headers["location"], f"{answer['payUrl']}/return"


async def press(crowd: Crowd, page: str, choice: str, *, process: int) -> bool:
    """Whether the wallet did as its button says."""
    pressed = await crowd.browse(page, process=process, form={"choice": choice})
    assert pressed.status_code in {200, 303}, pressed.text
    return pressed.status_code == 303


async def test_push_return_poll_and_inquiry_at_once_are_one_conclusion(
    house: House, crowd: Crowd, order_no: str
) -> None:
    """Whoever brings the news first, the payment is booked and announced once."""
    orders = [f"{order_no}-{n}" for n in range(ORDERS)]
    places = [await at_wallet(crowd, order) for order in orders]
    with house.books.impatient():
        await asyncio.gather(
            *(press(crowd, page, "pass", process=n) for page, _ in places for n in range(3)),
            *(crowd.browse(back, process=n) for _, back in places for n in range(3)),
            *(crowd.call("query", {"orderNo": order}, process=n) for order in orders for n in range(3)),
        )
        house.books.settle(15)
    for order in orders:
        assert house.books.payment(order)["state"] == "captured"
        assert [(c["amount_minor"], c["state"]) for c in house.books.charges(order)] == [(10_000, "approved")]
        assert house.books.announced(order) == ["PaymentCaptured"]


async def test_two_buttons_at_once_are_one_choice(house: House, crowd: Crowd, order_no: str) -> None:
    """What the wallet did is what the order becomes."""
    orders = [f"{order_no}-{n}" for n in range(ORDERS)]
    places = [await at_wallet(crowd, order) for order in orders]
    done = await asyncio.gather(
        *(
            press(crowd, page, choice, process=n)
            for page, _ in places
            for n, choice in enumerate(("pass", "fail", "cancel"))
        )
    )
    became = {"pass": "captured", "fail": "failed", "cancel": "canceled"}
    for n, order in enumerate(orders):
        took = [choice for choice, did in zip(became, done[3 * n : 3 * n + 3], strict=True) if did]
        assert [became[choice] for choice in took] == [house.books.payment(order)["state"]]


async def test_a_cancel_while_the_payer_pays_leaves_one_result(house: House, crowd: Crowd, order_no: str) -> None:
    """Paid and kept, or canceled and whatever was taken given back: the books are compared to the cent afterwards."""
    orders = [f"{order_no}-{n}" for n in range(2 * ORDERS)]
    places = [await at_wallet(crowd, order) for order in orders]

    async def both(n: int, order: str, page: str) -> Answer:
        paying = press(crowd, page, "pass", process=n + 1)
        canceled, _ = await asyncio.gather(crowd.call("cancel", {"orderNo": order}, process=n), paying)
        return canceled

    answers = await asyncio.gather(*(both(n, orders[n], page) for n, (page, _) in enumerate(places)))
    with house.books.impatient():
        house.books.settle(15)
    for order, answer in zip(orders, answers, strict=True):
        state = house.books.payment(order)["state"]
        assert (answer["respCode"], state) in {("0000", "canceled"), ("3008", "captured")}
        assert house.books.announced(order) == ["PaymentCanceled" if state == "canceled" else "PaymentCaptured"]


async def test_an_order_that_expires_while_the_payer_pays_is_paid(house: House, crowd: Crowd, order_no: str) -> None:
    """At worst it was expired for a moment, and both are told."""
    orders = [f"{order_no}-{n}" for n in range(ORDERS)]
    places = [await at_wallet(crowd, order) for order in orders]

    house.books.expiring(orders, at_ms=time.time_ns() // 1_000_000 + 300)
    await asyncio.sleep(0.25)
    for n, (page, _) in enumerate(places):
        await asyncio.sleep(0.02)
        assert await press(crowd, page, "pass", process=n)
    with house.books.impatient():
        house.books.settle(15)
    for order in orders:
        assert house.books.payment(order)["state"] == "captured"
        assert house.books.announced(order)[-1:] == ["PaymentCaptured"]


async def test_a_card_given_while_a_left_wallet_is_closed_is_charged(house: House, crowd: Crowd, order_no: str) -> None:
    """The jobs have the acquirer close the wallet in that very moment: the payer's form is not lost over it."""
    orders = [f"{order_no}-{n}" for n in range(4 * ORDERS)]

    async def change_mind(n: int, order: str) -> None:
        opened = await crowd.call("cashier/order", {"amount": "25.00", "currency": "USD", "orderNo": order}, process=n)
        page = str(opened["redirectUrl"])
        await crowd.browse(page, process=n, form={"method": "wechat"})
        await crowd.browse(page.replace("cashier.html", "choose"), process=n, form={})
        await crowd.browse(page, process=n + 1, form=CARD_FORM)

    await asyncio.gather(*(change_mind(n, order) for n, order in enumerate(orders)))
    assert [order for order in orders if house.books.payment(order)["state"] != "captured"] == []
