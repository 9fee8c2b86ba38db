"""The payer's way through 3-D Secure (gateway contract, 6.2)."""

from __future__ import annotations

import asyncio
import re

import pytest

from polygate.checkout import front_origin
from polygate.core.transitions import PaymentState
from polygate.operations.void_payment import void_payment
from tests.checkout.payer import CHALLENGE, MINUTE_MS, SHOP, SILENT, Payer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("choice", "status", "state"),
    [
        ("pass", "successed", PaymentState.CAPTURED),
        ("fail", "failed", PaymentState.FAILED),
        ("cancel", "canceled", PaymentState.CANCELED),
    ],
)
async def test_the_browser_goes_from_the_issuer_back_to_the_shop(
    payer: Payer, choice: str, status: str, state: PaymentState
) -> None:
    """302 with the result; a payment taken by API has no page of ours in between."""
    payment, url = await payer.direct()

    back = await payer.authenticate(await payer.get(url), choice)

    assert back.status_code == 302
    assert back.headers["location"].startswith(f"https://shop.example/done?basket=7&tradeNo={payment.payment_id}&")
    assert f"&status={status}&" in back.headers["location"]
    assert back.headers["referrer-policy"] == "no-referrer"
    assert (await payer.now(payment)).state is state


@pytest.mark.parametrize(
    ("choice", "said"), [("pass", "Payment successful"), ("fail", "could not confirm"), ("cancel", "Order closed")]
)
async def test_without_a_shop_to_go_back_to_the_result_is_shown(payer: Payer, choice: str, said: str) -> None:
    """In the language the merchant named for the payer, if we speak it."""
    _, url = await payer.direct(front_url="", language="fr-FR")

    result = await payer.authenticate(await payer.get(url), choice)

    assert result.status_code == 200
    assert said in result.text


async def test_the_link_shows_the_result_again(payer: Payer) -> None:
    """Opened after the end, it leads where the first return led (gateway contract, 6.2)."""
    _, url = await payer.direct(language="zh-HK")
    first = await payer.authenticate(await payer.get(url), "pass")

    again = await payer.get(url)

    assert (again.status_code, again.headers["location"]) == (302, first.headers["location"])
    assert "language=zh-HK" in again.headers["location"]


async def test_an_expired_or_canceled_order_is_told_so(payer: Payer) -> None:
    """Nobody authenticates for an order that is closed, even if the jobs did not come by yet."""
    expired, expired_url = await payer.direct(front_url="")
    canceled, canceled_url = await payer.direct(front_url="")
    await void_payment(payer.context, canceled)

    assert "Order closed" in (await payer.get(canceled_url)).text
    payer.wait(60 * MINUTE_MS)
    assert "time is up" in (await payer.get(expired_url)).text
    assert (await payer.now(expired)).state is PaymentState.EXPIRED


async def test_coming_back_after_the_time_is_up_charges_nothing(payer: Payer) -> None:
    """The payer passed, but too late: the order is expired."""
    payment, url = await payer.direct(front_url="")
    issuer = await payer.arrive(await payer.get(url))
    payer.wait(60 * MINUTE_MS)

    result = await payer.arrive(await payer.http.post(issuer.url, data={"choice": "pass"}))

    assert "time is up" in result.text
    assert (await payer.now(payment)).state is PaymentState.EXPIRED


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_many_returns_at_once_conclude_once(payer: Payer, method: str) -> None:
    """Reloads and double posts of the return all end at the shop, or wait for the first to finish."""
    payment, url = await payer.direct()
    issuer = await payer.arrive(await payer.get(url))
    back = (await payer.http.post(issuer.url, data={"choice": "pass"})).headers["location"]

    answers = await asyncio.gather(*(payer.http.request(method, back, content=b"cres=x") for _ in range(8)))

    assert {answer.status_code for answer in answers} <= {200, 302}
    assert 302 in {answer.status_code for answer in answers}
    for answer in answers:
        if answer.status_code == 200:
            assert f'data-again="{url}"' in answer.text
    settled = await payer.get(url)
    assert "status=successed" in settled.headers["location"]
    assert (await payer.now(payment)).state is PaymentState.CAPTURED
    assert len(await payer.context.reads.attempts(payment.merchant_id, payment.payment_id)) == 1


