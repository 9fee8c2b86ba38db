"""Kept cards: agreed to in a first payment, charged by `subscriptionPayment`, renewed and revoked (4.7 and 9)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from polygate.assembly import House
from polygate.connectors.contract import Answer, Ask
from polygate.connectors.transport import Transport
from polygate.core.agreements import agreement_id_in, identifier
from polygate.core.transitions import AgreementState
from polygate.jobs.upkeep import upkeep_round
from polygate.operations.credentials import issue_token
from polygate.operations.new_accounts import create_app
from polygate.operations.revoke_agreement import revoke_agreement
from tests.gateway_api.payer import Payer
from tests.gateway_api.stored import (
    CARD_NO,
    INSISTS,
    OTHER_CARD_NO,
    STOLEN_LATER,
    again,
    agreement,
    by_number,
    facts,
    keep,
    may_initiate,
    mit,
)
from tests.gateway_api.tables import GONE, Case, go_through
from tests.protocols.gateway.examples import BILLING, DEVICE, MIT_PAYMENT, PAYMENT, SUBSCRIPTION_PAYMENT
from tests.support.house import MovableClock, Shop, move
from tests.support.moody_receiver import receiving

pytestmark = pytest.mark.anyio

PAY = "subscriptionPayment"


# --- the first payment ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("capture", ["auto", "manual"])
async def test_a_good_payment_that_keeps_the_card_answers_an_identifier(shop: Shop, capture: str) -> None:
    """33 digits, in the answer and in the query; an authorization is good too."""
    paid = await shop.pay("first-00", billing=BILLING, capture=capture)
    assert (await shop.query("first-00"))["extend"]["transactionIdentifier"] == paid["transactionIdentifier"]
    made = await agreement(shop, paid["transactionIdentifier"])
    assert (made.plan, made.currency, made.card.masked, made.card.holder) == (
        "RECURRING",
        "USD",
        "444433******1111",
        "Amy Lee",
    )
    assert (made.card.expiry_month, made.card.expiry_year) == (12, 2035)


@pytest.mark.parametrize(
    "billing", [None, BILLING | {"storedcredentials": "none"}, BILLING | {"storedcredentials": ""}]
)
async def test_otherwise_there_is_none(shop: Shop, billing: Any) -> None:
    """A plan without `store` keeps nothing."""
    paid = await shop.pay("first-01", billing=billing)
    assert "transactionIdentifier" not in paid
    assert "transactionIdentifier" not in (await shop.query("first-01"))["extend"]
    assert await count(shop, "agreements") == await count(shop, "vault_cards") == 0


async def test_a_declined_payment_makes_none(shop: Shop) -> None:
    paid = await shop.pay("first-02", card_no="4000000000000002", billing=BILLING)
    assert (paid["respCode"], "transactionIdentifier" in paid) == ("4001", False)
    assert await count(shop, "agreements") == 0


async def test_the_plan_is_unscheduled_where_nothing_is_said(shop: Shop) -> None:
    billing = {name: value for name, value in BILLING.items() if name != "customerInitiatedReason"}
    paid = await shop.pay("first-03", billing=billing)
    assert (await agreement(shop, paid["transactionIdentifier"])).plan == "UNSCHEDULED"


async def test_after_3d_secure_the_identifier_comes_with_notification_and_query(shop: Shop) -> None:
    """The first answer is pending and cannot have one; a lost notification must not lose it."""
    asked = await shop.pay("first-04", card_no=INSISTS, billing=BILLING)
    assert (asked["orderStatus"], "transactionIdentifier" in asked) == ("pending", False)
    await Payer(shop.house).open(asked["payUrl"])
    assert "transactionIdentifier" not in (await shop.query("first-04"))["extend"]
    await Payer(shop.house).press(await Payer(shop.house).buttons(asked["payUrl"]), "pass")
    found = (await shop.query("first-04"))["extend"]["transactionIdentifier"]
    (told,) = await shop.house.context.reads.webhooks(shop.merchant.merchant_id, int(asked["tradeNo"]))  # type: ignore[arg-type]
    assert identifier(told.data["agreement_id"]) == found
    assert await shop.code(PAY, again(found)) == "0000"


async def test_a_payer_who_fails_3d_secure_has_agreed_to_nothing(shop: Shop) -> None:
    asked = await shop.pay("first-05", card_no=INSISTS, billing=BILLING, frontUrl="https://shop.example.com/")
    await Payer(shop.house).answer(asked["payUrl"], "fail")
    assert await count(shop, "agreements") == 0


# --- charging it again ------------------------------------------------------------------------------------------------


async def test_the_published_examples_work_one_after_the_other(shop: Shop) -> None:
    """4.3 keeps the card until June 2027, 4.7 charges it and renews it until December; the identifier is ours."""
    first = await shop.call("payment", PAYMENT)
    body = SUBSCRIPTION_PAYMENT | {"transactionIdentifier": first["transactionIdentifier"]}
    paid = await shop.call(PAY, body)
    assert (paid["respCode"], paid["orderStatus"], paid["lastEvent"]) == ("0000", "successed", "CAPTURED")
    assert (paid["amount"], paid["currency"], paid["orderNo"]) == ("100.99", "USD", "20220828000006")
    assert paid["transactionIdentifier"] == first["transactionIdentifier"]
    assert await shop.code(PAY, SUBSCRIPTION_PAYMENT | {"orderNo": "20220828000007"}) == "3030"


async def test_each_charge_is_an_order_of_its_own(shop: Shop) -> None:
    """Queried and refunded as any other; the holder comes from the kept card."""
    named = await keep(shop)
    body = again(named, description="August", deviceInfo=DEVICE)
    paid = await shop.call(PAY, body)
    found = await shop.query(body["orderNo"])
    order = found["order"]
    assert (order["orderStatus"], order["payAmount"], order["tradeCurrency"]) == ("successed", 9.99, "USD")
    assert (order["payName"], order["payNo"], order["brand"]) == ("Amy Lee", "444433******1111", "VISA")
    assert (order["tradeComments"], order["clientIp"]) == ("August", DEVICE["clientIp"])
    assert found["extend"]["transactionIdentifier"] == named
    assert found["extend"]["cvcResult"] == "P"
    refunded = await shop.refund(body["orderNo"], "back-1", "9.99")
    assert (refunded["respCode"], paid["tradeNo"]) == ("0000", order["tradeNo"])


async def test_there_is_no_limit_on_how_often(shop: Shop) -> None:
    """That is the merchant's duty."""
    named = await keep(shop)
    answers = [await shop.call(PAY, again(named, amount=f"{n}.00")) for n in (1, 500, 9_999_999)]
    assert [answer["respCode"] for answer in answers] == ["0000"] * 3
    assert {answer["transactionIdentifier"] for answer in answers} == {named}


