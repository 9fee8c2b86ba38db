"""3-D Secure in the payer's browser, through the pages of gateway and issuer (sections 6 and 7.3)."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import pytest

from polygate.assembly import House
from tests.gateway_api.payer import Payer
from tests.support.house import BASE_URL, MovableClock, Shop, move

pytestmark = pytest.mark.anyio

CHALLENGED = "4000000000003220"
SHOP_URL = "https://shop.example.com/done"


async def asked(shop: Shop, order_no: str = "secure-1", **changes: str) -> str:
    """A payment that needs its payer; the address to send the browser to."""
    changes = {"card_no": CHALLENGED, "frontUrl": SHOP_URL} | changes
    answer = await shop.pay(order_no, **changes)
    assert (answer["respCode"], answer["orderStatus"], answer["lastEvent"]) == ("0000", "pending", "REDIRECT")
    return str(answer["payUrl"])


@pytest.mark.parametrize(
    ("choice", "status", "described"),
    [
        ("pass", "successed", "captured"),
        ("fail", "failed", "3-D Secure failed"),
        ("cancel", "canceled", "canceled by the payer"),
    ],
)
async def test_the_three_buttons(shop: Shop, choice: str, status: str, described: str) -> None:
    """Pass charges, fail is 4008, cancel is 4012; the browser reaches the shop with five parameters in order."""
    back = await Payer(shop.house).answer(await asked(shop), choice)
    order = (await shop.query("secure-1"))["order"]
    assert (order["orderStatus"], order["orderStatusDesc"]) == (status, described)
    assert back.startswith(f"{SHOP_URL}?")
    assert parse_qsl(urlsplit(back).query) == [
        ("tradeNo", order["tradeNo"]),
        ("orderNo", "secure-1"),
        ("status", status),
        ("language", "en-US"),
        ("amount", "100.00"),
    ]


async def test_a_passed_manual_payment_is_authorized(shop: Shop) -> None:
    """And can be captured as any other."""
    back = await Payer(shop.house).answer(await asked(shop, capture="manual"), "pass")
    assert "status=authorized" in back
    captured = await shop.call("capture", {"orderNo": "secure-1", "captureAmount": "40.00"})
    assert (captured["respCode"], captured["amount"]) == ("0000", "40.00")


async def test_a_card_without_challenge_passes_unseen(shop: Shop) -> None:
    """The browser goes through without a page, and is at the shop."""
    for order_no, card_no, mode in (
        ("unseen-1", "4000000000003055", "auto"),
        ("unseen-2", "4444333322221111", "standard"),
    ):
        url = await asked(shop, order_no, card_no=card_no, threeDsMode=mode)
        response = await Payer(shop.house).open(url)
        assert response.headers["location"].startswith(SHOP_URL)
        assert await shop.status(order_no) == "successed"


async def test_a_payer_may_pass_and_still_be_declined(shop: Shop) -> None:
    url = await asked(shop, card_no="4000008400001629")
    response = await Payer(shop.house).open(url)
    assert "status=failed" in response.headers["location"]
    order = (await shop.query("secure-1"))["order"]
    assert (order["orderStatus"], order["orderStatusDesc"]) == ("failed", "no reason given")


@pytest.mark.parametrize(
    ("card_no", "mode", "challenged"),
    [
        (CHALLENGED, "auto", "Y"),
        (CHALLENGED, "standard", "Y"),
        ("4000000000003055", "auto", "N"),
        ("4444333322221111", "standard", "N"),
    ],
)
async def test_device_data_collection_never_changes_the_order(
    shop: Shop, clock: MovableClock, card_no: str, mode: str, challenged: str
) -> None:
    """`ddc` (section 6.3): a form with `Bin` and `JWT`, answered by a small page; good for 10 minutes."""
    answer = await shop.pay("ddc-1", card_no=card_no, threeDsMode=mode)
    ddc = answer["ddc"]
    assert (ddc["bin"], ddc["challenged"]) == (card_no[:6], challenged)
    assert ddc["ddcAction"].startswith(BASE_URL)
    claims = jwt.decode(ddc["jwt"], options={"verify_signature": False})
    assert claims["exp"] * 1_000 - clock.now_ms == 600_000
    form = {"Bin": ddc["bin"], "JWT": ddc["jwt"]}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(shop.house.app)) as browser:
        page = await browser.post(ddc["ddcAction"], data=form)
        assert (page.status_code, 'data-done="true"' in page.text) == (200, True)
        assert page.headers["content-type"].startswith("text/html")
        clock.move(minutes=10)
        assert (await browser.post(ddc["ddcAction"], data=form)).status_code == 400
    assert await shop.status("ddc-1") == "pending"


async def test_opening_the_address_again_shows_the_result_and_redirects(shop: Shop) -> None:
    """Before a choice the page, after it the shop, as often as it is opened (section 6.2)."""
    url = await asked(shop)
    payer = Payer(shop.house)
    assert "<form" in (await payer.open(url)).text
    assert "<form" in (await payer.open(url)).text
    back = await payer.answer(url, "pass")
    assert (await payer.open(url)).headers["location"] == back
    assert (await payer.open(url)).headers["location"] == back


async def test_without_a_shop_address_the_result_is_shown(shop: Shop) -> None:
    url = await asked(shop, frontUrl="")
    payer = Payer(shop.house)
    page = await payer.open(url)
    done = await payer.press(str(page.url), "pass")
    assert done.status_code == 200
    assert await shop.status("secure-1") == "successed"


@pytest.mark.parametrize(
    ("front_url", "start", "end"),
    [
        ("https://shop.example.com", "https://shop.example.com?tradeNo=", ""),
        ("https://shop.example.com/done?a=1&b=2", "https://shop.example.com/done?a=1&b=2&tradeNo=", ""),
        ("https://shop.example.com/#/done", "https://shop.example.com/?tradeNo=", "#/done"),
        ("https://shop.example.com/x?y=1#z", "https://shop.example.com/x?y=1&tradeNo=", "#z"),
        ("https://shop.example.com/x?tradeNo=mine", "https://shop.example.com/x?tradeNo=mine&tradeNo=", ""),
        ("https://shop.example.com/%E5%AE%8C?q=%26", "https://shop.example.com/%E5%AE%8C?q=%26&tradeNo=", ""),
        ("https://shop.example.com/完成?q=状态", "https://shop.example.com/%E5%AE%8C%E6%88%90?q=%E7%8A%B6", ""),
    ],
)
async def test_the_shops_own_query_and_fragment_stay(shop: Shop, front_url: str, start: str, end: str) -> None:
    """Its parameters first, ours after `&`, the fragment last; what is not ASCII percent-encoded (section 7.3)."""
    back = await Payer(shop.house).answer(await asked(shop, frontUrl=front_url), "pass")
    assert back.startswith(start)
    assert back.endswith("amount=100.00" + end)
    assert back.isascii()


async def test_an_order_number_full_of_signs_survives_the_redirect(shop: Shop) -> None:
    """Values are percent-encoded: what is parsed at the shop is the number that was sent."""
    order_no = "a&b=c#d+e%20/?"
    back = await Payer(shop.house).answer(await asked(shop, order_no), "pass")
    assert dict(parse_qsl(urlsplit(back).query))["orderNo"] == order_no


async def test_a_payer_who_comes_too_late_finds_an_expired_order(
    shop: Shop, working: House, clock: MovableClock
) -> None:
    """`payUrl` works until `expiryTime`; a button pressed after it changes nothing."""
    url = await asked(shop, expiryTime="5")
    payer = Payer(shop.house)
    page = await payer.open(url)
    move(working, clock, minutes=5)
    await shop.becomes("secure-1", "expired")
    assert "status=expired" in (await payer.press(str(page.url), "pass")).headers["location"]
    assert "status=expired" in (await payer.open(url)).headers["location"]
    assert await shop.status("secure-1") == "expired"
    assert await shop.code("cancel", {"orderNo": "secure-1"}) == "3008"


async def test_an_order_the_merchant_gave_up_cannot_be_passed(shop: Shop) -> None:
    """`canceled` stays `canceled`, whatever the payer presses afterwards."""
    url = await asked(shop)
    payer = Payer(shop.house)
    page = await payer.open(url)
    await shop.call("cancel", {"orderNo": "secure-1"})
    assert "status=canceled" in (await payer.press(str(page.url), "pass")).headers["location"]
    assert await shop.status("secure-1") == "canceled"


async def test_a_button_pressed_many_times_at_once_charges_once(shop: Shop) -> None:
    """Ten browsers return at the same moment: one conclusion, one charge in the acquirer's book."""
    url = await asked(shop)
    page = await Payer(shop.house).open(url)
    payers = [Payer(shop.house) for _ in range(10)]
    await asyncio.gather(*(payer.press(str(page.url), "pass") for payer in payers))
    await shop.becomes("secure-1", "successed")
    facts = await shop.house.context.store.fetch("SELECT count(*) FROM facts WHERE kind = 'PaymentCaptured'")
    assert facts == [(1,)]


async def test_only_its_own_key_opens_an_address(shop: Shop) -> None:
    """Another order's key, a cut one, none at all: 404, and the order stays as it is."""
    first, second = await asked(shop), await asked(shop, "secure-2")
    path, _, key = first.partition("?t=")
    other = second.partition("?t=")[2]
    payer = Payer(shop.house)
    for wrong in (f"{path}?t={other}", f"{path}?t={key[:-2]}", f"{path}?t=", path):
        assert (await payer.open(wrong)).status_code == 404
        assert (await payer.open(wrong.replace("challenge", "return"))).status_code == 404
    assert await shop.status("secure-1") == "pending"
