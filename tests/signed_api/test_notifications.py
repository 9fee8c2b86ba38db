"""Notifications: what is told, when, how it is signed and tried again; and the payer's way back (sections 6 and 7)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from polygate.assembly import House
from polygate.client import Secret
from polygate.client.signed import SignedClient
from polygate.core.facts import Fact, FactKind
from polygate.core.ids import MerchantId
from polygate.core.webhooks import WebhookState, announce
from polygate.jobs.payments import ask_again_round, expire_round
from polygate.jobs.payouts import return_round
from polygate.operations.rotation import rotate_app_secret
from polygate.protocols.signed.documentation import answer_shapes
from polygate.protocols.signed.protocol import SignedProtocol
from tests.protocols.signed.examples import NOTIFICATION
from tests.signed_api.client import NOTIFY, PAYEE, Client, client_in, payment_body, payout_body, v2_sign
from tests.support.house import MovableClock, eventually, house_at
from tests.support.moody_receiver import Notification, Receiver, answering, changing, hanging, receiving
from tests.support.outbox import Outbox

pytestmark = pytest.mark.anyio

DELAYS_S = (15, 60, 300, 900, 3_600, 10_800, 21_600, 86_400)
OK = answering(body=b'{"code":"OK"}')


def told(notification: Notification, client: Client, url: str) -> dict[str, Any]:
    """What it says, believed as a merchant believes it (sections 2.7 and 7.1)."""
    assert notification.headers["content-type"] == "application/json"
    assert notification.headers["accept"] == "application/json"
    assert notification.headers["user-agent"] == "Gateway-Notify/2"
    client.verify(notification.headers["authorization"], "POST", url, notification.body)
    assert list(notification.json) == ["code", "errorMessage", "data"]
    assert (notification.json["code"], notification.json["errorMessage"]) == ("OK", None)
    data: dict[str, Any] = notification.json["data"]
    return data


async def bank_answers(house: House, clock: MovableClock) -> None:
    await ask_again_round(house.context)
    clock.move(seconds=3)
    await ask_again_round(house.context)


@pytest.mark.parametrize(("choice", "status"), [("pass", "PAID"), ("fail", "FAILED"), ("cancel", "CANCELLED")])
async def test_the_end_of_a_payment_is_told_once(
    client: Client, receiver: Receiver, outbox: Outbox, choice: str, status: str
) -> None:
    """As a query tells it; and our own client reads it (acceptance 11)."""
    url = receiver.behave("/pay?a=%7E&b", OK)
    await client.choose(await client.pay_in(notifyUrl=url, merchantAttach="cart=77"), choice)
    assert await outbox.deliver() == 1
    (notification,) = receiver.received

    data = told(notification, client, url)
    assert data == await client.payment()
    assert data["status"] == status
    theirs = SignedClient(
        "http://x", app_id=client.app.app_id, secret=Secret(client.secret.reveal()), clock=client.house.context.clock
    )
    read = theirs.verify_notification(notification.headers, notification.body, notify_url=url)
    assert (read.merchant_trade_no, read.status) == ("T-1", status)
    assert await outbox.states() == [WebhookState.DELIVERED]
    assert await outbox.deliver() == 0


async def test_a_payout_is_told_when_it_is_final(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """Acceptance 10: never before; nor when its money comes back later."""
    url = receiver.behave("/out", OK)
    await client.pay_out("W-1", "10.00", notifyUrl=url, payoutMethod=PAYEE | {"payeeName": "REVERSE"})
    await client.pay_out("W-2", "10.13", notifyUrl=url)
    await client.pay_out("W-3", "10.14", notifyUrl=url)
    assert await outbox.deliver() == 0
    await bank_answers(house, clock)
    assert await outbox.deliver() == 2
    said = {data["merchantTradeNo"]: data for data in (told(each, client, url) for each in receiver.received)}

    assert said == {number: await client.payout(number) for number in ("W-1", "W-2")}
    assert [said[number]["status"] for number in ("W-1", "W-2")] == ["PAID", "FAILED"]
    clock.move(seconds=10)
    await return_round(house.context)
    await outbox.deliver()
    assert len(receiver.received) == 2


async def test_a_refund_is_told_where_it_was_asked_for(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """Never at the payment's address, whose handler expects payments."""
    pay, back = receiver.behave("/pay", OK), receiver.behave("/back", OK)
    payment = await client.paid(notifyUrl=pay)
    await client.refund(payment["paymentNo"], "R-1", "1.00")
    await client.refund(payment["paymentNo"], "R-2", "2.00", notifyUrl=back)
    await bank_answers(house, clock)
    await outbox.deliver()

    (refund,) = receiver.at("/back")
    assert told(refund, client, back) == await client.data("refund/query", {"merchantRefundNo": "R-2"})
    (paid,) = receiver.at("/pay")
    assert told(paid, client, pay)["refundStatus"] == "NO_REFUND"


