"""Finding an order by `orderNo` and `tradeNo` (section 1.5), and what repeats do (section 1.4)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.bodies import payment_body
from tests.support.house import Shop

pytestmark = pytest.mark.anyio

ABOUT_AN_ORDER: dict[str, dict[str, Any]] = {
    "query": {},
    "cancel": {},
    "capture": {"captureAmount": "1.00"},
    "refund": {"amount": "1.00", "clientIp": "203.0.113.9", "reason": "x", "refundNumber": "r-find"},
}


@pytest.mark.parametrize("path", ABOUT_AN_ORDER)
async def test_an_order_is_found_by_one_number_or_both(shop: Shop, path: str) -> None:
    """Neither: 2010. One: that order, or 3001. Both: 3003 unless they are the same order; never a guess."""
    first, second = await shop.pay("found-1", capture="manual"), await shop.pay("found-2", capture="manual")
    more = ABOUT_AN_ORDER[path]
    found = "3010" if path == "refund" else "0000"
    here, there, nowhere = first["tradeNo"], second["tradeNo"], "999999999999999999"
    for given, code in (
        ({}, "2010"),
        ({"orderNo": "", "tradeNo": None}, "2010"),
        ({"orderNo": "found-3"}, "3001"),
        ({"orderNo": "FOUND-1"}, "3001"),
        ({"tradeNo": nowhere}, "3001"),
        ({"orderNo": "found-1", "tradeNo": there}, "3003"),
        ({"orderNo": "found-1", "tradeNo": nowhere}, "3001"),
        ({"orderNo": "found-3", "tradeNo": here}, "3001"),
        ({"orderNo": "found-1", "tradeNo": here}, found),
        ({"orderNo": "found-2"}, found),
        ({"tradeNo": int(here)}, found),
    ):
        answer = await shop.call(path, {**more, **given})
        assert answer["respCode"] == code, given
        if code == "2010":
            assert "orderNo" in answer["respMsg"]


async def test_a_malformed_trade_number_is_2003(shop: Shop) -> None:
    """18 digits without a leading zero, or it is none of ours."""
    for trade_no in ("1", "1" * 17, "1" * 19, "0" + "1" * 17, "1" * 17 + "x", "-1", "1e17", "\u0661" * 18):
        answer = await shop.call("query", {"tradeNo": trade_no})
        assert (answer["respCode"], answer["respMsg"].split(":")[0]) == ("2003", "tradeNo"), trade_no


ORDER_NUMBERS = {
    "12345": "0000",
    "x" * 64: "0000",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~": "0000",
    "1234": "2003",
    "x" * 65: "2003",
    "with blank": "2003",
    "tab\tbed": "2003",
    "nul\0here": "2003",
    "订单号码一二三": "2003",
    "order-№1": "2003",
    "del\x7fete": "2003",
}


async def test_an_order_number_is_printable_ascii(shop: Shop) -> None:
    """5 to 64 characters without blanks (section 1.4)."""
    for order_no, code in ORDER_NUMBERS.items():
        paid = await shop.pay(order_no)
        assert paid["respCode"] == code, order_no
        if code == "0000":
            assert paid["orderNo"] == (await shop.query(order_no))["order"]["orderNo"] == order_no


async def test_order_numbers_are_case_sensitive_and_each_merchants_own(shop: Shop, other_shop: Shop) -> None:
    """What differs in a letter's case, or in its merchant, is another order."""
    paid = [await shop.pay("Order-A"), await shop.pay("order-a"), await other_shop.pay("order-a")]
    assert [each["respCode"] for each in paid] == ["0000"] * 3
    assert len({each["tradeNo"] for each in paid}) == 3


async def test_an_order_number_is_taken_by_every_kind_of_payment(shop: Shop) -> None:
    """Direct and hosted orders share one series, whatever became of the first (section 1.4)."""
    cashier = {"amount": "100.00", "currency": "USD"}
    await shop.call("cashier/order", cashier | {"orderNo": "series-1"})
    assert (await shop.pay("series-1"))["respCode"] == "3002"
    await shop.pay("series-2")
    assert await shop.code("cashier/order", cashier | {"orderNo": "series-2"}) == "3002"
    await shop.pay("series-3", card_no="4000000000000002")
    assert (await shop.pay("series-3"))["respCode"] == "3002"
    await shop.pay("series-4", capture="manual")
    await shop.call("cancel", {"orderNo": "series-4"})
    assert (await shop.pay("series-4"))["respCode"] == "3002"


async def test_forty_equal_payments_at_once_are_one_charge(shop: Shop) -> None:
    """One is charged; 39 are told that the number is used, and the acquirer heard of one."""
    answers = await asyncio.gather(*(shop.call("payment", payment_body("forty-1")) for _ in range(40)))
    assert sorted(answer["respCode"] for answer in answers) == ["0000"] + ["3002"] * 39
    assert await shop.house.context.store.fetch("SELECT count(*) FROM sandbox_book") == [(1,)]


async def test_a_refund_number_is_used_once_for_a_merchant(shop: Shop, other_shop: Shop) -> None:
    """Equal content: the first refund's state. Another amount or order: 3012. Another merchant: its own series."""
    await shop.pay("repeat-1")
    await shop.pay("repeat-2")
    await other_shop.pay("repeat-1")
    first = await shop.refund("repeat-1", "R1", "10.00")
    by_trade_no = {"tradeNo": (await shop.query("repeat-1"))["order"]["tradeNo"], "orderNo": None}
    assert await shop.refund("repeat-1", "R1", "10", reason="another word", **by_trade_no) == first
    assert (await shop.refund("repeat-1", "R1", "10.01"))["respCode"] == "3012"
    assert (await shop.refund("repeat-2", "R1", "10.00"))["respCode"] == "3012"
    assert (await shop.refund("repeat-1", "r1", "10.00"))["refundTradeNo"] != first["refundTradeNo"]
    assert (await other_shop.refund("repeat-1", "R1", "10.00"))["respCode"] == "0000"


async def test_a_refund_number_is_printable_ascii(shop: Shop) -> None:
    """1 to 64 characters without blanks (section 1.4)."""
    await shop.pay("numbered-1")
    for number, code in {"1": "0000", "x" * 64: "0000", "x" * 65: "2003", "a b": "2003", "退款": "2003"}.items():
        assert (await shop.refund("numbered-1", number, "1.00"))["respCode"] == code, number


async def test_sixteen_equal_refunds_at_once_are_one_refund(shop: Shop) -> None:
    """All are answered with the one that was made."""
    await shop.pay("sixteen-1")
    answers = await asyncio.gather(*(shop.refund("sixteen-1", "r-1", "100.00") for _ in range(16)))
    assert {(answer["respCode"], answer["refundTradeNo"]) for answer in answers} == {
        ("0000", answers[0]["refundTradeNo"])
    }
    assert len((await shop.query("sixteen-1"))["refund"]) == 1
