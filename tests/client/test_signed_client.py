"""The Signed client against the contract's own requests, answers, notifications and redirect."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from polygate.client import (
    ApiError,
    AuthenticationFailed,
    InvalidSignature,
    Money,
    NetworkUnknown,
    Secret,
    SignedClient,
)
from polygate.client.signed import (
    Balance,
    Payer,
    Payment,
    PaymentOrder,
    PayMethod,
    Payout,
    PayoutMethod,
    PayoutOrder,
    Refund,
    RefundOrder,
    TradeEnv,
)
from polygate.protocols.signed import sign
from tests.client.talking import JSON, asked, compact, told
from tests.protocols.signed.examples import (
    ANSWER,
    CREATE,
    MESSAGES,
    NOTIFICATION,
    RETURN,
    RETURN_PARAMETERS,
    RETURNED_URL,
    Example,
)

BASE = "https://gateway.example.com"
SECRET = Secret(CREATE.secret)


def client(at: Example = CREATE, prefix: str = "/v2") -> SignedClient:
    """At the moment and with the nonce of an example."""
    return SignedClient(
        BASE, app_id=at.app_id, secret=SECRET, prefix=prefix, clock=lambda: at.now_ms, nonce=lambda: at.nonce
    )


CLIENT = client()

TOP_UP = PaymentOrder(
    merchant_trade_no="T202405140001",
    amount=Money(10000, "INR"),
    description="Top-up",
    payer=Payer(user_id="10086", name="Asha Rao", email="asha@example.com", phone="9876543210"),
    pay_method=PayMethod(type="UPI"),
    merchant_attach="cart=77",
    notify_url="https://merchant.example.com/notify/payment",
    return_url="https://merchant.example.com/return?lang=en",
)
PIX = PaymentOrder(
    merchant_trade_no="T202405140002",
    amount=Money(5990, "BRL"),
    description="Plano mensal",
    payer=Payer(
        user_id="u-77",
        name="Ana Souza",
        email="ana@example.com",
        phone="5511987654321",
        document_type="CPF",
        document="12345678909",
    ),
    pay_method=PayMethod(type="PIX_QRCODE"),
    trade_env=TradeEnv(device_id="d-1", ip="203.0.113.9"),
    merchant_attach="plan=gold",
    notify_url="https://merchant.example.com/notify/payment",
    return_url="https://merchant.example.com/return",
)
TO_BANK = PayoutOrder(
    merchant_trade_no="W202405140001",
    amount=Money(25000, "INR"),
    description="Withdrawal",
    payout_method=PayoutMethod(
        type="BANK_ACCOUNT",
        mode="IMPS",
        bank_code="HDFC0001234",
        bank_name="HDFC Bank",
        account_number="50100012345678",
        payee_name="Asha Rao",
        payee_phone="9876543210",
        payee_email="asha@example.com",
    ),
    merchant_attach="wd=9",
    notify_url="https://merchant.example.com/notify/payout",
)
TO_UPI = PayoutOrder(
    merchant_trade_no="W202405140002",
    amount=Money(8000, "INR"),
    description="Withdrawal",
    payout_method=PayoutMethod(type="UPI", vpa="asha@upi", payee_name="Asha Rao"),
    notify_url="https://merchant.example.com/notify/payout",
)
BACK = RefundOrder(
    merchant_refund_no="REFUND-001",
    payment_no="20240514151238000008000010970004",
    amount="50.00",
    description="item returned",
)

CALLS: dict[str, tuple[str, Any]] = {
    "create_payment": ("payment/create", lambda: SignedClient.create_payment.conversation(CLIENT, PIX)),
    "query_payment": (
        "payment/query",
        lambda: SignedClient.query_payment.conversation(CLIENT, merchant_trade_no="T202405140001"),
    ),
    "create_payout": ("payout/create", lambda: SignedClient.create_payout.conversation(CLIENT, TO_BANK)),
    "create_payout_upi": ("payout/create", lambda: SignedClient.create_payout.conversation(CLIENT, TO_UPI)),
    "query_payout": (
        "payout/query",
        lambda: SignedClient.query_payout.conversation(CLIENT, payout_no="20240514160000000008000010970006"),
    ),
    "create_refund": ("refund/create", lambda: SignedClient.create_refund.conversation(CLIENT, BACK)),
    "query_refund": (
        "refund/query",
        lambda: SignedClient.query_refund.conversation(CLIENT, merchant_refund_no="REFUND-001"),
    ),
    "query_balance": ("balance/query", lambda: SignedClient.query_balance.conversation(CLIENT, "INR", "BRL")),
}


def proof(body: bytes, url: str, *, at: Example = CREATE, secret: Secret = SECRET, off_ms: int = 0) -> str:
    """The `Authorization` of a message from the gateway."""
    return str(
        sign(
            app_id=CREATE.app_id,
            secret=secret,
            method="POST",
            url=url.encode(),
            now_ms=at.now_ms + off_ms,
            nonce="N",
            body=body,
        )
    )


def answered(call: str, answer: object, **changes: Any) -> Any:
    """What the client makes of an answer that is signed as it must be."""
    path, conversation = CALLS[call]
    body = compact(answer)
    signed = proof(body, f"{BASE}/v2/{path}", **changes)
    return told(conversation(), body, headers=[*JSON, ("authorization", signed)])


@pytest.mark.parametrize("call", CALLS)
def test_requests_are_the_published_examples_and_signed(call: str) -> None:
    """To the byte, in the contract's order, and signed over these bytes for this address."""
    path, conversation = CALLS[call]
    request = asked(conversation())
    assert (request.method, request.url) == ("POST", f"{BASE}/v2/{path}")
    assert request.body == compact(MESSAGES[call]["request"])
    assert request.headers["Content-Type"] == request.headers["Accept"] == "application/json"
    assert request.headers["Authorization"] == str(
        sign(
            app_id=CREATE.app_id,
            secret=SECRET,
            method="POST",
            url=request.url.encode(),
            now_ms=CREATE.now_ms,
            nonce=CREATE.nonce,
            body=request.body,
        )
    )


