"""The hosted page, for wherever the payer is (gateway contract, section 7)."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import parse_qsl, urlsplit

import pytest

from polygate.core.attempts import AttemptKind
from polygate.core.money import Money
from polygate.core.payments import CaptureMode
from polygate.core.transitions import AttemptState, PaymentState
from polygate.operations.void_payment import void_payment
from tests.checkout.payer import (
    BASE_URL,
    CHALLENGE,
    DECLINED,
    FRICTIONLESS,
    MINUTE_MS,
    NO_FUNDS,
    SILENT,
    Payer,
)

pytestmark = pytest.mark.anyio


async def test_the_page_shows_who_is_paid_how_much_and_for_what(payer: Payer) -> None:
    """Merchant, amount, description, products with quantity and price, time left; all of it escaped."""
    _, url = await payer.checkout()

    page = await payer.get(url)

    assert page.status_code == 200
    for shown in (
        "Ana &amp; Söhne &lt;Tools&gt;",
        "$100.99",
        "Order of 5 May",
        "Shirt &lt;b&gt;",
        "2&nbsp;\N{MULTIPLICATION SIGN}",
        "$65.50",
        "1 h 00 min",
        "order-0001",
        "Pay $100.99",
        "Cancel payment",
    ):
        assert shown in page.text


async def test_a_long_description_is_cut_at_the_head_and_whole_in_the_details(payer: Payer) -> None:
    """After fifty characters, and says so; one that fits is not repeated."""
    _, long_url = await payer.checkout(request={"description": "x" * 51})
    _, short_url = await payer.checkout(request={"description": "x" * 50})

    head, details = (await payer.get(long_url)).text.split('<details class="details">')
    assert f">{'x' * 50}…<" in head
    assert f">{'x' * 51}<" in details
    assert (await payer.get(short_url)).text.count(">" + "x" * 50 + "<") == 1


@pytest.mark.parametrize(
    ("locale", "tag", "said"),
    [
        ("en-us", "en-US", "Pay by card"),
        ("zh-cn", "zh-CN", "银行卡支付"),
        ("zh-hk", "zh-HK", "以卡付款"),
        ("ZH-HK", "zh-HK", "以卡付款"),
        ("fr-fr", "en-US", "Pay by card"),
    ],
)
async def test_each_language_has_its_address(payer: Payer, locale: str, tag: str, said: str) -> None:
    """The path names the language; one we do not speak is English. Every page links to the others."""
    _, url = await payer.checkout()

    page = await payer.get(url.replace("en-us", locale))

    assert page.headers["content-language"] == tag
    assert f'<html lang="{tag}">' in page.text
    assert said in page.text
    assert page.text.count("/cashier.html?token=cs_") == 3


@pytest.mark.parametrize("token", ["", "x", "cs_", "cs_" + "A" * 43, "cs_é", "\0", "%", "cs_" + "A" * 5000])
async def test_a_wrong_token_opens_nothing(payer: Payer, token: str) -> None:
    """A page of friendly words, whatever stands in the address, for every method."""
    for path in ("cashier.html", "return"):
        answer = await payer.get(f"/h5/en-us/{path}", params={"token": token})
        assert answer.status_code == 404
        assert "We cannot find this payment" in answer.text
    for path in ("cashier.html", "cancel"):
        answer = await payer.http.post(f"/h5/en-us/{path}", params={"token": token}, data={"a": "b"})
        assert answer.status_code == 404


async def test_a_maimed_address_of_a_page_is_told_in_its_language(payer: Payer) -> None:
    """Links break in mails and messages; whoever follows one is no program."""
    for path in ("", "cashier.htm", "a/b"):
        answer = await payer.get(f"/h5/zh-hk/{path}")
        assert (answer.status_code, "找不到此付款" in answer.text) == (404, True)


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("", "There is nothing here"),
        ("en-GB,zh-CN;q=0.5", "There is nothing here"),
        ("zh-CN,zh;q=0.9", "此处没有内容"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "這裡沒有內容"),
        ("de,zh-Hant;q=0.9", "這裡沒有內容"),
        ("fr, zh-SG", "此处没有内容"),
        ("de-AT,en;q=0.9,zh;q=0.5", "There is nothing here"),
    ],
)
async def test_a_browser_that_is_lost_gets_a_page(payer: Payer, language: str, said: str) -> None:
    """In the language it asks for first, under the policy of all pages; a program gets its line of JSON."""
    for path in ("/docs/nothing", "/nothing", "/favicon.ico"):
        page = await payer.get(path, headers={"Accept": BROWSER, "Accept-Language": language})
        assert (page.status_code, said in page.text) == (404, True)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (await payer.get(path)).json() == {"error": "Not Found"}


async def test_the_bare_address_leads_to_the_reference(payer: Payer) -> None:
    """It is what the demo prints."""
    front = await payer.get("/")

    assert front.is_redirect
    assert (await payer.arrive(await payer.get(f"{BASE_URL}{front.headers['location']}"))).status_code == 200


async def test_a_token_of_another_kind_opens_nothing(payer: Payer) -> None:
    """The key to the 3-D Secure pages is no key to the hosted page."""
    _, url = await payer.direct()
    key = urlsplit(url).query.removeprefix("t=")

    assert (await payer.get(f"/h5/en-us/cashier.html?token={key}")).status_code == 404


async def test_paying_leads_to_the_result_and_back_to_the_shop(payer: Payer) -> None:
    """Post, redirect, get; then the shop's address with the five parameters, its own first and its fragment last."""
    payment, url = await payer.checkout()

    paid = await payer.pay(url)
    assert (paid.status_code, paid.headers["location"]) == (303, url)
    result = await payer.arrive(paid)
    assert "Payment successful" in result.text
    token = urlsplit(url).query
    assert f'<noscript><meta http-equiv="refresh" content="10;url=return?{token}"></noscript>' in result.text

    back = await payer.get(f"/h5/en-us/return?{token}")
    assert back.status_code == 302
    parts = urlsplit(back.headers["location"])
    assert (parts.netloc, parts.path, parts.fragment) == ("shop.example", "/done", "top")
    assert parse_qsl(parts.query) == [
        ("basket", "7"),
        ("tradeNo", str(payment.payment_id)),
        ("orderNo", "order-0001"),
        ("status", "successed"),
        ("language", "en-US"),
        ("amount", "100.99"),
    ]


