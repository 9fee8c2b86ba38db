"""Wallets on the hosted page and on the addresses that codes say (gateway contract, sections 7 and 8)."""

from __future__ import annotations

import asyncio
import re

import pytest

from polygate.checkout.ways import product_for
from polygate.core.attempts import AttemptKind
from polygate.core.cards import Secret
from polygate.core.facts import FactKind
from polygate.core.methods import PRODUCTS, Method, Product
from polygate.core.money import Money
from polygate.core.outcomes import PayerAction
from polygate.core.payments import Payment
from polygate.core.transitions import PaymentState
from polygate.operations.administer import disable_app, enable_app, set_merchant_enabled
from polygate.operations.new_accounts import create_app
from polygate.operations.void_payment import void_payment
from polygate.protocols.gateway.methods import METHODS, WALLET_METHODS
from tests.checkout.payer import BASE_URL, DESK_BROWSER, MINUTE_MS, NO_FUNDS, TELEPHONE, WALLET_NAMES, Payer

pytestmark = pytest.mark.anyio

SGD = Money(10_099, "SGD")
"""The one currency that every simulated wallet takes."""
RESULTS = [
    ("pass", "Payment successful", "successed", PaymentState.CAPTURED),
    ("cancel", "Order closed", "canceled", PaymentState.CANCELED),
]


@pytest.fixture
def methods() -> tuple[str, ...]:
    """All of them."""
    return tuple(method.value for method in Method)


def offered(page: str) -> list[str]:
    """The methods that a page has a radio button for."""
    return re.findall(r'id="way-(\w+)"', page)


def code_in(page: str) -> bool:
    return 'class="to-scan"' in page


# --- Choosing ---


async def test_every_method_is_offered_by_name_and_mark(payer: Payer) -> None:
    """One radio button each, the card's first and chosen; each wallet has a form of its own, which needs no script."""
    _, url = await payer.checkout(amount=SGD)

    page = (await payer.get(url)).text

    assert offered(page) == [method.value for method in METHODS]
    assert offered(page)[:3] == ["card", "applePay", "googlePay"]
    assert 'id="way-card" autocomplete="off" checked>' in page
    assert page.count(" checked>") == 1
    for method in WALLET_METHODS:
        assert f'<input type="hidden" name="method" value="{method}">' in page
        assert re.search(rf'for="way-{method}".*/checkout/static/{method.lower()}\.[0-9a-f]+\.svg', page)


@pytest.mark.parametrize(
    ("amount", "missing"),
    [
        (Money(1_000, "USD"), {"payNow", "grabPay", "shopeePay"}),
        (Money(1_000, "MYR"), {"payNow", "wechat", "alipay", "upay"}),
        (Money(1_000, "EUR"), {"payNow", "wechat", "alipay", "alipayPlus", "upay", "grabPay", "shopeePay"}),
        (Money(200_000_00, "SGD"), set()),
        (Money(200_000_01, "SGD"), {"payNow"}),
    ],
    # A set's own text differs from one test process to the next.
    ids=lambda value: str(value) if isinstance(value, Money) else "-".join(sorted(value)),
)
async def test_only_what_takes_currency_and_amount_is_offered(payer: Payer, amount: Money, missing: set[str]) -> None:
    """The matrix of section 8.1, and the most that banks transfer at once for PayNow."""
    _, url = await payer.checkout(amount=amount)

    assert set(offered((await payer.get(url)).text)) == set(METHODS) - missing


async def test_a_wallet_alone_is_no_choice(payer: Payer) -> None:
    """One button, and no word about cards; an app that lost its methods meanwhile says that there is no way."""
    alone = await create_app(payer.context, payer.merchant, name="Wallet", methods=("wechat",))
    none = await create_app(payer.context, payer.merchant, name="Nothing", methods=())
    _, wallet_url = await payer.checkout(amount=SGD, app_id=alone.app.app_id)
    _, none_url = await payer.checkout(amount=SGD, app_id=none.app.app_id)

    page = (await payer.get(wallet_url)).text
    assert "Continue with WeChat Pay" in page
    assert offered(page) == []
    assert "card" not in re.sub(r"<[^>]*>", " ", page).lower()
    page = (await payer.get(none_url)).text
    assert "No way to pay just now" in page
    assert "Cancel payment" in page
    answer = await payer.choose(none_url)
    assert (answer.status_code, "No way to pay just now" in answer.text) == (409, True)


