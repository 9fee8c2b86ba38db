"""Small rules with one home each: fees by currency, repeats, routes, and what becomes a webhook."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from polygate.core import repeats, routing
from polygate.core.attempts import AttemptKind
from polygate.core.facts import ANNOUNCED, FactKind
from polygate.core.ids import MerchantId, PaymentId
from polygate.core.merchants import FeeRule, Merchant
from polygate.core.methods import Method
from polygate.core.money import Money
from polygate.core.outcomes import Approved, Details
from polygate.core.refusals import Reason, Refused
from polygate.core.routing import Route
from polygate.core.transitions import PaymentState
from polygate.core.webhooks import WebhookState, announce
from tests.core.case import LIFE_MS, NOW_MS, WALLET, Case, case_in
from tests.core.tables import Row, table

# --- fees by currency ----------------------------------------------------------------------------------------------

MERCHANT: Final = Merchant(
    merchant_id=MerchantId(1),
    merchant_no="10000000000000",
    name="Shop",
    mcc="5411",
    enabled=True,
    access_key_hash="0" * 64,
    sealed_secret_key=b"",
    fees={"USD": FeeRule(100, 10), "JPY": FeeRule(), "*": FeeRule(300, 0)},
    created_ms=NOW_MS,
)


@pytest.mark.parametrize(
    ("currency", "rule"),
    [("USD", FeeRule(100, 10)), ("EUR", FeeRule(300, 0)), ("JPY", FeeRule(0, 0))],
    ids=["its own", "the rule for all others", "free on purpose"],
)
def test_a_currencys_own_fee_rule_comes_first(currency: str, rule: FeeRule) -> None:
    """Even if it says that nothing is taken."""
    assert rule == MERCHANT.fee_rule(currency)


def test_without_a_fee_rule_nothing_is_taken() -> None:
    """Zero is the default."""
    merchant = msgspec.structs.replace(MERCHANT, fees={})

    assert Money(0, "USD") == merchant.fee_rule("USD").fee(Money(100_00, "USD"))


# --- repeats -------------------------------------------------------------------------------------------------------

SESSIONS = """
    # state        page   amount    currency   late   answer
      created      yes    100_00    USD        -1     same
      created      yes    100_00    USD        0      order_taken    # its time is over
      created      yes    100_01    USD        -1     order_taken
      created      yes    100_00    EUR        -1     order_taken
      created      no     100_00    USD        -1     order_taken    # it was never a hosted page
      pending      yes    100_00    USD        -1     order_taken    # the payer is at it
      authorized   yes    100_00    USD        -1     order_taken
      capturing    yes    100_00    USD        -1     order_taken
      voiding      yes    100_00    USD        -1     order_taken
      captured     yes    100_00    USD        -1     order_taken
      failed       yes    100_00    USD        -1     order_taken
      canceled     yes    100_00    USD        -1     order_taken
      expired      yes    100_00    USD        -1     order_taken
"""


@pytest.mark.parametrize("row", table(SESSIONS), ids=str)
def test_an_open_session_is_given_again_for_the_same_order(row: Row) -> None:
    """Any other repeat is refused (gateway contract, 4.2)."""
    waiting = case_in("created").payment
    first = msgspec.structs.replace(waiting, state=PaymentState(row.state), is_checkout=row.page == "yes")
    amount, now_ms = Money(int(row.amount), row.currency), NOW_MS + LIFE_MS + int(row.late)
    if row.answer == "same":
        assert first is repeats.same_session(first, amount=amount, now_ms=now_ms)
    else:
        with pytest.raises(Refused, match="order-1") as refused:
            repeats.same_session(first, amount=amount, now_ms=now_ms)
        assert Reason(row.answer) is refused.value.reason


REFUNDS = """
    # order   amount   currency   answer
      same    30_00    USD        same
      same    30_01    USD        refund_number_taken
      same    30_00    EUR        refund_number_taken
      other   30_00    USD        refund_number_taken
