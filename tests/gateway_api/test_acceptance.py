"""The acceptance checklist of the contract (section 14), number by number.

Number 9 is `test_examples.py`, 12 is in `tests/webhook_delivery`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sqlite3
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import structlog

from polygate.assembly import House
from tests.gateway_api.payer import Payer
from tests.protocols.gateway.examples import TRACKING, TRACKING_CHANGE
from tests.support.bodies import payment_body
from tests.support.house import MovableClock, Shop, move

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("prefix", ["", "Bearer "])
async def test_1_both_forms_of_a_token_work_for_an_hour(shop: Shop, clock: MovableClock, prefix: str) -> None:
    """Bare and with `Bearer`; after 3600 s both answer HTTP 401, 1004."""
    headers = {"Authorization": prefix + shop.token}
    clock.move(seconds=3_599, milliseconds=999)
    assert await shop.code("query", {"orderNo": "nothing"}, headers=headers) == "3001"
    clock.move(milliseconds=1)
    expired = await shop.ask("query", {"orderNo": "nothing"}, headers=headers)
    assert (expired.status_code, expired.json()["respCode"]) == (401, "1004")


@pytest.mark.parametrize("number", ["6212454545454690", "4444333322221111"])
async def test_2_the_sample_cards_are_approved(shop: Shop, number: str) -> None:
    """One of them has a check digit that does not fit, and is UnionPay's."""
    paid = await shop.pay("sample-card", card_no=number)
    assert (paid["respCode"], paid["orderStatus"]) == ("0000", "successed")


async def test_3_an_order_number_is_charged_once(shop: Shop) -> None:
    """The second payment is 3002, and only one charge is in the acquirer's book."""
    assert (await shop.pay("once-only"))["respCode"] == "0000"
    again = await shop.pay("once-only")
    assert (again["respCode"], again["orderNo"], again["tradeNo"]) == ("3002", "once-only", "")
    assert await shop.house.context.store.fetch("SELECT count(*) FROM sandbox_book") == [(1,)]


async def test_4_a_partial_capture_limits_what_can_be_refunded(shop: Shop) -> None:
    """60 of 100 captured: 60 can be refunded, not 61, and the other 40 are gone."""
    await shop.pay("partial-1", capture="manual")
    captured = await shop.call("capture", {"orderNo": "partial-1", "captureAmount": "60"})
    assert (captured["respCode"], captured["amount"]) == ("0000", "60.00")
    assert (await shop.refund("partial-1", "r-61", "61"))["respCode"] == "3011"
    assert (await shop.refund("partial-1", "r-60", "60"))["respCode"] == "0000"
    assert await shop.code("capture", {"orderNo": "partial-1", "captureAmount": "40"}) == "3006"


async def test_5_a_void_ends_an_authorization(shop: Shop) -> None:
    """After it a capture is 3004, and a second void is fine."""
    await shop.pay("voided-1", capture="manual")
    first = await shop.call("cancel", {"orderNo": "voided-1"})
    assert (first["respCode"], first["orderStatus"]) == ("0000", "canceled")
    assert await shop.code("capture", {"orderNo": "voided-1", "captureAmount": "100.00"}) == "3004"
    assert await shop.call("cancel", {"orderNo": "voided-1"}) == first


async def test_6_parallel_refunds_never_exceed_the_payment(shop: Shop) -> None:
    """Of two refunds of 60 on 100 at the same moment exactly one is accepted."""
    await shop.pay("parallel-1")
    refunds = await asyncio.gather(*(shop.refund("parallel-1", f"r-{n}", "60.00") for n in range(2)))
    assert sorted(refund["respCode"] for refund in refunds) == ["0000", "3011"]


async def test_7_a_repeated_refund_is_the_first_one(shop: Shop) -> None:
    """The same number with the same amount: the same `refundTradeNo`, and one refund only."""
    await shop.pay("refunded-1")
    first = await shop.refund("refunded-1", "r-1", "30.00")
    assert (await shop.refund("refunded-1", "r-1", "30"))["refundTradeNo"] == first["refundTradeNo"]
    assert len((await shop.query("refunded-1"))["refund"]) == 1


async def test_8_standard_mode_takes_the_payer_to_the_issuer_and_back(shop: Shop) -> None:
    """`pending` with `payUrl` and `ddc`; after "pass" the shop's address gets five parameters in their order."""
    asked = await shop.pay(
        "secure-1", card_no="4000000000003220", threeDsMode="standard", frontUrl="https://shop.example.com/done"
    )
    assert (asked["respCode"], asked["orderStatus"], asked["lastEvent"]) == ("0000", "pending", "REDIRECT")
    assert asked["ddc"]["bin"] == "400000"
    back = await Payer(shop.house).answer(asked["payUrl"], "pass")
    assert parse_qsl(urlsplit(back).query) == [
        ("tradeNo", asked["tradeNo"]),
        ("orderNo", "secure-1"),
        ("status", "successed"),
        ("language", "en-US"),
        ("amount", "100.00"),
    ]