@pytest.mark.parametrize("locale", ["zh-cn", "zh-hk"])
async def test_methods_have_their_names_in_chinese(payer: Payer, locale: str) -> None:
    """On the choice and at the wallet."""
    _, url = await payer.checkout(amount=SGD)
    url = url.replace("en-us", locale)

    assert "微信支付" in (await payer.get(url)).text
    assert "微信支付" in (await payer.arrive(await payer.choose(url))).text


@pytest.mark.parametrize("method", WALLET_METHODS)
def test_a_telephone_opens_what_a_desk_shows_as_a_code(method: Method) -> None:
    """Where the wallet has both; PayPal's codes are its page in any case (gateway contract, 8.1)."""
    at_desk, in_hand = product_for(method, in_hand=False), product_for(method, in_hand=True)

    paged = method in {Method.PAYPAL, Method.APPLE_PAY, Method.GOOGLE_PAY}
    assert at_desk is (Product.H5 if paged else Product.QR_CODE)
    assert in_hand is (Product.H5 if Product.H5 in PRODUCTS[method] else Product.QR_CODE)


@pytest.mark.parametrize("said", ["", "Card", "bitcoin", "payNow"])
async def test_what_is_not_offered_is_not_charged(payer: Payer, said: str) -> None:
    """A form of nobody's making, or of a way that was switched off meanwhile: the page says so, and no attempt."""
    payment, url = await payer.checkout(amount=Money(1_000, "USD"))

    answer = await payer.http.post(url, data={"method": said})

    assert answer.status_code == 409
    assert "This way to pay is not offered any more. Nothing was charged." in answer.text
    assert (await payer.now(payment)).state is PaymentState.CREATED


@pytest.mark.parametrize("whole", [False, True], ids=["app", "merchant"])
async def test_a_disabled_shop_takes_no_more_payments(payer: Payer, whole: bool) -> None:
    """On pages that are open already neither; once it is enabled again, they go on."""
    shop = await create_app(payer.context, payer.merchant, name="Shop", methods=("card", "wechat"))
    payment, url = await payer.checkout(app_id=shop.app.app_id)
    store = payer.context.store

    app = shop.app if whole else await disable_app(store, shop.app)
    merchant = await set_merchant_enabled(store, payer.merchant, enabled=not whole)
    assert "No way to pay just now" in (await payer.get(url)).text
    assert (await payer.pay(url)).status_code == 409
    assert (await payer.now(payment)).state is PaymentState.CREATED

    await enable_app(store, app)
    await set_merchant_enabled(store, merchant, enabled=True)
    await payer.pay(url)
    assert (await payer.now(payment)).state is PaymentState.CAPTURED


# --- Waiting for the wallet ---


@pytest.mark.parametrize("method", WALLET_METHODS)
async def test_each_wallet_waits_for_its_payer(payer: Payer, method: Method) -> None:
    """A code to scan, or a page that sends the browser on and has a link for those who come back."""
    payment, url = await payer.checkout(amount=SGD)

    chosen = await payer.choose(url, method)
    page = await payer.arrive(chosen)

    charge = await payer.context.reads.attempt(payment.merchant_id, (await payer.now(payment)).charge_id)
    assert charge is not None
    scans = charge.payer_action == PayerAction.SCAN
    link = payer.context.links.wallet(payment.merchant_id, payment.payment_id)
    assert chosen.status_code == 303
    assert page.headers["checkout-phase"] == ("scan" if scans else "open")
    assert code_in(page.text) is scans
    assert (f'content="0;url={link}"' in page.text) is not scans
    assert f'href="{link}"' in page.text
    assert "$100.99" in page.text
    assert "Ana &amp; Söhne" in page.text
    assert 'data-left-ms="3600000"' in page.text
    assert 'action="cancel?' in page.text
    assert 'action="choose?' in page.text


