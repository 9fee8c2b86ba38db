"""Payments: every method, what is asked, what is answered, repeats, and the payer's page (sections 4.1 to 4.3)."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from polygate.assembly import House
from polygate.core import emv_qr
from polygate.core.dated_numbers import identifier, number
from polygate.core.ids import PaymentId
from polygate.jobs.payments import expire_round
from polygate.operations.administer import set_methods
from tests.protocols.signed.examples import MESSAGES
from tests.signed_api.client import PAYER, Client, app_of, payment_body, pix_body
from tests.support.house import MovableClock

pytestmark = pytest.mark.anyio

CREATE = "payment/create"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00")


async def test_a_payment_as_it_is_created_and_queried(client: Client) -> None:
    """Every field, whatever its value; the house's clock says noon in UTC+08:00 (acceptance 15)."""
    created = await client.pay_in("T-1", "100", merchantAttach=" cart=77 ", payer=PAYER | {"userId": 10086})

    assert created == {
        "paymentNo": created["paymentNo"],
        "merchantTradeNo": "T-1",
        "amount": "100.00",
        "currency": "INR",
        "status": "PROCESSING",
        "action": {
            "type": "REDIRECT",
            "url": created["action"]["url"],
            "expireTime": "2026-03-02T12:30:00.000+08:00",
        },
    }
    assert re.fullmatch(r"20260302120000\d{18}", created["paymentNo"])
    assert await client.payment() == {
        "paymentNo": created["paymentNo"],
        "merchantTradeNo": "T-1",
        "amount": "100.00",
        "currency": "INR",
        "status": "PROCESSING",
        "refundStatus": "NO_REFUND",
        "rrn": None,
        "merchantAttach": " cart=77 ",
        "createdTime": "2026-03-02T12:00:00.000+08:00",
        "paidTime": None,
        "errorCode": None,
        "errorInfo": None,
    }


async def test_the_published_requests_are_carried_out(client: Client) -> None:
    """Example 2 and the others of section 4, as they are printed."""
    for name in ("create_payment", "create_payout", "create_payout_upi"):
        path = "payment/create" if "payment" in name else "payout/create"
        assert await client.code(path, MESSAGES[name]["request"]) == "OK"


