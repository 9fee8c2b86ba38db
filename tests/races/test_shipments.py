"""A parcel has one row, whoever tells of it first; and nothing told of it is lost."""

from collections import Counter
from typing import Any

import pytest

from tests.support.crowd import Call, Crowd
from tests.support.houses import House

pytestmark = pytest.mark.xdist_group("races")


def add(order_no: str, **changes: Any) -> Call:
    body = {
        "carrier": "2EBOX",
        "orderNo": order_no,
        "shipmentDate": "2025-06-09",
        "shipmentDirection": "FORWARD",
        "shippingStatus": "SHIPPED",
        "trackingNo": "Fb1",
        "trackingNumberType": "CARRIER_PROVIDED",
    }
    return "shipping/tracking", body | changes


def change(order_no: str, path: str, value: str) -> Call:
    iterms = [{"op": "add", "path": path, "value": value}]
    return "shipping/tracking-modify", {"orderNo": order_no, "trackingNo": "Fb1", "iterms": iterms}


def parcels(house: House, order_no: str) -> list[Any]:
    sql = "SELECT s.* FROM shipments s JOIN payments p ON p.payment_id = s.payment_id WHERE p.order_no = ?"
    return house.books.rows(sql, order_no)


async def test_forty_equal_parcels_at_once_are_one(house: House, crowd: Crowd, order_no: str) -> None:
    """Each caller is told the same success."""
    await crowd.pay(order_no)
    answers = await crowd.at_once([add(order_no)] * 40)
    assert {(answer["respCode"], *answer["trackings"]) for answer in answers} == {
        ("0000", *answers[0]["trackings"]),
    }
    assert len(parcels(house, order_no)) == 1


async def test_of_forty_different_parcels_with_one_number_one_is_kept(
    house: House, crowd: Crowd, order_no: str
) -> None:
    """The others are told to change it instead."""
    await crowd.pay(order_no)
    answers = await crowd.at_once([add(order_no, carrier=f"carrier-{n}") for n in range(40)])
    assert Counter(answer["respCode"] for answer in answers) == {"0000": 1, "3022": 39}
    (won,) = (n for n, answer in enumerate(answers) if answer["respCode"] == "0000")
    assert [row["carrier"] for row in parcels(house, order_no)] == [f"carrier-{won}"]


async def test_no_change_is_lost_among_twenty(house: House, crowd: Crowd, order_no: str) -> None:
    """Each is decided on what the one before left: all texts are there at the end, and a version for each of them."""
    await crowd.pay(order_no)
    await crowd.call(*add(order_no))
    answers = await crowd.at_once([change(order_no, f"/matedata/k{n}", str(n)) for n in range(20)])
    assert {answer["respCode"] for answer in answers} == {"0000"}
    found = await crowd.call("shipping/retrieve", {"orderNo": order_no, "trackingNo": "Fb1"})
    assert found["matedata"] == {f"k{n}": str(n) for n in range(20)}
    assert [row["version"] for row in parcels(house, order_no)] == [21]


async def test_delivered_and_canceled_at_once_have_one_winner(house: House, crowd: Crowd, order_no: str) -> None:
    """Neither may follow the other: every loser is told so, and what was won stays."""
    await crowd.pay(order_no)
    await crowd.call(*add(order_no))
    words = ["DELIVERED", "CANCELLED"] * 10
    answers = await crowd.at_once([change(order_no, "/status", word) for word in words])
    (status,) = (row["status"] for row in parcels(house, order_no))
    won = {"delivered": "DELIVERED", "canceled": "CANCELLED"}[status]
    codes = Counter((word == won, answer["respCode"]) for word, answer in zip(words, answers, strict=True))
    assert codes == {(True, "0000"): 10, (False, "3023"): 10}


async def test_parcels_and_refunds_do_not_hinder_each_other(house: House, crowd: Crowd, order_no: str) -> None:
    """Ten of each at once: all are taken, and nothing is refunded twice."""
    await crowd.pay(order_no)
    refunds: list[Call] = [
        (
            "refund",
            {
                "amount": "10.00",
                "clientIp": "203.0.113.9",
                "orderNo": order_no,
                "reason": "damaged",
                "refundNumber": f"{order_no}-{n}",
            },
        )
        for n in range(10)
    ]
    both = [call for n, each in enumerate(refunds) for call in (each, add(order_no, trackingNo=f"Fb{n}"))]
    answers = await crowd.at_once(both)
    assert {answer["respCode"] for answer in answers} == {"0000"}
    assert len(parcels(house, order_no)) == 10
    house.books.settle(8)
    assert house.books.payment(order_no)["refunding_minor"] == 10_000
