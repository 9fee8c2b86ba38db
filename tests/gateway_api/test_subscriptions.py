"""`webhook/subscribe` and its aliases (section 4.15)."""

from __future__ import annotations

import pytest

from polygate.operations.credentials import issue_token
from polygate.operations.new_accounts import create_app
from tests.gateway_api.tables import GONE, Case, go_through
from tests.protocols.gateway.examples import SUBSCRIBE
from tests.support.house import Shop

pytestmark = pytest.mark.anyio

CASES: list[Case] = [
    ("apiVersion", "0000", ["20250703", "20240101", 20250703, "00000000"]),
    ("apiVersion", "2002", [GONE, ""]),
    ("apiVersion", "2003", ["2025070", "202507031", "2025-7-3"]),
    ("signMethod", "0000", ["sha256", "SHA256"]),
    ("signMethod", "2002", [GONE]),
    ("signMethod", "2004", ["md5", "rsa", "hmac-sha256"]),
    ("subscribeUrl", "0000", ["http://a.example", "https://a.example:8443/x?y=z", "https://a.example/" + "x" * 494]),
    ("subscribeUrl", "2002", [GONE, "  "]),
    ("subscribeUrl", "2009", ["a.example", "ftp://a.example", "https://a b.example", "https://a.example/" + "x" * 495]),
]


async def subscribed(shop: Shop) -> str:
    app = await shop.house.context.reads.app(shop.app.app_id)
    assert app is not None
    return app.subscribe_url


@pytest.mark.parametrize("path", ["webhook/subscribe", "webhook", "subscribe"])
async def test_every_limit_holds_on_both_sides(shop: Shop, path: str) -> None:
    """On the path and on both its aliases."""
    await go_through(shop, path, SUBSCRIBE, CASES)


async def test_the_answer_is_what_counts_from_now_on(shop: Shop) -> None:
    """Whatever version was asked for, `20250703` is sent."""
    answer = await shop.call("webhook/subscribe", SUBSCRIBE | {"apiVersion": "20991231", "signMethod": "Sha256"})
    assert answer == {**SUBSCRIBE, "respCode": "0000", "respMsg": "success"}
    assert await subscribed(shop) == SUBSCRIBE["subscribeUrl"]


async def test_a_new_call_replaces_the_old_one_and_a_refused_one_does_not(shop: Shop) -> None:
    await shop.call("webhook/subscribe", SUBSCRIBE)
    await shop.call("subscribe", SUBSCRIBE | {"subscribeUrl": "http://second.example/"})
    assert await subscribed(shop) == "http://second.example/"
    assert await shop.code("webhook", SUBSCRIBE | {"signMethod": "md5"}) == "2004"
    assert await subscribed(shop) == "http://second.example/"


async def test_each_app_has_its_own(shop: Shop) -> None:
    """One subscription per app, not per merchant."""
    second = await create_app(shop.house.context, shop.merchant, name="Second", methods=("card",))
    issued = await issue_token(shop.house.context, second.app)
    await shop.call("webhook/subscribe", SUBSCRIBE)
    headers = {"Authorization": issued.reveal()}
    await shop.call("webhook/subscribe", SUBSCRIBE | {"subscribeUrl": "http://other.example/"}, headers=headers)
    assert await subscribed(shop) == SUBSCRIBE["subscribeUrl"]
