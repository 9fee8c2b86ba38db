"""Who may call, from where and how often (sections 1.2 and 2)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from polygate.operations.administer import allow_addresses, disable_app, enable_app
from polygate.operations.new_accounts import create_app
from polygate.operations.subscribe import subscribe
from tests.gateway_api.answers import check
from tests.support.bodies import payment_body
from tests.support.house import BASE_URL, MovableClock, Shop, house_at, shop_in

pytestmark = pytest.mark.anyio

LOOK: Final = {"orderNo": "nothing"}
OFFICE: Final = ("203.0.113.0/24", "2001:db8::/48")


def calling_from(shop: Shop, address: str, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(shop.house.app, client=(address, 4711))
    named = {"Authorization": shop.token} | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.AsyncClient(transport=transport, base_url=f"{BASE_URL}/gateway/v1/", headers=named)


async def code(client: httpx.AsyncClient, path: str, body: object) -> str:
    response = await client.post(path, json=body)
    check(path, response)
    return str(response.json()["respCode"])


async def test_an_app_is_called_from_anywhere_unless_its_operator_says_otherwise(shop: Shop) -> None:
    async with calling_from(shop, "198.51.100.1") as client:
        assert await code(client, "query", LOOK) == "3001"
        assert await code(client, "connect/token", shop.credentials) == "0000"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("203.0.113.9", True),
        ("::ffff:203.0.113.9", True),
        ("2001:db8::9", True),
        ("203.0.114.9", False),
        ("2001:db8:1::9", False),
        ("127.0.0.1", False),
        ("", False),
    ],
)
async def test_only_addresses_that_are_allowed_may_call(shop: Shop, address: str, allowed: bool) -> None:
    """HTTP 403 and 1007 for others, with a token as with the secret."""
    await allow_addresses(shop.house.context.store, shop.app, OFFICE)
    async with calling_from(shop, address) as client:
        assert await code(client, "query", LOOK) == ("3001" if allowed else "1007")
        assert await code(client, "connect/token", shop.credentials) == ("0000" if allowed else "1007")


async def test_a_caller_from_elsewhere_learns_nothing_before_it_shows_the_secret(shop: Shop) -> None:
    """Neither that the app exists nor that its callers are limited."""
    await allow_addresses(shop.house.context.store, shop.app, OFFICE)
    async with calling_from(shop, "198.51.100.1") as client:
        assert await code(client, "connect/token", shop.credentials | {"secret": "x"}) == "1001"
        client.headers["Authorization"] = "at_guessed"
        assert await code(client, "query", LOOK) == "1003"


async def test_a_header_does_not_move_a_caller(shop: Shop) -> None:
    """Without a proxy that the operator trusts, only the connection counts."""
    await allow_addresses(shop.house.context.store, shop.app, OFFICE)
    for header in ("X_Forwarded_For", "X_Real_IP", "Forwarded"):
        async with calling_from(shop, "198.51.100.1", **{header: "203.0.113.9"}) as client:
            assert await code(client, "query", LOOK) == "1007"


async def test_other_apps_of_the_merchant_are_not_bound_by_it(shop: Shop) -> None:
    """And an empty list is no list."""
    store = shop.house.context.store
    second = await create_app(shop.house.context, shop.merchant, name="Second", methods=("card",))
    app = await allow_addresses(store, shop.app, OFFICE)
    async with calling_from(shop, "198.51.100.1") as client:
        credentials = {"appId": second.app.app_id, "secret": second.secret.reveal()}
        assert await code(client, "connect/token", credentials) == "0000"
        await allow_addresses(store, app, ())
        assert await code(client, "query", LOOK) == "3001"


async def test_disabling_an_app_ends_its_tokens_for_good(shop: Shop) -> None:
    """1005 while it is disabled; afterwards the old token is unknown, and a new one is to be had."""
    store = shop.house.context.store
    app = await disable_app(store, shop.app)
    assert await shop.code("query", LOOK) == "1005"
    assert await shop.code("connect/token", shop.credentials) == "1005"
    assert await disable_app(store, app) == app
    await enable_app(store, app)
    assert await shop.code("query", LOOK) == "1003"
    await shop.sign_in()
    assert await shop.code("query", LOOK) == "3001"


async def test_what_an_operator_changes_survives_what_the_merchant_changes(shop: Shop) -> None:
    """Each change is made on the app as it is by then, also by somebody who read it long before."""
    context = shop.house.context
    await disable_app(context.store, shop.app)
    await enable_app(context.store, shop.app)
    await allow_addresses(context.store, shop.app, OFFICE)
    await subscribe(context, shop.app, "https://shop.example.com/hook")
    stored = await context.reads.app(shop.app.app_id)
    assert stored is not None
    assert (stored.enabled, stored.allowed_addresses) == (True, OFFICE)
    assert stored.subscribe_url == "https://shop.example.com/hook"
    assert stored.secret_version > shop.app.secret_version


@pytest.fixture
async def slow_shop(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Shop]:
    """Ten requests a second for each app, two tokens a second for each address."""
    async with (
        house_at(tmp_path / "slow.db", clock, requests_per_second=10, tokens_per_second=2) as house,
        shop_in(house, check=check) as shop,
    ):
        yield shop


async def test_an_app_that_asks_too_often_is_told_when_to_come_back(slow_shop: Shop, clock: MovableClock) -> None:
    """Twice its rate at once; then 429 with `Retry-After`, before the body is read, and nothing is charged."""
    codes = [await slow_shop.code("query", LOOK) for _ in range(25)]
    assert codes == ["3001"] * 20 + ["9429"] * 5
    refused = await slow_shop.ask("payment", payment_body("flood-1"))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert set(refused.json()) == {"respCode", "respMsg"}
    clock.move(seconds=1)
    assert (await slow_shop.pay("flood-1"))["respCode"] == "0000"


async def test_one_app_does_not_use_up_anothers_turns(slow_shop: Shop) -> None:
    other = await create_app(slow_shop.house.context, slow_shop.merchant, name="Other", methods=("card",))
    credentials = {"appId": other.app.app_id, "secret": other.secret.reveal()}
    token = (await slow_shop.call("connect/token", credentials))["accessToken"]
    while await slow_shop.code("query", LOOK) != "9429":
        pass
    assert await slow_shop.code("query", LOOK, headers={"Authorization": token}) == "3001"


async def test_who_guesses_secrets_is_slowed_down(slow_shop: Shop, clock: MovableClock) -> None:
    """Ten seconds' worth at once from one address, right or wrong; another address is not affected."""
    wrong = slow_shop.credentials | {"secret": "guess"}
    codes = [await slow_shop.code("connect/token", wrong) for _ in range(25)]
    assert codes == ["1001"] * 20 + ["9429"] * 5
    assert await slow_shop.code("connect/token", slow_shop.credentials) == "9429"
    async with calling_from(slow_shop, "203.0.113.9") as client:
        assert await code(client, "connect/token", slow_shop.credentials) == "0000"
    clock.move(seconds=1)
    assert await slow_shop.code("connect/token", slow_shop.credentials) == "0000"


async def test_without_a_bound_nobody_is_refused(tmp_path: Path, clock: MovableClock) -> None:
    async with (
        house_at(tmp_path / "free.db", clock, requests_per_second=0, tokens_per_second=0) as house,
        shop_in(house, check=check) as shop,
    ):
        assert {await shop.code("query", LOOK) for _ in range(100)} == {"3001"}
        assert {await shop.code("connect/token", shop.credentials | {"secret": "x"}) for _ in range(600)} == {"1001"}
