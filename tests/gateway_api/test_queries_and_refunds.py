"""`query` (section 4.8), `refund` (4.9) and `refundQuery` (4.10)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from polygate.assembly import House
from tests.gateway_api.payer import Payer
from tests.gateway_api.tables import GONE, Case, go_through
from tests.protocols.gateway.examples import BILLING, FULL_PAYMENT, REFUND, SHIPPING
from tests.support.house import MovableClock, Shop, all_asked, eventually, move

pytestmark = pytest.mark.anyio

EVERY_METHOD = "card、payNow、wechat、upi、upay、alipay、alipayPlus、payNow、shopeePay"


async def refund_ends(shop: Shop, number: str, status: str) -> dict[str, Any]:
    """Wait until a refund has this status; its `refundQuery`."""

    async def seen() -> dict[str, Any] | None:
        answer = await shop.call("refundQuery", {"orderNo": number})
        return answer if answer["refundStatus"] == status else None

    return await eventually(seen) or {}


async def test_a_query_shows_the_whole_order(shop: Shop, clock: MovableClock) -> None:
    """Every field of `order` and `extend` with its value; `billing` and `shipping` as they were sent."""
    body = FULL_PAYMENT | {"orderNo": "query-1", "threeDsData": None, "fraudMode": "Y"}
    paid = await shop.call("payment", body)
    clock.move(seconds=90)
    found = await shop.query("query-1")
    assert found["order"] == {
        "billingDesc": "SHOP*ORDER2",
        "brand": "VISA",
        "clientIp": "203.0.113.9",
        "mcc": "5999",
        "mercName": "Demo Shop",
        "orderNo": "query-1",
        "orderStatus": "successed",
        "orderStatusDesc": "captured",
        "payAmount": 199.68,
        "payName": "Amy Lee",
        "payNo": "444433******1111",
        "payTime": "2026-03-02T12:00:00+08:00",
        "paymentMethodType": "card",
        "tradeComments": "buy a apple",
        "tradeCurrency": "USD",
        "tradeFinishTime": "2026-03-02T12:00:00+08:00",
        "tradeNo": paid["tradeNo"],
        "websiteId": shop.app.website_id,
    }
    assert (found["billing"], found["shipping"], found["refund"]) == (BILLING, SHIPPING, [])
    extend = found["extend"]
    assert (extend["authorizeCode"], extend["bin"], extend["cardClass"]) == (paid["authorizeCode"], "444433", "CREDIT")
    assert (extend["avsResult"], extend["cvcResult"], extend["issuerCountryCode"]) == ("Y", "M", "US")
    assert 0 <= int(extend["riskScore"]) <= 100
    assert set(extend) >= {"arn", "transactionIdentifier"}
    assert "dsInfo" not in extend


async def test_a_lean_order_shows_no_empty_fields(shop: Shop) -> None:
    """What was not sent is left out; without fraud check no score, before a capture no acquirer reference."""
    await shop.pay("lean-1", capture="manual")
    found = await shop.query("lean-1")
    assert set(found) == {"order", "extend", "refund", "respCode", "respMsg"}
    assert {"arn", "riskScore", "dsInfo", "transactionIdentifier"}.isdisjoint(found["extend"])
    assert {"tradeComments", "tradeFinishTime"}.isdisjoint(found["order"])
    assert found["order"]["billingDesc"] == "Demo Shop"


async def test_the_statement_text_is_cut_to_18_characters(shop: Shop) -> None:
    await shop.pay("statement-1", billingDesc="SHOP*A-VERY-LONG-STATEMENT-TEXT")
    assert (await shop.query("statement-1"))["order"]["billingDesc"] == "SHOP*A-VERY-LONG-S"


async def test_3d_secure_shows_in_the_query(shop: Shop) -> None:
    """`dsInfo` after an authentication on our page (section 4.8)."""
    asked = await shop.pay("secure-1", card_no="5555555555554444", threeDsMode="standard")
    await Payer(shop.house).open(asked["payUrl"])
    assert (await shop.query("secure-1"))["extend"]["dsInfo"] == {
        "authenticationStatus": "Y",
        "cavvAlgorithm": "2",
        "eci": "02",
        "enrolled": "Y",
        "signatureVerification": "Y",
        "threeDsVersion": "2.2.0",
    }


async def test_the_method_in_a_query_finds_nothing_and_harms_nothing(shop: Shop) -> None:
    """Any text, also one that is not the order's, and the list of all methods in the documents' own example."""
    await shop.pay("method-1")
    for method in ("card", "upi", "wechat", EVERY_METHOD, "x" * 255, ""):
        assert await shop.code("query", {"orderNo": "method-1", "paymentMethodType": method}) == "0000"
    assert await shop.code("query", {"orderNo": "method-1", "paymentMethodType": "x" * 256}) == "2003"


REFUND_CASES: list[Case] = [
    ("amount", "2002", [GONE, ""]),
    ("amount", "2005", ["0", "-5", "1.001", "1e1"]),
    ("amount", "0000", ["0.01", 1.5]),
    ("clientIp", "2002", [GONE]),
    ("clientIp", "2003", ["here", "1.2.3.4.5", "fe80::1%eth0"]),
    ("clientIp", "0000", ["::1"]),
    ("notificationUrl", "2009", ["notify"]),
    ("notificationUrl", "0000", [GONE]),
    ("reason", "2002", [GONE, "  "]),
    ("reason", "2003", ["x" * 256]),
    ("reason", "0000", ["退" * 255]),
    ("refundNumber", "2002", [GONE]),
]


async def test_every_limit_of_a_refund_holds_on_both_sides(shop: Shop) -> None:
    await shop.pay("limits-1")
    await go_through(shop, "refund", REFUND | {"orderNo": "limits-1", "amount": "1.00"}, REFUND_CASES)


async def test_a_refund_is_accepted_and_done_two_seconds_later(shop: Shop, working: House, clock: MovableClock) -> None:
    """`accepted` in the call; `successed` in `refundQuery` and in the order, which itself stays `successed`."""
    paid = await shop.pay("refund-1")
    clock.move(minutes=1)
    accepted = await shop.refund("refund-1", "R-1", "50.00")
    assert (accepted["refundStatus"], accepted["desc"], accepted["refundOrderNo"]) == ("accepted", "accepted", "R-1")
    assert accepted["mercId"] == shop.merchant.merchant_no
    assert "finishTime" not in accepted
    await all_asked(working)
    move(working, clock, seconds=1, milliseconds=999)
    assert (await shop.call("refundQuery", {"orderNo": "R-1"}))["refundStatus"] == "accepted"
    move(working, clock, milliseconds=1)
    done = await refund_ends(shop, "R-1", "successed")
    assert (done["amount"], done["currency"], done["desc"]) == ("50.00", "USD", "damaged")
    assert done["finishTime"] == "2026-03-02 12:01:02"
    found = await shop.query("refund-1")
    assert found["order"]["orderStatus"] == "successed"
    assert found["order"]["tradeNo"] == paid["tradeNo"]
    assert found["refund"] == [
        {
            "amount": 50.00,
            "completeTime": "2026-03-02 12:01:02",
            "currency": "USD",
            "desc": "damaged",
            "orderNo": "R-1",
            "refundStatus": "successed",
            "refundTime": "2026-03-02T12:01:00+08:00",
            "tradeNo": accepted["refundTradeNo"],
        }
    ]


async def test_a_refused_refund_gives_its_reservation_back(shop: Shop, working: House, clock: MovableClock) -> None:
    """An amount ending in .13 fails; afterwards the whole payment can be refunded, not a cent more."""
    await shop.pay("refused-1")
    assert (await shop.refund("refused-1", "R-13", "60.13"))["refundStatus"] == "accepted"
    assert (await shop.refund("refused-1", "R-2", "39.88"))["respCode"] == "3011"
    await all_asked(working)
    move(working, clock, seconds=2)
    failed = await refund_ends(shop, "R-13", "failed")
    assert (failed["respCode"], "finishTime" in failed) == ("0000", True)
    assert (await shop.refund("refused-1", "R-3", "100.01"))["respCode"] == "3011"
    assert (await shop.refund("refused-1", "R-4", "100.00"))["respCode"] == "0000"
    assert (await shop.refund("refused-1", "R-13", "60.13"))["refundStatus"] == "failed"


async def test_partial_refunds_add_up_to_the_payment(shop: Shop) -> None:
    """To the cent: accepted ones count, and the query lists them oldest first."""
    await shop.pay("sum-1", amount="10.00")
    for number, amount in (("A", "3.33"), ("B", "3.33"), ("C", "3.34")):
        assert (await shop.refund("sum-1", number, amount))["respCode"] == "0000"
    assert (await shop.refund("sum-1", "D", "0.01"))["respCode"] == "3011"
    refunds = (await shop.query("sum-1"))["refund"]
    assert [refund["orderNo"] for refund in refunds] == ["A", "B", "C"]
    assert sum(Decimal(str(refund["amount"])) for refund in refunds) == 10


async def test_sixty_four_refunds_of_most_of_a_payment_at_once_are_one(shop: Shop) -> None:
    """Check and reservation are one step: of 64 refunds of 60% exactly one is accepted."""
    await shop.pay("herd-1")
    answers = await asyncio.gather(*(shop.refund("herd-1", f"R-{n}", "60.00") for n in range(64)))
    assert sorted(answer["respCode"] for answer in answers) == ["0000"] + ["3011"] * 63


async def test_only_what_was_paid_can_be_refunded(shop: Shop) -> None:
    """Authorized, failed, canceled, created and pending orders: 3010."""
    await shop.pay("authorized-1", capture="manual")
    await shop.pay("failed-1", card_no="4000000000000002")
    await shop.pay("pending-1", card_no="4000000000003220")
    await shop.pay("canceled-1", capture="manual")
    await shop.call("cancel", {"orderNo": "canceled-1"})
    await shop.call("cashier/order", {"amount": "1", "currency": "USD", "orderNo": "created-1"})
    for state in ("authorized", "failed", "pending", "canceled", "created"):
        assert (await shop.refund(f"{state}-1", "R", "1.00"))["respCode"] == "3010"
    assert await shop.code("refundQuery", {"orderNo": "R"}) == "3014"


async def test_a_payment_can_be_refunded_for_a_year_after_its_capture(shop: Shop, clock: MovableClock) -> None:
    """365 days from the capture, not from the authorization; then 3013."""
    await shop.pay("year-1", capture="manual")
    clock.move(days=6)
    await shop.sign_in()
    await shop.call("capture", {"orderNo": "year-1", "captureAmount": "100.00"})
    clock.move(days=365, milliseconds=-1)
    await shop.sign_in()
    assert (await shop.refund("year-1", "R-1", "1.00"))["respCode"] == "0000"
    clock.move(milliseconds=1)
    assert (await shop.refund("year-1", "R-2", "1.00"))["respCode"] == "3013"
    assert (await shop.refund("year-1", "R-1", "1.00"))["respCode"] == "0000"


async def test_a_refund_query_takes_either_sides_numbers(shop: Shop, clock: MovableClock) -> None:
    """The refund's own number first, then the order's; of several the newest on top and all in `refunds`."""
    paid = await shop.pay("either-1")
    assert await shop.code("refundQuery", {"orderNo": "either-1"}) == "3014"
    first = await shop.refund("either-1", "R-1", "10.00")
    for given in ({"orderNo": "either-1"}, {"tradeNo": paid["tradeNo"]}, {"tradeNo": first["refundTradeNo"]}):
        answer = await shop.call("refundQuery", given)
        assert (answer["refundOrderNo"], "refunds" in answer) == ("R-1", False)
    clock.move(seconds=1)
    await shop.refund("either-1", "R-2", "20.00")
    for given in ({"orderNo": "either-1"}, {"tradeNo": paid["tradeNo"]}):
        answer = await shop.call("refundQuery", given)
        assert answer["refundOrderNo"] == "R-2"
        assert [(refund["refundOrderNo"], refund["amount"]) for refund in answer["refunds"]] == [
            ("R-2", "20.00"),
            ("R-1", "10.00"),
        ]
    one = await shop.call("refundQuery", {"orderNo": "R-1", "paymentMethodType": "anything"})
    assert (one["refundOrderNo"], "refunds" in one) == ("R-1", False)


async def test_a_number_that_is_both_means_the_refund(shop: Shop) -> None:
    """A refund numbered like an order is found before that order's refunds."""
    await shop.pay("both-1")
    await shop.pay("both-2")
    await shop.refund("both-2", "both-1", "5.00")
    await shop.refund("both-1", "R-1", "6.00")
    assert (await shop.call("refundQuery", {"orderNo": "both-1"}))["amount"] == "5.00"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "2010"),
        ({"orderNo": "nothing"}, "3014"),
        ({"tradeNo": "1" * 18}, "3014"),
        ({"tradeNo": "1"}, "2003"),
        ({"orderNo": "x" * 65}, "2003"),
        ({"orderNo": "x", "paymentMethodType": "x" * 256}, "2003"),
    ],
)
async def test_a_refund_query_that_finds_nothing(shop: Shop, given: dict[str, str], code: str) -> None:
    """With the answer's required fields empty, and the merchant's number in its place."""
    answer = await shop.call("refundQuery", given)
    assert (answer["respCode"], answer["mercId"]) == (code, shop.merchant.merchant_no)


async def test_a_refunds_order_and_another_orders_refund_do_not_fit(shop: Shop) -> None:
    """`orderNo` of one order with `tradeNo` of another: 3003, as everywhere (section 1.5)."""
    paid = [await shop.pay(f"fit-{n}") for n in (1, 2)]
    await shop.refund("fit-1", "R-1", "1.00")
    await shop.refund("fit-2", "R-2", "2.00")
    assert await shop.code("refundQuery", {"orderNo": "fit-1", "tradeNo": paid[1]["tradeNo"]}) == "3003"


async def test_two_refunds_numbers_are_not_guessed_between(shop: Shop) -> None:
    """`orderNo` of one refund with `tradeNo` of another is a mistake, not the first of the two."""
    await shop.pay("guess-1")
    await shop.refund("guess-1", "R-1", "1.00")
    second = await shop.refund("guess-1", "R-2", "2.00")
    answer = await shop.call("refundQuery", {"orderNo": "R-1", "tradeNo": second["refundTradeNo"]})
    assert answer["respCode"] in {"3003", "3014"}
