"""The same API through the command an operator runs: a real process, a real socket, a real clock."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway_api.answers import check
from tests.gateway_api.wire import Wire
from tests.support.bodies import payment_body
from tests.support.server import Shop, demo_server

pytestmark = pytest.mark.xdist_group("gateway_server")


@pytest.fixture(autouse=True)
def every_answer_is_checked(real_server: Wire) -> None:
    real_server.shop.http.event_hooks = {"response": [_checked]}


def _checked(response: httpx.Response) -> None:
    response.read()
    check(response.request.url.path.removeprefix("/gateway/v1/"), response)


def test_a_merchants_day(real_server: Wire) -> None:
    """Token, payment, capture, void, refund and its end two seconds later, queries."""
    shop = real_server.shop
    shop.refresh()
    assert shop.pay("day-1", capture="manual")["orderStatus"] == "authorized"
    assert shop.call("capture", {"orderNo": "day-1", "captureAmount": "60"})["amount"] == "60.00"
    assert shop.call("capture", {"orderNo": "day-1", "captureAmount": "60.00"})["respCode"] == "0000"
    assert shop.pay("day-2", capture="manual")["orderStatus"] == "authorized"
    assert shop.call("cancel", {"orderNo": "day-2"})["orderStatus"] == "canceled"
    assert shop.pay("day-3", card_no="4000000000009995")["respCode"] == "4002"
    refund = {"amount": "60.00", "clientIp": "::1", "orderNo": "day-1", "reason": "x", "refundNumber": "day-r"}
    accepted = shop.call("refund", refund)
    started = time.monotonic()
    while (seen := shop.call("refundQuery", {"orderNo": "day-r"}))["refundStatus"] == "accepted":
        assert time.monotonic() - started < 15
        time.sleep(0.1)
    assert (seen["refundStatus"], seen["refundTradeNo"]) == ("successed", accepted["refundTradeNo"])
    assert shop.call("query", {"orderNo": "day-1"})["refund"][0]["completeTime"] == seen["finishTime"]


def test_a_call_is_in_the_log_a_moment_later(real_server: Wire) -> None:
    """Written beside the payments, by the server itself; whoever asks is not told before."""
    response = real_server.shop.http.post("/gateway/v1/query", json={"orderNo": "logged"})
    ids = f"SELECT count(*) FROM calls WHERE call_id = {int(response.headers['x-request-id'])}"
    started = time.monotonic()
    while real_server.asked(ids) != 1:
        assert time.monotonic() - started < 10
        time.sleep(0.1)


def test_links_lead_to_this_server(real_server: Wire) -> None:
    """`redirectUrl` and `payUrl` are absolute and answer."""
    shop = real_server.shop
    opened = shop.call("cashier/order", {"amount": "1", "currency": "USD", "orderNo": "link-1"})
    asked = shop.pay("link-2", card_no="4000000000003220")
    for url in (opened["redirectUrl"], asked["payUrl"]):
        assert url.startswith(real_server.server.base_url)
        assert httpx.get(url, follow_redirects=True).status_code == 200


def test_forty_equal_payments_at_once_are_one_charge(real_server: Wire) -> None:
    """From forty connections: one 0000, 39 times 3002."""
    codes: list[str] = []
    headers, url = {"Authorization": real_server.token}, f"{real_server.server.base_url}/gateway/v1/payment"
    barrier = threading.Barrier(40)

    def pay() -> None:
        barrier.wait()
        codes.append(httpx.post(url, json=payment_body("forty-1"), headers=headers, timeout=30).json()["respCode"])

    threads = [threading.Thread(target=pay) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["0000"] + ["3002"] * 39


def test_tokens_and_orders_outlive_the_process(tmp_path: Path) -> None:
    """Killed right after an answer: the next process knows the token, the order and the open session."""
    with demo_server(tmp_path) as (server, demo):
        shop = Shop(server.base_url, demo)
        cashier: dict[str, Any] = {"amount": "1.00", "currency": "USD", "orderNo": "outlive-1"}
        opened, paid = shop.call("cashier/order", cashier), shop.pay("outlive-2")
        server.kill()
        server.start()
        shop.http.headers["Connection"] = "close"
        assert shop.call("query", {"orderNo": "outlive-2"})["order"]["tradeNo"] == paid["tradeNo"]
        assert shop.pay("outlive-2")["respCode"] == "3002"
        again = shop.call("cashier/order", cashier)
        assert again["redirectUrl"] == opened["redirectUrl"]
        shop.http.close()
