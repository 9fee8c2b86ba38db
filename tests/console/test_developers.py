"""Developers pages: what was told and asked, and why a message is not accepted."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from polygate.assembly import House
from polygate.connectors import sandbox
from polygate.core.access import Role
from polygate.core.cards import Secret
from polygate.core.merchants import Merchant, UsedNonce
from polygate.core.webhooks import Webhook, WebhookState
from polygate.operations.credentials import issue_token
from polygate.operations.rotation import rotate_access_key, rotate_app_secret, rotate_secret_key
from polygate.protocols import channel, gateway, signed
from polygate.protocols.merchant import notification_signature
from polygate.store.contract import Change, Insert
from tests.channel_api.client import client_in
from tests.support.bodies import payment_body
from tests.support.console import Window, signed_in
from tests.support.house import MovableClock, Shop, shop_in

pytestmark = pytest.mark.anyio

Merchants = tuple[Merchant, Merchant]
HOUR: Final = 3_600_000
URL: Final = "https://pay.example.com/v2/payment/create"
BODY: Final = '{"amount":"1.00", "name":"A/B"}'


@pytest.fixture
async def developer(house: House, clock: MovableClock, merchants: Merchants) -> AsyncIterator[Window]:
    async with signed_in(house, clock, Role.DEVELOPER, merchants[0].merchant_id) as (browser, _):
        yield browser


@pytest.fixture
async def shop(house: House) -> AsyncIterator[Shop]:
    async with shop_in(house) as shop:
        yield shop


def at(merchant: Merchant, place: str) -> str:
    return f"/console/m/{merchant.merchant_no}/developers/{place}"


# --- webhooks ---


async def paid(shop: Shop, *orders: str) -> list[int]:
    """Payments with a webhook each, which nothing delivers: their ids, oldest first."""
    for order in orders:
        await shop.call("payment", payment_body(order, subscribeUrl="https://shop.example.com/hook"))
    found = await shop.house.context.store.listing.newest(Webhook, merchant_id=shop.merchant.merchant_id, limit=10)
    return [webhook.webhook_id for webhook in found][::-1]


async def test_webhooks_are_found_and_sent_again(
    house: House, merchants: Merchants, developer: Window, shop: Shop
) -> None:
    """One, or all that were ticked; each is in the audit log, and somebody else's are passed over."""
    own, foreign = merchants
    first, second = await paid(shop, "order-1", "order-2")
    async with shop_in(house, name=foreign.name) as other:
        (theirs,) = await paid(other, "order-3")
    path = at(own, "webhooks")
    listed = (await developer.get(path)).text
    assert ("order-1" in listed, "order-2" in listed, "order-3" in listed) == (True, True, False)
    only = (await developer.get(path, number="order-1")).text
    assert ("order-1" in only, "order-2" in only) == (True, False)
    assert "Nothing to show" in (await developer.get(path, number="order-3")).text
    assert "Nothing to show" in (await developer.get(path, state="delivered")).text

    page = (await developer.get(f"{path}/{first}")).text
    assert "Not tried yet" in page
    assert "is sent again now" in (await developer.follow(await developer.post(f"{path}/{first}/resend"))).text
    fields: dict[str, Any] = {"webhook": [str(first), str(second), str(theirs), "x"]}
    assert "Sent again: 2." in (await developer.follow(await developer.post(f"{path}/resend", fields))).text
    assert "Choose at least one" in (await developer.follow(await developer.post(f"{path}/resend"))).text
    stored = await house.context.reads.webhook(own.merchant_id, first)
    assert stored is not None
    assert (stored.state, stored.due_ms) == (WebhookState.WAITING, house.context.clock())
    entries = await house.context.reads.audit_entries(merchant_id=own.merchant_id, before=2**63 - 1, limit=3)
    assert [(entry.action, entry.about) for entry in entries] == [
        ("webhook.resent", str(second)),
        ("webhook.resent", str(first)),
        ("webhook.resent", str(first)),
    ]
    assert "There is no such webhook" in (await developer.follow(await developer.get(f"{path}/{theirs}"))).text