async def test_it_is_charged_in_the_currency_of_the_first_payment(shop: Shop) -> None:
    """There is no field for another; the amount must fit it, or nothing is charged."""
    named = await keep(shop, currency="JPY", amount="500")
    assert await shop.code(PAY, again(named, amount="500.50")) == "2005"
    paid = await shop.call(PAY, again(named, amount="750"))
    assert (paid["respCode"], paid["amount"], paid["currency"]) == ("0000", "750.00", "JPY")


async def test_the_acquirer_hears_of_the_first_payment_and_of_no_payer(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number from the vault, without a code; the network's number of the payment in which the payer agreed."""
    named = await keep(shop)
    heard = overhear(shop, monkeypatch)
    await shop.call(PAY, again(named, threeDsMode="standard"))
    (order,) = heard
    first = await first_payment(shop, named)
    assert order["card"] == {"number": CARD_NO, "cvc": None, "expiry": "2035-12", "holder": "Amy Lee"}
    assert (order["initiator"], order["plan"], order["threeDs"]) == ("merchant", "RECURRING", "no")
    assert order["firstReference"] == first.details.network_transaction_id != ""
    assert order["returnUrl"] == ""


@pytest.mark.parametrize("given", ["RECURRING", "INSTALMENT", "unscheduled", None])
async def test_another_plan_is_accepted_and_recorded(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    """On the payment and to the acquirer; what the payer agreed to stays."""
    named = await keep(shop, plan="RECURRING")
    heard = overhear(shop, monkeypatch)
    paid = await shop.call(PAY, again(named, customerInitiatedReason=given))
    assert paid["respCode"] == "0000"
    assert heard[0]["plan"] == (given or "RECURRING").upper()
    assert (await agreement(shop, named)).plan == "RECURRING"
    details = await shop.house.context.reads.order_details(shop.merchant.merchant_id, int(paid["tradeNo"]))  # type: ignore[arg-type]
    assert details is not None
    assert details.request.get("customerInitiatedReason") == (given.upper() if given else None)


async def test_a_bank_that_insists_on_3d_secure_had_it_in_the_first_payment(shop: Shop) -> None:
    """Its card is charged again without the payer, but a first charge without the payer is 4009."""
    asked = await shop.pay("secure-00", card_no=INSISTS, billing=BILLING, frontUrl="https://shop.example.com/")
    await Payer(shop.house).answer(asked["payUrl"], "pass")
    named = (await shop.query("secure-00"))["extend"]["transactionIdentifier"]
    assert await shop.code(PAY, again(named)) == "0000"
    await may_initiate(shop)
    assert await shop.code("mitPayment", mit(cardNo=INSISTS)) == "4009"


async def test_a_card_kept_without_the_payer_may_be_charged_too(shop: Shop) -> None:
    """`mitPayment` makes agreements as `payment` does."""
    await may_initiate(shop)
    named = (await shop.call("mitPayment", MIT_PAYMENT))["transactionIdentifier"]
    assert await shop.code(PAY, again(named)) == "0000"


# --- which card -------------------------------------------------------------------------------------------------------


async def test_identifier_and_number_must_be_of_one_card(shop: Shop) -> None:
    """The same card: charged. Another one, kept or not: 3031, and nothing is charged."""
    named = await keep(shop)
    await keep(shop, OTHER_CARD_NO)
    assert await shop.code(PAY, by_number(CARD_NO, transactionIdentifier=named)) == "0000"
    body = by_number(OTHER_CARD_NO, transactionIdentifier=named)
    assert await shop.code(PAY, body) == "3031"
    assert await shop.code("query", {"orderNo": body["orderNo"]}) == "3001"


async def test_a_number_alone_means_the_newest_agreement_of_the_card(shop: Shop) -> None:
    """In its currency; once that one ended, the one before it."""
    older = await keep(shop, currency="EUR")
    newer = await keep(shop)
    await keep(shop, OTHER_CARD_NO)
    paid = await shop.call(PAY, by_number())
    assert (paid["transactionIdentifier"], paid["currency"]) == (newer, "USD")
    await revoke_agreement(shop.house.context, await agreement(shop, newer), "asked to")
    paid = await shop.call(PAY, by_number())
    assert (paid["transactionIdentifier"], paid["currency"]) == (older, "EUR")
    await revoke_agreement(shop.house.context, await agreement(shop, older), "asked to")
    assert await shop.code(PAY, by_number()) == "3030"


@pytest.mark.parametrize("named", ["1" * 33, "abcde", "0" * 33, "9" * 64, "identifier-of-another-gateway"])
async def test_what_we_never_issued_is_not_known(shop: Shop, named: str) -> None:
    """3030 whatever its form, as long as its length could be right."""
    await keep(shop)
    assert await shop.code(PAY, again(named)) == "3030"
    assert await shop.code(PAY, by_number(CARD_NO, transactionIdentifier=named)) == "3030"


async def test_a_card_that_was_not_kept_is_not_known(shop: Shop) -> None:
    await shop.pay("not-kept-1", card_no=OTHER_CARD_NO)
    assert await shop.code(PAY, by_number(OTHER_CARD_NO)) == "3030"


async def test_another_merchants_card_is_as_if_absent(shop: Shop, other_shop: Shop) -> None:
    """By its identifier and by its number; its own merchant's is not touched."""
    named = await keep(shop)
    assert await other_shop.code(PAY, again(named)) == "3030"
    assert await other_shop.code(PAY, by_number()) == "3030"
    assert (await agreement(shop, named)).version == 1


async def test_another_app_of_the_same_merchant_may_charge_it(shop: Shop) -> None:
    """An agreement is the merchant's."""
    named = await keep(shop)
    second = await create_app(shop.house.context, shop.merchant, name="Second", methods=("card",))
    headers = {"Authorization": (await issue_token(shop.house.context, second.app)).reveal()}
    assert await shop.code(PAY, again(named), headers=headers) == "0000"
    without = await create_app(shop.house.context, shop.merchant, name="Third", methods=("wechat",))
    headers = {"Authorization": (await issue_token(shop.house.context, without.app)).reveal()}
    assert await shop.code(PAY, again(named), headers=headers) == "1006"


async def test_an_identifier_that_lost_its_zeros_is_still_ours(shop: Shop) -> None:
    """A JSON number cannot have any."""
    named = await keep(shop)
    paid = await shop.call(PAY, again(transactionIdentifier=agreement_id_in(named)))
    assert (paid["respCode"], paid["transactionIdentifier"]) == ("0000", named)


# --- expiry -----------------------------------------------------------------------------------------------------------


async def test_a_later_expiry_renews_the_stored_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the same commit as the charge; the acquirer hears the later of the two, and the timeline tells."""
    named = await keep(shop)
    heard = overhear(shop, monkeypatch)
    paid = await shop.call(PAY, again(named, expiryMonth="1", expiryYear="36"))
    renewed = await agreement(shop, named)
    assert (renewed.card.expiry_year, renewed.card.expiry_month) == (2036, 1)
    assert "CardRenewed" in await facts(shop, paid)
    paid = await shop.call(PAY, again(named, expiryMonth="06", expiryYear="2030"))
    assert "CardRenewed" not in await facts(shop, paid)
    await shop.call(PAY, again(named))
    assert [order["card"]["expiry"] for order in heard] == ["2036-01"] * 3
    assert (await agreement(shop, named)).card == renewed.card


async def test_a_past_expiry_is_refused(shop: Shop) -> None:
    """2008 before anything else is looked at."""
    named = await keep(shop)
    assert await shop.code(PAY, again(named, expiryMonth="02", expiryYear="2026")) == "2008"
    assert await shop.code(PAY, again("1" * 33, expiryMonth="02", expiryYear="2026")) == "2008"


async def test_what_is_refused_renews_nothing(shop: Shop) -> None:
    """A used order number, an amount that does not fit, another card: the expiry stays with all of them."""
    named = await keep(shop)
    body = again(named)
    await shop.call(PAY, body)
    later = {"expiryMonth": "12", "expiryYear": "2040"}
    assert await shop.code(PAY, body | later) == "3002"
    assert await shop.code(PAY, again(named, cardNo=OTHER_CARD_NO, **later)) == "3031"
    before = await agreement(shop, named)
    assert (before.card.expiry_year, before.version) == (2035, 2)
    in_yen = await keep(shop, OTHER_CARD_NO, currency="JPY", amount="500")
    assert await shop.code(PAY, again(in_yen, amount="1.50", **later)) == "2005"
    assert (await agreement(shop, in_yen)).card.expiry_year == 2035


async def test_a_kept_card_that_expired_is_good_again_once_renewed(shop: Shop, clock: MovableClock) -> None:
    """The bank declines the stored expiry when it is past; the next one that the payer told is taken."""
    billing = BILLING | {"storedcredentials": "store"}
    card = {"expiryMonth": "04", "expiryYear": "2026", "cardNo": CARD_NO, "firstName": "Amy", "lastName": "Lee"}
    named = (await shop.pay("short-01", billing=billing, card=card))["transactionIdentifier"]
    clock.move(days=90)
    await shop.sign_in()
    assert await shop.code(PAY, again(named)) == "4003"
    assert await shop.code(PAY, again(named, expiryMonth="04", expiryYear="2029")) == "0000"
    assert await shop.code(PAY, again(named)) == "0000"


# --- the end ----------------------------------------------------------------------------------------------------------


async def test_a_lost_stolen_or_blocked_card_is_not_asked_for_again(shop: Shop) -> None:
    """4005 ends the agreement with the payment: the next charge is 3030, and no acquirer hears of it."""
    named = await keep(shop, STOLEN_LATER)
    body = again(named)
    paid = await shop.call(PAY, body)
    assert (paid["respCode"], paid["orderStatus"], paid["desc"]) == ("4005", "failed", "card lost, stolen or blocked")
    ended = await agreement(shop, named)
    assert (ended.state, ended.why) == (AgreementState.REVOKED, "the card is lost, stolen or blocked")
    assert (await facts(shop, paid))[-2:] == ["PaymentFailed", "CardRevoked"]
    asked = await count(shop, "sandbox_book")
    assert await shop.code(PAY, again(named)) == "3030"
    assert await shop.code(PAY, by_number(STOLEN_LATER)) == "3030"
    assert await shop.code(PAY, body) == "3002"
    assert await count(shop, "sandbox_book") == asked


@pytest.mark.parametrize("card_no", ["4000000000009995", "4000000000000002"])
async def test_other_declines_leave_it_as_it_is(shop: Shop, monkeypatch: pytest.MonkeyPatch, card_no: str) -> None:
    """Next month there may be money in the account."""
    named = await keep(shop)
    reason = {"4000000000009995": "insufficient_funds", "4000000000000002": "no_reason"}[card_no]

    async def line(_: Ask) -> Answer:
        return Answer(200, {"status": "declined", "reference": "X-1", "reason": reason})

    with monkeypatch.context() as patch:
        patch.setattr(shop.house.context, "transport", Transport({"sandbox": line}))
        paid = await shop.call(PAY, again(named))
        assert (paid["orderStatus"], paid["transactionIdentifier"]) == ("failed", named)
    assert await shop.code(PAY, again(named)) == "0000"


async def test_a_late_answer_ends_it_too(shop: Shop, working: House, clock: MovableClock) -> None:
    """The acquirer was silent, and says afterwards that the card is stolen."""
    named = await keep(shop, STOLEN_LATER)

    async def silence(_: Ask) -> Answer:
        raise OSError("the connection broke")

    body = again(named)
    real = shop.house.context.transport._lines["sandbox"]

    async def broken(ask: Ask) -> Answer:
        await real(ask)
        return await silence(ask)

    shop.house.context.transport._lines = {"sandbox": broken}
    assert await shop.code(PAY, body) == "9002"
    assert (await agreement(shop, named)).state is AgreementState.LIVE
    shop.house.context.transport._lines = {"sandbox": real}
    move(working, clock, seconds=2)
    await shop.becomes(body["orderNo"], "failed")
    assert (await agreement(shop, named)).state is AgreementState.REVOKED


async def test_an_operator_ends_it(shop: Shop) -> None:
    """Told on the timeline of the payment in which the payer agreed; afterwards 3030."""
    first = await shop.pay("first-06", billing=BILLING)
    named = first["transactionIdentifier"]
    ended = await revoke_agreement(shop.house.context, await agreement(shop, named), "the payer called")
    assert (ended.state, ended.why) == (AgreementState.REVOKED, "the payer called")
    assert (await facts(shop, first))[-1] == "CardRevoked"
    assert await shop.code(PAY, again(named)) == "3030"


async def test_the_number_of_an_ended_agreement_is_erased(shop: Shop, clock: MovableClock) -> None:
    """Some days later, with those that no agreement came of; those of living ones stay."""
    ended, living = await keep(shop), await keep(shop, OTHER_CARD_NO)
    await revoke_agreement(shop.house.context, await agreement(shop, ended), "asked to")
    await upkeep_round(shop.house.context)
    assert await count(shop, "vault_cards") == 2
    clock.move(days=12)
    await upkeep_round(shop.house.context)
    assert await count(shop, "vault_cards") == 1
    await shop.sign_in()
    assert await shop.code(PAY, again(living)) == "0000"


# --- repeats, silence and crashes -------------------------------------------------------------------------------------


async def test_a_repeat_is_charged_once(shop: Shop) -> None:
    """3002 whatever else the repeat says, also when the card it names is not known any more."""
    named = await keep(shop)
    body = again(named)
    assert await shop.code(PAY, body) == "0000"
    assert await shop.code(PAY, body) == "3002"
    assert await shop.code(PAY, body | {"transactionIdentifier": "1" * 33}) == "3002"
    await revoke_agreement(shop.house.context, await agreement(shop, named), "asked to")
    assert await shop.code(PAY, body) == "3002"
    assert await count(shop, "payments") == 2


async def test_equal_charges_at_once_are_one(shop: Shop) -> None:
    """And charges with numbers of their own are all made, each under the agreement as the one before left it."""
    named = await keep(shop)
    body = again(named)
    codes = await asyncio.gather(*(shop.code(PAY, body) for _ in range(8)))
    assert sorted(codes) == ["0000"] + ["3002"] * 7
    codes = await asyncio.gather(*(shop.code(PAY, again(named)) for _ in range(8)))
    assert codes == ["0000"] * 8
    assert (await agreement(shop, named)).version == 10


async def test_silence_is_pending_and_settles(shop: Shop, working: House, clock: MovableClock) -> None:
    """9002 with the identifier; the jobs ask, and the result is told."""
    await may_initiate(shop)
    silent = "4000000000000119"
    await shop.call("mitPayment", mit(orderNo="silent-first", cardNo=silent))
    move(working, clock, seconds=31)
    await shop.becomes("silent-first", "successed")
    named = (await shop.query("silent-first"))["extend"]["transactionIdentifier"]
    body = again(named)
    paid = await shop.call(PAY, body)
    assert (paid["respCode"], paid["orderStatus"], paid["lastEvent"]) == ("9002", "pending", "WAIT")
    move(working, clock, seconds=31)
    await shop.becomes(body["orderNo"], "successed")


# --- notifications ----------------------------------------------------------------------------------------------------


async def test_a_charge_is_notified_as_any_payment(shop: Shop, working: House) -> None:
    """With the same identifier; to its own address."""
    named = await keep(shop)
    async with receiving() as receiver:
        body = again(named, notificationUrl=receiver.url())
        paid = await shop.call(PAY, body)
        (told,) = await receiver.arrived(1)
    said = told.json
    assert (said["orderNo"], said["tradeNo"], said["orderStatus"]) == (body["orderNo"], paid["tradeNo"], "successed")
    assert (said["amount"], said["currency"], said["transactionIdentifier"]) == ("9.99", "USD", named)


# --- the request ------------------------------------------------------------------------------------------------------


async def test_what_is_kept_of_it_has_no_card_number(shop: Shop) -> None:
    """Masked in the request on record; sealed in the vault; nowhere else."""
    named = await keep(shop)
    paid = await shop.call(PAY, by_number(CARD_NO, transactionIdentifier=named))
    details = await shop.house.context.reads.order_details(shop.merchant.merchant_id, int(paid["tradeNo"]))  # type: ignore[arg-type]
    assert details is not None
    assert details.request["cardNo"] == "444433******1111"
    for table, column in (
        ("order_details", "request"),
        ("agreements", "card"),
        ("facts", "data"),
        ("payments", "card"),
    ):
        kept = await shop.house.context.store.fetch(f"SELECT {column} FROM {table}")
        assert CARD_NO not in str(kept)


CASES: list[Case] = [
    ("amount", "2002", [GONE, ""]),
    ("amount", "2005", ["0", "1.234", "1e3"]),
    ("orderNo", "2002", [GONE]),
    ("orderNo", "2003", ["1234", "x" * 65]),
    ("transactionIdentifier", "2003", ["1234", "1" * 65]),
    ("transactionIdentifier", "3030", ["12345", "1" * 64]),
    ("cardNo", "0000", [GONE, "", "4444 3333 2222 1111", "4444-3333-2222-1111"]),
    ("cardNo", "2007", ["4444333322221112", "4444"]),
    ("cardNo", "3031", [OTHER_CARD_NO]),
    ("expiryMonth", "2002", [GONE]),
    ("expiryYear", "2002", [GONE]),
    ("expiryMonth", "2008", ["13", "0"]),
    ("expiryYear", "2008", ["20x7", "999"]),
    ("expiryYear", "0000", ["27", "2030"]),
    ("customerInitiatedReason", "0000", [GONE, "instalment", "UNSCHEDULED"]),
    ("customerInitiatedReason", "2004", ["RECURRING、INSTALMENT、UNSCHEDULED", "MONTHLY"]),
    ("description", "0000", [GONE, "x" * 50]),
    ("description", "2003", ["x" * 51]),
    ("deviceInfo", "0000", [GONE, DEVICE]),
    ("deviceInfo", "2001", ["x", []]),
    ("threeDsMode", "0000", [GONE, "no", "auto", "STANDARD"]),
    ("threeDsMode", "2004", ["no、auto、standard"]),
    ("notificationUrl", "0000", [GONE, "https://shop.example.com/notify"]),
    ("notificationUrl", "2009", ["shop"]),
    # There is no such field: the agreement's currency is used.
    ("currency", "0000", ["EUR", "XXX"]),
]


async def test_every_limit_holds_on_both_sides(shop: Shop) -> None:
    """Each field of the table in section 4.7, one value at a time."""
    body = SUBSCRIPTION_PAYMENT | {"transactionIdentifier": await keep(shop), "orderNo": "limits"}
    await go_through(shop, PAY, body, [case for case in CASES if case[1] != "3030"])
    await go_through(shop, PAY, body | {"orderNo": "unknown"}, [case for case in CASES if case[1] == "3030"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "transactionIdentifier: this or cardNo is required"),
        ({"expiryMonth": "12", "expiryYear": "2035"}, "transactionIdentifier: this or cardNo is required"),
        ({"cardNo": CARD_NO}, "expiryMonth: is required without transactionIdentifier"),
        ({"cardNo": CARD_NO, "expiryMonth": "12"}, "expiryYear: is required without transactionIdentifier"),
        ({"cardNo": CARD_NO, "expiryYear": "2035"}, "expiryMonth: is required without transactionIdentifier"),
    ],
)
async def test_a_card_must_be_named_and_a_number_needs_its_expiry(
    shop: Shop, changes: dict[str, str], said: str
) -> None:
    """2002, which names the field."""
    await keep(shop)
    refused = await shop.call(PAY, again(**changes))
    assert (refused["respCode"], refused["respMsg"]) == ("2002", said)


async def test_an_error_echoes_the_order_and_no_card(shop: Shop) -> None:
    """The fields that are always there; what only the agreement knows is empty."""
    body = by_number(OTHER_CARD_NO, orderNo="echo-12345")
    assert await shop.call(PAY, body) == {
        "amount": "9.99",
        "currency": "",
        "orderNo": "echo-12345",
        "tradeNo": "",
        "respCode": "3030",
        "respMsg": "stored card not found",
    }


# --- how --------------------------------------------------------------------------------------------------------------


async def count(shop: Shop, table: str) -> int:
    found = await shop.house.context.store.fetch(f"SELECT count(*) FROM {table}")
    return int(found[0][0])


async def first_payment(shop: Shop, named: str) -> Any:
    made = await agreement(shop, named)
    return await shop.house.context.reads.payment(made.merchant_id, made.payment_id)


def overhear(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The bodies of what the acquirer hears from now on."""
    heard: list[dict[str, Any]] = []
    real = shop.house.context.transport._lines["sandbox"]

    async def line(ask: Ask) -> Answer:
        heard.append(dict(ask.body))
        return await real(ask)

    monkeypatch.setattr(shop.house.context, "transport", Transport({"sandbox": line}))
    return heard