@pytest.mark.parametrize("pay_type", ["UPI", "UPI_COLLECT", "UPI_INTENT", "PIX", "PIX_QRCODE", "pix_qrcode"])
async def test_every_type_leads_to_a_page(client: Client, pay_type: str) -> None:
    """Acceptance 12; what does not belong to the type is left out."""
    kind = pay_type.upper()
    body = (
        pix_body(pay_type=pay_type) if "PIX" in kind else payment_body(payMethod={"type": pay_type, "vpa": "asha@upi"})
    )
    action = (await client.data(CREATE, body))["action"]

    assert action["type"] == ("QRCODE" if kind == "PIX_QRCODE" else "REDIRECT")
    extra = {"UPI_INTENT": {"deepLink"}, "PIX_QRCODE": {"qrCode"}}.get(kind, set())
    assert set(action) == {"type", "url", "expireTime"} | extra
    assert urlsplit(action["url"]).scheme == "http"
    page = await client.http.get(urlsplit(action["url"]).path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_the_link_of_an_intent(client: Client) -> None:
    created = await client.pay_in(amount="100.50", payMethod={"type": "UPI_INTENT"}, description="Top-up & more")
    link = created["action"]["deepLink"]

    assert link.startswith("upi://pay?")
    assert dict(parse_qsl(urlsplit(link).query)) == {
        "pa": "collect01@sandbox",
        "pn": "Sandbox Collect",
        "am": "100.50",
        "cu": "INR",
        "tr": created["paymentNo"],
        "tn": "Top-up & more",
    }


async def test_the_code_of_a_pix_payment(client: Client) -> None:
    code = (await client.data(CREATE, pix_body(amount="59.9")))["action"]["qrCode"]
    objects = emv_qr.parse(code)

    assert emv_qr.text_at(objects, "26", "00") == "BR.GOV.BCB.PIX"
    assert (emv_qr.text_at(objects, "53"), emv_qr.text_at(objects, "54")) == ("986", "59.90")


async def test_paid(house: House, client: Client) -> None:
    """The balance has it at once, and the bank's number is known."""
    available, _ = await client.balance()
    paid = await client.paid("T-1", "100.25")

    assert (paid["status"], paid["paidTime"]) == ("PAID", "2026-03-02T12:00:00.000+08:00")
    assert re.fullmatch(r"\d{12}", paid["rrn"])
    assert await client.balance() == (f"{float(available) + 100.25:.2f}", "0.00")


@pytest.mark.parametrize(
    ("choice", "status", "error", "info"),
    [
        ("fail", "FAILED", "Payment.Common.Rejected", "rejected by the channel"),
        ("cancel", "CANCELLED", "Payment.Payer.Cancelled", "cancelled by the payer"),
    ],
)
async def test_not_paid(client: Client, choice: str, status: str, error: str, info: str) -> None:
    created = await client.pay_in()
    await client.choose(created, choice)
    payment = await client.payment()

    assert (payment["status"], payment["errorCode"], payment["errorInfo"]) == (status, error, info)
    assert (payment["rrn"], payment["paidTime"]) == (None, None)
    assert (await client.pay_in())["action"] is None


async def test_a_late_payment_counts(house: House, client: Client, clock: MovableClock) -> None:
    """It makes `EXPIRED` `PAID`, and nothing else (section 5.1)."""
    created = await client.pay_in()
    here = urlsplit(created["action"]["url"]).path.removesuffix("/page")
    wallet = (await client.http.get(here)).headers["location"]
    clock.move(minutes=30)
    await expire_round(house.context)
    expired = await client.payment()
    assert (expired["status"], expired["errorCode"]) == ("EXPIRED", "Payment.Order.Expired")
    await client.http.post(wallet, data={"choice": "pass"})
    paid = await client.payment()

    assert (paid["status"], paid["errorCode"], paid["paidTime"]) == ("PAID", None, "2026-03-02T12:30:00.000+08:00")


async def test_money_for_a_cancelled_payment_goes_back(house: House, client: Client) -> None:
    """Two tabs: canceled in one, the other one pays nothing any more."""
    created = await client.pay_in()
    await client.choose(created, "cancel")
    await client.open_page(created)

    assert (await client.payment())["status"] == "CANCELLED"
    assert await client.balance() == ("10000.00", "0.00")


async def test_refused_within_the_call(client: Client) -> None:
    """An amount that ends in .15: the number is used up, and the payment is there, failed (sections 4.1 and 11)."""
    answer = await client.call(CREATE, payment_body("T-1", "100.15"))
    assert (answer["code"], answer["errorMessage"]) == ("Payment.Common.Rejected", "rejected by the channel")
    payment = await client.payment()
    assert (payment["status"], payment["errorCode"]) == ("FAILED", "Payment.Common.Rejected")
    again = await client.pay_in("T-1", "100.15")

    assert (again["status"], again["action"], again["paymentNo"]) == ("FAILED", None, payment["paymentNo"])
    assert await client.code(CREATE, payment_body("T-1", "100.00")) == "Payment.Trade.Duplicated"


# --- repeats ---


async def test_the_same_again_is_the_same_payment(client: Client) -> None:
    """Whatever else differs: only amount, currency and method are compared (section 4.1)."""
    first = await client.pay_in("T-1", "100.00", payMethod={"type": "UPI_INTENT"})
    again = await client.pay_in("T-1", "100", payMethod={"type": "upi_intent", "vpa": None}, description="else")

    assert again == first


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "100.01"},
        {"payMethod": {"type": "UPI_INTENT"}},
        {"payMethod": {"type": "UPI_COLLECT", "vpa": "asha@upi"}},
        {"payMethod": {"type": "PIX"}, "currency": "BRL"},
    ],
)
async def test_something_else_under_the_same_number_is_refused(client: Client, changes: dict[str, Any]) -> None:
    await client.pay_in("T-1")

    assert await client.code(CREATE, payment_body("T-1") | changes) == "Payment.Trade.Duplicated"


async def test_sixty_four_at_once_are_one_payment(house: House, client: Client) -> None:
    """All are told the same, link included; of two contents at once one is made."""
    body = payment_body("T-1", payMethod={"type": "UPI_INTENT"})
    answers = await asyncio.gather(*(client.data(CREATE, body) for _ in range(64)))
    assert all(answer == answers[0] for answer in answers)
    bodies = [payment_body("T-2", amount) for amount in ("1.00", "2.00") for _ in range(8)]
    codes = [await each for each in asyncio.as_completed([client.code(CREATE, body) for body in bodies])]

    assert sorted(codes) == ["OK"] * 8 + ["Payment.Trade.Duplicated"] * 8
    assert await house.context.store.fetch("SELECT count(*) FROM payments") == [(2,)]
    assert await house.context.store.fetch("SELECT count(*) FROM attempts") == [(2,)]


