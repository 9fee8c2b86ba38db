"""What must hold after a crash: all that was answered is there, nothing stays in doubt, everybody is told."""

from __future__ import annotations

import random
import time
from typing import Final

from tests.crashes.orders import Order, contradictions
from tests.crashes.shoppers import Shoppers
from tests.support.crowd import Crowd
from tests.support.houses import House
from tests.support.receiver import Receiver
from tests.webhook_delivery.contract import verify

IN_DOUBT_AT_MOST_S: Final = 40.0
CLOSED_WITHIN_S: Final = 25.0
"""A question that was claimed and failed comes up again after 15 s."""
TOLD_WITHIN_S: Final = 20.0
TOLD: Final = (
    "SELECT w.webhook_id FROM webhooks w JOIN payments p ON p.payment_id = w.payment_id WHERE p.protocol = 'gateway'"
)
"""Orders of the Channel API name no address."""
STATUS: Final = {"capturing": "pending", "voiding": "pending", "captured": "successed"}
"""States whose name in the Gateway API differs from the database's."""


def assert_kept(house: House, shoppers: Shoppers, *, at_last: bool = False) -> None:
    """Whatever was answered is in the database as answered, or further on."""
    payments = {row["order_no"]: row["state"] for row in house.books.rows("SELECT order_no, state FROM payments")}
    refunds = {row["number"]: row["state"] for row in house.books.rows("SELECT number, state FROM refunds")}
    found = contradictions(shoppers.orders, payments, refunds, at_last=at_last)
    assert not found, f"{len(found)} contradictions: {found[:5]}"


async def assert_told_alike(house: House, crowd: Crowd, orders: list[Order], *, sample: int = 30) -> None:
    """The API says of orders what the database says, once nothing moves them any more."""
    for n, order in enumerate(random.sample(orders, min(sample, len(orders)))):
        answer = await crowd.call("query", {"orderNo": order.order_no}, process=n)
        found = house.books.rows("SELECT state FROM payments WHERE order_no = ?", order.order_no)
        if found:
            state = found[0]["state"]
            assert answer["order"]["orderStatus"] == STATUS.get(state, state)
        else:
            assert answer["respCode"] == "3001"


async def give_up_the_unpaid(house: House, crowd: Crowd) -> None:
    """Orders that wait for a payer who will not come can still be closed."""
    unpaid = house.books.rows("SELECT order_no FROM payments WHERE state IN ('created', 'pending')")
    answers = await crowd.at_once([("cancel", {"orderNo": row["order_no"]}) for row in unpaid])
    assert {(answer["respCode"], answer["orderStatus"]) for answer in answers} <= {("0000", "canceled")}


def assert_announced(house: House, receiving: Receiver) -> None:
    """Every row of the outbox has reached its receiver, each time with the same body and a valid signature."""
    house.books.webhooks_due()
    ids = {f"ntf_{row['webhook_id']}" for row in house.books.rows(TOLD)}
    give_up_at = time.monotonic() + TOLD_WITHIN_S
    while missing := ids - {notification.notify_id for notification in list(receiving.received)}:
        assert time.monotonic() < give_up_at, f"{len(missing)} of {len(ids)} webhooks never came, one is {min(missing)}"
        time.sleep(0.2)
    bodies: dict[str, bytes] = {}
    for notification in list(receiving.received):
        headers = notification.headers
        assert verify(
            house.demo.app["appSecret"],
            headers["X-Timestamp"],
            headers["X-Nonce"],
            notification.raw,
            headers["X-Sign"],
        )
        assert bodies.setdefault(notification.notify_id, notification.raw) == notification.raw
    assert set(bodies) == ids
