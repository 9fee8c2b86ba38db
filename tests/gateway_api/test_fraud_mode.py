"""`fraudMode`, limits and the score (sections 4.3, 4.8 and 6.1), over a clock that the test moves."""

from __future__ import annotations

from typing import Any

import pytest

from polygate.assembly import House
from polygate.core.risk import RiskPolicy
from polygate.jobs.upkeep import upkeep_round
from tests.gateway_api.payer import Payer
from tests.gateway_api.risk import (
    BILLING,
    CARDS,
    DECLINED,
    GOOD,
    SHIPPING,
    asked,
    found,
    later,
    pay,
    score,
    set_policy,
    told,
)
from tests.support.house import MovableClock, Shop

pytestmark = pytest.mark.anyio


async def test_one_card_pays_five_times_an_hour(shop: Shop, other_shop: Shop, clock: MovableClock) -> None:
    """The sixth is stopped without asking an acquirer; another card, shop or hour is not."""
    for number in range(5):
        assert await pay(shop, f"card-{number}", address=f"1.1.1.{number}") == "0000"
    await later(shop, clock, minutes=59)
    stopped = await shop.pay("card-5", fraudMode="Y")
    assert (stopped["respCode"], stopped["orderStatus"], stopped["lastEvent"]) == ("4010", "failed", "REFUSED")
    assert stopped["tradeNo"] == (await shop.query("card-5"))["order"]["tradeNo"]
    assert await asked(shop, "card-5") == 0
    assert await score(shop, "card-5") == "100"
    assert await pay(shop, "card-6", card_no=CARDS[1]) == "0000"
    assert await pay(other_shop, "card-7") == "0000"
    await later(shop, clock, minutes=1)
    assert await pay(shop, "card-8") == "0000"


async def test_a_stopped_try_does_not_prolong_the_wait(shop: Shop, clock: MovableClock) -> None:
    """Only what went through fills a limit."""
    await set_policy(shop, clock, per_card=1)
    assert await pay(shop, "try-0") == "0000"
    for number in range(1, 4):
        await later(shop, clock, minutes=15)
        assert await pay(shop, f"try-{number}") == "4010"
    await later(shop, clock, minutes=15)
    assert await pay(shop, "try-4") == "0000"


async def test_one_address_pays_so_often_an_hour(shop: Shop, clock: MovableClock) -> None:
    """With whatever card; in IPv6 the whole /64 is one payer's."""
    await set_policy(shop, clock, per_address=2)
    assert await pay(shop, "slash-64-0", address="2606:4700::1") == "0000"
    assert await pay(shop, "slash-64-1", address="2606:4700::2", card_no=CARDS[1]) == "0000"
    assert await pay(shop, "slash-64-2", address="2606:4700::f:3", card_no=CARDS[2]) == "4010"
    assert await pay(shop, "slash-64-3", address="2606:4700:0:1::1", card_no=CARDS[2]) == "0000"
    await later(shop, clock, hours=1)
    assert await pay(shop, "slash-64-4", address="2606:4700::3", card_no=CARDS[2]) == "0000"


async def test_one_app_takes_so_many_an_hour(shop: Shop, clock: MovableClock) -> None:
    """Whoever pays, wherever from."""
    await set_policy(shop, clock, per_app=2)
    codes = [await pay(shop, f"app-{n}", address=f"1.1.1.{n}", card_no=CARDS[n]) for n in range(3)]
    assert codes == ["0000", "0000", "4010"]
    await later(shop, clock, hours=1)
    assert await pay(shop, "app-3", address="1.1.1.3", card_no=CARDS[3]) == "0000"


async def test_without_a_check_nothing_is_limited_counted_or_scored(shop: Shop, clock: MovableClock) -> None:
    """`fraudMode` `N`, also where others have filled the limit."""
    await set_policy(shop, clock, per_card=1)
    assert await pay(shop, "checked-0") == "0000"
    for number in range(3):
        assert await pay(shop, f"free-{number}", fraudMode="N") == "0000"
    assert await score(shop, "free-0") is None
    assert await told(shop, "free-0") == []
    assert await shop.house.context.store.fetch("SELECT count(*) FROM risk_events") == [(1,)]


