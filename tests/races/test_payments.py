"""One order number, many callers: one charge."""

from collections import Counter

import pytest

from tests.support.bodies import payment_body
from tests.support.crowd import Crowd
from tests.support.houses import House

pytestmark = pytest.mark.xdist_group("races")


async def test_forty_equal_payments_at_once_are_one_charge(house: House, crowd: Crowd, order_no: str) -> None:
    """One caller gets the payment; the others are told that the number is used, and nothing is charged for them."""
    answers = await crowd.at_once([("payment", payment_body(order_no))] * 40)
    assert Counter(answer["respCode"] for answer in answers) == {"0000": 1, "3002": 39}
    (charge,) = house.books.charges(order_no)
    assert (charge["amount_minor"], charge["state"]) == (10_000, "approved")
    assert house.books.announced(order_no) == ["PaymentCaptured"]


async def test_of_different_amounts_under_one_number_one_is_charged(house: House, crowd: Crowd, order_no: str) -> None:
    """It is the amount of the caller who was answered with success."""
    answers = await crowd.at_once([("payment", payment_body(order_no, amount=f"{n}.00")) for n in range(1, 41)])
    (taken,) = [answer for answer in answers if answer["respCode"] == "0000"]
    assert {answer["respCode"] for answer in answers if answer is not taken} == {"3002"}
    (charge,) = house.books.charges(order_no)
    assert f"{charge['amount_minor'] / 100:.2f}" == taken["amount"]


async def test_forty_equal_checkouts_at_once_are_one_session(house: House, crowd: Crowd, order_no: str) -> None:
    """An equal repeat is a safe retry: everybody gets the same page."""
    body = {"amount": "25.00", "currency": "USD", "orderNo": order_no}
    answers = await crowd.at_once([("cashier/order", body)] * 40)
    assert {answer["respCode"] for answer in answers} == {"0000"}
    assert len({answer["redirectUrl"].partition("token=")[2] for answer in answers}) == 1
    assert house.books.rows("SELECT state FROM payments WHERE order_no = ?", order_no) == [{"state": "created"}]