"""


@pytest.mark.parametrize("row", table(REFUNDS), ids=str)
def test_a_refund_number_stands_for_one_refund(row: Row) -> None:
    """Asked again in equal words it is the first one, in whatever state; in other words it is refused."""
    case = case_in("captured", capture="auto")
    case.refund(30_00)
    case.send(case.latest(AttemptKind.REFUND))
    case.answer(case.latest(AttemptKind.REFUND), "declined")
    order = case.payment.payment_id if row.order == "same" else PaymentId(1)
    amount = Money(int(row.amount), row.currency)
    if row.answer == "same":
        assert case.refund_made is repeats.same_refund(case.refund_made, payment_id=order, amount=amount)
    else:
        with pytest.raises(Refused, match="refund-1") as refused:
            repeats.same_refund(case.refund_made, payment_id=order, amount=amount)
        assert Reason(row.answer) is refused.value.reason


# --- routes --------------------------------------------------------------------------------------------------------


ANY_CARD: Final = {Method.CARD: None}
PAY_NOW: Final = Method.PAY_NOW
UP_TO_A_DOLLAR: Final = {PAY_NOW: {"SGD": Money(100, "SGD")}}


def test_the_first_acquirer_that_takes_it_is_chosen_and_the_reason_is_recorded() -> None:
    """In words, for the people who read the timeline."""
    only = routing.choose(Method.CARD, Money(1, "USD"), offers={"bank": ANY_CARD})
    first = routing.choose(Method.CARD, Money(1, "USD"), offers={"bank": ANY_CARD, "other": ANY_CARD})
    able = routing.choose(
        Method.WECHAT, Money(1, "HKD"), offers={"bank": {Method.WECHAT: {"CNY"}}, "other": {Method.WECHAT: {"HKD"}}}
    )
    larger = routing.choose(PAY_NOW, Money(101, "SGD"), offers={"bank": UP_TO_A_DOLLAR, "other": {PAY_NOW: {"SGD"}}})

    assert Route("bank", "bank is the only acquirer for card") == only
    assert Route("bank", "bank is first for card") == first
    assert able.acquirer == larger.acquirer == "other"


@pytest.mark.parametrize(
    ("method", "amount", "reason"),
    [
        (Method.CARD, Money(1, "USD"), Reason.METHOD_NOT_ENABLED),
        (Method.GRAB_PAY, Money(1, "SGD"), Reason.METHOD_NOT_ENABLED),
        (Method.WECHAT, Money(1, "USD"), Reason.CURRENCY_NOT_SUPPORTED),
        (PAY_NOW, Money(1, "USD"), Reason.CURRENCY_NOT_SUPPORTED),
        (PAY_NOW, Money(101, "SGD"), Reason.AMOUNT_TOO_LARGE),
    ],
)
def test_what_nobody_takes_is_refused(method: Method, amount: Money, reason: Reason) -> None:
    """Before anything is written down."""
    with pytest.raises(Refused) as refused:
        routing.choose(method, amount, offers={"bank": {Method.WECHAT: {"HKD"}, **UP_TO_A_DOLLAR}})
    assert reason is refused.value.reason
    with pytest.raises(Refused, match="no acquirer is connected that takes live payments"):
        routing.choose(method, amount, offers={})


def test_payers_are_offered_what_is_enabled_and_taken() -> None:
    """In one order for everybody."""
    offers = {"bank": {Method.CARD: None, Method.WECHAT: {"HKD"}, Method.ALIPAY: {"HKD"}, **UP_TO_A_DOLLAR}}
    enabled = ("wechat", "payNow", "card")

    assert routing.offered(enabled, Money(1, "HKD"), offers=offers) == (Method.CARD, Method.WECHAT)
    assert routing.offered(enabled, Money(1, "USD"), offers=offers) == (Method.CARD,)
    assert routing.offered(enabled, Money(100, "SGD"), offers=offers) == (Method.CARD, PAY_NOW)
    assert routing.offered(enabled, Money(101, "SGD"), offers=offers) == (Method.CARD,)


# --- what is told --------------------------------------------------------------------------------------------------


def test_a_webhook_tells_of_its_fact_as_it_stood() -> None:
    """Due at once, with an address if the order named one and all that its body needs."""
    case = case_in("authorized")
    fact = case.facts[-1]
    webhook = announce(fact, webhook_id=77)

    assert (77, fact.fact_id, case.payment.payment_id, 0) == (
        webhook.webhook_id,
        webhook.fact_id,
        webhook.payment_id,
        webhook.refund_id,
    )
    assert (webhook.kind, webhook.protocol, webhook.app_id) == ("PaymentAuthorized", "gateway", "100000000000001")
    assert ("https://shop.example/notify", "", fact.data) == (webhook.url, webhook.body, webhook.data)
    assert (WebhookState.WAITING, 0, fact.at_ms, 1) == (webhook.state, webhook.tries, webhook.due_ms, webhook.version)


def test_a_webhook_without_an_address_on_the_order_waits_for_the_apps() -> None:
    """Which is looked up at each try."""
    assert announce(case_in("failed", notify_url="").facts[-1], webhook_id=1).url == ""


TOLD = """
    # state        kind                 state_told   amount    decline
      authorized   PaymentAuthorized    authorized   100_00    -
      captured     PaymentCaptured      captured     60_00     -                     # what was captured
      failed       PaymentFailed        failed       100_00    insufficient_funds
      canceled     PaymentCanceled      canceled     100_00    -
      expired      PaymentExpired       expired      100_00    -