async def test_an_operator_can_have_every_payment_checked(shop: Shop, clock: MovableClock) -> None:
    """Then `fraudMode` `N` stops nothing less, and still tells no score, which the merchant did not ask for."""
    await set_policy(shop, clock, per_card=1, always=True)
    assert await pay(shop, "always-0", fraudMode="N") == "0000"
    assert await pay(shop, "always-1", fraudMode="N") == "4010"
    assert await score(shop, "always-1") is None
    assert (await found(shop, "always-1")).risk_score == 100


async def test_the_timeline_explains_the_score(shop: Shop) -> None:
    """Each rule that gave points says what it saw, and the points are what the query tells."""
    await shop.pay("why-0", fraudMode="Y", billing=BILLING, shipping=SHIPPING, cvc=None)
    assert await told(shop, "why-0") == [
        "passed with score 35 of 100: the card came without its security code (no security code, 10); "
        "the bill goes to US, the goods go to CN (countries differ, 15); "
        "the address 203.0.113.9 is not one of the public internet (address not public, 10)"
    ]
    assert await score(shop, "why-0") == "35"
    assert await pay(shop, "why-1") == "0000"
    assert (await told(shop, "why-1"), await score(shop, "why-1")) == (["passed with score 0 of 100"], "0")


async def test_what_a_card_did_lately_speaks_against_it(shop: Shop) -> None:
    """Its declines, and the other cards that came from its address."""
    for number in range(2):
        assert await pay(shop, f"lately-{number}", card_no=DECLINED) == "4001"
    assert await pay(shop, "lately-2", card_no=CARDS[0]) == "0000"
    assert await pay(shop, "lately-3", card_no=DECLINED, address="1.1.1.1") == "4001"
    assert await pay(shop, "lately-4", card_no=CARDS[1]) == "0000"
    assert (await found(shop, "lately-3")).risk_score == 30
    assert (await found(shop, "lately-4")).risk_score == 10


async def test_the_acquirers_score_counts_where_it_is_higher(shop: Shop) -> None:
    """Its own check stopped the card; ours saw nothing."""
    assert await pay(shop, "theirs-0", card_no="4100000000000019") == "4010"
    assert ((await found(shop, "theirs-0")).risk_score, await score(shop, "theirs-0")) == (0, "95")
    assert await asked(shop, "theirs-0") == 1


@pytest.mark.parametrize(
    ("mode", "status"), [("auto", "pending"), ("no", "successed"), ("standard", "pending"), (None, "pending")]
)
async def test_a_doubtful_card_is_authenticated_where_the_order_leaves_it_open(
    shop: Shop, clock: MovableClock, mode: str | None, status: str
) -> None:
    """Section 6.1: `auto` asks if the issuer or the risk check does, `no` never."""
    await set_policy(shop, clock, authenticate_at=10)
    await pay(shop, "doubt-0", cvc=None, threeDsMode=mode)
    assert await shop.status("doubt-0") == status
    assert "authentication asked for" in (await told(shop, "doubt-0"))[0]
    await pay(shop, "doubt-1", threeDsMode="auto")
    assert await shop.status("doubt-1") == "successed"


async def test_an_own_authentication_is_not_asked_for_again(shop: Shop, clock: MovableClock) -> None:
    """`threeDsData` beats whatever the check thinks of 3-D Secure (section 6.4)."""
    await set_policy(shop, clock, authenticate_at=10)
    own = {"authenticationResultCode": "Y", "eci": "05"}
    assert await pay(shop, "own-0", cvc=None, threeDsData=own) == "0000"
    assert await shop.status("own-0") == "successed"