# --- requests ---


async def test_requests_are_found_and_explained(
    house: House, merchants: Merchants, developer: Window, shop: Shop
) -> None:
    own, foreign = merchants
    good = await shop.ask("payment", payment_body("order-1"))
    bad = await shop.ask("payment", payment_body("order-2", amount="x"))
    guessed = await shop.ask("connect/token", shop.credentials | {"secret": "guessed"}, headers={})
    async with shop_in(house, name=foreign.name) as other:
        theirs = await other.ask("query", {"orderNo": "order-3"})
    await house.call_log.write_all()
    path = at(own, "requests")

    def is_listed(text: str) -> list[bool]:
        return [f"requests/{each.headers['x-request-id']}" in text for each in (good, bad, guessed, theirs)]

    assert is_listed((await developer.get(path)).text) == [True, True, True, False]
    assert is_listed((await developer.get(path, ending="refused")).text) == [False, True, True, False]
    assert is_listed((await developer.get(path, order="order-1")).text) == [True, False, False, False]
    assert is_listed((await developer.get(path, code="1001", protocol="gateway")).text) == [False, False, True, False]

    page = (await developer.get(f"{path}/{bad.headers['x-request-id']}")).text
    assert "Why it was refused" in page
    assert "amount: " in page
    assert "/docs/gateway#codes" in page
    assert "444433******1111" in page
    assert "4444333322221111" not in page
    page = (await developer.get(f"{path}/{guessed.headers['x-request-id']}")).text
    assert "was not yours" in page
    assert "guessed" not in page
    lost = await developer.follow(await developer.get(f"{path}/{theirs.headers['x-request-id']}"))
    assert "There is no such call" in lost.text


async def test_calls_that_were_left_out_are_told(house: House, merchants: Merchants, developer: Window) -> None:
    house.call_log._left_out = 1_234
    await house.call_log.write_all()
    assert "1,234 calls" in (await developer.get(at(merchants[0], "requests"))).text


# --- the signature tool ---


async def look(
    developer: Window, merchant: Merchant, protocol: str, **fields: str
) -> tuple[list[tuple[str, str]], str]:
    """The findings, and the page."""
    await developer.get(at(merchant, "signature"))
    answer = await developer.post(at(merchant, "signature"), {"protocol": protocol, "method": "POST", **fields})
    assert answer.status_code == 200
    found = re.findall(r'<li class="(\w+)"><svg.*?</svg><span>(.*?)</span></li>', answer.text, re.DOTALL)
    return [(kind, re.sub("<[^>]+>", " ", text)) for kind, text in found], answer.text


def header(shop: Shop, *, url: str = URL, body: str = BODY, method: str = "POST", ago_ms: int = 0) -> str:
    proof = signed.sign(
        app_id=shop.app.app_id, secret=shop.secret, method=method, url=url.encode(),
        now_ms=shop.house.context.clock() - ago_ms, nonce=secrets.token_hex(8), body=body.encode(),
    )  # fmt: skip
    return f"Authorization: {proof}"


async def test_a_signed_call_that_is_right(merchants: Merchants, developer: Window, shop: Shop) -> None:
    """No secret is on the page, and of the signature that was computed only the beginning."""
    proof = header(shop)
    said, page = await look(developer, merchants[0], "signed", url=URL, headers=proof, body=BODY)
    assert {kind for kind, _ in said} == {"good"}
    assert shop.secret.reveal() not in page
    nonce = re.findall("nonce=(.*)", proof)[0]
    used = UsedNonce(shop.app.merchant_id, shop.app.app_id, nonce, shop.house.context.clock())
    await shop.house.context.store.submit(Change((Insert(used),)))
    said, _ = await look(developer, merchants[0], "signed", url=URL, headers=proof, body=BODY)
    assert ("info", "This nonce was used by a call already: each call needs a new one.") in said

    made = await rotate_app_secret(shop.house.context, shop.app, overlap_ms=HOUR)
    said, page = await look(developer, merchants[0], "signed", url=URL, headers=header(shop), body=BODY)
    assert "key before" in said[-1][1]
    wrong = header(shop, body="other")
    _, page = await look(developer, merchants[0], "signed", url=URL, headers=wrong, body=BODY)
    for secret in (shop.secret, made.secret):
        assert secret.reveal() not in page
        right = signed.sign(
            app_id=shop.app.app_id, secret=secret, method="POST", url=URL.encode(),
            now_ms=shop.house.context.clock(), nonce=re.findall("nonce=(.*)", wrong)[0], body=BODY.encode(),
        ).sign  # fmt: skip
        assert right not in page


