"""Payouts, refunds and balances (sections 4.4 to 4.8, 10 and 11)."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from msgspec.structs import replace

from polygate.assembly import House
from polygate.connectors.contract import Answer, Ask
from polygate.connectors.transport import LineDown
from polygate.core.merchants import FeeRule
from polygate.core.money import Money
from polygate.jobs.payments import ask_again_round
from polygate.jobs.payouts import return_round
from polygate.operations.administer import change_app, set_payout_methods
from polygate.operations.audit import AT_COMMAND_LINE
from polygate.operations.pay_by_hand import mark_paid, take_by_hand
from tests.signed_api.client import PAYEE, Client, client_in, payment_body, payout_body, pix_body, refund_body
from tests.support.house import BASE_URL, MovableClock, house_at

pytestmark = pytest.mark.anyio

CREATE = "payout/create"
UPI = {"type": "UPI", "vpa": "asha@upi", "payeeName": "Asha Rao"}
PIX = {"type": "PIX", "pixKeyType": "CPF", "pixKey": "12345678909", "payeeName": "Ana Souza"}
WALLET = {"type": "WALLET", "walletCode": "OVO", "accountNumber": "0812345678", "payeeName": "Budi"}
CURRENCIES = ("INR", "BRL", "IDR", "PHP", "PKR", "BDT", "MXN")


async def bank_answers(house: House, clock: MovableClock) -> None:
    """Payouts and refunds are final two seconds after they were sent."""
    await ask_again_round(house.context)
    clock.move(seconds=3)
    await ask_again_round(house.context)


async def test_a_payout_from_its_call_to_its_end(house: House, client: Client, clock: MovableClock) -> None:
    created = await client.pay_out("W-1", "250", merchantAttach="wd=9")
    assert created == {
        "payoutNo": created["payoutNo"],
        "merchantTradeNo": "W-1",
        "amount": "250.00",
        "currency": "INR",
        "status": "PROCESSING",
    }
    assert await client.balance() == ("9750.00", "250.00")
    await bank_answers(house, clock)
    paid = await client.payout()

    assert re.fullmatch(r"\d{12}", paid["rrn"])
    assert paid == created | {
        "totalFee": "0.00",
        "status": "PAID",
        "rrn": paid["rrn"],
        "merchantAttach": "wd=9",
        "createdTime": "2026-03-02T12:00:00.000+08:00",
        "paidTime": "2026-03-02T12:00:03.000+08:00",
        "errorCode": None,
        "errorInfo": None,
    }
    assert await client.balance() == ("9750.00", "0.00")


@pytest.mark.parametrize(("utr", "rrn"), [("600187654321", "600187654321"), ("SBIN426010123456", None)])
async def test_paid_by_hand_while_the_bank_cannot_be_reached(
    house: House, client: Client, monkeypatch: pytest.MonkeyPatch, utr: str, rrn: str | None
) -> None:
    """Only a number of 12 digits is an `rrn` (section 1); the payout is paid all the same."""

    async def down(_: Ask) -> Answer:
        raise LineDown

    monkeypatch.setitem(house.context.transport._lines, "sandbox", down)
    await client.pay_out("W-1", "250")
    (payout,) = await house.context.reads.payouts_numbered("W-1")
    await take_by_hand(house.context, AT_COMMAND_LINE, payout)
    assert (await client.payout())["status"] == "PROCESSING"
    await mark_paid(house.context, AT_COMMAND_LINE, payout, utr)
    paid = await client.payout()

    assert (paid["status"], paid["rrn"]) == ("PAID", rrn)
    assert await client.balance() == ("9750.00", "0.00")


@pytest.mark.parametrize(
    ("amount", "payee", "status", "error"),
    [
        ("10.13", PAYEE, "FAILED", "Payout.Common.Rejected"),
        ("10.14", PAYEE, "PROCESSING", None),
        ("10.00", PAYEE | {"accountNumber": "notfound1"}, "FAILED", "Payout.Account.NotFound"),
        ("10.00", UPI | {"vpa": "notfound@upi"}, "FAILED", "Payout.Account.NotFound"),
    ],
)
async def test_how_payouts_end(  # noqa: PLR0917
    house: House, client: Client, clock: MovableClock, amount: str, payee: dict[str, Any], status: str, error: str
) -> None:
    """What is not paid is free again (section 11)."""
    await client.pay_out("W-1", amount, payoutMethod=payee)
    await bank_answers(house, clock)
    payout = await client.payout()

    assert (payout["status"], payout["errorCode"], payout["paidTime"]) == (status, error, None)
    assert bool(payout["errorInfo"]) == bool(error)
    held = amount if status == "PROCESSING" else "0.00"
    assert await client.balance() == (f"{10_000 - float(held):.2f}", held)


async def test_refused_within_the_call(client: Client) -> None:
    """An amount that ends in .15: its number is used up, and the balance is as it was."""
    answer = await client.call(CREATE, payout_body("W-1", "10.15"))
    assert (answer["code"], answer["errorMessage"]) == ("Payout.Common.Rejected", "rejected by the bank")

    assert (await client.payout())["status"] == "FAILED"
    assert (await client.pay_out("W-1", "10.15"))["status"] == "FAILED"
    assert await client.code(CREATE, payout_body("W-1", "10.00")) == "Payout.Trade.Duplicated"
    assert await client.balance() == ("10000.00", "0.00")


async def test_a_final_payout_never_changes(house: House, client: Client, clock: MovableClock) -> None:
    """What comes back afterwards shows in the balance (section 5.3)."""
    await client.pay_out("W-1", "250.00", payoutMethod=PAYEE | {"payeeName": "Asha REVERSE"})
    await bank_answers(house, clock)
    paid = await client.payout()
    clock.move(seconds=10)
    await return_round(house.context)

    assert await client.payout() == paid
    assert await client.balance() == ("10000.00", "0.00")


@pytest.mark.parametrize(
    ("currency", "payee"),
    [
        ("INR", UPI),
        ("INR", PAYEE | {"mode": "neft", "bankName": "HDFC", "payeePhone": "98", "payeeEmail": "x"}),
        ("BRL", PIX),
        ("BRL", PIX | {"pixKeyType": "cnpj", "pixKey": "12.345.678/0001-95", "documentType": "CNPJ", "document": "1"}),
        ("BRL", PIX | {"pixKeyType": "EMAIL", "pixKey": "ana@example.com"}),
        ("BRL", PIX | {"pixKeyType": "PHONE", "pixKey": "+5511987654321"}),
        ("BRL", PIX | {"pixKeyType": "EVP", "pixKey": "123e4567-e89b-12d3-a456-426655440000"}),
        ("BRL", PAYEE | {"bankCode": "001", "mode": "TED"}),
        *((currency, PAYEE) for currency in CURRENCIES[2:]),
        *((currency, WALLET) for currency in CURRENCIES[2:6]),
    ],
)
async def test_every_kind_of_account_is_paid(
    house: House, clock: MovableClock, currency: str, payee: dict[str, Any]
) -> None:
    """In its currencies (section 9)."""
    async with client_in(house, opening=(Money(100_000, currency),)) as client:
        body = payout_body("W-1", "10.00", currency=currency, payoutMethod=payee)
        first = await client.data(CREATE, body)
        assert await client.data(CREATE, body) == first
        await bank_answers(house, clock)
        assert (await client.payout())["status"] == "PAID"
        assert await client.balance(currency) == ("990.00", "0.00")


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"payoutMethod": None}, "Common.Parameter.Missing", "payoutMethod is required"),
        ({"payoutMethod": {"type": "CASH"}}, "Common.Parameter.Invalid", "payoutMethod.type must be one of"),
        ({"payoutMethod": UPI | {"vpa": None}}, "Common.Parameter.Missing", "payoutMethod.vpa is required"),
        ({"payoutMethod": UPI | {"vpa": "asha"}}, "Payout.Account.Invalid", "payoutMethod.vpa must be a UPI address"),
        ({"payoutMethod": UPI, "currency": "BRL"}, "Common.Currency.NotSupported", "currency: UPI does not pay BRL"),
        ({"payoutMethod": WALLET, "currency": "MXN"}, "Common.Currency.NotSupported", "currency: WALLET does not"),
        ({"payoutMethod": PAYEE | {"bankCode": ""}}, "Common.Parameter.Missing", "payoutMethod.bankCode is required"),
        ({"payoutMethod": PAYEE | {"bankCode": "x" * 33}}, "Common.Parameter.Invalid", "payoutMethod.bankCode length"),
        ({"payoutMethod": PAYEE | {"mode": "FAX"}}, "Common.Parameter.Invalid", "payoutMethod.mode must be one of"),
        ({"payoutMethod": PIX | {"pixKey": "1"}, "currency": "BRL"}, "Payout.Account.Invalid", "payoutMethod.pixKey"),
        (
            {"payoutMethod": PIX | {"pixKeyType": "X"}, "currency": "BRL"},
            "Common.Parameter.Invalid",
            "payoutMethod.pix",
        ),
        (
            {"payoutMethod": WALLET | {"walletCode": None}, "currency": "IDR"},
            "Common.Parameter.Missing",
            "payoutMethod.w",
        ),
        ({"description": None}, "Common.Parameter.Missing", "description is required"),
        ({"amount": "10000.01"}, "Payout.Balance.Insufficient", "the available balance is too small"),
    ],
)
async def test_what_is_wrong_is_named(client: Client, changes: dict[str, Any], code: str, said: str) -> None:
    body = {name: value for name, value in (payout_body() | changes).items() if value is not None}
    answer = await client.call(CREATE, body)

    assert answer["code"] == code, answer
    assert answer["errorMessage"].startswith(said), answer
    assert await client.code("payout/query", {"merchantTradeNo": "W-1"}) == "Payout.Trade.NotFound"
    assert await client.balance() == ("10000.00", "0.00")


async def test_branches_are_checked_where_money_moves(house: House, client: Client) -> None:
    """Test data is rarely real (section 9)."""
    made_up = payout_body(payoutMethod=PAYEE | {"bankCode": "BANK"})
    await change_app(house.context.store, client.app, lambda app: replace(app, is_test=False))
    client.base_url = BASE_URL.replace("http:", "https:")
    assert await client.code(CREATE, made_up) == "Payout.Account.Invalid"
    await change_app(house.context.store, client.app, lambda app: replace(app, is_test=True))
    assert await client.code(CREATE, made_up) == "OK"


async def test_the_same_again_moves_the_balance_once(client: Client) -> None:
    """Acceptance 9."""
    first = await client.pay_out("W-1", "250.00")
    assert await client.pay_out("W-1", "250", description="else", merchantAttach="x") == first
    assert await client.balance() == ("9750.00", "250.00")
    for changes in ({"amount": "251"}, {"payoutMethod": UPI}, {"payoutMethod": PAYEE | {"payeePhone": "1"}}):
        assert await client.code(CREATE, payout_body("W-1") | changes) == "Payout.Trade.Duplicated"
    assert await client.balance() == ("9750.00", "250.00")


async def test_sixty_four_at_once_are_one_payout(client: Client) -> None:
    answers = await asyncio.gather(*(client.pay_out("W-1", "250.00") for _ in range(64)))

    assert all(answer == answers[0] for answer in answers)
    assert await client.balance() == ("9750.00", "250.00")


async def test_of_a_hundred_at_once_those_that_are_covered_are_made(client: Client) -> None:
    """The balance is the merchant's, and never below zero."""
    codes = await asyncio.gather(*(client.code(CREATE, payout_body(f"W-{n}", "400.00")) for n in range(100)))

    assert sorted(set(codes)) == ["OK", "Payout.Balance.Insufficient"]
    assert codes.count("OK") == 25
    assert await client.balance() == ("0.00", "10000.00")