async def test_a_stopped_try_on_the_hosted_page_counts_like_a_declined_one(shop: Shop, clock: MovableClock) -> None:
    """The payer may use another card, three times in all; every try is explained."""
    await set_policy(shop, clock, per_card=1)
    assert await pay(shop, "card-0") == "0000"
    payer = Payer(shop.house)
    session = await shop.call("cashier/order", checkout("page-0"))
    page = await payer.pay(session["redirectUrl"], GOOD)
    assert "A security check stopped this payment" in page.text
    assert await shop.status("page-0") == "created"
    assert ((await found(shop, "page-0")).tries, await asked(shop, "page-0")) == (1, 0)
    await payer.pay(session["redirectUrl"], DECLINED)
    await payer.pay(session["redirectUrl"], GOOD)
    query = await shop.query("page-0")
    assert (query["order"]["orderStatus"], query["extend"]["riskScore"]) == ("failed", "100")
    assert [said.partition(" ")[0] for said in await told(shop, "page-0")] == ["stopped", "passed", "stopped"]
    await payer.pay(session["redirectUrl"], CARDS[1])
    assert await shop.status("page-0") == "failed"


async def test_after_a_stopped_try_another_card_pays(shop: Shop, clock: MovableClock) -> None:
    """The order is captured, and its score is that of the card that paid."""
    await set_policy(shop, clock, per_card=1)
    await pay(shop, "card-0")
    payer = Payer(shop.house)
    session = await shop.call("cashier/order", checkout("page-1"))
    await payer.pay(session["redirectUrl"], GOOD)
    await payer.pay(session["redirectUrl"], CARDS[1])
    query = await shop.query("page-1")
    assert (query["order"]["orderStatus"], query["extend"]["riskScore"]) == ("successed", "10")


async def test_a_wallet_is_judged_by_address_and_app(shop: Shop, clock: MovableClock) -> None:
    """It has no card, and no security code to miss."""
    await set_policy(shop, clock, per_address=1)
    wallet: dict[str, Any] = {"paymentMethodType": "wechat", "card": None, "wechat": {"productType": "qr-code"}}
    assert await pay(shop, "wallet-0", **wallet) == "0000"
    assert (await found(shop, "wallet-0")).risk_score == 0
    assert await pay(shop, "wallet-1", **wallet) == "4010"
    assert await asked(shop, "wallet-1") == 0


async def test_a_repeated_order_is_not_counted_twice(shop: Shop, clock: MovableClock) -> None:
    """Nothing is written for it, neither a payment nor a check."""
    await set_policy(shop, clock, per_card=2)
    assert [await pay(shop, "once-0") for _ in range(3)] == ["0000", "3002", "3002"]
    assert await pay(shop, "once-1") == "0000"


async def test_checks_are_forgotten_after_a_day(shop: Shop, house: House, clock: MovableClock) -> None:
    """No limit looks back that far; the timeline of the payment keeps what was found."""
    await pay(shop, "old-0")
    clock.move(hours=23)
    await upkeep_round(house.context)
    assert await house.context.store.fetch("SELECT count(*) FROM risk_events") == [(1,)]
    clock.move(hours=2)
    await upkeep_round(house.context)
    assert await house.context.store.fetch("SELECT count(*) FROM risk_events") == [(0,)]
    assert await told(shop, "old-0") == ["passed with score 0 of 100"]


async def test_a_changed_policy_is_in_force_within_a_second(shop: Shop, clock: MovableClock) -> None:
    """Also the way back to the defaults, which leaves no policy of the merchant's own."""
    assert await pay(shop, "change-0") == "0000"
    await set_policy(shop, clock, per_card=1)
    assert await pay(shop, "change-1") == "4010"
    await set_policy(shop, clock)
    assert await pay(shop, "change-2") == "0000"
    merchant = await shop.house.context.reads.merchant(shop.merchant.merchant_id)
    assert merchant is not None
    assert merchant.risk == RiskPolicy()
    assert await shop.house.context.reads.risk_policies() == {}


def checkout(order_no: str) -> dict[str, Any]:
    return {"amount": "25.00", "currency": "USD", "orderNo": order_no, "fraudMode": "Y"}
