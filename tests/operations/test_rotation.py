"""New keys and secrets while the shop trades: those before are good until the overlap ends, and not a moment longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest

from polygate.assembly import House
from polygate.core.cards import Secret
from polygate.core.merchants import Merchant
from polygate.jobs.upkeep import upkeep_round
from polygate.operations.administer import disable_app, enable_app
from polygate.operations.credentials import app_secret, fitting, live_app_secrets, verified_merchant
from polygate.operations.rotation import (
    end_app_overlap,
    end_merchant_overlap,
    rotate_access_key,
    rotate_app_secret,
    rotate_secret_key,
)
from tests.channel_api.client import client_in
from tests.support.bodies import payment_body
from tests.support.house import MovableClock, Shop, shop_in

pytestmark = pytest.mark.anyio

HOUR: Final = timedelta(hours=1) // timedelta(milliseconds=1)
QUERY: Final = {"sourceNo": "none"}


@pytest.fixture
async def shop(house: House) -> AsyncIterator[Shop]:
    async with shop_in(house) as shop:
        yield shop


async def sign_in(shop: Shop, secret: Secret) -> dict[str, Any]:
    return await shop.call("connect/token", {"appId": shop.app.app_id, "secret": secret.reveal()}, headers={})


async def code_with(shop: Shop, token: str) -> str:
    return await shop.code("query", {"orderNo": "none-such"}, headers={"Authorization": token})


# --- an app's secret ---


async def test_no_payment_fails_while_the_secret_is_rotated(shop: Shop, clock: MovableClock) -> None:
    """One worker keeps its token, one signs in with the old secret each time, one takes up the new at once."""
    old, fresh, done, rotated = shop.secret, asyncio.get_running_loop().create_future(), asyncio.Event(), [shop.secret]

    async def trade(name: str, secret: Any) -> list[str]:
        codes: list[str] = []
        while not done.is_set() or len(codes) < 4:
            token = shop.token if secret is None else (await sign_in(shop, secret()))["accessToken"]
            paid = payment_body(f"{name}-{len(codes):05}")
            codes.append(await shop.code("payment", paid, headers={"Authorization": token}))
        return codes

    async def rotate() -> None:
        await asyncio.sleep(0.02)
        made = await rotate_app_secret(shop.house.context, shop.app, overlap_ms=HOUR)
        rotated[0] = made.secret
        fresh.set_result(made.secret)
        await asyncio.sleep(0.05)
        done.set()

    *codes, _ = await asyncio.gather(
        trade("kept", None), trade("old", lambda: old), trade("new", lambda: rotated[0]), rotate()
    )
    assert {code for each in codes for code in each} == {"0000"}

    clock.move(hours=1)
    assert (await sign_in(shop, old))["respCode"] == "1001"
    assert (await sign_in(shop, fresh.result()))["respCode"] == "0000"
    assert await code_with(shop, shop.token) == "1003"


async def test_a_token_got_with_the_old_secret_ends_with_it(shop: Shop, clock: MovableClock) -> None:
    """And says so: `expiresIn` is what is left of the overlap."""
    made = await rotate_app_secret(shop.house.context, shop.app, overlap_ms=HOUR)
    clock.move(minutes=45)
    late = await sign_in(shop, shop.secret)
    new = await sign_in(shop, made.secret)
    assert (late["expiresIn"], new["expiresIn"]) == (900, 3_600)

    clock.move(minutes=15, milliseconds=-1)
    assert await code_with(shop, late["accessToken"]) == "3001"
    clock.move(milliseconds=1)
    assert await code_with(shop, late["accessToken"]) == "1003"
    assert await code_with(shop, new["accessToken"]) == "3001"


async def test_only_the_last_secret_before_goes_on(shop: Shop) -> None:
    """To rotate again within the overlap ends the oldest at once, with its tokens."""
    second = await rotate_app_secret(shop.house.context, shop.app, overlap_ms=HOUR)
    second_token = (await sign_in(shop, second.secret))["accessToken"]
    third = await rotate_app_secret(shop.house.context, shop.app, overlap_ms=HOUR)

    codes = [(await sign_in(shop, secret))["respCode"] for secret in (shop.secret, second.secret, third.secret)]
    assert codes == ["1001", "0000", "0000"]
    assert [await code_with(shop, token) for token in (shop.token, second_token)] == ["1003", "3001"]


async def test_without_overlap_the_secret_in_overlap_ends_too(shop: Shop) -> None:
    """What leaked and was rotated twice is gone, and so are the tokens."""
    second = await rotate_app_secret(shop.house.context, shop.app, overlap_ms=HOUR)
    await rotate_app_secret(shop.house.context, shop.app)
    for secret in (shop.secret, second.secret):
        assert (await sign_in(shop, secret))["respCode"] == "1001"
    assert await code_with(shop, shop.token) == "1003"


async def test_an_overlap_can_be_cut_short(shop: Shop) -> None:
    made = await rotate_app_secret(shop.house.context, shop.app, overlap_ms=HOUR)
    assert await code_with(shop, shop.token) == "3001"
    await end_app_overlap(shop.house.context, made.app)
    assert (await sign_in(shop, shop.secret))["respCode"] == "1001"
    assert await code_with(shop, shop.token) == "1003"
    assert (await sign_in(shop, made.secret))["respCode"] == "0000"


async def test_a_disabled_app_loses_the_tokens_of_both_secrets(shop: Shop) -> None:
    """They do not come back with the app, while both secrets do (gateway contract, 2.1)."""
    context = shop.house.context
    made = await rotate_app_secret(context, shop.app, overlap_ms=HOUR)
    tokens = [shop.token, (await sign_in(shop, shop.secret))["accessToken"]]
    tokens.append((await sign_in(shop, made.secret))["accessToken"])
    await enable_app(context.store, await disable_app(context.store, made.app))

    assert [await code_with(shop, token) for token in tokens] == ["1003"] * 3
    for secret in (shop.secret, made.secret):
        assert await code_with(shop, (await sign_in(shop, secret))["accessToken"]) == "3001"


async def test_what_ended_is_forgotten(shop: Shop, clock: MovableClock) -> None:
    """Neither the sealed secret nor the hash of the key outlives its time for long; a living one stays."""
    context = shop.house.context
    await rotate_app_secret(context, shop.app, overlap_ms=HOUR)
    await rotate_secret_key(context, shop.merchant, overlap_ms=2 * HOUR)
    await rotate_access_key(context, shop.merchant, overlap_ms=HOUR)
    clock.move(hours=1)
    await upkeep_round(context)

    app = await context.reads.app(shop.app.app_id)
    merchant = await context.reads.merchant(shop.merchant.merchant_id)
    assert app is not None
    assert merchant is not None
    assert (app.sealed_previous_secret, app.previous_secret_until_ms) == (b"", 0)
    assert (merchant.sealed_previous_access_key, merchant.previous_access_key_hash) == (b"", "")
    assert merchant.sealed_previous_secret_key == shop.merchant.sealed_secret_key


async def test_every_secret_is_tried_whichever_fits(house: House, shop: Shop) -> None:
    """So that the time it takes does not tell which one did."""
    made = await rotate_app_secret(house.context, shop.app, overlap_ms=HOUR)
    live = live_app_secrets(house.context, made.app)
    assert [secret.reveal() for secret in live] == [made.secret.reveal(), shop.secret.reveal()]
    assert app_secret(house.context.vault, made.app).reveal() == made.secret.reveal()

    tried: list[str] = []

    def fits(secret: Secret) -> bool:
        tried.append(secret.reveal())
        return True

    assert fitting(live, fits) is live[0]
    assert tried == [secret.reveal() for secret in live]
    assert fitting(live, lambda _: False) is None


# --- a merchant's secret key ---


async def test_a_secret_key_goes_on_for_the_overlap(house: House, clock: MovableClock) -> None:
    async with shop_in(house, name="Third Shop") as third:
        stored = await house.context.reads.merchant(third.merchant.merchant_id)
        assert stored is not None
        old = await rotate_secret_key(house.context, stored)
        new = await rotate_secret_key(house.context, stored, overlap_ms=HOUR)

        async def whose(key: Secret) -> Merchant | None:
            return await verified_merchant(house.context, stored.merchant_no, key.reveal())

        for key in (old, new):
            found = await whose(key)
            assert found is not None
            assert found.merchant_no == stored.merchant_no
        assert await whose(Secret("0" * 64)) is None
        assert await verified_merchant(house.context, "10000000000000", new.reveal()) is None

        clock.move(hours=1)
        assert await whose(old) is None
        assert await whose(new) is not None


# --- a merchant's access key ---


async def test_calls_by_the_old_access_key_go_on_for_the_overlap(house: House, clock: MovableClock) -> None:
    """Plain and encrypted ones; afterwards the old key is a stranger's."""
    async with client_in(house) as client:
        old = client.key
        client.key = await rotate_access_key(house.context, client.merchant, overlap_ms=HOUR)

        async def codes(key: Secret) -> tuple[int, int]:
            plain = await client.code("Debit/Get", QUERY, headers={"Authorization": key.reveal()})
            return plain, int((await client.sealed("Debit/GetV2", QUERY, key=key))["code"])

        assert await codes(old) == await codes(client.key) == (1202, 1202)
        assert await codes(Secret("0" * 32)) == (1001, 1102)
        clock.move(hours=1)
        assert await codes(old) == (1001, 1102)
        assert await codes(client.key) == (1202, 1202)


async def test_the_overlap_of_an_access_key_can_be_cut_short(house: House) -> None:
    async with client_in(house) as client:
        old, client.key = client.key, await rotate_access_key(house.context, client.merchant, overlap_ms=HOUR)
        await end_merchant_overlap(house.context, client.merchant)
        assert await client.code("Debit/Get", QUERY, headers={"Authorization": old.reveal()}) == 1001
        assert (await client.sealed("Debit/GetV2", QUERY, key=old))["code"] == 1102
        assert await client.code("Debit/Get", QUERY) == 1202
