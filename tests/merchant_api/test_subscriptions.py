"""Subscriptions through the front door: when they are charged, what is told, and how they end (section 6.2)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from polygate.assembly import House
from polygate.core.refusals import Reason, Refused
from polygate.core.subscriptions import Subscription
from polygate.core.transitions import SubscriptionState
from polygate.jobs.subscriptions import renewal_round
from polygate.operations.charge_subscription import cancel_subscription
from polygate.protocols.merchant import emission_faults
from tests.merchant_api.client import Client, client_in
from tests.protocols.merchant.examples import NOTIFICATIONS
from tests.support.house import MovableClock, house_at
from tests.support.moody_receiver import Receiver
from tests.support.outbox import Outbox

pytestmark = pytest.mark.anyio


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp()) * 1_000


async def subscription(house: House, client: Client) -> Subscription:
    (found,) = await house.context.store.listing.newest(Subscription, merchant_id=client.merchant.merchant_id, limit=10)
    return found


async def run(house: House, clock: MovableClock, until_ms: int) -> None:
    """Let the time pass, with every charge made when it is due."""
    while True:
        while await renewal_round(house.context):
            pass
        rows = await house.context.store.fetch("SELECT min(due_ms) FROM subscriptions WHERE due_ms > 0")
        due_ms = rows[0][0]
        if due_ms is None or due_ms > until_ms:
            clock.now_ms = max(clock.now_ms, until_ms)
            return
        clock.now_ms = max(clock.now_ms, due_ms)


async def charges(client: Client, order_id: str = "O-SUB-1") -> list[tuple[str, int, str]]:
    """Number, code and time of each, the oldest first."""
    rows = (await client.list(orderId=order_id, pageSize=100))["data"]
    return [(row["transactionId"], row["code"], row["transactionAt"]) for row in reversed(rows)]


async def test_a_month_that_lacks_the_day_has_its_last(house: House, client: Client, clock: MovableClock) -> None:
    clock.now_ms = at("2027-12-31 10:20:30")
    first = await client.subscribe(times=4, card={"expiredYear": "35"})
    await run(house, clock, at("2028-06-01 00:00:00"))

    assert first["code"] == 100
    assert await charges(client) == [
        ("SUB-1", 100, "2027-12-31 10:20:30"),
        ("SUB-1-2", 100, "2028-01-31 10:20:30"),
        ("SUB-1-3", 100, "2028-02-29 10:20:30"),
        ("SUB-1-4", 100, "2028-03-31 10:20:30"),
    ]
    assert (await subscription(house, client)).state is SubscriptionState.COMPLETED


async def test_its_days_are_those_of_the_zone_that_times_are_written_in(tmp_path: Path, clock: MovableClock) -> None:
    """Half past midnight on the last day of a year is still the day before in UTC."""
    async with (
        house_at(tmp_path / "house.db", clock, merchant_time_zone="Asia/Shanghai") as house,
        client_in(house) as client,
    ):
        clock.now_ms = at("2027-12-30 16:30:00")
        await client.subscribe(times=4, card={"expiredYear": "35"})
        await run(house, clock, at("2028-06-01 00:00:00"))

        assert [time for _, _, time in await charges(client)] == [
            "2027-12-31 00:30:00", "2028-01-31 00:30:00", "2028-02-29 00:30:00", "2028-03-31 00:30:00",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("cycle", "third"),
    [
        ("DAY", "2026-03-04 04:00:00"),
        ("WEEK", "2026-03-16 04:00:00"),
        ("THREE_MONTHS", "2026-09-02 04:00:00"),
        ("SIX_MONTHS", "2027-03-02 04:00:00"),
        ("YEAR", "2028-03-02 04:00:00"),
    ],
)
async def test_every_cycle(house: House, client: Client, clock: MovableClock, cycle: str, third: str) -> None:
    await client.subscribe(cycle=cycle, times=3)
    await run(house, clock, at("2029-01-01 00:00:00"))

    assert [(number, when) for number, _, when in await charges(client)][2] == ("SUB-1-3", third)


async def test_a_renewal_is_told_with_what_it_renews(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    first = await client.subscribe(times=2, notificationUrl=receiver.url("/hook"))
    await run(house, clock, at("2026-05-01 00:00:00"))
    while await outbox.deliver():
        pass
    # They go side by side, and arrive in any order.
    began, renewed = sorted((told.json for told in receiver.received), key=lambda told: str(told["transactionId"]))

    assert "subscriptionIndex" not in began
    assert list(renewed) == list(NOTIFICATIONS["renewal"])
    assert (renewed["originalUniqueId"], renewed["subscriptionIndex"]) == (first["uniqueId"], 2)
    assert (renewed["transactionId"], renewed["code"]) == ("SUB-1-2", 100)
    assert renewed["uniqueId"] != first["uniqueId"]
    assert len(renewed["uniqueId"]) == 19
    assert client.is_ours(renewed)
    assert emission_faults(renewed) == ()


async def test_three_declines_in_a_row_end_it(
    house: House, client: Client, clock: MovableClock, receiver: Receiver, outbox: Outbox
) -> None:
    """The first charge goes by the security code, which renewals have not: then the card's number decides."""
    await client.subscribe(
        cycle="DAY", times=9, card={"cardNumber": "4000000000009995"}, notificationUrl=receiver.url("/hook")
    )
    await run(house, clock, at("2026-04-01 00:00:00"))
    while await outbox.deliver():
        pass

    assert [code for _, code, _ in await charges(client)] == [100, 101, 101, 101]
    ended = await subscription(house, client)
    assert (ended.state, ended.due_ms) == (SubscriptionState.ENDED, 0)
    told = sorted((said.json["transactionId"], said.json["code"]) for said in receiver.received)
    assert told == [("SUB-1", 100), ("SUB-1-2", 101), ("SUB-1-3", 101), ("SUB-1-4", 101)]
    (last,) = [said.json for said in receiver.received if said.json["transactionId"] == "SUB-1-4"]
    assert last["transactionMessage"] == "Insufficient funds"


