"""The Gateway client against a real server, blocking and awaited."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import anyio
import httpx
import pytest

from polygate.client import (
    ApiError,
    AsyncGatewayClient,
    AuthenticationFailed,
    GatewayClient,
    InvalidSignature,
    Money,
    Secret,
)
from polygate.client.gateway import (
    CashierOrder,
    Method,
    MitOrder,
    PaymentNotification,
    Product,
    RefundNotification,
    SubscriptionOrder,
    TrackingChange,
    Wallet,
)
from polygate.protocols.gateway.routes import ENDPOINTS
from tests.client.gateway_orders import HUNDRED, card, kept_card, new_number, order, parcel, refund_of
from tests.client.talking import settled
from tests.support.receiver import Notification, Receiver
from tests.support.server import Demo

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("gateway_client")]

Client = GatewayClient | AsyncGatewayClient
LATEST_S = 20.0


async def test_a_card_is_charged(gateway: Client) -> None:
    """The first call signs in by itself."""
    asked = order()
    paid = await settled(gateway.payment(asked))
    assert (paid.is_paid, paid.is_declined, paid.resp_code) == (True, False, "0000")
    assert (paid.order_no, paid.money, paid.last_event) == (asked.order_no, HUNDRED, "CAPTURED")
    seen = await settled(gateway.query(order_no=asked.order_no))
    assert (seen.order.trade_no, seen.order.pay_amount, seen.order.pay_no) == (
        paid.trade_no,
        Decimal("100.00"),
        "444433******1111",
    )
    assert seen.extend is not None
    assert (seen.extend.bin, seen.extend.authorize_code) == ("444433", paid.authorize_code)


async def test_a_decline_is_a_result(gateway: Client) -> None:
    """With its reason; nothing is raised."""
    declined = await settled(gateway.payment(order(card=card("4000000000009995"))))
    assert (declined.is_declined, declined.is_paid, declined.resp_code) == (True, False, "4002")
    assert (declined.order_status, declined.desc) == ("failed", "insufficient funds")


async def test_an_outcome_that_nobody_knows_yet_is_a_result_too(gateway: Client) -> None:
    """The order exists and waits; asking about it is the way on."""
    waiting = await settled(gateway.payment(order(card=card("4000000000000119"))))
    assert (waiting.resp_code, waiting.order_status, waiting.last_event) == ("9002", "pending", "WAIT")
    assert not waiting.is_declined


async def test_what_was_reserved_is_captured_or_released(gateway: Client) -> None:
    manual = card(capture_method="manual")
    held = await settled(gateway.payment(order(card=manual)))
    assert held.order_status == "authorized"
    taken = await settled(gateway.capture(trade_no=held.trade_no, capture_amount=Money(6000, "USD")))
    assert (taken.is_paid, taken.amount) == (True, "60.00")
    again = await settled(gateway.capture(order_no=held.order_no, capture_amount="60"))
    assert again.money == Money(6000, "USD")
    with pytest.raises(ApiError) as caught:
        await settled(gateway.capture(order_no=held.order_no, capture_amount="40"))
    assert (caught.value.code, caught.value.status) == ("3006", 200)
    released = await settled(gateway.payment(order(card=manual)))
    canceled = await settled(gateway.cancel(order_no=released.order_no))
    assert (canceled.order_status, canceled.trade_no) == ("canceled", released.trade_no)


async def test_money_goes_back_and_the_end_is_seen(gateway: Client) -> None:
    paid = await settled(gateway.payment(order()))
    accepted = await settled(gateway.refund(refund_of(paid.order_no, Money(6000, "USD"))))
    assert (accepted.refund_status, accepted.money) == ("accepted", Money(6000, "USD"))
    with pytest.raises(ApiError, match="3011"):
        await settled(gateway.refund(refund_of(paid.order_no, "60.00")))
    second = await settled(gateway.refund(refund_of(paid.order_no, "40.00")))

    async def done() -> bool:
        seen = await settled(gateway.refund_query(trade_no=accepted.refund_trade_no))
        return seen.refund_status == "successed"

    await becomes_true(done)
    both = await settled(gateway.refund_query(order_no=paid.order_no))
    assert [refund.refund_trade_no for refund in both.refunds] == [second.refund_trade_no, accepted.refund_trade_no]
    seen = await settled(gateway.query(order_no=paid.order_no))
    assert [refund.amount for refund in seen.refund] == [Decimal("60.00"), Decimal("40.00")]


async def test_the_hosted_page_is_opened(gateway: Client) -> None:
    asked = CashierOrder(amount=Money(10099, "USD"), order_no=new_number(), expiry_time=60)
    opened = await settled(gateway.cashier_order(asked))
    assert opened.expires_in is not None
    assert 58 <= opened.expires_in <= 60
    assert await page_status(opened.redirect_url) == 200
    again = await settled(gateway.cashier_order(asked))
    assert again.redirect_url == opened.redirect_url


async def test_a_challenge_says_where_the_payer_goes(gateway: Client) -> None:
    asked = await settled(gateway.payment(order(card=card("4000000000003220"))))
    assert (asked.order_status, asked.last_event) == ("pending", "REDIRECT")
    assert asked.ddc is not None
    assert (asked.ddc.bin, asked.ddc.challenged) == ("400000", "Y")
    assert await page_status(asked.pay_url) == 200


async def test_a_wallet_shows_its_code(gateway: Client) -> None:
    wallet = Wallet(product_type=Product.QR_CODE, attach="table 7")
    shown = await settled(
        gateway.payment(order(method=Method.WECHAT, card=None, wallet=wallet, amount=Money(8800, "HKD")))
    )
    assert (shown.order_status, shown.last_event) == ("pending", "QRCODE")
    assert shown.pay_url


async def test_a_scanned_code_pays_at_once(gateway: Client) -> None:
    wallet = Wallet(product_type=Product.PAY, auth_code=Secret("120061098828009406"), store_id="P000001")
    paid = await settled(
        gateway.payment(order(method=Method.ALIPAY, card=None, wallet=wallet, amount=Money(1250, "HKD")))
    )
    assert paid.is_paid
    refused = Wallet(product_type=Product.PAY, auth_code=Secret("120061098828009499"))
    declined = await settled(
        gateway.payment(order(method=Method.ALIPAY, card=None, wallet=refused, amount=Money(1250, "HKD")))
    )
    assert (declined.is_declined, declined.resp_code) == (True, "4013")


async def test_a_kept_card_is_charged_again(gateway: Client) -> None:
    first = await settled(gateway.payment(order(billing=kept_card())))
    assert len(first.transaction_identifier) == 33
    charged = await settled(
        gateway.subscription_payment(
            SubscriptionOrder(amount="9.99", order_no=new_number(), transaction_identifier=first.transaction_identifier)
        )
    )
    assert (charged.is_paid, charged.money) == (True, Money(999, "USD"))
    with pytest.raises(ApiError, match="3030"):
        await settled(
            gateway.subscription_payment(
                SubscriptionOrder(amount="9.99", order_no=new_number(), transaction_identifier="1" * 33)
            )
        )


async def test_a_card_is_charged_while_the_payer_is_absent(gateway: Client) -> None:
    asked = MitOrder(amount=HUNDRED, order_no=new_number(), billing=kept_card(), card=card(cvc=None))
    paid = await settled(gateway.mit_payment(asked))
    assert (paid.is_paid, len(paid.transaction_identifier)) == (True, 33)


async def test_parcels_are_followed(gateway: Client) -> None:
    """Added, added in bulk with one that is refused, changed, read."""
    paid = await settled(gateway.payment(order()))
    added = await settled(gateway.shipping_tracking(parcel(paid.order_no, "P-1")))
    assert added.trackings == (f"{paid.trade_no}-P-1",)
    many = await settled(
        gateway.shipping_tracking_batch([parcel(paid.order_no, "P-2"), parcel("no-such-order", "P-3")])
    )
    assert many.trackings == (f"{paid.trade_no}-P-2",)
    assert [(fault.index, fault.resp_code) for fault in many.errors] == [(1, "3001")]
    none = await settled(gateway.shipping_tracking_batch([parcel("no-such-order", "P-4")]))
    assert (none.resp_code, none.trackings, len(none.errors)) == ("3001", (), 1)
    with pytest.raises(ApiError, match="2012"):
        await settled(gateway.shipping_tracking_batch([]))
    await settled(
        gateway.shipping_tracking_modify(
            order_no=paid.order_no,
            tracking_no="P-1",
            changes=[TrackingChange(op="replace", path="/status", value="DELIVERED")],
            matedata={"ticket": "77"},
        )
    )
    seen = await settled(gateway.shipping_retrieve(order_no=paid.order_no, tracking_no="P-1"))
    assert (seen.shipping_status, seen.matedata, seen.trade_no) == ("DELIVERED", {"ticket": "77"}, paid.trade_no)


async def test_refusals_are_errors_with_the_protocols_own_code(gateway: Client) -> None:
    asked = order()
    await settled(gateway.payment(asked))
    with pytest.raises(ApiError) as caught:
        await settled(gateway.payment(asked))
    assert (caught.value.code, caught.value.status) == ("3002", 200)
    assert caught.value.answer["orderNo"] == asked.order_no
    with pytest.raises(ApiError, match="3001"):
        await settled(gateway.query(order_no="no-such-order"))
    with pytest.raises(ApiError, match="2005"):
        await settled(gateway.payment(order(amount=Money(0, "USD"))))


async def test_a_token_that_is_not_good_any_more_is_renewed(gateway: Client) -> None:
    """The call goes through all the same, and the new token is kept."""
    await settled(gateway.payment(order()))
    forgotten = Secret("at_" + "x" * 43)
    gateway._token = forgotten
    assert (await settled(gateway.payment(order()))).is_paid
    renewed = gateway._token
    assert renewed not in {None, forgotten}
    await settled(gateway.payment(order()))
    assert gateway._token is renewed


async def test_wrong_credentials_are_told_apart(demo: Demo) -> None:
    async with AsyncGatewayClient(demo.base_url, app_id=demo.app["appId"], secret=Secret("wrong")) as client:
        with pytest.raises(AuthenticationFailed, match="1001") as caught:
            await client.query(order_no="order-1")
    assert caught.value.status == 401


async def test_a_notification_proves_itself_and_says_what_happened(gateway: Client, merchant: Receiver) -> None:
    """Of a payment and of a refund, as they really arrive."""
    await settled(gateway.webhook_subscribe(merchant.url))
    paid = await settled(gateway.payment(order()))
    of_payment = await arrived(merchant, paid.trade_no, "payment")
    said = gateway.verify_notification(of_payment.headers, of_payment.raw)
    assert isinstance(said, PaymentNotification)
    assert (said.is_paid, said.money, said.notify_id) == (True, HUNDRED, of_payment.notify_id)
    await settled(gateway.refund(refund_of(paid.order_no, "25.00")))
    of_refund = await arrived(merchant, paid.trade_no, "refund")
    told = gateway.verify_notification(of_refund.headers, of_refund.raw)
    assert isinstance(told, RefundNotification)
    assert (told.refund_status, told.amount) == ("successed", "25.00")

    for headers, raw in (
        (of_refund.headers, of_payment.raw),
        (of_payment.headers, of_payment.raw + b" "),
        (of_payment.headers, of_payment.raw.replace(b"100.00", b"900.00")),
        ({}, of_payment.raw),
        ({**of_payment.headers, "X-Nonce": "0" * 32}, of_payment.raw),
        ({**of_payment.headers, "X-Timestamp": "0"}, of_payment.raw),
    ):
        with pytest.raises(InvalidSignature):
            gateway.verify_notification(headers, raw)


async def page_status(url: str) -> int:
    """What a browser gets there in the end."""
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        return (await browser.get(url)).status_code


async def arrived(merchant: Receiver, trade_no: str, kind: str) -> Notification:
    """The notification about an order, once it has come."""

    def wanted(notification: Notification) -> bool:
        return trade_no.encode() in notification.raw and f'"notifyType":"{kind}"'.encode() in notification.raw

    async def seen() -> bool:
        return any(map(wanted, merchant.received))

    await becomes_true(seen)
    return next(filter(wanted, merchant.received))


async def becomes_true(seen: Any) -> None:
    give_up_at = time.monotonic() + LATEST_S
    while not await seen():
        assert time.monotonic() < give_up_at, "it never came"
        await anyio.sleep(0.1)


async def test_many_tasks_share_one_client(demo: Demo) -> None:
    """Ten at once with one token: none is lost, and each gets its own answer."""
    async with AsyncGatewayClient(
        demo.base_url, app_id=demo.app["appId"], secret=Secret(demo.app["appSecret"])
    ) as client:
        await client.sign_in()
        token = client._token
        orders = [order() for _ in range(10)]
        paid: dict[str, bool] = {}

        async def pay(one: Any) -> None:
            answer = await client.payment(one)
            paid[answer.order_no] = answer.is_paid

        async with anyio.create_task_group() as tasks:
            for one in orders:
                tasks.start_soon(pay, one)
        assert client._token is token
    assert paid == {one.order_no: True for one in orders}


def test_every_endpoint_of_the_door_has_a_method() -> None:
    """Aliases of one endpoint count once."""
    snake = {path.replace("/", "_").replace("-", "_").lower() for path in ENDPOINTS} - {"webhook", "subscribe"}
    methods = {name.replace("_", "") for name in dir(GatewayClient)}
    assert {name for name in snake if name.replace("_", "") not in methods} == set()