"""


@pytest.mark.parametrize("row", table(TOLD), ids=str)
def test_what_is_told_is_the_payment_after_the_event(row: Row) -> None:
    """Its new state, the amount as merchants see it, and why it was declined."""
    fact = case_in(row.state, captured_minor=60_00).facts[-1]

    assert (row.kind, row.state_told, int(row.amount)) == (fact.kind, fact.data["state"], fact.data["amount_minor"])
    assert ("" if row.decline == "-" else row.decline) == fact.data["decline"]


def everything() -> list[Case]:
    """Lives that together make every kind of fact."""
    voided = case_in("voiding")
    voided.answer(voided.latest(AttemptKind.VOID), "declined")
    recaptured = case_in("capturing")
    recaptured.answer(recaptured.latest(AttemptKind.CAPTURE), "declined")
    refunded = case_in("captured", capture="auto")
    for answer in ("approved", "declined"):
        refunded.refund(1)
        refunded.send(refunded.latest(AttemptKind.REFUND))
        refunded.answer(refunded.latest(AttemptKind.REFUND), answer)
    late = case_in("canceled")
    late.answer(late.charge, "approved")
    tried = Case(checkout=True)
    tried.pay()
    tried.answer(tried.charge, "declined")
    challenged = case_in("pending")
    challenged.answer(challenged.charge, "needs_payer")
    challenged.payer_returns()
    scanned = Case(checkout=True)
    scanned.pay(WALLET)
    scanned.answer(scanned.charge, "scan")
    scanned.leave()
    return [
        voided,
        recaptured,
        refunded,
        late,
        tried,
        challenged,
        scanned,
        *map(case_in, ("failed", "expired", "captured")),
    ]


ELSEWHERE: Final = {
    FactKind.CHARGEBACK_RECORDED,
    FactKind.CARD_KEPT,
    FactKind.CARD_RENEWED,
    FactKind.CARD_REVOKED,
    FactKind.PAYOUT_REQUESTED,
    FactKind.PAYOUT_TAKEN_BY_HAND,
    FactKind.PAYOUT_MARKED_BY_HAND,
    FactKind.PAYOUT_PAID,
    FactKind.PAYOUT_FAILED,
    FactKind.PAYOUT_RETURNED,
    FactKind.PAYER_SAID_PAID,
    FactKind.RISK_ASSESSED,
    FactKind.SHIPMENT_ADDED,
    FactKind.SHIPMENT_CHANGED,
}
"""Told by the tests of kept cards, of risk, of shipments and of chargebacks."""


def test_every_kind_of_fact_happens_and_can_be_kept() -> None:
    """As JSON, small and plain."""
    facts = [fact for case in everything() for fact in case.facts]

    assert set(FactKind) - ELSEWHERE <= {fact.kind for fact in facts}
    assert all(msgspec.json.decode(msgspec.json.encode(fact.data)) == fact.data for fact in facts)
    assert all(len(msgspec.json.encode(fact.data)) < 2_000 for fact in facts)


def test_every_announced_fact_can_become_a_webhook() -> None:
    """Its data names the protocol, the app and the address; no other fact does."""
    for fact in (fact for case in everything() for fact in case.facts):
        if fact.kind in ANNOUNCED:
            assert announce(fact, webhook_id=1).protocol == "gateway"
        else:
            assert "notify_url" not in fact.data


def test_no_fact_tells_a_card_number() -> None:
    """Not even the masked one, nor the card's fingerprint."""
    case = Case()
    case.answer(case.charge, Approved("B-1", Details(auth_code="A7X")))
    told = repr([fact.data for fact in case.facts])

    assert "A7X" in told
    assert "1111" not in told
    assert "f1a9" not in told
