"""Where notifications go: which of several URLs, and which addresses are called at all (section 10.2)."""

from __future__ import annotations

import pytest

from polygate.assembly import House
from polygate.core.webhooks import WebhookState
from polygate.operations.credentials import issue_token
from polygate.operations.new_accounts import create_app
from tests.protocols.gateway.examples import SUBSCRIBE
from tests.support.bodies import payment_body
from tests.support.house import MovableClock, Shop, all_asked, at_work, eventually, move
from tests.support.moody_receiver import Receiver, answering
from tests.support.outbox import Outbox

pytestmark = pytest.mark.anyio


async def subscribe(shop: Shop, url: str) -> None:
    answer = await shop.call("webhook/subscribe", SUBSCRIBE | {"subscribeUrl": url})
    assert answer["respCode"] == "0000"


async def test_without_any_url_nothing_is_sent(shop: Shop, receiver: Receiver, outbox: Outbox) -> None:
    """The event is kept, without a try; a later subscription does not bring it back."""
    await shop.pay("order-1")
    await outbox.deliver()
    webhook = await outbox.only()
    assert (webhook.state, webhook.tries, webhook.due_ms) == (WebhookState.NO_ADDRESS, 0, 0)
    assert await outbox.tries(webhook) == []
    await subscribe(shop, receiver.url())
    assert await outbox.deliver() == 0
    assert receiver.received == []


async def test_the_orders_own_url_comes_before_the_subscription(shop: Shop, receiver: Receiver, outbox: Outbox) -> None:
    await subscribe(shop, receiver.url("/app"))
    await shop.pay("order-1", notificationUrl=receiver.url("/order"))
    await shop.pay("order-2")
    await shop.call("cashier/order", {"amount": "1", "currency": "USD", "orderNo": "order-3"})
    await shop.call("cancel", {"orderNo": "order-3"})
    await outbox.deliver()
    told = {each.json["orderNo"]: each.path for each in receiver.received}
    assert told == {"order-1": "/order", "order-2": "/app", "order-3": "/app"}


@pytest.mark.parametrize(
    ("own", "orders", "app", "expected"),
    [
        ("/refund", "/order", "/app", "/refund"),
        (None, "/order", "/app", "/order"),
        (None, None, "/app", "/app"),
        ("/refund", None, None, "/refund"),
        (None, None, None, None),
    ],
)
async def test_a_refund_goes_to_the_closest_url(
    *,
    house: House,
    shop: Shop,
    clock: MovableClock,
    receiver: Receiver,
    own: str | None,
    orders: str | None,
    app: str | None,
    expected: str | None,
) -> None:
    """Its own, else the order's, else the app's, else nowhere."""
    if app:
        await subscribe(shop, receiver.url(app))
    async with at_work(house):
        await shop.pay("order-1", notificationUrl=orders and receiver.url(orders))
        await shop.refund("order-1", "R-1", "1.00", notificationUrl=own and receiver.url(own))
        await all_asked(house)
        move(house, clock, seconds=2)

        async def settled() -> bool:
            left = "SELECT count(*), sum(state = 'waiting') FROM webhooks"
            return await house.context.store.fetch(left) == [(2, 0)]

        await eventually(settled)
    refunds = [each.path for each in receiver.received if each.json["notifyType"] == "refund"]
    assert refunds == ([expected] if expected else [])


