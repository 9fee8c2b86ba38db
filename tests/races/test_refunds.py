"""What is left to refund is never promised twice."""

from collections import Counter

import pytest

from tests.support.crowd import Call, Crowd
from tests.support.houses import House

pytestmark = pytest.mark.xdist_group("races")


def refund(order_no: str, number: str, amount: str) -> Call:
    return "refund", {
        "amount": amount,
        "clientIp": "203.0.113.9",
        "orderNo": order_no,
        "reason": "damaged",
        "refundNumber": number,
    }


async def test_of_sixty_four_refunds_of_sixty_percent_one_is_accepted(
    house: House, crowd: Crowd, order_no: str
) -> None:
    await crowd.pay(order_no)
    answers = await crowd.at_once([refund(order_no, f"{order_no}-{n}", "60.00") for n in range(64)])
    assert Counter(answer["respCode"] for answer in answers) == {"0000": 1, "3011": 63}
    house.books.settle(10)
    assert house.books.payment(order_no)["refunding_minor"] == 6_000


async def test_one_refund_number_sixty_four_times_is_one_refund(house: House, crowd: Crowd, order_no: str) -> None:
    """Whoever was first, all get the same answer. Sixty percent fit only once, so a second one would be refused."""
    await crowd.pay(order_no)
    answers = await crowd.at_once([refund(order_no, f"{order_no}-same", "60.00")] * 64)
    assert {answer["respCode"] for answer in answers} == {"0000"}
    assert len({answer["refundTradeNo"] for answer in answers}) == 1
    house.books.settle(10)
    assert house.books.payment(order_no)["refunding_minor"] == 6_000


async def test_refunds_that_all_fit_are_all_done_soon(house: House, crowd: Crowd, order_no: str) -> None:
    """Ten tenths of a payment, asked for at once, hinder each other neither in the call nor in the background."""
    await crowd.pay(order_no)
    answers = await crowd.at_once([refund(order_no, f"{order_no}-{n}", "10.00") for n in range(12)])
    assert Counter(answer["respCode"] for answer in answers) == {"0000": 10, "3011": 2}
    house.books.settle(8)
    assert house.books.payment(order_no)["refunding_minor"] == 10_000


async def test_what_the_acquirer_refuses_to_refund_is_free_again(house: House, crowd: Crowd, order_no: str) -> None:
    """Amounts that end in .13 are refused: eight of them at once give back nothing and keep nothing reserved."""
    await crowd.pay(order_no)
    await crowd.at_once([refund(order_no, f"{order_no}-{n}", "12.13") for n in range(8)])
    house.books.settle(8)
    assert house.books.payment(order_no)["refunding_minor"] == 0
    (answer,) = await crowd.at_once([refund(order_no, f"{order_no}-all", "100.00")])
    assert answer["respCode"] == "0000"