async def test_a_first_charge_that_is_declined_begins_nothing(
    house: House, client: Client, clock: MovableClock
) -> None:
    assert (await client.subscribe(cvv="801"))["code"] == 101
    await run(house, clock, at("2026-09-01 00:00:00"))

    assert len(await charges(client)) == 1
    assert (await subscription(house, client)).state is SubscriptionState.NEVER_STARTED


async def test_it_begins_when_the_hosted_page_is_paid(house: House, client: Client, clock: MovableClock) -> None:
    """With a time of its own, later than that of the order."""
    plan = {"subscriptionCycle": "WEEK", "subscriptionPeriod": 2}
    opened = await client.checkout("SUB-1", path="subscription", extension=plan)
    await renewal_round(house.context)
    clock.move(minutes=10)
    page = await client.open_page(opened["redirectUrl"])
    assert 'id="way-wechat"' not in page.text
    agreed = "you agree that Shop charges this card $49.90 USD every week: 2 payments in total, the first one now."
    assert agreed in page.text
    assert "you agree that" not in (await client.open_page((await client.checkout("T-1"))["redirectUrl"])).text
    await client.submit(opened["redirectUrl"])
    await run(house, clock, at("2026-04-01 00:00:00"))

    assert [when for _, _, when in await charges(client)] == ["2026-03-02 04:10:00", "2026-03-09 04:10:00"]


async def test_a_canceled_one_is_charged_no_more(house: House, client: Client, clock: MovableClock) -> None:
    await client.subscribe(cycle="DAY", times=9)
    await run(house, clock, clock.now_ms + 86_400_000)
    canceled = await cancel_subscription(house.context, await subscription(house, client))
    await run(house, clock, at("2026-04-01 00:00:00"))

    assert canceled.state is SubscriptionState.CANCELED
    assert len(await charges(client)) == 2
    with pytest.raises(Refused) as caught:
        await cancel_subscription(house.context, await subscription(house, client))
    assert caught.value.reason is Reason.SUBSCRIPTION_OVER


async def test_it_goes_on_after_a_restart(tmp_path: Path, clock: MovableClock) -> None:
    """What fell due while nobody was there is made up for, once each."""
    path = tmp_path / "house.db"
    async with house_at(path, clock) as house, client_in(house) as client:
        await client.subscribe(cycle="DAY", times=4)
        await run(house, clock, clock.now_ms)
        known = client
    clock.move(days=2, hours=1)
    async with house_at(path, clock) as house:
        again = Client(house, known.merchant, known.app, known.key)
        await run(house, clock, clock.now_ms)
        async with again.http:
            assert [number for number, _, _ in await charges(again)] == ["SUB-1", "SUB-1-2", "SUB-1-3"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"extension": None}, "extension is required"),
        ({"extension": {}}, "extension.subscriptionCycle is required"),
        ({"extension": {"subscriptionCycle": "MONTH"}}, "extension.subscriptionPeriod is required"),
        (
            {"extension": {"subscriptionCycle": "MOON", "subscriptionPeriod": 1}},
            "extension.subscriptionCycle must be one of DAY, WEEK, MONTH, THREE_MONTHS, SIX_MONTHS, YEAR",
        ),
        (
            {"extension": {"subscriptionCycle": "DAY", "subscriptionPeriod": 0}},
            "extension.subscriptionPeriod must be a whole number from 1 to 99999999",
        ),
        ({"transactionMethod": "alipay"}, "transactionMethod must be one of Default, CreditCard"),
        ({"transactionId": "x" * 120}, "transactionId must have at most 119 characters"),
    ],
)
async def test_what_a_subscription_has_to_say(client: Client, changes: dict[str, Any], message: str) -> None:
    plan = {"subscriptionCycle": "WEEK", "subscriptionPeriod": 2}
    refused = await client.call("/checkout/subscription", client.order(**({"extension": plan} | changes)))

    assert (refused["code"], refused["message"]) == (500, message)