async def test_a_fee_is_taken_beside_the_amount(house: House, clock: MovableClock) -> None:
    """And comes back with it; half a cent is rounded up (section 10)."""
    fees = {"INR": FeeRule(basis_points=150, fixed_minor=50)}
    async with client_in(house, payout_fees=fees, opening=(Money(100_000, "INR"),)) as client:
        await client.pay_out("W-1", "101.00")
        assert await client.balance() == ("896.98", "103.02")
        await client.pay_out("W-2", "100.13")
        await bank_answers(house, clock)
        paid, failed = await client.payout("W-1"), await client.payout("W-2")

        assert (paid["totalFee"], failed["status"]) == ("2.02", "FAILED")
        assert await client.balance() == ("896.98", "0.00")
        assert await client.code(CREATE, payout_body("W-3", "896.98")) == "Payout.Balance.Insufficient"


async def test_kinds_of_accounts_have_to_be_enabled(house: House, client: Client) -> None:
    await client.pay_out("W-1")
    await set_payout_methods(house.context.store, client.app, ("upi",))

    assert await client.code(CREATE, payout_body("W-2")) == "Common.Method.NotEnabled"
    assert await client.code(CREATE, payout_body("W-2", payoutMethod=UPI)) == "OK"
    assert (await client.pay_out("W-1"))["merchantTradeNo"] == "W-1"