async def test_a_new_subscription_takes_effect_for_what_is_waiting(
    shop: Shop, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """The next try goes to the new address, with the same body; an order's own URL stays."""
    broken = answering("500 No")
    await subscribe(shop, receiver.behave("/old", broken))
    await shop.pay("order-1")
    await shop.pay("order-2", notificationUrl=receiver.behave("/own", broken))
    await outbox.deliver()
    await subscribe(shop, receiver.url("/new"))
    clock.move(seconds=15)
    await outbox.deliver()
    (old,), (new,) = receiver.at("/old"), receiver.at("/new")
    assert old.body == new.body
    assert len(receiver.at("/own")) == 2
    first, second = await outbox.webhooks()
    assert [each.url for each in await outbox.tries(first)] == [receiver.url("/old"), receiver.url("/new")]
    assert (first.state, second.state) == (WebhookState.DELIVERED, WebhookState.WAITING)


async def test_an_order_tells_the_app_that_made_it(shop: Shop, receiver: Receiver, outbox: Outbox) -> None:
    """Each app has its subscription and its secret; who captures does not matter."""
    second = await create_app(shop.house.context, shop.merchant, name="Second", methods=("card",))
    issued = await issue_token(shop.house.context, second.app)
    others = {"headers": {"Authorization": issued.reveal()}}
    await subscribe(shop, receiver.url("/first"))
    await shop.call("webhook/subscribe", SUBSCRIBE | {"subscribeUrl": receiver.url("/second")}, **others)
    await shop.pay("order-1", capture="manual")
    await shop.call("capture", {"orderNo": "order-1", "captureAmount": "1.00"}, **others)
    await shop.call("payment", payment_body("order-2"), **others)
    await outbox.deliver()
    assert {(each.path, each.json["orderNo"], each.headers["x-app-id"]) for each in receiver.received} == {
        ("/first", "order-1", shop.app.app_id),
        ("/second", "order-2", second.app.app_id),
    }
    assert len(receiver.received) == 3


ALWAYS_REFUSED = {
    "http://169.254.169.254/latest/meta-data/": "refused address: metadata",
    "http://169.254.1.1/": "refused address: link-local",
    "http://[fe80::1]/": "refused address: link-local",
    "http://metadata.google.internal/computeMetadata/v1/": "refused address: metadata",
    "http://0.0.0.0/": "refused address: unspecified",
    "http://255.255.255.255/": "refused address: broadcast",
    "http://224.0.0.1/": "refused address: multicast",
    "http://[::ffff:169.254.169.254]/": "refused address: metadata",
}
PRIVATE = {
    "http://127.0.0.1:{port}/": "refused address: loopback",
    "http://localhost:{port}/": "refused address: loopback",
    "http://[::1]:{port}/": "refused address: loopback",
    "http://[::ffff:127.0.0.1]:{port}/": "refused address: loopback",
    "http://10.0.0.1/": "refused address: private",
    "http://192.168.1.1/": "refused address: private",
    "http://172.16.0.1/": "refused address: private",
}


@pytest.mark.parametrize("allow_private", [True, False])
async def test_forbidden_addresses_are_never_called(
    house: House, shop: Shop, clock: MovableClock, receiver: Receiver, allow_private: bool
) -> None:
    """Metadata and link-local never; loopback and private only where the operator allows it. A refusal is a try."""
    outbox = Outbox(house, allow_private=allow_private)
    refused = ALWAYS_REFUSED if allow_private else ALWAYS_REFUSED | PRIVATE
    for number, url in enumerate(refused):
        paid = await shop.pay(f"order-{number}", notificationUrl=url.format(port=receiver.port))
        assert paid["respCode"] == "0000", "a URL is judged when it is called, not when it is named"
    assert await outbox.deliver() == len(refused)
    for webhook, error in zip(await outbox.webhooks(), refused.values(), strict=True):
        (made,) = await outbox.tries(webhook)
        assert (made.status, made.error) == (0, error)
        assert (webhook.state, webhook.due_ms) == (WebhookState.WAITING, clock.now_ms + 15_000)
    assert receiver.received == []
    await outbox.close()


async def test_loopback_is_called_where_the_operator_allows_it(shop: Shop, receiver: Receiver, outbox: Outbox) -> None:
    """By number and by name."""
    await shop.pay("order-1", notificationUrl=f"http://127.0.0.1:{receiver.port}/a?b=c")
    await shop.pay("order-2", notificationUrl=f"http://localhost:{receiver.port}/d")
    await outbox.deliver()
    assert sorted(each.path for each in receiver.received) == ["/a?b=c", "/d"]


async def test_an_address_that_was_refused_may_be_allowed_later(
    house: House, shop: Shop, clock: MovableClock, receiver: Receiver
) -> None:
    """Each try is judged anew: an operator's mistake is mended by a restart, and nothing is lost."""
    strict, open_ = Outbox(house, allow_private=False), Outbox(house)
    await shop.pay("order-1", notificationUrl=receiver.url())
    await strict.deliver()
    clock.move(seconds=15)
    await open_.deliver()
    assert (await open_.only()).state is WebhookState.DELIVERED
    await strict.close()
    await open_.close()