@pytest.mark.parametrize(
    ("made_of", "told"),
    [
        ({"url": URL.replace("https", "http")}, ("4 · address", "the other scheme")),
        ({"url": "/v2/payment/create"}, ("4 · address", "the path alone")),
        ({"url": URL + "/"}, ("4 · address", "a slash at the end")),
        ({"method": "post"}, ("3 · method", "lower case")),
        ({"body": '{"amount":"1.00","name":"A/B"}'}, ("Body", "without blanks between")),
        ({"body": '{"amount":"1.00","name":"A\\/B"}'}, ("Body", "escaped slashes")),
        ({"body": BODY + "\n"}, ("Body", "a line feed at its end")),
        ({"body": ""}, ("Body", "an empty body")),
    ],
)
async def test_the_line_that_differs_is_named(
    merchants: Merchants, developer: Window, shop: Shop, made_of: dict[str, Any], told: tuple[str, str]
) -> None:
    line, how = told
    said, _ = await look(developer, merchants[0], "signed", url=URL, headers=header(shop, **made_of), body=BODY)
    assert said[-1][0] == "bad"
    assert f"This line differs: {line}." in said[-1][1]
    assert how in said[-1][1]


async def test_what_a_signed_call_can_lack(merchants: Merchants, developer: Window, shop: Shop) -> None:
    async def last(headers: str) -> str:
        said, _ = await look(developer, merchants[0], "signed", url=URL, headers=headers, body=BODY)
        return said[-1][1]

    assert "no Authorization header" in await last("Accept: */*")
    assert "not of the right form" in await last("Authorization: V2_SHA256 appId=1")
    assert "none of your apps" in await last(header(shop).replace(shop.app.app_id, "404"))
    assert "No usual slip" in await last(header(shop, body="another"))
    said, _ = await look(developer, merchants[0], "signed", url=URL, headers=header(shop, ago_ms=301_000), body=BODY)
    assert ("bad", "The timestamp is 301 s behind our clock; 300 s are allowed.") in said


async def test_an_envelope_is_opened_or_told_why_not(house: House, clock: MovableClock) -> None:
    async with (
        client_in(house) as client,
        signed_in(house, clock, Role.OPERATOR) as (operator, _),
    ):
        own = client.merchant

        async def said(body: str, shown: str = own.merchant_no) -> tuple[list[tuple[str, str]], str]:
            return await look(operator, own, "channel", headers=f"Authorization: {shown}", body=body)

        def sealed(text: str, key: Secret = client.key) -> str:
            return json.dumps({"data": channel.encrypt(text, key)})

        found, page = await said(sealed('{"sourceNo":"PO-1","cvc":"739"}'))
        assert [kind for kind, _ in found] == ["good"] * 4
        assert "PO-1" in page
        assert "739" not in page.partition("Your message")[0]
        assert client.key.reveal() not in page
        for body, why in (
            ("x", "is no JSON"),
            ('{"a":1}', "no encrypted data"),
            ('{"data":"%%%"}', "no standard Base64"),
            (json.dumps({"data": base64.b64encode(b"x" * 17).decode()}), "17 bytes"),
            (sealed("{}", Secret("0" * 32)), "does not open it"),
            (sealed("[1]"), "no JSON object"),
        ):
            assert why in (await said(body))[0][-1][1]
        assert "neither your merchant number" in (await said(sealed("{}"), "1"))[0][0][1]
        assert "is your access key" in (await said(sealed("{}"), client.key.reveal()))[0][0][1]
        await rotate_access_key(house.context, own, overlap_ms=HOUR)
        assert any("key before" in text for _, text in (await said(sealed("{}")))[0])