async def test_10_matedata_may_be_text_or_object(shop: Shop) -> None:
    """Both are accepted, and read again as texts."""
    await shop.pay("matedata-1")
    await shop.call("shipping/tracking", TRACKING | {"orderNo": "matedata-1"})
    named = {"orderNo": "matedata-1", "trackingNo": TRACKING["trackingNo"]}
    for matedata in ("K-V", {"K": "V"}):
        body = TRACKING_CHANGE | named | {"matedata": matedata}
        assert await shop.code("shipping/tracking-modify", body) == "0000"
        assert await shop.code("shipping/retrieve", named | {"matedata": matedata}) == "0000"
    assert (await shop.call("shipping/retrieve", named))["matedata"] == {"text": "K-V", "K": "V"}


async def test_11_the_signature_examples_verify() -> None:
    """Proven in the delivery tests, beside the merchant's own verification code."""
    from tests.webhook_delivery.contract import EXAMPLES, verify

    assert all(verify(*example) for example in EXAMPLES)


async def test_13_amounts_may_be_numbers(shop: Shop) -> None:
    """`100.99` as a JSON number is answered as text; what is no plain decimal amount is 2005."""
    body = payment_body("number-1")
    content = json.dumps(body | {"amount": 0}).replace('"amount": 0', '"amount": 100.99')
    headers = {"Authorization": shop.token, "Content-Type": "application/json"}
    assert (await shop.ask("payment", content=content, headers=headers)).json()["amount"] == "100.99"
    assert await shop.code("payment", payment_body("number-2", amount="1e3")) == "2005"
    for amount in ("0", "-1", "1.234"):
        assert await shop.code("payment", payment_body("number-2", amount=amount)) == "2005"
        as_number = content.replace("100.99", amount).replace("number-1", "number-2")
        assert (await shop.ask("payment", content=as_number, headers=headers)).json()["respCode"] == "2005"


@pytest.mark.parametrize("path", ["query", "cancel", "capture", "refund", "refundQuery"])
async def test_14_a_foreign_number_is_as_if_absent(shop: Shop, other_shop: Shop, path: str) -> None:
    """Another merchant's `tradeNo` and `orderNo` find nothing, whatever is asked about them."""
    paid = await other_shop.pay("foreign-1", capture="manual")
    more = {"captureAmount": "1", "amount": "1", "clientIp": "::1", "reason": "x", "refundNumber": "1"}
    expected = "3014" if path == "refundQuery" else "3001"
    assert await shop.code(path, {"tradeNo": paid["tradeNo"], **more}) == expected
    assert await shop.code(path, {"orderNo": "foreign-1", **more}) == expected
    assert await other_shop.status("foreign-1") == "authorized"


async def test_15_card_data_is_nowhere(
    shop: Shop, working: House, clock: MovableClock, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the number nor the code is in any row of any table or in any line of the log, whatever happened."""
    number, code = "378282246310005", "7391"
    billing = {"address": {"city": "Seattle", "country": "US", "line1": "1", "postcode": "98102", "state": "WA"}}
    stored = {"billing": billing | {"storedcredentials": "store"}}
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    try:
        await shop.pay("card-data-1", card_no=number, cvc=code, **stored)
        again = {"amount": "1", "cardNo": number, "expiryMonth": "12", "expiryYear": "2036"}
        assert await shop.code("subscriptionPayment", again | {"orderNo": "card-data-5"}) == "0000"
        assert await shop.code("subscriptionPayment", again | {"orderNo": "card-data-6", "amount": "x"}) == "2005"
        await shop.pay("card-data-2", card_no=number, cvc=code, capture="manual", threeDsMode="standard")
        await shop.pay("card-data-1", card_no=number, cvc=code)
        await shop.pay("card-data-3", card_no=number, cvc=code, amount="1.234")
        await shop.pay("card-data-4", card_no="4000000000000119", cvc=code)
        move(working, clock, seconds=31)
        await shop.becomes("card-data-4", "successed")
    finally:
        structlog.reset_defaults()
    out, err = capfd.readouterr()
    kept = "\n".join(sqlite3.connect(tmp_path / "house.db").iterdump())
    assert "378282*****0005" in kept, "the masked number shows that this test looks in the right place"
    for text in (kept, out, err):
        assert number not in text
        assert not re.search(rf"(?<!\d){code}(?!\d)", text)
    assert not _files_with(number.encode(), tmp_path)


def _files_with(text: bytes, folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if text in path.read_bytes()]
