"""When notifications are tried, and how often (section 10.2)."""

from __future__ import annotations

import json

import msgspec
import pytest

from polygate.assembly import House
from polygate.core.cards import Secret
from polygate.core.webhooks import WebhookState
from polygate.store.contract import Change, Update
from tests.support.house import MovableClock, Shop
from tests.support.moody_receiver import (
    Behavior,
    Receiver,
    answering,
    babbling,
    changing,
    closing,
    dripping,
    hanging,
    resetting,
)
from tests.support.outbox import Outbox
from tests.webhook_delivery.contract import verify

pytestmark = pytest.mark.anyio

DELAYS_S = (15, 60, 5 * 60, 15 * 60, 3_600, 3 * 3_600, 6 * 3_600, 24 * 3_600)


async def test_the_default_schedule_has_nine_tries(
    shop: Shop, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """15 s, 1 min, 5 min, 15 min, 1 h, 3 h, 6 h, 24 h after the try before, to the millisecond; then given up."""
    await shop.pay("order-1", notificationUrl=receiver.behave("/500", answering("500 No", b"out of order")))
    assert await outbox.deliver() == 1
    for number, delay_s in enumerate(DELAYS_S, start=1):
        webhook = await outbox.only()
        assert (webhook.state, webhook.tries) == (WebhookState.WAITING, number)
        assert webhook.due_ms == clock.now_ms + delay_s * 1_000
        clock.move(seconds=delay_s, milliseconds=-1)
        assert await outbox.deliver() == 0
        clock.move(milliseconds=1)
        assert await outbox.deliver() == 1
    webhook = await outbox.only()
    assert (webhook.state, webhook.tries, webhook.due_ms) == (WebhookState.GIVEN_UP, 9, 0)
    clock.move(days=365)
    assert await outbox.deliver() == 0
    assert len(receiver.received) == 9


async def test_every_try_is_the_same_notification_signed_anew(
    shop: Shop, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """Acceptance 12: same `notifyId` and body bytes; timestamp, nonce and signature fresh, and each one verifies."""
    await shop.pay("order-1", notificationUrl=receiver.behave("/500", answering("500 No")))
    times = []
    for delay_s in (0, *DELAYS_S):
        clock.move(seconds=delay_s)
        await outbox.deliver()
        times.append(str(clock.now_ms))
    tries = receiver.received
    assert len({each.body for each in tries}) == 1
    assert len({each.json["notifyId"] for each in tries}) == 1
    assert [each.headers["x-timestamp"] for each in tries] == times
    assert len({each.headers["x-nonce"] for each in tries}) == len({each.headers["x-sign"] for each in tries}) == 9
    for each in tries:
        headers = each.headers
        signed = (headers["x-timestamp"], headers["x-nonce"], each.body, headers["x-sign"])
        assert verify(shop.secret.reveal(), *signed)
        assert not verify(shop.secret.reveal() + "x", *signed)


async def test_every_try_is_recorded(shop: Shop, clock: MovableClock, receiver: Receiver, outbox: Outbox) -> None:
    """When, where to, what came back, how long it took; also where nothing came back."""
    url = receiver.behave(
        "/moody",
        changing(answering("503 Later", "später".encode()), resetting, hanging, answering("200 OK", b"thanks")),
    )
    await shop.pay("order-1", notificationUrl=url)
    times = []
    for delay_s in (0, *DELAYS_S[:3]):
        clock.move(seconds=delay_s)
        await outbox.deliver()
        times.append(clock.now_ms)
    webhook = await outbox.only()
    tries = await outbox.tries(webhook)
    assert [(each.try_no, each.at_ms, each.url) for each in tries] == [(n, at, url) for n, at in enumerate(times, 1)]
    assert [(each.status, each.error, each.answer) for each in tries] == [
        (503, "", "später"),
        (0, "connection reset", ""),
        (0, "timed out after 0.3 s", ""),
        (200, "", "thanks"),
    ]
    assert 280 <= tries[2].duration_ms < 2_000
    assert (webhook.state, webhook.tries, webhook.due_ms) == (WebhookState.DELIVERED, 4, 0)


DEEP = b"[" * 60_000

RECEIVED: dict[str, Behavior] = {
    "200 as the contract says": answering(),
    "200 without a word": answering(body=b""),
    "200 with words": answering(body=b"OK"),
    "200 with HTML": answering(body=b"<html>thanks</html>"),
    "200 with other JSON": answering(body=b'{"code":500}'),
    "200 with a JSON list": answering(body=b'[{"respCode":"9999"}]'),
    "200 with endless brackets": answering(body=DEEP),
    "200 with bytes that are no text": answering(body=b"\xff\xfe\x00"),
    "200 with more than anybody reads": answering(body=b'{"x":"' + b"x" * 1_000_000 + b'","respCode":"9999"}'),
    "201": answering("201 Created", b""),
    "202": answering("202 Accepted", b""),
    "204": answering("204 No Content", b""),
    "299": answering("299 Whatever", b""),
}
NOT_RECEIVED: dict[str, Behavior] = {
    "200 with another respCode": answering(body=b'{"respCode":"9999","respMsg":"no"}'),
    "200 with a respCode that is a number": answering(body=b'{"respCode":9999}'),
    "202 with another respCode": answering("202 Accepted", b' {"respCode": "1001"} '),
    "301": answering("301 Moved", b"", "Location: http://127.0.0.1:1/"),
    "302": answering("302 Found", b"", "Location: /elsewhere"),
    "304": answering("304 Not Modified", b""),
    "400": answering("400 Bad Request"),
    "401": answering("401 Unauthorized"),
    "404": answering("404 Not Found"),
    "410": answering("410 Gone"),
    "429": answering("429 Slow Down", b"", "Retry-After: 1"),
    "500": answering("500 Error"),
    "503": answering("503 Later"),
    "hanging": hanging,
    "dripping": dripping,
    "resetting": resetting,
    "hanging up": closing,
    "no HTTP": babbling,
}


@pytest.mark.parametrize("outcome", [WebhookState.DELIVERED, WebhookState.WAITING])
async def test_what_counts_as_received(
    shop: Shop, clock: MovableClock, receiver: Receiver, outbox: Outbox, outcome: WebhookState
) -> None:
    """Any 2xx within the time, unless it is JSON with a `respCode` other than `0000`; all else is tried again."""
    behaviors = RECEIVED if outcome is WebhookState.DELIVERED else NOT_RECEIVED
    for number, behavior in enumerate(behaviors.values()):
        url = receiver.behave(f"/{number}", behavior)
        await shop.pay(f"order-{number}", notificationUrl=url)
    assert await outbox.deliver() == len(behaviors)
    states = dict(zip(behaviors, await outbox.states(), strict=True))
    assert states == dict.fromkeys(behaviors, outcome)
    for webhook in await outbox.webhooks():
        assert webhook.due_ms == (0 if outcome is WebhookState.DELIVERED else clock.now_ms + 15_000)
        assert len(await outbox.tries(webhook)) == 1


async def test_a_redirect_is_not_followed(shop: Shop, receiver: Receiver, outbox: Outbox) -> None:
    """Neither to another path nor to a private or metadata address: it is a failed try."""
    for number, target in enumerate(("/elsewhere", receiver.url("/elsewhere"), "http://169.254.169.254/", "//[::1]/")):
        url = receiver.behave(f"/redirect-{number}", answering("307 Go", b"", f"Location: {target}"))
        await shop.pay(f"order-{number}", notificationUrl=url)
    await outbox.deliver()
    assert receiver.at("/elsewhere") == []
    assert await outbox.states() == [WebhookState.WAITING] * 4


async def test_the_operators_delays_replace_the_schedule(
    house: House, shop: Shop, clock: MovableClock, receiver: Receiver
) -> None:
    """Three delays are four tries; a delay may be zero."""
    outbox = Outbox(house, retry_delays_s=(1, 0, 2))
    await shop.pay("order-1", notificationUrl=receiver.behave("/500", answering("500 No")))
    for delay_s in (0, 1, 0, 2):
        clock.move(seconds=delay_s)
        assert await outbox.deliver() == 1
    assert (await outbox.only()).state is WebhookState.GIVEN_UP
    await outbox.close()


async def test_a_failed_try_does_not_touch_the_order(
    shop: Shop, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """Money does not wait for a merchant's server: the order can be refunded, and tells of that by itself."""
    await shop.pay("order-1", notificationUrl=receiver.behave("/500", answering("500 No")))
    await outbox.deliver()
    assert await shop.status("order-1") == "successed"
    assert (await shop.refund("order-1", "R-1", "1.00"))["respCode"] == "0000"


async def test_a_changed_secret_signs_what_is_still_waiting(
    shop: Shop, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """`secret` is the app's own at the time of the try."""
    await shop.pay("order-1", notificationUrl=receiver.behave("/500", answering("500 No")))
    await outbox.deliver()
    context, fresh = shop.house.context, Secret("another-secret")
    sealed = context.vault.seal_secret(fresh, context=f"app:{shop.app.app_id}")
    app = msgspec.structs.replace(shop.app, sealed_secret=sealed, secret_version=2, version=shop.app.version + 1)
    await context.store.submit(Change((Update(app),)))
    clock.move(seconds=15)
    await outbox.deliver()
    for each, secret in zip(receiver.received, (shop.secret, fresh), strict=True):
        headers = each.headers
        signed = (headers["x-timestamp"], headers["x-nonce"], each.body, headers["x-sign"])
        assert verify(secret.reveal(), *signed)
    assert json.loads(receiver.received[0].body) == receiver.received[1].json