async def test_numbers_are_an_apps_own(client: Client, sister: Client, other: Client) -> None:
    """Two apps of one merchant use the same one, also in other letters, and do not find each other's payments."""
    first = await client.pay_in("T-1", "1.00")
    for someone in (sister, other):
        assert await someone.code("payment/query", {"merchantTradeNo": "T-1"}) == "Payment.Trade.NotFound"
        assert await someone.code("payment/query", {"paymentNo": first["paymentNo"]}) == "Payment.Trade.NotFound"
        assert (await someone.pay_in("T-1", "2.00"))["amount"] == "2.00"
    assert (await client.pay_in("t-1", "3.00"))["amount"] == "3.00"
    assert (await client.payment("T-1"))["amount"] == "1.00"
    await client.pay_out("T-1")


async def test_a_refused_call_leaves_its_number_free(client: Client) -> None:
    assert await client.code(CREATE, payment_body("T-1", "0")) == "Common.Amount.Invalid"
    assert (await client.pay_in("T-1"))["status"] == "PROCESSING"


# --- queries ---


async def test_by_either_number_or_both(client: Client) -> None:
    first, second = await client.pay_in("T-1"), await client.pay_in("T-2")
    numbers = first["paymentNo"], second["paymentNo"]

    assert (await client.data("payment/query", {"paymentNo": numbers[0]}))["merchantTradeNo"] == "T-1"
    both = {"merchantTradeNo": "T-1", "paymentNo": numbers[0]}
    assert (await client.data("payment/query", both))["paymentNo"] == numbers[0]
    assert await client.code("payment/query", both | {"paymentNo": numbers[1]}) == "Payment.Trade.Conflict"
    assert await client.code("payment/query", both | {"paymentNo": "1" * 32}) == "Payment.Trade.Conflict"
    for name in ({"merchantTradeNo": "T-3"}, {"paymentNo": "9" * 32}, {"paymentNo": numbers[0][:-1]}):
        assert await client.code("payment/query", name) == "Payment.Trade.NotFound"
    for nothing in ({}, {"merchantTradeNo": "", "paymentNo": None}):
        answer = await client.call("payment/query", nothing)
        assert answer["code"] == "Common.Parameter.Missing"


def test_numbers_are_read_back() -> None:
    """32 digits, of which all count."""
    made = PaymentId(228_734_117_217_305_600)
    text = number(made)

    assert (len(text), identifier(text)) == (32, made)
    for other in ("", "x" * 32, "1" * 32, text[:-1], f"0{text[1:]}", f"{text[:13]}9{text[14:]}"):
        assert identifier(other) == 0


