"""Block lists stop a payment whatever its `fraudMode`, before any acquirer is asked (4010)."""

from __future__ import annotations

from typing import Any

import pytest

from polygate.core.blocks import BlockKind
from polygate.core.cards import Secret
from polygate.core.payments import NOT_SCORED
from polygate.operations.administer import set_may_initiate
from tests.gateway_api.payer import Payer
from tests.gateway_api.risk import BILLING, CARDS, GOOD, HOME, asked, block, found, later, pay, score, set_policy, told
from tests.support.bodies import payment_body
from tests.support.house import MovableClock, Shop

pytestmark = pytest.mark.anyio

ELSEWHERE = "8.8.8.8"
ABROAD = {"address": BILLING["address"] | {"country": "CN"}, "email": "bob@example.com"}  # type: ignore[operator]


def card(shop: Shop, number: str = GOOD) -> str:
    """A card as blocks know it."""
    return shop.house.context.vault.fingerprint(Secret(number))


@pytest.mark.parametrize("fraud", ["N", "Y"])
@pytest.mark.parametrize(
    ("named", "blocked", "free"),
    [
        ((BlockKind.CARD, ""), {"card_no": GOOD}, {"card_no": CARDS[1]}),
        ((BlockKind.ADDRESS, "1.1.1.0/24"), {"address": HOME}, {"address": ELSEWHERE}),
        ((BlockKind.ADDRESS, HOME), {"address": HOME}, {"address": "1.1.1.2"}),
        (
            (BlockKind.EMAIL, "amy@example.com"),
            {"billing": BILLING | {"email": "Amy@example.com"}},
            {"billing": ABROAD},
        ),
        ((BlockKind.COUNTRY, "US"), {"billing": BILLING}, {"billing": ABROAD}),
    ],
)
async def test_each_kind_of_block_stops_what_it_names(
    shop: Shop, clock: MovableClock, *, fraud: str, named: tuple[BlockKind, str], blocked: Any, free: Any
) -> None:
    """The order exists and has failed; nobody else is touched."""
    kind, value = named
    await block(shop, clock, kind, value or card(shop), shown="what it is", why="test")
    assert await pay(shop, "blocked-0", fraudMode=fraud, **blocked) == "4010"
    assert (await shop.status("blocked-0"), await asked(shop, "blocked-0")) == ("failed", 0)
    assert await score(shop, "blocked-0") == ("100" if fraud == "Y" else None)
    assert "what it is (test)" in (await told(shop, "blocked-0"))[0]
    assert await pay(shop, "free-0", fraudMode=fraud, **free) == "0000"


async def test_a_block_is_lifted_when_its_time_is_over(shop: Shop, clock: MovableClock) -> None:
    """And an hour with it costs nothing: stopped tries are not counted."""
    await block(shop, clock, BlockKind.CARD, card(shop), until_ms=clock() + 3_600_000)
    for number in range(6):
        assert await pay(shop, f"ends-{number}") == "4010"
    await later(shop, clock, seconds=3_598)
    assert await pay(shop, "ends-6") == "4010"
    await later(shop, clock, seconds=1)
    assert await pay(shop, "ends-7") == "0000"


async def test_a_block_can_be_one_merchants_own(shop: Shop, other_shop: Shop, clock: MovableClock) -> None:
    """Others go on taking payments from it."""
    await block(shop, clock, BlockKind.CARD, card(shop), merchant_id=shop.merchant.merchant_id)
    assert await pay(shop, "mine-0", fraudMode="N") == "4010"
    assert await pay(other_shop, "theirs-0", fraudMode="N") == "0000"


async def test_a_removed_block_stops_nobody(shop: Shop, clock: MovableClock) -> None:
    """Within a second."""
    added = await block(shop, clock, BlockKind.ADDRESS, HOME)
    assert await pay(shop, "gone-0") == "4010"
    assert await shop.house.context.store.remove_block(added)
    assert not await shop.house.context.store.remove_block(added)
    clock.move(seconds=1)
    assert await pay(shop, "gone-1") == "0000"


async def test_blocking_again_replaces_reason_and_end(shop: Shop, clock: MovableClock) -> None:
    """A value is on a list once."""
    first = await block(shop, clock, BlockKind.COUNTRY, "US", why="first")
    second = await block(shop, clock, BlockKind.COUNTRY, "US", why="second", until_ms=clock() + 2_000)
    assert second.block_id == first.block_id
    assert await shop.house.context.reads.blocks() == [second]
    assert await pay(shop, "again-0", billing=BILLING) == "4010"
    assert (await told(shop, "again-0"))[0].endswith(
        "blocked by the operator: billing country US (second) (block list, 100)"
    )
    clock.move(seconds=1)
    assert await pay(shop, "again-1", billing=BILLING) == "0000"


async def test_the_hosted_page_takes_no_blocked_card(shop: Shop, clock: MovableClock) -> None:
    """The payer is told, and may use another one, of which nothing was said."""
    await block(shop, clock, BlockKind.CARD, card(shop))
    session = await shop.call("cashier/order", {"amount": "25.00", "currency": "USD", "orderNo": "page-0"})
    payer = Payer(shop.house)
    page = await payer.pay(session["redirectUrl"], GOOD)
    assert "A security check stopped this payment" in page.text
    await payer.pay(session["redirectUrl"], CARDS[1])
    assert await shop.status("page-0") == "successed"
    assert (await found(shop, "page-0")).risk_score == NOT_SCORED


async def test_a_wallet_is_blocked_by_address_and_bill(shop: Shop, clock: MovableClock) -> None:
    """What it has no card for."""
    await block(shop, clock, BlockKind.EMAIL, "amy@example.com")
    wallet: dict[str, Any] = {
        "paymentMethodType": "wechat",
        "card": None,
        "wechat": {"productType": "qr-code"},
        "fraudMode": "N",
    }
    assert await pay(shop, "wallet-0", billing=BILLING, **wallet) == "4010"
    assert await pay(shop, "wallet-1", **wallet) == "0000"


async def test_a_payment_without_its_payer_is_held_against_block_lists_only(shop: Shop, clock: MovableClock) -> None:
    """Section 4.6: no limit knows it, also where every payment is checked."""
    await set_policy(shop, clock, per_card=1, always=True)
    await set_may_initiate(shop.house.context.store, shop.app, may=True)
    bodies = [payment_body(f"absent-{number}", billing=BILLING) for number in range(4)]
    assert [await shop.code("mitPayment", body) for body in bodies[:3]] == ["0000"] * 3
    assert await told(shop, "absent-2") == []
    await block(shop, clock, BlockKind.EMAIL, "amy@example.com")
    assert await shop.code("mitPayment", bodies[3]) == "4010"
    assert (await shop.status("absent-3"), await asked(shop, "absent-3")) == ("failed", 0)