@pytest.mark.parametrize("hosted", [True, False], ids=["hosted", "by API"])
async def test_a_telephone_need_not_scan_its_own_screen(payer: Payer, hosted: bool) -> None:
    """It has a link before the code, and steps that start with a screenshot; a desk has both the other way round."""
    if hosted:
        _, url = await payer.checkout(amount=SGD)
        await payer.choose(url, Method.PAY_NOW)
    else:
        _, link = await payer.direct_wallet(Method.PAY_NOW, amount=SGD)
        url = f"{link}/page"

    in_hand = (await payer.get(url, headers={"User-Agent": TELEPHONE})).text
    at_desk = (await payer.get(url, headers={"User-Agent": DESK_BROWSER})).text

    assert in_hand.index("Pay on this device") < in_hand.index("to-scan") < in_hand.index("Take a screenshot")
    assert at_desk.index("to-scan") < at_desk.index("Scan this code.") < at_desk.index("Pay on this device")
    assert "on your phone" not in in_hand
    assert "screenshot" not in at_desk


async def test_coming_back_from_the_wallets_page_does_not_lead_there_again(payer: Payer) -> None:
    """Only the answer to the choice sends the browser on; the page itself, and its other languages, wait."""
    _, url = await payer.checkout()
    page = await payer.arrive(await payer.choose(url, Method.PAYPAL))

    assert 'http-equiv="refresh" content="0;' in page.text
    again = await payer.get(url)
    assert 'http-equiv="refresh" content="0;' not in again.text
    assert "Continue with PayPal" in again.text
    assert "forward" not in re.sub(r"<meta[^>]*>", "", page.text)


async def test_the_wallets_page_works_without_scripts(payer: Payer) -> None:
    """It looks for news every few seconds, which is what the scripts do at once."""
    _, url = await payer.checkout()

    page = await payer.arrive(await payer.choose(url))

    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page.text


async def test_the_wallets_page_keeps_to_itself(payer: Payer) -> None:
    """The same strict policy as every page: the code is drawn without inline style."""
    _, url = await payer.checkout()

    page = await payer.arrive(await payer.choose(url))

    policy = page.headers["content-security-policy"]
    assert "form-action 'self'; frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)", page.text)
    for address in re.findall(r'(?:src|href|action)="([^"]*)"', page.text):
        assert address.startswith(("/checkout/static/", "cancel?", "choose?", "../", f"{BASE_URL}/q/w_")), address


@pytest.mark.parametrize(("choice", "said", "status", "state"), RESULTS)
async def test_a_wallet_ends_on_the_hosted_page(
    payer: Payer, choice: str, said: str, status: str, state: PaymentState
) -> None:
    """In the browser that paid and in the one that shows the code; then back to the shop."""
    payment, url = await payer.checkout()
    await payer.choose(url)

    in_hand = await payer.at_wallet(payment, choice)

    assert str(in_hand.url) == url
    for page in (in_hand, await payer.get(url)):
        assert said in page.text
    assert (await payer.now(payment)).state is state
    back = await payer.get(url.replace("cashier.html", "return"))
    assert f"status={status}" in back.headers["location"]


@pytest.mark.parametrize("method", WALLET_METHODS)
async def test_a_wallet_that_refuses_can_be_tried_again(payer: Payer, method: Method) -> None:
    """In words about the wallet and not about banks, with that wallet opened; the third decline is the last."""
    payment, url = await payer.checkout(amount=SGD)
    refused = f"{WALLET_NAMES[method]} did not take the payment."

    for left in ("You can try 2 more times.", "You can try once more."):
        await payer.choose(url, method)
        page = await payer.at_wallet(payment, "fail")
        assert refused in page.text
        assert left in page.text
        assert f'id="way-{method}" autocomplete="off" checked>' in page.text
        assert "bank declined" not in page.text
    await payer.choose(url, method)
    page = await payer.at_wallet(payment, "fail")
    assert "Payment declined" in page.text
    assert refused in page.text
    assert (await payer.now(payment)).state is PaymentState.FAILED