def test_the_known_clients_request_says_the_same() -> None:
    """It escapes its slashes, we do not: other bytes, another sign, the same order."""
    request = asked(SignedClient.create_payment.conversation(client(prefix="/pg/v2"), TOP_UP))
    assert request.url == CREATE.url
    assert json.loads(request.body) == json.loads(CREATE.body)
    assert request.body == CREATE.body.replace(r"\/", "/").encode()
    assert CREATE.sign not in request.headers["Authorization"]


def test_every_request_has_a_nonce_of_its_own() -> None:
    free = SignedClient(BASE, app_id=CREATE.app_id, secret=SECRET)
    proofs = {asked(SignedClient.query_balance.conversation(free, "INR")).headers["Authorization"] for _ in range(9)}
    assert len(proofs) == 9


def test_the_worked_answer_is_believed_and_read() -> None:
    """With its own time, nonce and sign, by a client that calls the other prefix."""
    conversation = SignedClient.create_payment.conversation(client(ANSWER, prefix="/pg/v2"), TOP_UP)
    header = f"V2_SHA256 appId={ANSWER.app_id},sign={ANSWER.sign},timestamp={ANSWER.timestamp},nonce={ANSWER.nonce}"
    created = told(conversation, ANSWER.body.encode(), headers=[*JSON, ("Authorization", header)])
    assert (created.payment_no, created.status) == ("20240514151238000008000010970004", "PROCESSING")
    assert created.money == Money(10000, "INR")
    assert created.action is not None
    assert created.action.url == "https://gateway.example.com/pay/20240514151238000008000010970004"


def test_answers_are_read_whole() -> None:
    created = answered("create_payment", MESSAGES["create_payment"]["answer"])
    assert created.action.qr_code.startswith("00020126370014BR.GOV.BCB.PIX")
    assert created.action.deep_link is None
    payment = answered("query_payment", MESSAGES["query_payment"]["answer"])
    assert (payment.status, payment.error_code, payment.is_paid) == ("FAILED", "Payment.Common.Rejected", False)
    payout = answered("create_payout", MESSAGES["create_payout"]["answer"])
    assert (payout.payout_no, payout.status) == ("20240514160000000008000010970006", "PROCESSING")
    paid = answered("query_payout", MESSAGES["query_payout"]["answer"])
    assert (paid.is_paid, paid.total_fee, paid.rrn) == (True, "0.00", "413516000123")
    refund = answered("create_refund", MESSAGES["create_refund"]["answer"])
    assert (refund.refund_no, refund.money) == ("20240515090000000008000010970007", Money(5000, "INR"))
    done = answered("query_refund", MESSAGES["query_refund"]["answer"])
    assert (done.status, done.refunded_time) == ("REFUNDED", "2024-05-15T09:00:02.000+08:00")
    assert answered("query_balance", MESSAGES["query_balance"]["answer"]) == (
        Balance(currency="INR", available_amount="999750.00", frozen_amount="0.00"),
        Balance(currency="BRL", available_amount="0.00", frozen_amount="0.00"),
    )


def test_a_trade_that_the_channel_declines_at_once_is_a_failed_trade() -> None:
    """It exists, so it is a result and no error; its number is in the query."""
    refused = {"code": "Payment.Common.Rejected", "errorMessage": "rejected by the channel", "data": None}
    created = answered("create_payment", refused)
    assert (created.status, created.merchant_trade_no, created.payment_no) == ("FAILED", "T202405140002", "")
    assert (created.money, created.error_code, created.action) == (Money(5990, "BRL"), refused["code"], None)
    payout = answered("create_payout", {**refused, "code": "Payout.Common.Rejected"})
    assert (payout.status, payout.error_info) == ("FAILED", "rejected by the channel")


