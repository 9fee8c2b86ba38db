"""Wallets at the sandbox acquirer: what payers have to do, what their choice does, and what can still be undone."""

from __future__ import annotations

import asyncio

import pytest

from polygate.connectors.sandbox import CONNECTOR, Taken
from polygate.connectors.sandbox.book import Choice
from polygate.connectors.sandbox.pay_now import reference_in
from polygate.connectors.sandbox.wallets import NAMES, OFFER
from polygate.core.emv_qr import DataObject, build, parse
from polygate.core.methods import PRODUCTS, Method, Product
from polygate.core.money import Money
from polygate.core.outcomes import (
    Approved,
    Decline,
    Declined,
    Details,
    NeedsPayer,
    NotSent,
    Outcome,
    PayerAction,
    Pending,
    Unknown,
)
from tests.connectors.counter import MERCHANT, Counter
from tests.core.tables import Row, table

pytestmark = pytest.mark.anyio

ACTIONS = """
    # method       product        action
      wechat       qr-code        scan
      wechat       pay            start
      wechat       in-app         start
      wechat       mini-program   start
      wechat       h5             open
      alipay       qr-code        scan
      alipay       pay            start
      alipay       in-app         start
      alipay       mini-program   start
      alipay       h5             open
      alipayPlus   qr-code        scan
      alipayPlus   pay            start
      alipayPlus   in-app         start
      alipayPlus   mini-program   start
      alipayPlus   h5             open
      upay         qr-code        scan
      upay         pay            start
      payNow       qr-code        scan
      grabPay      qr-code        scan
      grabPay      h5             open
      shopeePay    qr-code        scan
      shopeePay    h5             open
      paypal       qr-code        open           # Both of its products redirect.
      paypal       h5             open
      applePay     h5             open
      googlePay    h5             open
      upi          h5             open
      upi          collect        start
      upi          intent         start
      pix          h5             open
      pix          qr-code        scan
"""

CURRENCIES = """
    # method       currencies
      card         any
      wechat       HKD,CNY,USD,SGD
      alipay       HKD,CNY,USD,SGD
      alipayPlus   HKD,USD,SGD,MYR,THB,PHP,KRW
      upay         HKD,CNY,USD,SGD
      payNow       SGD
      grabPay      SGD,MYR
      shopeePay    SGD,MYR,THB,PHP
      paypal       any
      applePay     any
      googlePay    any
      upi          INR
      pix          BRL
"""


def needed(outcome: Outcome) -> NeedsPayer:
    assert isinstance(outcome, NeedsPayer)
    return outcome


def why(outcome: Outcome) -> Decline | None:
    return outcome.why if isinstance(outcome, Declined) else None


def test_every_method_is_offered_in_its_currencies() -> None:
    """Gateway contract, 8.1."""
    listed = {
        row.method: None if row.currencies == "any" else set(row.currencies.split(",")) for row in table(CURRENCIES)
    }
    offered = {method: None if currencies is None else set(currencies) for method, currencies in OFFER.items()}
    assert offered == listed
    assert CONNECTOR.offer is OFFER
    assert OFFER[Method.PAY_NOW] == {"SGD": Money(200_000_00, "SGD")}
    assert OFFER[Method.PIX] == {"BRL": Money(9_999_999_999_99, "BRL")}


def test_every_wallet_has_a_name_and_a_row_for_each_product() -> None:
    """Nothing can be asked for that this page does not know."""
    assert set(NAMES) == set(PRODUCTS)
    assert [(row.method, row.product) for row in table(ACTIONS)] == [
        (method, product) for method in (*NAMES,) for product in PRODUCTS[method]
    ]


@pytest.mark.parametrize("row", table(ACTIONS), ids=str)
async def test_the_payer_has_to_act(counter: Counter, row: Row) -> None:
    """At the wallet's page; nothing is taken before that."""
    outcome = needed(await counter.collect(Method(row.method), Product(row.product), attempt=7))

    assert outcome.action is PayerAction(row.action)
    assert outcome.url.startswith(f"http://pay.example:8080/sandbox/wallet/{MERCHANT}/7?key=")
    assert outcome.reference == counter.entry(7).reference
    assert bool(outcome.info) == (row.action == "start" and row.method != "upi")
    is_coded = row.method in {"payNow", "pix"} or (row.method == "upi" and row.product != "collect")
    assert bool(outcome.code) == is_coded
    assert counter.taken("SGD") == Taken()