@pytest.mark.parametrize("method", WALLET_METHODS)
async def test_every_wallet_can_be_canceled(payer: Payer, method: Method) -> None:
    payment, url = await payer.checkout(amount=SGD)

    await payer.choose(url, method)
    page = await payer.at_wallet(payment, "cancel")

    assert "Order closed" in page.text
    assert (await payer.now(payment)).state is PaymentState.CANCELED


async def test_a_declined_card_can_be_followed_by_a_wallet(payer: Payer) -> None:
    """Tries are counted over all ways."""
    payment, url = await payer.checkout()

    await payer.pay(url, NO_FUNDS)
    await payer.choose(url)
    await payer.at_wallet(payment, "pass")

    assert (await payer.now(payment)).state is PaymentState.CAPTURED
    assert (await payer.now(payment)).method == Method.WECHAT


async def test_the_language_survives_the_wallets_page(payer: Payer) -> None:
    """The way back leads to the page in the payer's language."""
    payment, url = await payer.checkout()
    await payer.choose(url.replace("en-us", "zh-hk"), Method.PAYPAL)

    assert "付款成功" in (await payer.at_wallet(payment, "pass")).text


async def test_two_tabs_see_the_same(payer: Payer) -> None:
    """The code in both, then the result in both; choosing twice at once asks one wallet."""
    payment, url = await payer.checkout()

    await asyncio.gather(*(payer.choose(url, method) for method in (Method.WECHAT, Method.ALIPAY) for _ in range(3)))

    pages = [(await payer.get(url)).text for _ in range(2)]
    assert pages[0] == pages[1]
    assert code_in(pages[0])
    assert len(await payer.context.reads.attempts(payment.merchant_id, payment.payment_id)) == 1


# --- Turning away, giving up, running out of time ---


async def test_turning_away_from_a_wallet_offers_every_way_again(payer: Payer) -> None:
    """Without an alarm and without counting as a try; the wallet turned away from is told to close."""
    payment, url = await payer.checkout()
    await payer.choose(url)

    left = await payer.press(url, "choose")

    assert (left.status_code, left.headers["location"]) == (303, url)
    page = (await payer.get(url)).text
    assert 'id="way-wechat" autocomplete="off" checked>' in page
    assert 'role="alert"' not in page
    now = await payer.now(payment)
    assert (now.state, now.tries) == (PaymentState.CREATED, 0)
    kinds = [a.kind for a in await payer.context.reads.attempts(payment.merchant_id, payment.payment_id)]
    assert kinds == [AttemptKind.CHARGE, AttemptKind.CLOSE]
    assert "Payment successful" in (await payer.arrive(await payer.pay(url))).text


async def test_turning_away_too_late_changes_nothing(payer: Payer) -> None:
    """From a paid order, and from one that nobody chose a wallet for."""
    paid, paid_url = await payer.checkout()
    await payer.choose(paid_url)
    await payer.at_wallet(paid, "pass")
    fresh, fresh_url = await payer.checkout()

    for payment, url, state in ((paid, paid_url, PaymentState.CAPTURED), (fresh, fresh_url, PaymentState.CREATED)):
        answer = await payer.press(url, "choose")
        assert (answer.status_code, answer.headers["location"]) == (303, url)
        assert (await payer.now(payment)).state is state


async def test_canceling_at_the_wallet_closes_the_order(payer: Payer) -> None:
    """The payer gives up while the code is shown."""
    payment, url = await payer.checkout()
    await payer.choose(url)

    await payer.press(url, "cancel")

    page = (await payer.get(url)).text
    assert "Order closed" in page
    assert "If WeChat Pay still shows an amount, it will be given back." in page
    assert (await payer.now(payment)).decline == "canceled_by_payer"