async def test_the_shop_is_told_the_language_the_payer_chose(payer: Payer) -> None:
    """Whoever switched the page to Chinese comes back as a reader of Chinese."""
    _, url = await payer.checkout()
    url = url.replace("en-us", "zh-cn")

    assert (await payer.pay(url)).headers["location"] == url
    back = await payer.get(url.replace("cashier.html", "return"))
    assert "language=zh-CN" in back.headers["location"]


async def test_the_language_survives_the_issuers_page(payer: Payer) -> None:
    """The way through 3-D Secure leads back to the page in the payer's language."""
    _, url = await payer.checkout()

    result = await payer.authenticate(await payer.pay(url.replace("en-us", "zh-hk"), CHALLENGE), "pass")

    assert "付款成功" in result.text


async def test_without_a_way_back_the_result_stays(payer: Payer) -> None:
    """No button, no refresh; asking for the way back shows the result again."""
    _, url = await payer.checkout(front_url="")

    result = await payer.arrive(await payer.pay(url))

    assert "You can close this page now." in result.text
    assert "refresh" not in result.text
    back = await payer.get(url.replace("cashier.html", "return"))
    assert (back.status_code, back.headers["location"]) == (303, url)


async def test_nobody_leaves_before_there_is_a_result(payer: Payer) -> None:
    """The way back is closed while the payer still can pay."""
    _, url = await payer.checkout()

    back = await payer.get(url.replace("cashier.html", "return"))

    assert (back.status_code, back.headers["location"]) == (303, url)


async def test_an_authorization_says_that_the_amount_is_only_reserved(payer: Payer) -> None:
    """With manual capture nothing has been taken yet."""
    payment, url = await payer.checkout(capture_mode=CaptureMode.MANUAL)

    result = await payer.arrive(await payer.pay(url))

    assert (await payer.now(payment)).state is PaymentState.AUTHORIZED
    assert "reserved on your card" in result.text


async def test_three_cards_may_be_tried(payer: Payer) -> None:
    """After a decline the form is there again with the reason and the tries left; the third decline is the last."""
    payment, url = await payer.checkout()

    first = await payer.arrive(await payer.pay(url, NO_FUNDS))
    assert "There is not enough money available on this card." in first.text
    assert "You can try 2 more times." in first.text
    second = await payer.arrive(await payer.pay(url, DECLINED))
    assert "without giving a reason" in second.text
    assert "You can try once more." in second.text
    third = await payer.arrive(await payer.pay(url, NO_FUNDS))
    assert "Payment declined" in third.text
    assert 'id="card"' not in third.text
    assert (await payer.now(payment)).state is PaymentState.FAILED


