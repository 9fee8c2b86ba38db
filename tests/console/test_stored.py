"""What is charged again in the console: stored cards and subscriptions; and what was shipped."""

from __future__ import annotations

import asyncio

import pytest

from polygate.assembly import House
from polygate.core import ids, subscriptions
from polygate.core.access import Role
from polygate.core.agreements import agreement_id_in
from polygate.core.merchants import Merchant
from polygate.core.people import AuditEntry
from polygate.core.subscriptions import Cycle, Subscription
from polygate.core.transitions import AgreementState, SubscriptionState
from polygate.operations.charge_subscription import bring_forward
from polygate.store.contract import Change, Insert
from tests.gateway_api.stored import again, keep
from tests.support.console import signed_in
from tests.support.house import MovableClock, Shop, shop_in

Merchants = tuple[Merchant, Merchant]


async def told(house: House, action: str) -> list[AuditEntry]:
    return await house.context.reads.audit_entries(merchant_id=None, before=ids.LAST, limit=100, action=action)


@pytest.mark.anyio
async def test_a_stored_card_is_revoked_once_and_charged_no_more(
    house: House, clock: MovableClock, merchants: Merchants
) -> None:
    """Its number is nowhere on the pages; another merchant's is not there."""
    path = f"/console/m/{merchants[0].merchant_no}/stored-cards"
    async with (
        shop_in(house) as shop,
        signed_in(house, clock, Role.FINANCE, merchants[0].merchant_id) as (browser, _),
        signed_in(house, clock, Role.OWNER, merchants[1].merchant_id) as (stranger, _),
    ):
        assert "No stored cards" in (await browser.get(path)).text
        identifier = await keep(shop)
        page = await browser.get(path, kind="RECURRING", state="live")
        assert "444433******1111" in page.text
        assert "4444333322221111" not in page.text
        theirs = f"/console/m/{merchants[1].merchant_no}/stored-cards"
        assert (await stranger.get(f"{theirs}/{identifier}")).status_code == 404
        await browser.get(f"{path}/{identifier}")
        assert (await browser.post(f"{path}/{identifier}/revoke", why=" ")).status_code == 422
        answers = await asyncio.gather(
            *(browser.post(f"{path}/{identifier}/revoke", why="the payer asked") for _ in range(4))
        )
        assert {answer.headers["location"] for answer in answers} == {f"{path}/{identifier}"}
        assert "the payer asked" in (await browser.get(f"{path}/{identifier}")).text
        assert await shop.code("subscriptionPayment", again(identifier)) != "0000"
    found = await house.context.reads.agreement(merchants[0].merchant_id, agreement_id_in(identifier))
    assert found
    assert found.state is AgreementState.REVOKED
    (entry,) = await told(house, "stored_card.revoked")
    assert entry.after == {"state": "revoked", "why": "the payer asked"}


@pytest.mark.anyio
async def test_a_subscription_shows_its_charges_and_is_canceled_once(
    house: House, clock: MovableClock, merchants: Merchants
) -> None:
    """Support sees it and may not end it."""
    path = f"/console/m/{merchants[0].merchant_no}/subscriptions"
    async with shop_in(house) as shop:
        one = await _started(house, clock, shop)
    async with (
        signed_in(house, clock, Role.SUPPORT, merchants[0].merchant_id) as (support, _),
        signed_in(house, clock, Role.FINANCE, merchants[0].merchant_id) as (browser, _),
    ):
        assert "No subscriptions" in (await browser.get(path, state="completed")).text
        page = await browser.get(path, state="active")
        assert "2 of 12" in page.text
        page = await browser.get(f"{path}/{one.subscription_id}")
        assert f"{one.number}-2" in page.text
        assert "Cancel subscription" in page.text
        assert "Cancel subscription" not in (await support.get(f"{path}/{one.subscription_id}")).text
        assert (await support.post(f"{path}/{one.subscription_id}/cancel")).status_code == 403
        for said in ("is canceled", "over already"):
            page = await browser.follow(await browser.post(f"{path}/{one.subscription_id}/cancel"))
            assert said in page.text
    found = await house.context.reads.subscription(one.merchant_id, one.subscription_id)
    assert found
    assert found.state is SubscriptionState.CANCELED
    assert len(await told(house, "subscription.canceled")) == 1


async def _started(house: House, clock: MovableClock, shop: Shop) -> Subscription:
    """A subscription with its first charge and a renewal."""
    await keep(shop)
    (payment,) = await house.context.reads.payments_by_orders(
        shop.merchant.merchant_id, "gateway", [f"first-{number}" for number in range(1, 50)]
    )
    one = subscriptions.begin(
        payment, subscription_id=house.context.mint(), cycle=Cycle.MONTH, charges_total=12, now_ms=clock.now_ms
    )
    await house.context.store.submit(Change((Insert(one),)))
    await bring_forward(house.context, one)
    clock.move(days=32)
    for _ in range(2):
        await bring_forward(house.context, one)
    return await house.context.reads.subscription(one.merchant_id, one.subscription_id) or one


@pytest.mark.anyio
async def test_shipments_lead_to_their_payments(house: House, clock: MovableClock, merchants: Merchants) -> None:
    path = f"/console/m/{merchants[0].merchant_no}"
    parcel = {
        "carrier": "2EBOX", "orderNo": "sent-1", "shipmentDate": "2025-06-09", "shipmentDirection": "FORWARD",
        "shippingStatus": "SHIPPED", "trackingNo": "Fb1", "trackingNumberType": "CARRIER_PROVIDED",
    }  # fmt: skip
    async with (
        shop_in(house) as shop,
        signed_in(house, clock, Role.SUPPORT, merchants[0].merchant_id) as (browser, _),
    ):
        assert "No shipments" in (await browser.get(f"{path}/shipments")).text
        paid = await shop.pay("sent-1")
        assert await shop.code("shipping/tracking", parcel) == "0000"
        page = await browser.get(f"{path}/shipments", state="shipped")
        assert "Fb1" in page.text
        assert f'href="{path}/payments/{paid["tradeNo"]}"' in page.text
        assert "Fb1" not in (await browser.get(f"{path}/shipments", state="delivered")).text