async def test_returning_without_a_choice_leads_to_the_issuer_again(payer: Payer) -> None:
    """Whoever opens the return by hand has not authenticated: the acquirer says so, and the page goes back there."""
    payment, url = await payer.direct()
    back = payer.context.links.challenge_return(payment.merchant_id, payment.payment_id)

    waiting = await payer.get(back)

    assert f'content="2;url={url}"' in waiting.text
    assert "/sandbox/acs/" in str((await payer.arrive(await payer.get(url))).url)
    assert (await payer.now(payment)).state is PaymentState.PENDING


async def test_a_payment_in_doubt_waits_on_its_own_page(payer: Payer) -> None:
    """No answer from the acquirer yet: the link waits, and neither charges nor declines."""
    _, url = await payer.direct(SILENT)

    waiting = await payer.get(url)

    assert (waiting.status_code, waiting.headers["checkout-phase"]) == (200, "waiting")
    assert "Confirming with your bank" in waiting.text


@pytest.mark.parametrize("path", ["challenge", "return"])
async def test_a_key_opens_only_its_own_payment(payer: Payer, path: str) -> None:
    """Another payment's key, another number in the path, rubbish: a page of friendly words."""
    first, first_url = await payer.direct()
    second, _ = await payer.direct()
    key = first_url.partition("?t=")[2]

    for number in (second.payment_id, f"0{first.payment_id}", "x", "%00", "9" * 400):
        answer = await payer.get(f"/3ds/{path}/{number}?t={key}")
        assert answer.status_code == 404
        assert "We cannot find this payment" in answer.text
    for wrong in ("", key[:-1], f"{key}x", f"cs_{key[2:]}", "é"):
        assert (await payer.get(f"/3ds/{path}/{first.payment_id}", params={"t": wrong})).status_code == 404
    assert (await payer.now(first)).state is PaymentState.PENDING


async def test_the_links_of_a_checkout_lead_to_its_page(payer: Payer) -> None:
    """Declined cards can be tried again only there."""
    payment, url = await payer.checkout()
    challenge = payer.context.links.challenge(payment.merchant_id, payment.payment_id)

    for link in (challenge, challenge.replace("challenge", "return")):
        answer = await payer.get(link)
        assert (answer.status_code, answer.headers["location"]) == (303, url)


async def test_the_issuers_form_may_lead_to_the_shop(payer: Payer) -> None:
    """Only for payments that end in a redirect there, and only to the shop's origin."""
    direct, url = await payer.direct()
    checkout, _ = await payer.checkout()
    international, _ = await payer.direct(front_url="https://bücher.example:8443/x?y")
    nowhere, _ = await payer.direct(front_url="")

    async def origin(payment_id: int) -> tuple[str, ...]:
        return await front_origin(payer.context, payer.merchant.merchant_id, type(direct.payment_id)(payment_id))

    assert await origin(direct.payment_id) == ("https://shop.example",)
    assert await origin(international.payment_id) == ("https://xn--bcher-kva.example:8443",)
    assert await origin(nowhere.payment_id) == ()
    assert await origin(checkout.payment_id) == ()
    assert await origin(1) == ()
    issuer = await payer.arrive(await payer.get(url))
    assert re.search(r"form-action 'self' https://shop\.example$", issuer.headers["content-security-policy"])
    assert SHOP.startswith("https://shop.example")


async def test_a_challenge_can_be_taken_up_by_another_card(payer: Payer) -> None:
    """Failed on the hosted page, then paid by a card that passes."""
    payment, url = await payer.checkout()

    await payer.authenticate(await payer.pay(url, CHALLENGE), "fail")
    result = await payer.authenticate(await payer.pay(url, CHALLENGE), "pass")

    assert "Payment successful" in result.text
    assert (await payer.now(payment)).tries == 1