# --- what is asked ---


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"merchantTradeNo": None}, "Common.Parameter.Missing", "merchantTradeNo is required"),
        ({"merchantTradeNo": " "}, "Common.Parameter.Missing", "merchantTradeNo is required"),
        ({"merchantTradeNo": "a b"}, "Common.Parameter.Invalid", "merchantTradeNo must be printable"),
        ({"merchantTradeNo": "é"}, "Common.Parameter.Invalid", "merchantTradeNo must be printable"),
        ({"merchantTradeNo": "x" * 51}, "Common.Parameter.Invalid", "merchantTradeNo length"),
        ({"merchantTradeNo": ["T"]}, "Common.Parameter.Invalid", "merchantTradeNo must be a text"),
        ({"amount": None}, "Common.Parameter.Missing", "amount is required"),
        ({"amount": "0.00"}, "Common.Amount.Invalid", "amount must be above 0"),
        ({"amount": "-1"}, "Common.Amount.Invalid", "amount must be above 0"),
        ({"amount": "1.001"}, "Common.Amount.Invalid", "amount must be above 0"),
        ({"amount": "1,00"}, "Common.Amount.Invalid", "amount must be above 0"),
        ({"amount": "1e2"}, "Common.Amount.Invalid", "amount must be above 0"),
        ({"amount": "1" * 16}, "Common.Amount.Invalid", "amount must be above 0"),
        ({"amount": {"value": "1"}}, "Common.Amount.Invalid", "amount must be a text"),
        ({"currency": "RUPEE"}, "Common.Parameter.Invalid", "currency must be a three-letter"),
        ({"currency": "XXX"}, "Common.Currency.NotSupported", "currency is not a supported"),
        ({"currency": "USD"}, "Common.Currency.NotSupported", "currency is not a supported"),
        ({"currency": "BRL"}, "Common.Currency.NotSupported", "currency: UPI does not take BRL"),
        ({"currency": "IDR"}, "Common.Currency.NotSupported", "currency: UPI does not take IDR"),
        ({"description": None}, "Common.Parameter.Missing", "description is required"),
        ({"description": "x" * 81}, "Common.Parameter.Invalid", "description length"),
        ({"payer": None}, "Common.Parameter.Missing", "payer is required"),
        ({"payer": "Asha"}, "Common.Parameter.Invalid", "payer must be an object"),
        ({"payer": PAYER | {"email": ""}}, "Common.Parameter.Missing", "payer.email is required"),
        ({"payer": PAYER | {"email": "asha"}}, "Common.Parameter.Invalid", "payer.email must have one @"),
        ({"payer": PAYER | {"email": "a@b@c"}}, "Common.Parameter.Invalid", "payer.email must have one @"),
        ({"payer": PAYER | {"phone": "98-76"}}, "Common.Parameter.Invalid", "payer.phone must be digits"),
        ({"payer": PAYER | {"name": "x" * 81}}, "Common.Parameter.Invalid", "payer.name length"),
        ({"payMethod": {}}, "Common.Parameter.Missing", "payMethod.type is required"),
        ({"payMethod": "UPI"}, "Common.Parameter.Invalid", "payMethod must be an object"),
        ({"payMethod": {"type": "CASH"}}, "Common.Parameter.Invalid", "payMethod.type must be one of UPI"),
        ({"payMethod": {"type": "UPI_COLLECT"}}, "Common.Parameter.Missing", "payMethod.vpa is required"),
        ({"payMethod": {"type": "UPI_COLLECT", "vpa": "a@b"}}, "Common.Parameter.Invalid", "payMethod.vpa must"),
        ({"tradeEnv": {"ip": "x" * 46}}, "Common.Parameter.Invalid", "tradeEnv.ip length"),
        ({"merchantAttach": "x" * 256}, "Common.Parameter.Invalid", "merchantAttach length"),
        ({"notifyUrl": None}, "Common.Parameter.Missing", "notifyUrl is required"),
        ({"notifyUrl": "ftp://x.example"}, "Common.Parameter.Invalid", "notifyUrl must be an absolute http"),
        ({"notifyUrl": f"https://x.example/{'x' * 240}"}, "Common.Parameter.Invalid", "notifyUrl must be an absolute"),
        ({"returnUrl": "/back"}, "Common.Parameter.Invalid", "returnUrl must be an absolute http"),
        ({"amount": "1.001", "notifyUrl": None}, "Common.Amount.Invalid", "amount must be above 0"),
        ({"payMethod": {"type": "PIX"}, "currency": "BRL", "amount": "10000000000"},
         "Common.Amount.OutOfRange", "amount: pix does not take as much as"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named(client: Client, changes: dict[str, Any], code: str, said: str) -> None:
    """And nothing is made."""
    body = {name: value for name, value in (payment_body() | changes).items() if value is not None}
    answer = await client.call(CREATE, body)

    assert answer["code"] == code, answer
    assert answer["errorMessage"].startswith(said), answer
    assert await client.code("payment/query", {"merchantTradeNo": "T-1"}) == "Payment.Trade.NotFound"


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({"amount": 100}, "100.00"),
        ({"amount": 100.5}, "100.50"),
        ({"amount": " 0100.5 "}, "100.50"),
        ({"amount": "999999999999999.99"}, "999999999999999.99"),
        ({"currency": "inr"}, "100.00"),
        ({"returnUrl": ""}, "100.00"),
        ({"tradeEnv": {"deviceId": "d", "ip": "2001:db8::1"}}, "100.00"),
        ({"payer": PAYER | {"userId": True, "documentType": "RG", "document": 123, "age": 7}}, "100.00"),
        ({"merchantTradeNo": 77, "surprise": {"a": [1]}}, "100.00"),
    ],
)
async def test_what_is_read_all_the_same(client: Client, changes: dict[str, Any], amount: str) -> None:
    assert (await client.data(CREATE, payment_body() | changes))["amount"] == amount


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{", b"{}{}", b"\xff{}", b'{"a": NaN}', b"[" * 9_999])
async def test_bodies_that_are_no_object(client: Client, body: bytes) -> None:
    assert (await client.send(CREATE, body)).json()["code"] == "Common.Request.InvalidJson"


async def test_types_have_to_be_enabled(house: House, client: Client) -> None:
    """A repeat is told of what there is all the same."""
    await client.pay_in("T-1")
    await set_methods(house.context.store, client.app, ("pix",))
    assert await client.code(CREATE, payment_body("T-2")) == "Common.Method.NotEnabled"
    assert (await client.pay_in("T-1"))["status"] == "PROCESSING"
    async with app_of(house, client.merchant, methods=("upi",)) as sister:
        assert await sister.code(CREATE, pix_body()) == "Common.Method.NotEnabled"