async def test_payouts_are_found_by_their_own_app(client: Client, sister: Client) -> None:
    first, second = await client.pay_out("W-1"), await client.pay_out("W-2")
    both = {"merchantTradeNo": "W-1", "payoutNo": first["payoutNo"]}

    assert (await client.data("payout/query", both))["merchantTradeNo"] == "W-1"
    assert (await client.data("payout/query", {"payoutNo": second["payoutNo"]}))["merchantTradeNo"] == "W-2"
    assert await client.code("payout/query", both | {"merchantTradeNo": "W-2"}) == "Payout.Trade.Conflict"
    assert await sister.code("payout/query", {"payoutNo": first["payoutNo"]}) == "Payout.Trade.NotFound"
    assert await client.code("payout/query", {}) == "Common.Parameter.Missing"
    assert await sister.balance() == await client.balance()


# --- refunds ---


async def test_a_refund_from_its_call_to_its_end(house: House, client: Client, clock: MovableClock) -> None:
    payment = await client.paid("T-1", "100.00")
    created = await client.refund(payment["paymentNo"], "R-1", "40")
    assert created == {
        "refundNo": created["refundNo"],
        "paymentNo": payment["paymentNo"],
        "merchantRefundNo": "R-1",
        "amount": "40.00",
        "currency": "INR",
        "status": "PROCESSING",
    }
    assert (await client.payment())["refundStatus"] == "REFUNDING"
    assert await client.balance() == ("10060.00", "40.00")
    await bank_answers(house, clock)
    done = await client.data("refund/query", {"refundNo": created["refundNo"]})

    assert done == created | {
        "merchantTradeNo": "T-1",
        "status": "REFUNDED",
        "description": "item returned",
        "createdTime": "2026-03-02T12:00:00.000+08:00",
        "refundedTime": "2026-03-02T12:00:03.000+08:00",
        "errorCode": None,
        "errorInfo": None,
    }
    assert ((await client.payment())["refundStatus"], (await client.payment())["status"]) == ("PARTIAL_REFUND", "PAID")
    await client.refund(payment["paymentNo"], "R-2", "60.00")
    await bank_answers(house, clock)
    assert (await client.payment())["refundStatus"] == "FULL_REFUND"
    assert await client.balance() == ("10000.00", "0.00")