def test_refusals_are_errors_with_the_protocols_own_code() -> None:
    with pytest.raises(ApiError) as caught:
        answered("create_payment", MESSAGES["error"])
    assert (caught.value.code, caught.value.message) == ("Common.Parameter.Missing", "payer.email is required")
    assert (caught.value.status, caught.value.answer) == (200, MESSAGES["error"])


@pytest.mark.parametrize("status", [403, 404, 405, 413, 415, 429])
def test_what_is_refused_at_the_door_is_not_signed_and_needs_no_proof(status: int) -> None:
    answer = {"code": "Common.Path.NotFound", "errorMessage": "unknown path", "data": None}
    with pytest.raises(ApiError, match=r"Common\.Path\.NotFound"):
        told(CALLS["create_payout"][1](), answer, status=status)


def test_a_signature_that_is_not_accepted_has_an_error_of_its_own() -> None:
    with pytest.raises(AuthenticationFailed, match=r"Auth\.Signature\.Invalid"):
        told(CALLS["create_payout"][1](), MESSAGES["forged"], status=401)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_fault_leaves_it_unknown(status: int) -> None:
    with pytest.raises(NetworkUnknown):
        told(
            CALLS["create_payout"][1](),
            {"code": "System.Internal.Error", "errorMessage": "", "data": None},
            status=status,
        )


PAID = compact(MESSAGES["query_payout"]["answer"])
PAYOUT_URL = f"{BASE}/v2/payout/query"
RIGHT = proof(PAID, PAYOUT_URL)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [""],
        ["Bearer x"],
        [RIGHT, RIGHT],
        [RIGHT.replace("nonce=N", "nonce=n")],
        [RIGHT.replace(CREATE.app_id, "another")],
        [proof(PAID + b" ", PAYOUT_URL)],
        [proof(PAID, f"{BASE}/pg/v2/payout/query")],
        [proof(PAID, f"{BASE}/v2/payment/query")],
        [proof(PAID, PAYOUT_URL, secret=Secret("another"))],
        [proof(PAID, PAYOUT_URL, off_ms=300_001)],
        [proof(PAID, PAYOUT_URL, off_ms=-300_001)],
    ],
)
def test_an_answer_that_does_not_prove_itself_is_not_believed(lines: Sequence[str]) -> None:
    """No proof, two of them, one for another answer, question, app or time."""
    headers = [*JSON, *(("Authorization", line) for line in lines)]
    with pytest.raises(InvalidSignature):
        told(CALLS["query_payout"][1](), PAID, headers=headers)
    assert told(CALLS["query_payout"][1](), PAID, headers=[*JSON, ("AUTHORIZATION", RIGHT)]).is_paid


def notified(name: str, url: str) -> Any:
    body = compact(MESSAGES[name])
    return CLIENT.verify_notification({"authorization": proof(body, url)}, body, notify_url=url)


def test_the_worked_notification_is_believed_and_read() -> None:
    header = {
        "Authorization": f"V2_SHA256 appId={NOTIFICATION.app_id},sign={NOTIFICATION.sign},"
        f"timestamp={NOTIFICATION.timestamp},nonce={NOTIFICATION.nonce}"
    }
    at_that_time = client(NOTIFICATION)
    said = at_that_time.verify_notification(header, NOTIFICATION.body.encode(), notify_url=NOTIFICATION.url)
    assert isinstance(said, Payment)
    assert (said.is_paid, said.merchant_attach, said.rrn) == (True, "cart=77", "413515123456")
    for body, url in ((NOTIFICATION.body + " ", NOTIFICATION.url), (NOTIFICATION.body, NOTIFICATION.url + "/")):
        with pytest.raises(InvalidSignature):
            at_that_time.verify_notification(header, body.encode(), notify_url=url)


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("payment_cancelled", Payment, "CANCELLED"),
        ("payout_failed", Payout, "FAILED"),
        ("refund_done", Refund, "REFUNDED"),
    ],
)
def test_notifications_say_what_they_are_about(name: str, kind: type, status: str) -> None:
    said = notified(name, "https://merchant.example.com/notify")
    assert (type(said), said.status) == (kind, status)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"code":"OK","data":null}', b'{"code":"OK","data":{}}'])
def test_a_signed_notification_without_a_trade_is_not_believed(body: bytes) -> None:
    url = "https://merchant.example.com/notify"
    with pytest.raises(InvalidSignature):
        CLIENT.verify_notification({"Authorization": proof(body, url)}, body, notify_url=url)


def test_the_browsers_return_is_a_signed_hint() -> None:
    said = CLIENT.verify_return(RETURNED_URL, return_url=RETURN.url)
    assert msgspec.to_builtins(said) == RETURN_PARAMETERS
    assert said.money == Money(10000, "INR")
    with pytest.raises(InvalidSignature):
        CLIENT.verify_return(RETURNED_URL.replace("PAID", "FAILED"), return_url=RETURN.url)
