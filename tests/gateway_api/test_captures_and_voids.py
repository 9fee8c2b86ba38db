"""`capture` (section 4.4) and `cancel` (section 4.5): every case of their tables, right side and wrong."""

from __future__ import annotations

import asyncio

import pytest

from polygate.assembly import House
from tests.gateway_api.tables import GONE, Case
from tests.protocols.gateway.examples import THREE_DS_DATA
from tests.support.house import MovableClock, Shop, move

pytestmark = pytest.mark.anyio

CAPTURE = {"orderNo": "order-1", "captureAmount": "100.00"}


async def authorized(shop: Shop, order_no: str = "order-1", **changes: str) -> str:
    paid = await shop.pay(order_no, capture="manual", **changes)
    assert paid["orderStatus"] == "authorized"
    return str(paid["tradeNo"])


@pytest.mark.parametrize("amount", ["0.01", "60", "99.99", "100.00"])
async def test_up_to_the_authorized_amount_is_captured(shop: Shop, amount: str) -> None:
    """`successed`; `amount` is what was taken, in the query too, and the rest is released."""
    trade_no = await authorized(shop)
    captured = await shop.call("capture", CAPTURE | {"captureAmount": amount})
    assert (captured["respCode"], captured["orderStatus"], captured["lastEvent"]) == ("0000", "successed", "CAPTURED")
    assert (float(captured["amount"]), captured["tradeNo"]) == (float(amount), trade_no)
    found = await shop.query("order-1")
    assert found["order"]["payAmount"] == float(amount)
    assert len(found["extend"]["arn"]) == 23


async def test_a_larger_amount_is_3005_and_changes_nothing(shop: Shop) -> None:
    await authorized(shop)
    assert await shop.code("capture", CAPTURE | {"captureAmount": "100.01"}) == "3005"
    assert await shop.status("order-1") == "authorized"
    assert await shop.code("capture", CAPTURE) == "0000"


async def test_a_partial_capture_is_possible_once(shop: Shop) -> None:
    """The same amount again is the same answer; another amount is 3006, also if it would still fit."""
    await authorized(shop)
    first = await shop.call("capture", CAPTURE | {"captureAmount": "60.00"})
    assert await shop.call("capture", CAPTURE | {"captureAmount": "60"}) == first
    for other in ("40.00", "59.99", "100.00", "100.01"):
        assert await shop.code("capture", CAPTURE | {"captureAmount": other}) == "3006"
    assert (await shop.refund("order-1", "r-1", "60.01"))["respCode"] == "3011"


async def test_only_an_authorization_can_be_captured(shop: Shop, working: House, clock: MovableClock) -> None:
    """3004 in any other state: captured at once, failed, canceled, created, pending, expired."""
    await shop.pay("auto-order")
    await shop.pay("failed-order", card_no="4000000000000002")
    await shop.pay("failed-order-2", threeDsData=THREE_DS_DATA | {"authenticationResultCode": "N"})
    await authorized(shop, "canceled-order")
    await shop.call("cancel", {"orderNo": "canceled-order"})
    await shop.call("cashier/order", {"amount": "100.00", "currency": "USD", "orderNo": "created-order"})
    await shop.pay("pending-order", card_no="4000000000003220", capture="manual")
    await shop.pay("expired-order", card_no="4000000000003220", capture="manual", expiryTime=1)
    move(working, clock, minutes=1)
    await shop.becomes("expired-order", "expired")
    for state in ("auto", "failed", "canceled", "created", "pending", "expired"):
        answer = await shop.call("capture", {"orderNo": f"{state}-order", "captureAmount": "100.00"})
        assert (answer["respCode"], answer["orderNo"]) == ("3004", f"{state}-order")
    assert await shop.code("capture", {"orderNo": "failed-order-2", "captureAmount": "100.00"}) == "3004"


async def test_an_authorization_lives_seven_days(shop: Shop, clock: MovableClock) -> None:
    """In its last second it is captured; after it a capture is 3007, and the order is canceled."""
    await authorized(shop, "in-time")
    await authorized(shop, "too-late")
    clock.move(days=7, milliseconds=-1)
    await shop.sign_in()
    assert await shop.code("capture", CAPTURE | {"orderNo": "in-time"}) == "0000"
    clock.move(milliseconds=1)
    assert await shop.code("capture", CAPTURE | {"orderNo": "too-late"}) == "3007"
    assert await shop.status("too-late") == "canceled"


async def test_old_authorizations_are_released_unasked(shop: Shop, working: House, clock: MovableClock) -> None:
    """After seven days the order becomes `canceled` by itself (section 5.1)."""
    await authorized(shop)
    move(working, clock, days=7, milliseconds=-1)
    await shop.sign_in()
    await asyncio.sleep(0.6)
    assert await shop.status("order-1") == "authorized"
    move(working, clock, milliseconds=1)
    await shop.becomes("order-1", "canceled")
    assert await shop.code("capture", CAPTURE) == "3007"
    assert await shop.code("capture", CAPTURE) == "3007"


