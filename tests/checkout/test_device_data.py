"""Device data collection before 3-D Secure (gateway contract, 6.3)."""

from __future__ import annotations

import time

import jwt
import pytest

from polygate.operations.device_data import LIFE_S, device_data_token, read_device_data_token
from tests.checkout.payer import Payer

pytestmark = pytest.mark.anyio


async def test_the_page_says_that_it_is_done(payer: Payer) -> None:
    """It may be framed by any shop, keeps all other rules, and leaves the order as it is."""
    payment, _ = await payer.direct()
    token = device_data_token(payer.context.vault, payment, payer.context.clock())

    page = await payer.http.post(
        "/3ds/ddc",
        data={"Bin": "400000", "JWT": token},
        headers={"sec-fetch-site": "cross-site", "origin": "https://shop.example"},
    )

    assert page.status_code == 200
    assert 'data-done="true"' in page.text
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'; script-src 'self'" in policy
    assert await payer.now(payment) == payment


async def test_a_token_is_good_for_ten_minutes(payer: Payer) -> None:
    """By the gateway's clock, to the second."""
    payment, _ = await payer.direct()
    now_ms = payer.context.clock()
    token = device_data_token(payer.context.vault, payment, now_ms)

    assert LIFE_S == 600
    assert read_device_data_token(payer.context.vault, token, now_ms) == payment.payment_id
    assert read_device_data_token(payer.context.vault, token, now_ms + 599_000) == payment.payment_id
    assert read_device_data_token(payer.context.vault, token, now_ms + 600_000) is None


async def test_other_tokens_are_refused(payer: Payer) -> None:
    """Foreign keys, no signature, other claims, no token at all: 400, and the page says that it failed."""
    payment, _ = await payer.direct()
    key = payer.context.vault.link_key("ddc")
    claims = {"sub": str(payment.payment_id), "exp": int(time.time()) + 10**9}
    good = jwt.encode(claims, key, "HS256")
    assert read_device_data_token(payer.context.vault, good, payer.context.clock()) == payment.payment_id
    wrong = [
        "",
        "x",
        "é.é.é",
        "a.b.c",
        good[:-2],
        good.rpartition(".")[0] + ".",
        jwt.encode(claims, b"k" * 32, "HS256"),
        jwt.encode(claims, "", "none"),
        jwt.encode(claims, key * 2, "HS512"),
        jwt.encode({"sub": "1"}, key, "HS256"),
        jwt.encode({"exp": 10**10}, key, "HS256"),
    ]

    for token in wrong:
        page = await payer.http.post("/3ds/ddc", data={"Bin": "400000", "JWT": token})
        assert page.status_code == 400, token
        assert 'data-done="false"' in page.text
    for form in ({"Bin": "400000"}, {"Bin": "400000", "JWT": "\0"}):
        assert (await payer.http.post("/3ds/ddc", data=form)).status_code == 400
    assert (await payer.http.post("/3ds/ddc", json={})).status_code == 415


async def test_the_token_does_not_tell_the_card(payer: Payer) -> None:
    """It passes through the shop's page: it names the payment, and when it ends."""
    payment, _ = await payer.direct()
    token = device_data_token(payer.context.vault, payment, payer.context.clock())

    assert set(jwt.decode(token, options={"verify_signature": False})) == {"sub", "iat", "exp"}