async def test_what_starts_a_wallet_is_complete_and_always_the_same(counter: Counter) -> None:
    """A dummy for each field of the contract (8.3); an inquiry repeats the first answer word for word."""
    first = needed(await counter.collect(Method.WECHAT, Product.IN_APP, attempt=1))

    assert list(first.info) == ["appId", "timeStamp", "nonceStr", "package", "signType", "paySign"]
    assert first.info["timeStamp"] == str(counter.now_ms // 1_000)
    counter.now_ms += 60_000
    assert await counter.inquire(1) == first
    assert await counter.collect(Method.WECHAT, Product.IN_APP, attempt=1) == first


async def test_a_pay_now_code_carries_the_reference(counter: Counter) -> None:
    """It leads to the payment's page, as long as not a character is different."""
    outcome = needed(await counter.collect(Method.PAY_NOW))

    assert reference_in(outcome.code) == outcome.reference
    assert await counter.acquirer.scan(outcome.code) == outcome.url
    renamed = [DataObject("59", "SOMEBODY ELSE") if each.id == "59" else each for each in parse(outcome.code)]
    assert await counter.acquirer.scan(build(renamed)) == ""


CHOICES = """
    # choice   outcome    why                 taken
      pass     approved   -                   10000
      fail     declined   no_reason           0
      cancel   declined   canceled_by_payer   0
"""


@pytest.mark.parametrize("row", table(CHOICES), ids=str)
async def test_the_payers_choice_settles_it_at_once(counter: Counter, row: Row) -> None:
    """Whoever asks hears it from then on, and those who listen are told to ask."""
    waiting = await counter.collect(attempt=1)
    assert isinstance(await counter.inquire(1), NeedsPayer)
    await counter.choose(waiting, Choice(row.choice))

    outcome = await counter.inquire(1)
    assert (type(outcome).__name__.lower(), why(outcome) or "-") == (row.outcome, row.why)
    assert counter.taken("SGD").net_minor == int(row.taken)
    assert counter.told == [(MERCHANT, 1)]


async def test_a_payment_tells_who_paid_and_nothing_that_only_cards_have(counter: Counter) -> None:
    """No authorization code; a payment that was not made tells of nobody."""
    await counter.choose(await counter.collect(attempt=1), Choice.PASS)
    await counter.choose(await counter.collect(attempt=2), Choice.FAIL)

    paid, failed = await counter.inquire(1), await counter.inquire(2)
    assert isinstance(paid, Approved)
    assert paid.details.payer.startswith("Wallet user ")
    assert paid.details == Details(payer=paid.details.payer)
    assert isinstance(failed, Declined)
    assert failed.details == Details()


async def test_the_first_choice_stands(counter: Counter) -> None:
    """Of two at once one is taken and told of."""
    waiting = await counter.collect(attempt=1)

    await asyncio.gather(*(counter.choose(waiting, choice) for choice in (Choice.PASS, Choice.CANCEL, Choice.FAIL)))
    await counter.choose(waiting, Choice.PASS)

    assert len(counter.told) == 1
    assert counter.entry(1).payer_choice in tuple(Choice)


async def test_it_can_be_paid_long_after_the_order_expired(counter: Counter) -> None:
    """The wallet does not know; what that means for the order is the gateway's to decide."""
    waiting = await counter.collect(attempt=1)
    counter.now_ms += 86_400_000

    await counter.choose(waiting, Choice.PASS)
    assert isinstance(await counter.inquire(1), Approved)


async def test_whoever_listens_badly_does_not_keep_the_payer_from_paying(counter: Counter) -> None:
    """The news is lost and the payment made: asking brings it."""

    async def deaf(merchant: int, attempt: int) -> None:
        raise ConnectionError("nobody there")

    counter.acquirer._tell = deaf
    await counter.choose(await counter.collect(attempt=1), Choice.PASS)
    assert isinstance(await counter.inquire(1), Approved)


SCANNED = """
    # code                 outcome    why
      120061098828009406   approved   -
      1234567890           approved   -
      120061098828009499   declined   wrong_code
"""


@pytest.mark.parametrize("row", table(SCANNED), ids=str)
async def test_a_scanned_code_pays_at_once(counter: Counter, row: Row) -> None:
    """Its last two digits say how it ends (gateway contract, 12); it is not kept."""
    outcome = await counter.collect(Method.ALIPAY, Product.PAY, attempt=1, code=row.code)

    assert (type(outcome).__name__.lower(), why(outcome) or "-") == (row.outcome, row.why)
    assert await counter.collect(Method.ALIPAY, Product.PAY, attempt=1, code=row.code) == outcome
    assert await counter.inquire(1) == outcome
    assert row.code not in repr(counter.entry(1))
    assert await counter.acquirer.look(MERCHANT, 1, "") is None


async def test_a_slow_wallet_answers_at_once_that_it_thinks(counter: Counter) -> None:
    """Ten seconds later it has paid."""
    thinking = await counter.collect(Method.ALIPAY, Product.PAY, attempt=1, code="120061098828009498")

    assert thinking == Pending(reference=counter.entry(1).reference, check_after_ms=10_000)
    counter.now_ms += 9_999
    assert isinstance(await counter.inquire(1), Pending)
    assert counter.taken("SGD") == Taken()
    counter.now_ms += 1
    assert isinstance(await counter.inquire(1), Approved)
    assert counter.taken("SGD") == Taken(charged_minor=10_000)


async def test_a_key_names_one_payment(counter: Counter) -> None:
    """The same order is the same payment; another one under its key is neither it nor a second one."""
    first = await counter.collect(attempt=1)

    assert await counter.collect(attempt=1) == first
    for other in (
        counter.collect(attempt=1, minor=1),
        counter.collect(attempt=1, currency="HKD"),
        counter.collect(Method.ALIPAY, attempt=1),
        counter.collect(product=Product.H5, attempt=1),
        counter.charge(attempt=1, currency="SGD"),
    ):
        assert isinstance(await other, Unknown)
    assert len(counter.book.entries) == 1


async def test_a_payment_asked_about_too_early_is_never_made(counter: Counter) -> None:
    """The promise given then is kept."""
    assert isinstance(await counter.inquire(1, "SGD"), NotSent)
    assert isinstance(await counter.collect(attempt=1), NotSent)


@pytest.mark.parametrize("paid", [False, True])
@pytest.mark.parametrize("order", ["close", "void"])
async def test_what_is_closed_or_voided_cannot_be_paid_any_more(counter: Counter, order: str, paid: bool) -> None:
    """A payment made before stays made when it is closed, and is given back when it is voided."""
    waiting = await counter.collect(attempt=1)
    if paid:
        await counter.choose(waiting, Choice.PASS)

    done = counter.close(1, attempt=2) if order == "close" else counter.void(1, "SGD", attempt=2)
    assert isinstance(await done, Approved)
    await counter.choose(waiting, Choice.PASS)

    assert isinstance(await counter.inquire(1), Approved if paid else Declined)
    kept = 10_000 if paid and order == "close" else 0
    assert counter.taken("SGD").net_minor == kept


async def test_a_payment_that_was_closed_too_late_can_still_be_given_back(counter: Counter) -> None:
    """As happens when the payer was faster than the merchant's cancel."""
    await counter.choose(await counter.collect(attempt=1), Choice.PASS)
    await counter.close(1, attempt=2)

    assert isinstance(await counter.void(1, "SGD", attempt=3), Approved)
    assert counter.taken("SGD") == Taken(charged_minor=10_000, reversed_minor=10_000)


@pytest.mark.parametrize("order", ["close", "void"])
async def test_paying_and_closing_at_once_end_in_one_of_two_ways(counter: Counter, order: str) -> None:
    """Paid, or never paid; after a void nothing is left with the acquirer either way."""
    waiting = await counter.collect(attempt=1)

    closing = counter.close(1, attempt=2) if order == "close" else counter.void(1, "SGD", attempt=2)
    _, closed = await asyncio.gather(counter.choose(waiting, Choice.PASS), closing)

    assert isinstance(closed, Approved)
    paid = isinstance(await counter.inquire(1), Approved)
    assert counter.taken("SGD").net_minor == (10_000 if paid and order == "close" else 0)


async def test_a_paid_wallet_is_refunded_like_a_card(counter: Counter) -> None:
    """In two seconds, and not beyond what was paid."""
    await counter.choose(await counter.collect(attempt=1), Choice.PASS)

    assert isinstance(await counter.refund(1, 6_000, "SGD", attempt=2), Pending)
    assert why(await counter.refund(1, 4_001, "SGD", attempt=3)) is Decline.NOT_PERMITTED
    counter.now_ms += 2_000
    assert isinstance(await counter.inquire(2), Approved)
    assert counter.taken("SGD").net_minor == 4_000


async def test_there_is_nothing_to_capture(counter: Counter) -> None:
    """The money was taken when the payer paid."""
    await counter.choose(await counter.collect(attempt=1, currency="USD"), Choice.PASS)
    assert why(await counter.capture(1, 100, attempt=2)) is Decline.NOT_PERMITTED