async def test_a_gateway_notification_and_a_token(
    house: House, clock: MovableClock, merchants: Merchants, developer: Window, shop: Shop
) -> None:
    own = merchants[0]
    body, at_ms = '{"orderNo":"order-1"}', str(clock())
    sign = gateway.webhook_signature(body.encode(), secret=shop.secret, timestamp=at_ms, nonce="n")
    headers = f"X-App-Id: {shop.app.app_id}\nX-Timestamp: {at_ms}\nX-Nonce: n\nX-Sign: {sign}"
    said, page = await look(developer, own, "gateway", headers=headers, body=body)
    assert {kind for kind, _ in said} == {"good"}
    assert shop.secret.reveal() not in page
    said, _ = await look(developer, own, "gateway", headers=headers, body='{"orderNo": "order-1"}')
    assert "without blanks between" in said[-1][1]
    said, _ = await look(developer, own, "gateway", headers=headers, body="other")
    assert "No usual slip" in said[-1][1]

    async def token(shown: str) -> str:
        return (await look(developer, own, "gateway", headers=f"Authorization: {shown}"))[0][0][1]

    assert "is good until" in await token(f"Bearer {shop.token}")
    assert "none of yours" in await token("at_wrong")
    async with shop_in(house, name=merchants[1].name) as other:
        assert "none of yours" in await token(other.token)
    brief = await issue_token(house.context, shop.app)
    clock.move(hours=1)
    assert "expired at" in await token(brief.reveal())


async def test_a_merchant_notification_and_credentials(house: House, merchants: Merchants, developer: Window) -> None:
    own = merchants[0]
    key = await rotate_secret_key(house.context, own)
    members = {"code": 100, "uniqueId": "1", "empty": "", "list": []}
    body = {**members, "sign": notification_signature(members, key)}
    said, page = await look(developer, own, "merchant", body=json.dumps(body))
    assert [kind for kind, _ in said] == ["good", "good"]
    assert key.reveal() not in page
    said, _ = await look(developer, own, "merchant", body=json.dumps(body | {"code": 101}))
    assert "Put the values below together" in said[-1][1]
    said, _ = await look(developer, own, "merchant", body=json.dumps(body | {"amount": 1.5}))
    assert "fraction" in said[-1][1]

    async def basic(number: str, password: str) -> str:
        pair = base64.b64encode(f"{number}:{password}".encode()).decode()
        return (await look(developer, own, "merchant", headers=f"Authorization: Basic {pair}"))[0][0][1]

    assert "key in use" in await basic(own.merchant_no, key.reveal())
    assert "the secret key is not" in await basic(own.merchant_no, "wrong")
    assert "not your merchant number" in await basic("1", key.reveal())
    said, _ = await look(developer, own, "merchant", headers="Authorization: Basic %", body="")
    assert "has to be Basic" in said[0][1]


async def test_the_tool_names_what_it_cannot_use(merchants: Merchants, developer: Window) -> None:
    await developer.get(at(merchants[0], "signature"))
    for fields, said in (
        ({"protocol": "none"}, "Choose one"),
        ({"protocol": "signed", "body": "x" * 40_000}, "too long"),
    ):
        answer = await developer.post(at(merchants[0], "signature"), fields)
        assert (answer.status_code, said in answer.text) == (422, True)


# --- test cards ---


async def test_test_cards_are_those_of_the_sandbox(merchants: Merchants, developer: Window, shop: Shop) -> None:
    page = (await developer.get(at(merchants[0], "test-cards"))).text
    for group in sandbox.TRIALS:
        assert group.title.replace("'", "&#39;") in page
    assert f"export APP_ID={shop.app.app_id} APP_SECRET=..." in page
    assert f"export MERCHANT_ID={merchants[0].merchant_no} ACCESS_KEY=..." in page
