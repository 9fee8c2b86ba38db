"""Access tokens (section 2)."""

from __future__ import annotations

import statistics
import time
from typing import Any

import msgspec
import pytest

from polygate.core.cards import Secret
from polygate.core.merchants import App
from polygate.operations.credentials import issue_token
from polygate.operations.new_accounts import create_app
from polygate.store.contract import Change, Update
from tests.gateway_api.answers import check
from tests.support.bodies import payment_body
from tests.support.house import MovableClock, Shop

pytestmark = pytest.mark.anyio

NOTHING = {"orderNo": "nothing"}


async def changed(shop: Shop, **changes: Any) -> App:
    """What an operator does to an app."""
    app = await shop.house.context.reads.app(shop.app.app_id)
    assert app is not None
    app = msgspec.structs.replace(app, version=app.version + 1, **changes)
    await shop.house.context.store.submit(Change((Update(app),)))
    return app


async def code(shop: Shop, authorization: str) -> tuple[int, str]:
    headers = {b"Authorization": authorization.encode("latin-1")}
    response = await shop.http.post("/gateway/v1/query", json=NOTHING, headers=headers)
    check("query", response)
    return response.status_code, response.json()["respCode"]


async def test_a_token_is_opaque_long_and_different_each_time(shop: Shop) -> None:
    """At least 256 random bits in at most 512 characters, good for 3600 seconds."""
    answers = [await shop.call("connect/token", shop.credentials) for _ in range(5)]
    tokens = {answer["accessToken"] for answer in answers}
    assert len(tokens) == 5
    assert all(43 <= len(token.removeprefix("at_")) <= 512 for token in tokens)
    assert {answer["expiresIn"] for answer in answers} == {3600}


async def test_only_a_hash_of_a_token_is_stored(shop: Shop) -> None:
    rows = await shop.house.context.store.fetch("SELECT * FROM tokens WHERE app_id = %s", (shop.app.app_id,))
    assert len(rows) == 1
    assert shop.token.encode() not in b"".join(str(value).encode() for value in rows[0])
    assert isinstance(rows[0][0], bytes)
    assert len(rows[0][0]) == 32


FORMS: list[tuple[str, tuple[int, str]]] = [
    ("{}", (200, "3001")),
    ("Bearer {}", (200, "3001")),
    ("bearer {}", (200, "3001")),
    ("BEARER    {}", (200, "3001")),
    ("bEaReR\t{}", (200, "3001")),
    ("  {}  ", (200, "3001")),
    ("", (401, "1002")),
    ("   ", (401, "1002")),
    ("Bearer", (401, "1003")),
    ("Bearer ", (401, "1003")),
    ("Basic {}", (401, "1003")),
    ("Token {}", (401, "1003")),
    ("Bearer Bearer {}", (401, "1003")),
    ("Bearer {} x", (401, "1003")),
    ("{}x", (401, "1003")),
    ("{}, {}", (401, "1003")),
    ('"{}"', (401, "1003")),
    ("at_", (401, "1003")),
    ("x" * 10_000, (401, "1003")),
    ("Bearer \xe9{}", (401, "1003")),
    ("\x00", (401, "1003")),
]


async def test_the_forms_of_the_header(shop: Shop) -> None:
    """Bare or after `Bearer` in any case; nothing is 1002, and whatever else stands there is 1003."""
    for form, expected in FORMS:
        assert await code(shop, form.replace("{}", shop.token)) == expected, form


async def test_a_token_in_another_letter_case_is_another_token(shop: Shop) -> None:
    assert await code(shop, shop.token.swapcase()) == (401, "1003")


async def test_a_missing_header_is_1002(shop: Shop) -> None:
    assert await shop.code("query", NOTHING, headers={}) == "1002"


async def test_an_hour_counts_from_the_issue_and_use_does_not_prolong_it(shop: Shop, clock: MovableClock) -> None:
    """No sliding; at 3600 s it is over, to the millisecond."""
    for _ in range(3):
        clock.move(seconds=1_199)
        assert await code(shop, shop.token) == (200, "3001")
    clock.move(seconds=2, milliseconds=999)
    assert await code(shop, shop.token) == (200, "3001")
    clock.move(milliseconds=1)
    assert await code(shop, shop.token) == (401, "1004")
    clock.move(days=400)
    assert await code(shop, shop.token) == (401, "1004")


async def test_a_new_token_does_not_end_older_ones(shop: Shop, clock: MovableClock) -> None:
    """Workers of one app do not sign each other out."""
    older = shop.token
    clock.move(minutes=30)
    newer = await shop.sign_in()
    assert await code(shop, older) == await code(shop, newer) == (200, "3001")
    clock.move(minutes=30)
    assert await code(shop, older) == (401, "1004")
    assert await code(shop, newer) == (200, "3001")