async def test_a_refund_that_fails(house: House, client: Client, clock: MovableClock) -> None:
    payment = await client.paid("T-1", "100.13")
    await client.refund(payment["paymentNo"], "R-1", "100.13")
    await bank_answers(house, clock)
    refund = await client.data("refund/query", {"merchantRefundNo": "R-1"})

    assert (refund["status"], refund["errorCode"]) == ("FAILED", "Refund.Common.Rejected")
    assert (refund["errorInfo"], refund["refundedTime"]) == ("rejected by the channel", None)
    assert (await client.payment())["refundStatus"] == "NO_REFUND"
    assert await client.balance() == ("10100.13", "0.00")


async def test_of_two_refunds_at_once_one_fits(client: Client) -> None:
    """Acceptance 13; and of thirty-two equal ones one is made."""
    payment = await client.paid("T-1", "100.00")
    bodies = [refund_body(payment["paymentNo"], f"R-{n}", "60.00") for n in range(2)]
    codes = await asyncio.gather(*(client.code("refund/create", body) for body in bodies))
    assert sorted(codes) == ["OK", "Refund.Amount.Exceeded"]
    same = await asyncio.gather(*(client.refund(payment["paymentNo"], "R-9", "1.00") for _ in range(32)))
    assert all(answer == same[0] for answer in same)
    assert await client.balance() == ("10039.00", "61.00")