async def test_a_declined_card_does_not_stop_a_good_one(payer: Payer) -> None:
    """The order is paid by the card that is approved."""
    payment, url = await payer.checkout()

    await payer.pay(url, NO_FUNDS)
    result = await payer.arrive(await payer.pay(url))

    assert "Payment successful" in result.text
    assert (await payer.now(payment)).tries == 1


@pytest.mark.parametrize(
    ("choice", "said", "state"),
    [
        ("pass", "Payment successful", PaymentState.CAPTURED),
        ("fail", "could not confirm that it was you", PaymentState.CREATED),
        ("cancel", "Order closed", PaymentState.CANCELED),
    ],
)
async def test_a_challenge_ends_on_the_hosted_page(payer: Payer, choice: str, said: str, state: PaymentState) -> None:
    """Passed, failed (another card may be tried) or canceled."""
    payment, url = await payer.checkout()

    result = await payer.authenticate(await payer.pay(url, CHALLENGE), choice)

    assert said in result.text
    assert str(result.url) == url
    assert (await payer.now(payment)).state is state


async def test_authentication_without_a_challenge_is_not_seen(payer: Payer) -> None:
    """The browser passes through by redirects alone."""
    _, url = await payer.checkout()

    result = await payer.arrive(await payer.pay(url, FRICTIONLESS))

    assert "Payment successful" in result.text


async def test_whoever_comes_back_from_the_bank_may_choose(payer: Payer) -> None:
    """On to the bank once more, another way to pay, or none: the page sends nobody on by itself."""
    payment, url = await payer.checkout()
    asked = await payer.pay(url, CHALLENGE)
    bank = payer.context.links.challenge(payment.merchant_id, payment.payment_id)

    assert asked.headers["location"] == bank
    again = await payer.get(url)
    assert "Confirm with your bank" in again.text
    assert escape(bank) in again.text
    assert 'action="choose?' in again.text
    assert 'action="cancel?' in again.text
    assert "Payment successful" in (await payer.authenticate(await payer.get(bank), "pass")).text


async def test_another_card_may_be_chosen_instead_of_the_bank(payer: Payer) -> None:
    """It does not count as a try. The bank's page, left open elsewhere, leads to the result and charges nothing."""
    payment, url = await payer.checkout()
    bank = await payer.arrive(await payer.pay(url, CHALLENGE))

    left = await payer.press(url, "choose")

    assert (left.status_code, left.headers["location"]) == (303, url)
    now = await payer.now(payment)
    assert (now.state, now.tries) == (PaymentState.CREATED, 0)
    assert "Payment successful" in (await payer.arrive(await payer.pay(url))).text
    late = await payer.arrive(await payer.http.post(bank.url, data={"choice": "pass"}))
    assert "Payment successful" in late.text
    attempts = await payer.context.reads.attempts(payment.merchant_id, payment.payment_id)
    assert [(each.kind, each.state) for each in attempts if each.state is AttemptState.APPROVED] == [
        (AttemptKind.CHARGE, AttemptState.APPROVED)
    ]
    assert (await payer.now(payment)).charge_id == attempts[-1].attempt_id


async def test_silence_of_the_acquirer_is_waited_out(payer: Payer) -> None:
    """No answer is no decline: the page waits, refreshes itself, and says in a header that nothing is new."""
    payment, url = await payer.checkout()

    waiting = await payer.arrive(await payer.pay(url, SILENT))

    assert "Confirming with your bank" in waiting.text
    assert waiting.headers["checkout-phase"] == "waiting"
    assert waiting.text.count("http-equiv") == waiting.text.count('<noscript><meta http-equiv="refresh" content="2">')
    head = await payer.http.head(url)
    assert (head.status_code, head.headers["checkout-phase"], head.text) == (200, "waiting", "")
    assert (await payer.now(payment)).state is PaymentState.PENDING


async def test_canceling_closes_the_order(payer: Payer) -> None:
    """The payer gives up: the order is canceled, and the shop hears so from the browser too."""
    payment, url = await payer.checkout()

    canceled = await payer.http.post(url.replace("cashier.html", "cancel"))

    assert (canceled.status_code, canceled.headers["location"]) == (303, url)
    assert "Order closed" in (await payer.get(url)).text
    assert "Nothing was charged." in (await payer.get(url)).text
    assert (await payer.now(payment)).decline == "canceled_by_payer"
    back = await payer.get(url.replace("cashier.html", "return"))
    assert "status=canceled" in back.headers["location"]