async def test_what_is_refused_within_its_call_is_not_told(client: Client, outbox: Outbox, receiver: Receiver) -> None:
    """Section 7.2: the answer told it."""
    url = receiver.url("/x")
    await client.call("payment/create", payment_body(amount="1.15", notifyUrl=url))
    await client.call("payout/create", payout_body(amount="1.15", notifyUrl=url))

    assert await outbox.round() == 0
    assert await outbox.states() == [WebhookState.IN_ANSWER] * 2


@pytest.mark.parametrize(("kind", "is_told"), [(FactKind.PAYOUT_FAILED, False), (FactKind.PAYOUT_PAID, True)])
def test_only_refusals_are_left_to_the_answer(kind: FactKind, is_told: bool) -> None:
    """A bank that pays within the call has not told anybody yet that it did."""
    data = {"protocol": "signed", "app_id": "1", "notify_url": NOTIFY}
    fact = Fact(MerchantId(1), 2, 3, 0, 4, kind, data)

    assert (announce(fact, webhook_id=5, in_answer=True).due_ms > 0) is is_told


@pytest.mark.parametrize(
    ("answer", "received"),
    [
        (answering(body=b'{"code":"OK"}'), True),
        (answering(body=b'{"code": "ok", "more": 1}'), True),
        (answering(body=b"OK"), True),
        (answering("201 Created", b" ok\n"), True),
        (answering(body=b'\xef\xbb\xbf{"code":"OK"}'), True),
        (answering(body=b'{"code":"FAIL"}'), False),
        (answering(body=b'{"Code":"OK"}'), False),
        (answering(body=b'["OK"]'), False),
        (answering(body=b""), False),
        (answering("204 No Content", b""), False),
        (answering(body=b"OKAY"), False),
        (answering("500 Oops", b'{"code":"OK"}'), False),
        (answering("302 Found", b'{"code":"OK"}', "Location: http://127.0.0.1:9/"), False),
        (hanging, False),
    ],
)
async def test_what_counts_as_received(
    client: Client, receiver: Receiver, outbox: Outbox, answer: Any, received: bool
) -> None:
    """Section 7.3, acceptance 11."""
    await client.choose(await client.pay_in(notifyUrl=receiver.behave("/x", answer)))
    await outbox.deliver()

    assert (await outbox.only()).state is (WebhookState.DELIVERED if received else WebhookState.WAITING)


async def test_nine_tries(client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox) -> None:
    """The body stays the same, timestamp, nonce and sign are new; each pause counts from the try before (7.4)."""
    url = receiver.behave("/x", answering(body=b'{"code":"FAIL"}'))
    await client.choose(await client.pay_in(notifyUrl=url))
    await outbox.deliver()
    for delay_s in DELAYS_S:
        clock.move(seconds=delay_s - 1)
        assert await outbox.deliver() == 0
        clock.move(seconds=1)
        assert await outbox.deliver() == 1
    assert (await outbox.only()).state is WebhookState.GIVEN_UP
    assert SignedProtocol().webhook_retry_delays_s == DELAYS_S

    assert len({each.body for each in receiver.received}) == 1
    assert len(receiver.received) == len({each.headers["authorization"] for each in receiver.received}) == 9
    proofs = [client.verify(each.headers["authorization"], "POST", url, each.body) for each in receiver.received]
    assert len({proof["nonce"] for proof in proofs}) == 9
    assert [int(proof["timestamp"]) for proof in proofs] == sorted({int(proof["timestamp"]) for proof in proofs})