async def test_what_cannot_be_refunded(house: House, client: Client, sister: Client) -> None:
    unpaid = await client.pay_in("T-0")
    payment = await client.paid("T-1", "100.00")
    number = payment["paymentNo"]

    async def code(payment_no: str, amount: str = "1.00", by: Client = client, refund_no: str = "R-1") -> str:
        return await by.code("refund/create", refund_body(payment_no, refund_no, amount))

    assert await code(unpaid["paymentNo"]) == "Refund.Payment.NotRefundable"
    assert await code("1" * 32) == "Refund.Payment.NotFound"
    assert await code(number, by=sister) == "Refund.Payment.NotFound"
    assert await code(number, "100.01") == "Refund.Amount.Exceeded"
    assert await code(number, "1.001") == "Common.Amount.Invalid"
    assert await client.code("refund/create", refund_body(number, "")) == "Common.Parameter.Missing"
    await client.pay_out("W-1", "10099.50")
    assert await code(number) == "Refund.Balance.Insufficient"
    assert await code(number, "0.50") == "OK"
    assert await code(number, "0.49") == "Refund.Trade.Duplicated"
    assert await code(number, "0.50") == "OK"


async def test_refunds_are_found_by_their_own_app(client: Client, sister: Client) -> None:
    mine, theirs = await client.paid("T-1"), await sister.paid("T-1")
    first = await client.refund(mine["paymentNo"], "R-1", "1.00")
    second = await client.refund(mine["paymentNo"], "R-2", "1.00")
    assert (await sister.refund(theirs["paymentNo"], "R-1", "2.00"))["amount"] == "2.00"
    both = {"merchantRefundNo": "R-1", "refundNo": first["refundNo"]}

    assert (await client.data("refund/query", both))["amount"] == "1.00"
    assert await client.code("refund/query", both | {"refundNo": second["refundNo"]}) == "Refund.Trade.Conflict"
    assert await sister.code("refund/query", {"refundNo": first["refundNo"]}) == "Refund.Trade.NotFound"
    assert await client.code("refund/query", {"merchantRefundNo": "R-3"}) == "Refund.Trade.NotFound"
    assert await client.code("refund/query", {}) == "Common.Parameter.Missing"


async def test_refunds_have_a_window(tmp_path: Any, clock: MovableClock) -> None:
    async with house_at(tmp_path / "house.db", clock, refund_window_days=1) as house, client_in(house) as client:
        payment = await client.paid()
        clock.move(days=1)
        body = refund_body(payment["paymentNo"])
        assert await client.code("refund/create", body) == "Refund.Payment.NotRefundable"


# --- balances ---


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["INR", "BRL"], ["INR", "BRL"]),
        (["BRL", "INR", "brl", "MXN"], ["BRL", "INR", "MXN"]),
        ("INR", ["INR"]),
        (["INR"] * 50, ["INR"]),
    ],
)
async def test_one_entry_for_each_currency(client: Client, asked: Any, told: list[str]) -> None:
    data = await client.data("balance/query", {"currencies": asked})

    assert [entry["currency"] for entry in data["balanceList"]] == told
    assert data["balanceList"][told.index("INR")] == {
        "currency": "INR", "availableAmount": "10000.00", "frozenAmount": "0.00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (None, "Common.Parameter.Missing"),
        ("", "Common.Parameter.Missing"),
        ([], "Common.Parameter.Invalid"),
        (["INR"] * 51, "Common.Parameter.Invalid"),
        ([["INR"]], "Common.Parameter.Invalid"),
        ([None], "Common.Parameter.Invalid"),
        ({"a": 1}, "Common.Parameter.Invalid"),
        ("RUPEE", "Common.Parameter.Invalid"),
        (["INR", "USD"], "Common.Currency.NotSupported"),
        (["XXX"], "Common.Currency.NotSupported"),
    ],
)
async def test_currencies_there_are_not(client: Client, asked: Any, code: str) -> None:
    assert await client.code("balance/query", {"currencies": asked}) == code


async def test_both_currencies_are_apart(house: House, client: Client) -> None:
    await client.choose(await client.data("payment/create", pix_body("T-1", "59.90")))
    await client.choose(await client.data("payment/create", payment_body("T-2", "1.00")))

    assert await client.balance("BRL") == ("59.90", "0.00")
    assert await client.balance("INR") == ("10001.00", "0.00")