async def test_another_site_cannot_turn_the_payer_away(payer: Payer) -> None:
    """Forms are taken from our own pages only."""
    payment, url = await payer.checkout()
    await payer.choose(url)

    answer = await payer.http.post(url.replace("cashier.html", "choose"), headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert (await payer.now(payment)).state is PaymentState.PENDING


async def test_time_is_up_even_before_the_jobs_notice(payer: Payer) -> None:
    """Whoever looks at it closes it: the page, the code that somebody scans, and the way back."""
    for address in ("cashier", "code", "return"):
        payment, url = await payer.checkout()
        link = payer.context.links.wallet(payment.merchant_id, payment.payment_id)
        await payer.choose(url)
        payer.wait(60 * MINUTE_MS)

        addresses = {"cashier": url, "code": link, "return": f"{link}/return"}
        page = await payer.arrive(await payer.get(addresses[address]))

        assert "time is up" in page.text
        assert (await payer.now(payment)).state is PaymentState.EXPIRED


async def test_a_job_that_is_late_keeps_nobody_waiting(payer: Payer) -> None:
    """One that took the order up and did not finish has put it off; the page closes it all the same."""
    payment, url = await payer.checkout()
    await payer.choose(url)
    payer.wait(60 * MINUTE_MS)
    now_ms = payer.context.clock()
    claimed = await payer.context.store.claim(Payment, now_ms=now_ms, until_ms=now_ms + MINUTE_MS, limit=8)
    assert [each.payment_id for each in claimed] == [payment.payment_id]

    assert "time is up" in (await payer.get(url)).text


async def test_a_payment_just_in_time_is_seen_by_whoever_looks(payer: Payer) -> None:
    """Paid in the wallet, not heard of, and then the time is over: the acquirer is asked before the order is closed."""
    payment, url = await payer.checkout()
    await payer.choose(url)
    page = await payer.arrive(await payer.get(payer.context.links.wallet(payment.merchant_id, payment.payment_id)))
    await payer.http.post(page.url, data={"choice": "pass"})
    payer.wait(60 * MINUTE_MS)

    assert "Payment successful" in (await payer.get(url)).text


async def test_a_payment_after_the_time_is_up_counts(payer: Payer) -> None:
    """The wallet's page was left open: the money was taken, and the hosted page says so when it is opened again."""
    payment, url = await payer.checkout()
    await payer.choose(url)
    wallet = await payer.arrive(await payer.get(payer.context.links.wallet(payment.merchant_id, payment.payment_id)))
    payer.wait(60 * MINUTE_MS)
    assert "time is up" in (await payer.get(url)).text

    await payer.arrive(await payer.http.post(wallet.url, data={"choice": "pass"}))

    assert "Payment successful" in (await payer.get(url)).text
    assert (await payer.now(payment)).state is PaymentState.CAPTURED


# --- What codes say ---


async def test_what_the_code_says_opens_the_wallet(payer: Payer) -> None:
    """A link of ours, short enough for any camera; it takes no key along."""
    _, link = await payer.direct_wallet()

    answer = await payer.get(link)

    assert answer.status_code == 303
    assert "/sandbox/wallet/" in answer.headers["location"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert len(link) - len(BASE_URL) < 55


@pytest.mark.parametrize(
    ("choice", "status", "state"),
    [
        ("pass", "successed", PaymentState.CAPTURED),
        ("fail", "failed", PaymentState.FAILED),
        ("cancel", "canceled", PaymentState.CANCELED),
    ],
)
async def test_the_browser_goes_from_the_wallet_back_to_the_shop(
    payer: Payer, choice: str, status: str, state: PaymentState
) -> None:
    """302 with the five parameters, from the wallet's page and whenever the link is opened again."""
    payment, link = await payer.direct_wallet(Method.PAYPAL, Product.H5)

    back = await payer.at_wallet(payment, choice)

    assert back.status_code == 302
    assert back.headers["location"].startswith(
        f"https://shop.example/done?basket=7&tradeNo={payment.payment_id}&orderNo={payment.order_no}&status={status}&"
    )
    assert (await payer.now(payment)).state is state
    for address in (link, f"{link}/return", f"{link}/page"):
        again = await payer.get(address)
        assert (again.status_code, again.headers["location"]) == (302, back.headers["location"])


@pytest.mark.parametrize(
    ("choice", "said"),
    [("pass", "Payment successful"), ("fail", "WeChat Pay did not take the payment."), ("cancel", "Order closed")],
)
async def test_without_a_shop_to_go_back_to_the_result_is_shown(payer: Payer, choice: str, said: str) -> None:
    """On a page of our own, also when the link is opened again."""
    payment, link = await payer.direct_wallet(front_url="")

    for page in (await payer.at_wallet(payment, choice), await payer.get(link)):
        assert page.status_code == 200
        assert said in page.text


async def test_a_canceled_order_is_told_so(payer: Payer) -> None:
    """The merchant gave up: nobody who scans the code pays any more."""
    payment, link = await payer.direct_wallet(front_url="")
    await void_payment(payer.context, payment)

    assert "Order closed" in (await payer.get(link)).text


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_coming_back_unpaid_waits_on_a_page_of_ours(payer: Payer, method: str) -> None:
    """With the code and the link, in the language of the order; the acquirer was asked, and nothing was decided."""
    payment, link = await payer.direct_wallet(language="zh-CN")

    back = await payer.http.request(method, f"{link}/return", content=b"paid=yes")

    assert (back.status_code, back.headers["location"]) == (303, f"{link}/page")
    page = await payer.get(f"{link}/page")
    assert page.headers["checkout-phase"] == "scan"
    assert code_in(page.text)
    assert "打开微信" in page.text
    assert "choose?" not in page.text
    assert "cancel?" not in page.text
    assert (await payer.now(payment)).state is PaymentState.PENDING


async def test_many_returns_at_once_conclude_once(payer: Payer) -> None:
    """Reloads and double posts all end at the shop, and one fact says that it was paid."""
    payment, link = await payer.direct_wallet()
    wallet = await payer.arrive(await payer.get(link))
    await payer.http.post(wallet.url, data={"choice": "pass"})

    answers = await asyncio.gather(*(payer.get(f"{link}/return") for _ in range(8)))

    assert {answer.status_code for answer in answers} == {302}
    facts = await payer.context.reads.facts(payment.merchant_id, payment.payment_id)
    assert [fact.kind for fact in facts].count(FactKind.PAYMENT_CAPTURED) == 1


async def test_the_links_of_a_checkout_lead_to_its_page(payer: Payer) -> None:
    """Before anything is chosen, and after another way was: what an old code says is never a dead end."""
    payment, url = await payer.checkout()
    link = payer.context.links.wallet(payment.merchant_id, payment.payment_id)

    for address in (link, f"{link}/return", f"{link}/page"):
        answer = await payer.get(address)
        assert (answer.status_code, answer.headers["location"]) == (303, url)


@pytest.mark.parametrize("path", ["", "/return", "/page", "/events"])
@pytest.mark.parametrize("token", ["x", "w_", "w_" + "A" * 43, "w_%00", "w_é", "cs_" + "A" * 43, "w_" + "A" * 5000])
async def test_a_wrong_token_opens_nothing(payer: Payer, path: str, token: str) -> None:
    """A page of friendly words, whatever stands in the address."""
    answer = await payer.get(f"/q/{token}{path}")

    assert answer.status_code == 404
    assert "We cannot find this payment" in answer.text


async def test_a_token_of_another_kind_opens_nothing(payer: Payer) -> None:
    """The key in a code is no key to the hosted page, nor the other way round: a code can be photographed."""
    _, link = await payer.direct_wallet()
    _, url = await payer.checkout()

    assert (await payer.get(f"/h5/en-us/cashier.html?token={link.rpartition('/')[2]}")).status_code == 404
    assert (await payer.get(f"/q/{url.partition('token=')[2]}")).status_code == 404


async def test_a_wallet_that_thinks_is_waited_for_without_words_about_banks(payer: Payer) -> None:
    """The merchant scanned the payer's code: there is nothing to scan and nothing to press, only to wait."""
    payment, link = await payer.direct_wallet(product=Product.PAY, code=Secret("120061098828009498"))

    page = await payer.get(link)

    assert page.headers["checkout-phase"] == "waiting"
    assert "Confirming your payment" in page.text
    assert not code_in(page.text)
    assert f'content="2;url=/q/{link.rpartition("/")[2]}/page"' in page.text
    assert (await payer.now(payment)).state is PaymentState.PENDING
