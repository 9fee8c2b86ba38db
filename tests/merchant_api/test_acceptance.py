"""The contract's own acceptance checks (section 12), by their numbers; 13 is in tests/protocols/merchant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from polygate.assembly import House
from polygate.jobs.payments import ask_again_round
from polygate.protocols.merchant import emission_faults
from tests.merchant_api.client import PATHS, Client
from tests.protocols.merchant.examples import NOTIFICATIONS
from tests.support.house import MovableClock
from tests.support.moody_receiver import Receiver, answering
from tests.support.outbox import Outbox

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", PATHS)
async def test_1_a_wrong_key_on_every_path(client: Client, path: str) -> None:
    client.key = type(client.key)("wrong")
    answer = await client.ask(path)

    assert (answer.status_code, answer.json()["code"]) == (401, 401)
    assert answer.headers["www-authenticate"] == 'Basic realm="merchant"'


async def test_2_a_hosted_order_has_a_link_and_one_life(client: Client) -> None:
    opened = await client.checkout()
    page = await client.open_page(opened["redirectUrl"])

    assert page.status_code == 200
    assert "49.90" in page.text
    assert await client.code("/checkout/payment", client.order()) == 501


async def test_3_a_paid_link_is_told(client: Client, receiver: Receiver, outbox: Outbox) -> None:
    opened = await client.checkout(notificationUrl=receiver.url("/hook"))
    await client.submit(opened["redirectUrl"])
    assert await outbox.deliver() == 1
    (told,) = receiver.received
    said = told.json

    assert list(said) == list(NOTIFICATIONS["approved"])
    assert [type(value) for value in said.values()] == [type(value) for value in NOTIFICATIONS["approved"].values()]
    assert client.is_ours(said)
    assert emission_faults(said) == ()
    assert said["code"] == 100
    assert (await client.find(opened["uniqueId"]))["code"] == 100
    assert [row["code"] for row in (await client.list())["data"]] == [100]


async def test_4_declined_and_pending_ones(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    declined = await client.checkout("T-1", notificationUrl=receiver.url("/hook"))
    await client.submit(declined["redirectUrl"], cvv="801")
    pending = await client.checkout("T-2", notificationUrl=receiver.url("/hook"))
    await client.submit(pending["redirectUrl"], cvv="601")
    await outbox.deliver()

    assert [(told.json["transactionId"], told.json["code"]) for told in receiver.received] == [("T-1", 101)]
    assert (await client.find(pending["uniqueId"]))["code"] == 102

    clock.move(seconds=30)
    await ask_again_round(house.context)
    await outbox.deliver()
    assert (await client.find(pending["uniqueId"]))["code"] == 100
    assert [told.json["code"] for told in receiver.received] == [101, 100]


async def test_5_what_is_refused_leaves_its_number_free(client: Client) -> None:
    refused = await client.call("/checkout/payment", client.order(billingAddress={"firstName": "Dana"}))

    assert (refused["code"], refused["message"]) == (500, "billingAddress.country is required")
    assert refused["transactionId"] == "T-1"
    await client.checkout("T-1")


async def test_6_five_deliveries_from_the_first_failure_on(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """At 0, then 5 s, 5 min, 15 min and 30 min after the first one failed, all the same to the byte."""
    await client.pay(notificationUrl=receiver.behave("/hook", answering("500 Internal Server Error")))
    failed_ms = clock.now_ms
    at_s = []
    for _ in range(5):
        assert await outbox.deliver() == 1
        at_s.append((clock.now_ms - failed_ms) // 1_000)
        due_ms = (await outbox.only()).due_ms
        clock.now_ms = max(due_ms, clock.now_ms)

    assert at_s == [0, 5, 300, 900, 1_800]
    assert (await outbox.only()).state == "given_up"
    clock.move(days=1)
    assert await outbox.deliver() == 0
    assert len({told.body for told in receiver.received}) == 1


async def test_7_refunds_up_to_the_amount(client: Client) -> None:
    paid = await client.pay()

    assert [
        (await client.refund(paid["uniqueId"], number, amount))["code"]
        for number, amount in (("RF-1", "10.00"), ("RF-2", "39.90"), ("RF-3", "0.01"))
    ] == [110, 110, 112]


async def test_8_a_repeated_refund_is_one(client: Client) -> None:
    paid = await client.pay()
    first = await client.refund(paid["uniqueId"])

    assert await client.refund(paid["uniqueId"]) == first
    assert (await client.refunds())["totalCount"] == 1
    assert (await client.refund(paid["uniqueId"], amount="10.01"))["code"] == 112


async def test_9_a_page_alone(client: Client) -> None:
    answer = await client.list(currPage=2)

    assert (answer["code"], answer["currPage"], answer["data"]) == (121, 2, [])


@pytest.mark.parametrize(("ending", "code"), [("2026-02-01", 121), ("2026-02-02", 122)])
async def test_10_a_month_and_no_day_more(client: Client, ending: str, code: int) -> None:
    assert (await client.list(startDate="2026-01-01", endingDate=ending))["code"] == code


async def test_11_pages(client: Client) -> None:
    for number in range(25):
        await client.checkout(f"T-{number:02}")
    pages = [await client.list(pageSize=10, currPage=number) for number in (1, 3, 4)]

    assert {(page["totalPage"], page["totalCount"], page["pageSize"]) for page in pages} == {(3, 25, 10)}
    assert [len(page["data"]) for page in pages] == [10, 5, 0]
    assert [row["transactionId"] for row in pages[0]["data"]] == [f"T-{number:02}" for number in range(24, 14, -1)]


async def test_12_an_unknown_number_finds_nothing(client: Client) -> None:
    await client.checkout("T-1")

    for query in ({"transactionId": "T-2"}, {"orderId": "T-1"}, {"uniqueId": "1"}, {"uniqueId": "O'; --"}):
        answer = await client.list(**query)
        assert (answer["code"], answer["totalCount"], answer["data"]) == (121, 0, [])


def a_day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).date().isoformat()


async def test_the_browser_comes_back_signed(client: Client) -> None:
    """Section 7.6, with the shop's own query kept."""
    from polygate.protocols.merchant import verified_return

    opened = await client.checkout(callbackUrl="https://shop.example/return?cart=7")
    await client.submit(opened["redirectUrl"])
    back = await client.back_to_shop(opened["redirectUrl"])
    url = back.headers["location"]
    said: Any = verified_return(url, client.key)

    assert back.status_code == 302
    assert url.startswith("https://shop.example/return?cart=7&code=100&uniqueId=")
    assert said is not None
    assert (said["transactionId"], said["transactionAmount"], said["transactionCurrency"]) == ("T-1", "49.90", "USD")