async def test_canceling_too_late_changes_nothing(payer: Payer) -> None:
    """A paid order stays paid, and one the merchant closed stays closed, however often the button is pressed."""
    paid, paid_url = await payer.checkout()
    await payer.pay(paid_url)
    closed, closed_url = await payer.checkout()
    await void_payment(payer.context, closed)

    for url in (paid_url, closed_url):
        answer = await payer.http.post(url.replace("cashier.html", "cancel"))
        assert (answer.status_code, answer.headers["location"]) == (303, url)
    assert (await payer.now(paid)).state is PaymentState.CAPTURED
    assert (await payer.now(closed)).decline == ""


async def test_time_is_up_even_before_the_jobs_notice(payer: Payer) -> None:
    """An order whose time is over is closed by whoever looks at it; nothing can be paid any more."""
    payment, url = await payer.checkout()
    payer.wait(60 * MINUTE_MS)

    answer = await payer.pay(url)

    assert (answer.status_code, answer.headers["location"]) == (303, url)
    assert "time is up" in (await payer.get(url)).text
    assert (await payer.now(payment)).state is PaymentState.EXPIRED


@pytest.mark.parametrize(
    ("left_ms", "said"),
    [
        (240 * 60 * MINUTE_MS, "10 days 0 h"),
        (49 * 60 * MINUTE_MS, "2 days 1 h"),
        (48 * 60 * MINUTE_MS - 1, "47 h 59 min"),
        (24 * 60 * MINUTE_MS, "24 h 00 min"),
        (59 * MINUTE_MS, "59 min"),
        (59_999, "less than a"),
    ],
)
async def test_the_time_left_is_told_in_words(payer: Payer, left_ms: int, said: str) -> None:
    """Days and hours, hours and minutes, minutes alone, and a last word when there is less than one."""
    _, url = await payer.checkout(life_ms=left_ms)

    assert f">{said}" in (await payer.get(url)).text


@pytest.mark.parametrize(
    ("amount", "price", "shown"),
    [
        (Money(500, "JPY"), "500.00", ["¥500", "Pay ¥500"]),
        (Money(1_234_567_89, "HKD"), "1.00", ["HK$1,234,567.89"]),
        (Money(1_000, "KWD"), "0.5", ["KWD\xa01.000", "KWD\xa00.500"]),
        (Money(500, "JPY"), "5.55", ["5.55 JPY"]),
    ],
)
async def test_amounts_are_written_as_the_currency_has_them(
    payer: Payer, amount: Money, price: str, shown: list[str]
) -> None:
    """Decimals by currency; a product's price that the currency cannot have is shown as the merchant wrote it."""
    products = [{"productName": "Tea", "price": price, "quantity": "1", "sku": "1"}]
    _, url = await payer.checkout(amount=amount, request={"productInfo": products})

    page = (await payer.get(url)).text

    for text in shown:
        assert text in page


async def test_every_page_keeps_to_itself(payer: Payer) -> None:
    """Strict policy, no referrer, no cache, no frames; no inline script or style; nothing from anywhere else."""
    _, form = await payer.checkout()
    _, waiting = await payer.checkout()
    await payer.pay(waiting, SILENT)
    _, result = await payer.checkout()
    await payer.pay(result)

    for url in (form, waiting, result, "/h5/en-us/cashier.html"):
        page = await payer.get(url)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)", page.text)
        for address in re.findall(r'(?:src|href|action)="([^"]*)"', page.text):
            assert address.startswith(("/checkout/static/", "cancel?", "return?", "../", "#")), address


async def test_redirects_keep_the_key_to_themselves(payer: Payer) -> None:
    """Also an answer without a page says that the address is nobody's business."""
    _, url = await payer.checkout()

    paid = await payer.pay(url)

    assert paid.headers["referrer-policy"] == "no-referrer"
    assert paid.headers["cache-control"] == "no-store"


async def test_files_are_kept_by_browsers_for_good(payer: Payer) -> None:
    """Each address has a hash of the content, the right type, and a year to live; other addresses have nothing."""
    _, url = await payer.checkout()
    addresses = set(re.findall(r'/checkout/static/[^"]+', (await payer.get(url)).text))
    types = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}

    assert len(addresses) == 11
    for address in addresses:
        file = await payer.get(address)
        assert file.status_code == 200
        assert file.headers["content-type"] == types[address.rpartition(".")[2]]
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    for other in ("checkout.css", "..%2fpages.py", "checkout.000000000000.css"):
        assert (await payer.get(f"/checkout/static/{other}")).status_code == 404


async def test_links_are_on_our_own_origin(payer: Payer) -> None:
    """What the merchant sends the payer to is where the pages are."""
    _, url = await payer.checkout()

    assert url.startswith(f"{BASE_URL}/h5/en-us/cashier.html?token=cs_")
