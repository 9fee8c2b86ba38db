"""What notifications say (section 10.4) and how they are signed (section 10.3), event by event."""

from __future__ import annotations

import re

import pytest

from polygate.assembly import House
from polygate.core.cards import Secret
from polygate.protocols.gateway.webhook import signature
from tests.gateway_api import answers
from tests.gateway_api.answers import check_fields
from tests.gateway_api.payer import Payer
from tests.protocols.gateway.examples import BILLING
from tests.support.house import MovableClock, Shop, all_asked, at_work, move
from tests.support.moody_receiver import Notification, Receiver
from tests.support.outbox import Outbox
from tests.webhook_delivery.contract import EXAMPLES, verify

pytestmark = pytest.mark.anyio

COMMON: answers.Fields = {
    "apiVersion!": "20250703",
    "notifyId!": r"ntf_\d+",
    "notifyTime!": answers.DATE_TIME,
    "appId!": r"\d{15}",
    "mercId!": answers.MERCHANT_NO,
    "orderNo!": answers.ORDER_NO,
    "tradeNo!": answers.NUMBER,
    "amount!": answers.AMOUNT,
    "currency!": answers.CURRENCY,
    "respCode!": r"0000|4\d{3}",
    "respMsg!": answers.TEXT,
}
BODIES: dict[str, answers.Fields] = {
    "payment": COMMON
    | {
        "notifyType!": "payment",
        "paymentMethodType": "card",
        "orderStatus!": "authorized|successed|failed|canceled|expired",
        "lastEvent!": "AUTHORIZED|CAPTURED|REFUSED|CANCELED|EXPIRED",
        "authorizeCode": r"\w{6}",
        "transactionIdentifier": answers.IDENTIFIER,
        "transactionTime": answers.DATE_TIME,
    },
    "refund": COMMON
    | {
        "notifyType!": "refund",
        "refundOrderNo!": answers.REFUND_NO,
        "refundTradeNo!": answers.NUMBER,
        "refundStatus!": "successed|failed",
        "finishTime!": answers.PLAIN_TIME,
        "desc!": answers.TEXT,
    },
}


def checked(shop: Shop, notification: Notification) -> dict[str, str]:
    """The body, with headers, signature and every field held to the contract."""
    headers = notification.headers
    assert {name: headers[name] for name in ("content-type", "user-agent", "x-app-id", "x-sign-method")} == {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Gateway-Notify/1",
        "x-app-id": shop.app.app_id,
        "x-sign-method": "sha256",
    }
    assert re.fullmatch(r"\d{13}", headers["x-timestamp"])
    assert re.fullmatch(r"[0-9a-f]{32}", headers["x-nonce"])
    assert re.fullmatch(r"[0-9a-f]{64}", headers["x-sign"])
    signed = (headers["x-timestamp"], headers["x-nonce"], notification.body, headers["x-sign"])
    assert verify(shop.secret.reveal(), *signed)
    body = notification.json
    check_fields("notification", body, BODIES[body["notifyType"]])
    assert (body["appId"], body["mercId"]) == (shop.app.app_id, shop.merchant.merchant_no)
    return body


def test_the_published_examples_verify() -> None:
    """Acceptance 11, with the contract's own code; one changed byte does not."""
    for secret, timestamp, nonce, raw, sign in EXAMPLES:
        assert verify(secret, timestamp, nonce, raw, sign)
        assert verify(secret, timestamp, nonce, raw, sign.upper())
        assert not verify(secret, timestamp, nonce, raw + b"\n", sign)
        assert not verify(secret, str(int(timestamp) + 1), nonce, raw, sign)


def test_our_signature_is_the_published_one() -> None:
    """The product signs the two examples as they were signed."""
    for secret, timestamp, nonce, raw, sign in EXAMPLES:
        assert signature(raw, secret=Secret(secret), timestamp=timestamp, nonce=nonce) == sign


async def test_a_payment_tells_of_its_result(shop: Shop, receiver: Receiver, outbox: Outbox) -> None:
    """The names and values of the answer in the call, so that one parser serves both."""
    answer = await shop.pay("order-1", amount="199.68", billing=BILLING, notificationUrl=receiver.url())
    await outbox.deliver()
    body = checked(shop, receiver.received[0])
    assert {name: body[name] for name in answer} == answer
    assert body["notifyTime"] == "2026-03-02T12:00:00+08:00"
    assert body["paymentMethodType"] == "card"