async def test_the_newest_secret_signs(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """Even while the one before still opens calls."""
    url = receiver.behave("/x", OK)
    await client.choose(await client.pay_in(notifyUrl=url))
    client.secret = (await rotate_app_secret(house.context, client.app, overlap_ms=3_600_000)).secret
    await outbox.deliver()

    told(receiver.received[0], client, url)


async def late_payment(house: House, client: Client, clock: MovableClock, url: str) -> str:
    """An expired payment; the wallet's page on which it can still be paid."""
    created = await client.pay_in(notifyUrl=url)
    here = urlsplit(created["action"]["url"]).path.removesuffix("/page")
    wallet: str = (await client.http.get(here)).headers["location"]
    clock.move(minutes=30)
    await expire_round(house.context)
    return wallet


async def test_a_newer_state_replaces_an_older_one(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """`EXPIRED` was not received; once it is `PAID`, nobody hears of `EXPIRED` any more (section 7.4)."""
    url = receiver.behave("/x", changing(answering(body=b"no"), OK))
    wallet = await late_payment(house, client, clock, url)
    await outbox.deliver()
    assert told(receiver.received[0], client, url)["status"] == "EXPIRED"
    await client.http.post(wallet, data={"choice": "pass"})
    await outbox.round()
    await eventually(lambda: settled(outbox))

    assert [told(each, client, url)["status"] for each in receiver.received] == ["EXPIRED", "PAID"]
    assert await outbox.states() == [WebhookState.REPLACED, WebhookState.DELIVERED]


async def test_tries_for_one_trade_never_overlap(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """While `EXPIRED` is on its way, `PAID` waits; then it goes alone."""
    url = receiver.behave("/x", changing(hanging, OK))
    wallet = await late_payment(house, client, clock, url)
    await outbox.round()
    await receiver.arrived(1)
    await client.http.post(wallet, data={"choice": "pass"})
    assert await outbox.round() == 1
    assert len(receiver.received) == 1
    await eventually(lambda: settled(outbox))
    clock.move(seconds=1)
    await outbox.round()
    await eventually(lambda: settled(outbox))

    assert [told(each, client, url)["status"] for each in receiver.received] == ["EXPIRED", "PAID"]
    assert await outbox.states() == [WebhookState.REPLACED, WebhookState.DELIVERED]


@pytest.mark.parametrize("process", ["lives", "dies"])
async def test_a_try_in_another_process_is_waited_for_no_longer_than_it_takes(
    client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox, process: str
) -> None:
    """`PAID` looks every second whether `EXPIRED` is still on its way. Of a process that died, only its claim's end
    tells."""
    url = receiver.behave("/x", changing(hanging, OK))
    elsewhere = Outbox(client.house, protocol=SignedProtocol(), timeout_s=1.0 if process == "lives" else 30.0)
    wallet = await late_payment(client.house, client, clock, url)
    await elsewhere.round()
    await receiver.arrived(1)
    await client.http.post(wallet, data={"choice": "pass"})

    async def looks() -> int:
        await outbox.round()
        await eventually(lambda: settled(outbox))
        return len(receiver.received)

    assert await looks() == 1
    if process == "dies":
        await elsewhere.close()
    await eventually(lambda: settled(elsewhere))
    waited = 0
    while await looks() == 1:
        clock.move(seconds=1)
        waited += 1
    await elsewhere.close()

    # Real time goes on meanwhile, so that a second or two need not be moved.
    assert waited in (range(2) if process == "lives" else range(55, 62))
    assert [told(each, client, url)["status"] for each in receiver.received] == ["EXPIRED", "PAID"]
    assert await outbox.states() == [WebhookState.REPLACED, WebhookState.DELIVERED]


async def settled(outbox: Outbox) -> bool:
    return not outbox.under_way


async def test_metadata_addresses_are_never_called(client: Client, outbox: Outbox) -> None:
    """Not even in the sandbox (section 7.4)."""
    await client.choose(await client.pay_in(notifyUrl="http://169.254.169.254/latest"))
    await outbox.deliver()
    (tried,) = await outbox.tries(await outbox.only())

    assert (tried.status, bool(tried.error)) == (0, True)


async def test_private_addresses_need_a_switch(tmp_path: Any, clock: MovableClock) -> None:
    async with house_at(tmp_path / "house.db", clock) as house, client_in(house) as client, receiving() as receiver:
        outbox = Outbox(house, allow_private=False, protocol=SignedProtocol())
        await client.choose(await client.pay_in(notifyUrl=receiver.url("/x")))
        await outbox.deliver()
        await outbox.close()

        assert receiver.received == []


# --- the payer's way back ---


@pytest.mark.parametrize(
    ("return_url", "before", "after"),
    [
        ("https://merchant.example.com/return?lang=en", "https://merchant.example.com/return?lang=en&", ""),
        ("https://merchant.example.com/return", "https://merchant.example.com/return?", ""),
        ("https://merchant.example.com/r?a=%7E#top", "https://merchant.example.com/r?a=%7E&", "#top"),
    ],
)
@pytest.mark.parametrize(("choice", "status"), [("pass", "PAID"), ("cancel", "CANCELLED"), ("fail", "FAILED")])
async def test_the_browser_brings_the_result_back(  # noqa: PLR0917
    client: Client, return_url: str, before: str, after: str, choice: str, status: str
) -> None:
    """Signed over its own part of the query, under the address as it was sent (section 6)."""
    created = await client.pay_in(returnUrl=return_url, merchantAttach="cart=77 é")
    answer = await client.choose(created, choice)
    assert answer.status_code == 302
    sent = answer.headers["location"]
    assert sent.startswith(before)
    assert sent.endswith(after)

    ours = sent.removeprefix(before).removesuffix(after)
    business, _, proof = ours.partition("&appId=")
    assert business == (
        f"paymentNo={created['paymentNo']}&merchantTradeNo=T-1&amount=100.00&currency=INR&status={status}"
        "&merchantAttach=cart%3D77%20%C3%A9"
    )
    app_id, timestamp, nonce, sign = [each.split("=")[-1] for each in proof.split("&")]
    expected = v2_sign(app_id, client.secret.reveal(), "GET", return_url, timestamp, nonce, body=business.encode())
    assert (app_id, sign) == (client.app.app_id, expected)
    theirs = SignedClient("http://x", app_id=app_id, secret=Secret(client.secret.reveal()))
    assert theirs.verify_return(sent, return_url=return_url).status == status


async def test_without_a_place_to_return_to_the_page_tells(client: Client) -> None:
    page = await client.choose(await client.pay_in())

    assert page.status_code == 200
    assert "Payment successful" in page.text


async def test_a_page_that_is_opened_late_leads_back_too(house: House, client: Client, clock: MovableClock) -> None:
    """After expiry, with the state of that moment."""
    created = await client.pay_in(returnUrl="https://merchant.example.com/return")
    clock.move(minutes=31)
    answer = await client.http.get(urlsplit(created["action"]["url"]).path)

    assert answer.status_code == 302
    assert "&status=EXPIRED&" in answer.headers["location"]


def test_bodies_are_the_contracts() -> None:
    """The keys of the published notifications, in their order (section 7.5)."""
    names = [field.name for field in answer_shapes.PAYMENT.fields]
    assert list(json.loads(NOTIFICATION.body)["data"]) == names
