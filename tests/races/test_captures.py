"""An authorization ends once: captured by one caller, or released by another."""

from collections import Counter

import pytest

from tests.support.crowd import Call, Crowd
from tests.support.houses import House

pytestmark = pytest.mark.xdist_group("races")


def capture(order_no: str, amount: str) -> Call:
    return "capture", {"captureAmount": amount, "orderNo": order_no}


def cancel(order_no: str) -> Call:
    return "cancel", {"orderNo": order_no}


async def test_capture_and_void_at_once_have_one_winner(house: House, crowd: Crowd, order_no: str) -> None:
    """The loser hears the state that the winner made: 3004 for the capture, 3008 for the void."""
    orders = [f"{order_no}-{n}" for n in range(20)]
    for order in orders:
        assert (await crowd.pay(order, capture="manual"))["orderStatus"] == "authorized"
    # Side by side in both orders, so that each process gets captures as well as voids.
    calls = [c for n, o in enumerate(orders) for c in ([capture(o, "70.00"), cancel(o)][:: 1 if n % 4 < 2 else -1])]
    answers = await crowd.at_once(calls)
    for order in orders:
        codes = {
            path: a["respCode"] for (path, body), a in zip(calls, answers, strict=True) if body["orderNo"] == order
        }
        state = house.books.payment(order)["state"]
        if state == "captured":
            assert codes == {"capture": "0000", "cancel": "3008"}
        else:
            assert (state, codes) == ("canceled", {"capture": "3004", "cancel": "0000"})


async def test_forty_equal_captures_at_once_are_one(house: House, crowd: Crowd, order_no: str) -> None:
    """Each caller is told the same success: an equal repeat is a safe retry."""
    await crowd.pay(order_no, capture="manual")
    answers = await crowd.at_once([capture(order_no, "70.00")] * 40)
    told = {(answer["respCode"], answer["orderStatus"], answer["amount"]) for answer in answers}
    assert told == {("0000", "successed", "70.00")}
    assert house.books.announced(order_no) == ["PaymentAuthorized", "PaymentCaptured"]


async def test_of_forty_captures_of_different_amounts_one_is_made(house: House, crowd: Crowd, order_no: str) -> None:
    await crowd.pay(order_no, capture="manual")
    answers = await crowd.at_once([capture(order_no, f"{n}.00") for n in range(1, 41)])
    assert Counter(answer["respCode"] for answer in answers) == {"0000": 1, "3006": 39}
    (won,) = [answer for answer in answers if answer["respCode"] == "0000"]
    assert f"{house.books.payment(order_no)['captured_minor'] / 100:.2f}" == won["amount"]


async def test_forty_voids_at_once_are_one(house: House, crowd: Crowd, order_no: str) -> None:
    await crowd.pay(order_no, capture="manual")
    answers = await crowd.at_once([cancel(order_no)] * 40)
    assert {(answer["respCode"], answer["orderStatus"]) for answer in answers} == {("0000", "canceled")}
    assert house.books.announced(order_no) == ["PaymentAuthorized", "PaymentCanceled"]