async def test_a_changed_secret_ends_all_tokens_at_once(shop: Shop) -> None:
    """Old tokens are unknown from then on, old secrets wrong, and the new pair works."""
    second = await shop.sign_in()
    fresh = Secret("a-new-secret")
    sealed = shop.house.context.vault.seal_secret(fresh, context=f"app:{shop.app.app_id}")
    await changed(shop, sealed_secret=sealed, secret_version=2)
    assert await code(shop, second) == (401, "1003")
    assert await shop.code("connect/token", shop.credentials) == "1001"
    answer = await shop.call("connect/token", {"appId": shop.app.app_id, "secret": fresh.reveal()})
    assert await code(shop, answer["accessToken"]) == (200, "3001")


async def test_a_disabled_app_is_403_at_once(shop: Shop, clock: MovableClock) -> None:
    """With a token issued before, and with the right pair; a wrong secret still learns nothing."""
    await changed(shop, enabled=False)
    assert await code(shop, shop.token) == (403, "1005")
    right = await shop.ask("connect/token", shop.credentials)
    assert (right.status_code, right.json()["respCode"]) == (403, "1005")
    assert await shop.code("connect/token", shop.credentials | {"secret": "wrong"}) == "1001"
    clock.move(hours=2)
    assert await code(shop, shop.token) == (403, "1005")


async def test_a_disabled_merchant_is_403(shop: Shop) -> None:
    merchant = await shop.house.context.reads.merchant(shop.merchant.merchant_id)
    assert merchant is not None
    disabled = msgspec.structs.replace(merchant, enabled=False, version=merchant.version + 1)
    await shop.house.context.store.submit(Change((Update(disabled),)))
    assert await code(shop, shop.token) == (403, "1005")


async def test_an_app_without_the_method_is_403(shop: Shop) -> None:
    """Code 1006, for direct payments; for hosted orders, where nothing else is enabled."""
    opening = {"amount": "1", "currency": "EUR", "orderNo": "not-enabled"}
    await changed(shop, methods=("wechat",))
    paid = await shop.ask("payment", payment_body("not-enabled"))
    in_vain = await shop.ask("cashier/order", opening)
    await changed(shop, methods=())
    opened = await shop.ask("cashier/order", opening)
    assert [(r.status_code, r.json()["respCode"]) for r in (paid, in_vain, opened)] == [
        (403, "1006"),
        (200, "2006"),
        (403, "1006"),
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"appId": "999999999999999"}, "1001"),
        ({"secret": "wrong"}, "1001"),
        ({"secret": "x" * 128}, "1001"),
        ({"secret": "sécret"}, "1001"),
        ({"appId": "' OR 1=1 --"}, "1001"),
        ({"appId": None}, "2002"),
        ({"secret": ""}, "2002"),
        ({"appId": "9" * 65}, "2003"),
        ({"secret": "x" * 129}, "2003"),
        ({"appId": ["1"]}, "2001"),
        ({"secret": {}}, "2001"),
    ],
)
async def test_the_token_call_refuses_by_its_code(shop: Shop, change: dict[str, Any], expected: str) -> None:
    """HTTP 401 for a wrong pair; the fields' own faults are 200 as everywhere. Never more than code and message."""
    response = await shop.ask("connect/token", shop.credentials | change)
    assert response.json()["respCode"] == expected
    assert set(response.json()) == {"respCode", "respMsg"}
    assert shop.secret.reveal() not in response.text


async def test_an_authorization_header_on_the_token_call_is_ignored(shop: Shop) -> None:
    """The original samples send one."""
    for header in (shop.token, "Bearer rubbish", "Basic Og=="):
        assert await shop.code("connect/token", shop.credentials, headers={"Authorization": header}) == "0000"


async def test_apps_of_one_merchant_share_its_orders(shop: Shop) -> None:
    """Every object belongs to the token's merchant, not to the app."""
    await shop.pay("shared-1")
    second = await create_app(shop.house.context, shop.merchant, name="Second", methods=("card",))
    token = await issue_token(shop.house.context, second.app)
    headers = {"Authorization": token.reveal()}
    assert await shop.code("query", {"orderNo": "shared-1"}, headers=headers) == "0000"
    assert await shop.code("payment", payment_body("shared-1"), headers=headers) == "3002"


async def test_an_unknown_app_takes_as_long_as_a_wrong_secret(shop: Shop, clock: MovableClock) -> None:
    """And gets the same answer, to the byte: nobody finds out by asking which numbers are apps."""
    unknown, wrong = {"appId": "999999999999999", "secret": "x" * 34}, shop.credentials | {"secret": "x" * 34}
    assert (await shop.ask("connect/token", unknown)).content == (await shop.ask("connect/token", wrong)).content

    async def took(credentials: dict[str, str]) -> int:
        clock.move(seconds=1)  # Slowly enough not to be taken for somebody who guesses.
        started = time.perf_counter_ns()
        await shop.http.post("/gateway/v1/connect/token", json=credentials)
        return time.perf_counter_ns() - started

    pairs = [(await took(unknown), await took(wrong)) for _ in range(300)]
    for_unknown, for_wrong = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert 0.8 < for_unknown / for_wrong < 1.25, f"{for_unknown} ns and {for_wrong} ns"