async def test_what_a_capture_needs(shop: Shop) -> None:
    """The amount's own rules, also where they hang on the order's currency."""
    await authorized(shop, currency="JPY")
    cases: list[Case] = [
        ("captureAmount", "2002", [GONE, "", None]),
        ("captureAmount", "2005", ["0", "-1", "1.001", "1e2", "x", "50.50", "0.01"]),
        ("captureAmount", "2001", [{}, [1]]),
        ("captureAmount", "3005", ["101", "9999999.00"]),
    ]
    for place, code, values in cases:
        for value in values:
            body = {"orderNo": "order-1"} | ({} if value is GONE else {place: value})
            answer = await shop.call("capture", body)
            assert (answer["respCode"], answer["orderNo"]) == (code, "order-1"), value
            assert answer["respMsg"].startswith(place)
    captured = await shop.call("capture", {"orderNo": "order-1", "captureAmount": "100.0"})
    assert (captured["respCode"], captured["amount"]) == ("0000", "100.00")


async def test_a_void_releases_an_authorization(shop: Shop) -> None:
    """By either number; the second call is fine and changes nothing."""
    trade_no = await authorized(shop)
    first = await shop.call("cancel", {"tradeNo": trade_no})
    assert (first["respCode"], first["orderStatus"], first["lastEvent"]) == ("0000", "canceled", "CANCELED")
    assert first["transactionTime"] == "2026-03-02T12:00:00+08:00"
    assert await shop.call("cancel", {"orderNo": "order-1"}) == first
    assert (await shop.refund("order-1", "r-1", "1.00"))["respCode"] == "3010"


async def test_an_unpaid_order_can_be_given_up(shop: Shop) -> None:
    """`created` and `pending` become `canceled`; there is nothing to capture or to pay any more."""
    await shop.call("cashier/order", {"amount": "1", "currency": "USD", "orderNo": "created-1"})
    await shop.pay("pending-1", card_no="4000000000003220")
    for order_no in ("created-1", "pending-1"):
        canceled = await shop.call("cancel", {"orderNo": order_no})
        assert (canceled["respCode"], canceled["orderStatus"]) == ("0000", "canceled")
        assert await shop.call("cancel", {"orderNo": order_no}) == canceled


async def test_money_taken_is_not_voided(shop: Shop) -> None:
    """`successed`, captured at once or later: 3008."""
    await shop.pay("auto-1")
    await authorized(shop)
    await shop.call("capture", CAPTURE)
    for order_no in ("auto-1", "order-1"):
        assert await shop.code("cancel", {"orderNo": order_no}) == "3008"
        assert await shop.status(order_no) == "successed"


async def test_a_failed_order_is_not_voided(shop: Shop) -> None:
    await shop.pay("failed-1", card_no="4000000000000002")
    assert await shop.code("cancel", {"orderNo": "failed-1"}) == "3008"


async def test_an_expired_payment_is_not_voided(shop: Shop, working: House, clock: MovableClock) -> None:
    await shop.pay("expired-1", card_no="4000000000003220", expiryTime=1)
    move(working, clock, minutes=1)
    await shop.becomes("expired-1", "expired")
    assert await shop.code("cancel", {"orderNo": "expired-1"}) == "3008"


async def test_an_order_that_ended_without_a_charge_is_not_voided(
    shop: Shop, working: House, clock: MovableClock
) -> None:
    """A session nobody used, and a payment that failed before the processor was asked: 3008 like the others."""
    await shop.pay("failed-2", threeDsData=THREE_DS_DATA | {"authenticationResultCode": "N"})
    await shop.call("cashier/order", {"amount": "1", "currency": "USD", "orderNo": "expired-2", "expiryTime": 1})
    move(working, clock, minutes=1)
    await shop.becomes("expired-2", "expired")
    assert [await shop.code("cancel", {"orderNo": order_no}) for order_no in ("failed-2", "expired-2")] == ["3008"] * 2


async def test_of_capture_and_void_at_once_one_wins(shop: Shop) -> None:
    """Eight times each way: one is done, the other is told what the order has become."""
    for number in range(8):
        order_no = f"race-{number}"
        await authorized(shop, order_no)
        calls = [
            shop.call("capture", CAPTURE | {"orderNo": order_no}),
            shop.call("cancel", {"orderNo": order_no}),
        ]
        answers = await asyncio.gather(*(calls if number % 2 else calls[::-1]))
        codes = {answer["respCode"] for answer in answers}
        status = await shop.status(order_no)
        assert (codes, status) in [({"0000", "3008"}, "successed"), ({"0000", "3004"}, "canceled")]