EVENTS = {
    "authorized": ("AUTHORIZED", "0000"),
    "successed": ("CAPTURED", "0000"),
    "failed": ("REFUSED", "4002"),
    "canceled": ("CANCELED", "0000"),
    "expired": ("EXPIRED", "0000"),
}


async def test_every_state_that_counts_is_told_once(
    house: House, shop: Shop, clock: MovableClock, receiver: Receiver
) -> None:
    """`authorized`, `successed`, `failed`, `canceled`, `expired`: each order tells what it became, in that order."""
    where = {"notificationUrl": receiver.url()}
    async with at_work(house):
        await shop.pay("captured-1", capture="manual", **where)
        await receiver.arrived(1)
        await shop.call("capture", {"orderNo": "captured-1", "captureAmount": "60.00"})
        await shop.pay("voided-1", capture="manual", **where)
        await receiver.arrived(3)
        await shop.call("cancel", {"orderNo": "voided-1"})
        await shop.pay("failed-1", card_no="4000000000009995", **where)
        cashier = {"amount": "1", "currency": "USD", "expiryTime": 1, **where}
        await shop.call("cashier/order", cashier | {"orderNo": "expired-1"})
        await shop.pay("expired-2", card_no="4000000000003220", expiryTime=1, **where)
        await receiver.arrived(5)
        move(house, clock, minutes=1)
        await receiver.arrived(7)
    told: dict[str, list[str]] = {}
    for notification in receiver.received:
        body = checked(shop, notification)
        told.setdefault(body["orderNo"], []).append(body["orderStatus"])
        assert (body["lastEvent"], body["respCode"]) == EVENTS[body["orderStatus"]]
        captured = body["orderNo"] == "captured-1" and body["orderStatus"] == "successed"
        assert body["amount"] == ("60.00" if captured else "1.00" if body["orderNo"] == "expired-1" else "100.00")
        assert ("paymentMethodType" in body) == (body["orderNo"] != "expired-1")
    assert told == {
        "captured-1": ["authorized", "successed"],
        "voided-1": ["authorized", "canceled"],
        "failed-1": ["failed"],
        "expired-1": ["expired"],
        "expired-2": ["expired"],
    }
    assert len({notification.json["notifyId"] for notification in receiver.received}) == 7


@pytest.mark.parametrize(
    ("choice", "status", "code"),
    [("pass", "successed", "0000"), ("fail", "failed", "4008"), ("cancel", "canceled", "4012")],
)
async def test_what_the_payer_did_is_told(
    *, shop: Shop, receiver: Receiver, outbox: Outbox, choice: str, status: str, code: str
) -> None:
    """Nothing while the payer is away, then the result: the merchant trusts this and not the browser (section 6.2)."""
    urls = {"notificationUrl": receiver.url(), "frontUrl": "https://shop.example.com/"}
    asked = await shop.pay("order-1", card_no="4000000000003220", **urls)
    assert await outbox.deliver() == 0
    await Payer(shop.house).answer(asked["payUrl"], choice)
    await outbox.deliver()
    body = checked(shop, receiver.received[0])
    assert (body["orderStatus"], body["respCode"]) == (status, code)


async def test_refunds_tell_of_their_end(house: House, shop: Shop, clock: MovableClock, receiver: Receiver) -> None:
    """`successed` with 0000 and `failed` with 4001, the refund's own amount, and a reason in any language."""
    async with at_work(house):
        paid = await shop.pay("order-1", notificationUrl=receiver.url("/payment"))
        done = await shop.refund(
            "order-1", "R-1", "50.00", reason="退款成功 refunded", notificationUrl=receiver.url("/1")
        )
        await shop.refund("order-1", "R-2", "1.13", notificationUrl=receiver.url("/2"))
        await all_asked(house)
        assert [each.path for each in await receiver.arrived(1)] == ["/payment"]
        move(house, clock, seconds=2)
        await receiver.arrived(3)
    good, bad = checked(shop, receiver.at("/1")[0]), checked(shop, receiver.at("/2")[0])
    assert (good["refundStatus"], good["respCode"], good["desc"]) == ("successed", "0000", "退款成功 refunded")
    assert (good["refundTradeNo"], good["tradeNo"]) == (done["refundTradeNo"], paid["tradeNo"])
    assert (good["amount"], good["finishTime"]) == ("50.00", "2026-03-02 12:00:02")
    assert "退款成功".encode() in receiver.at("/1")[0].body
    assert (bad["refundStatus"], bad["respCode"], bad["amount"]) == ("failed", "4001", "1.13")
