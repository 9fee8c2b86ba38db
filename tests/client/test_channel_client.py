"""The Channel client against the contract's own requests, answers and callbacks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from polygate.client import ApiError, AuthenticationFailed, ChannelClient, InvalidSignature, NetworkUnknown, Secret
from polygate.client.channel import AccountDetail, Credit, CreditOrder, Debit, DebitOrder, ProcessCode
from polygate.protocols.channel import encrypt
from tests.client.talking import asked, compact, told
from tests.protocols.channel.vectors import KEY, MERCHANT_ID, MESSAGES, VECTORS

BASE = "https://gateway.example"
DATA = {vector.text: vector.data for vector in VECTORS}
V2 = ChannelClient(BASE, merchant_id=MERCHANT_ID, access_key=KEY)
V1 = ChannelClient(BASE, merchant_id=MERCHANT_ID, access_key=KEY, version=1)

MEERA = AccountDetail(
    account_name="Meera Shah",
    bank_no="ICIC0000001",
    bank_name="ICICI Bank",
    bank_account="000401234567",
    account_type="1",
    mobile="9876501234",
)
ASHA = AccountDetail(
    account_name="Asha Rao",
    bank_no="HDFC0000001",
    bank_name="HDFC Bank",
    bank_account="50100012345678",
    account_type="1",
    mobile="9876543210",
)
PAYIN, PAYOUT = "https://shop.example/cb/payin", "https://shop.example/cb/payout"
CREDIT = CreditOrder(amount="1200.50", source_no="PI-2026-0001", callback_url=PAYIN)
DEBIT = DebitOrder(amount="850", source_no="PO-2026-0001", callback_url=PAYOUT, payee_account_detail=ASHA)

CALLS: dict[str, tuple[str, str, Any]] = {
    "create_credit": ("Credit/Set", "Credit/Place", lambda on: ChannelClient.create_credit.conversation(on, CREDIT)),
    "query_credit": (
        "Credit/Get",
        "Credit/GetV2",
        lambda on: ChannelClient.query_credit.conversation(on, source_no="PI-2026-0001"),
    ),
    "create_debit": ("Debit/Set", "Debit/Place", lambda on: ChannelClient.create_debit.conversation(on, DEBIT)),
    "query_debit": (
        "Debit/Get",
        "Debit/GetV2",
        lambda on: ChannelClient.query_debit.conversation(on, source_no="PO-2026-0001"),
    ),
}
each_call = pytest.mark.parametrize("call", CALLS)


@each_call
def test_a_call_of_the_second_version_is_the_published_vector(call: str) -> None:
    """To the byte: the plaintext has the contract's order and spelling, so its ciphertext is the published one."""
    _, path, conversation = CALLS[call]
    request = asked(conversation(V2))
    assert (request.method, request.url) == ("POST", f"{BASE}/api/channel/{path}")
    assert request.headers["Authorization"] == MERCHANT_ID
    assert request.headers["Content-Type"] == "application/json"
    data = msgspec.json.decode(request.body)["data"]
    assert data in DATA.values()
    assert request.body == compact({"data": data})


@each_call
def test_a_call_of_the_first_version_sends_the_same_in_the_clear(call: str) -> None:
    path, _, conversation = CALLS[call]
    request = asked(conversation(V1))
    assert request.url == f"{BASE}/api/channel/{path}"
    assert request.headers["Authorization"] == KEY.reveal()
    assert encrypt(request.body.decode(), KEY) in DATA.values()


def test_a_payer_is_sent_as_in_the_example() -> None:
    order = CreditOrder(
        amount="1200.5", source_no="PI-2026-0001", callback_url=PAYIN, payer_account_detail_list=(MEERA,)
    )
    request = asked(ChannelClient.create_credit.conversation(V1, order))
    assert request.body == compact(MESSAGES["create_credit"]["request"])


def test_the_smallest_payout_has_two_members() -> None:
    request = asked(ChannelClient.create_debit.conversation(V2, DebitOrder(amount="850", source_no="PO-2026-0001")))
    assert msgspec.json.decode(request.body)["data"] == DATA['{"amount":850,"sourceNo":"PO-2026-0001"}']


def test_an_order_is_also_found_by_the_gateways_number() -> None:
    request = asked(ChannelClient.query_debit.conversation(V1, order_id=1767229300000007))
    assert request.body == b'{"channelDebitOrderId":1767229300000007}'


def test_the_balance_is_asked_with_the_key() -> None:
    """Which is always accepted there, while the merchant's number is not."""
    request = asked(ChannelClient.balance.conversation(V2))
    assert (request.method, request.url, request.body) == ("GET", f"{BASE}/api/channel/Merchant/Balance", b"")
    assert request.headers["Authorization"] == KEY.reveal()
    balance = told(ChannelClient.balance.conversation(V2), MESSAGES["balance"]["answer"])
    assert (balance.balance, balance.frozen_balance) == (Decimal("10350.5"), Decimal(850))
    assert balance.balance == balance.frozen_balance + balance.remain_balance


def test_a_collection_is_read_whole() -> None:
    credit: Credit = told(CALLS["create_credit"][2](V2), MESSAGES["create_credit"]["answer"])
    assert credit.order.id == 1767229261000001
    assert credit.order.fiat_amount == Decimal("1200.5")
    assert credit.order.process_code == ProcessCode.PENDING
    assert credit.order.payer_account_detail_list == (MEERA,)
    assert credit.order.cashier_link == "https://pay.gateway.example/cashier/c7Jt2"
    assert credit.record.upi_url.startswith("upi://pay?pa=collect01%40examplebank&")
    assert credit.deeplink.phonepe.startswith("phonepe://pay?")
    assert not credit.order.is_paid
    paid: Credit = told(CALLS["query_credit"][2](V1), MESSAGES["query_credit"]["answer"])
    assert (paid.order.is_paid, paid.record.utr, paid.order.closed_time) == (True, "600112345678", 1767229501000)


def test_a_payout_is_read_whole() -> None:
    debit: Debit = told(CALLS["create_debit"][2](V2), MESSAGES["create_debit"]["answer"])
    assert (debit.order.payee_account_detail, debit.order.closed_time) == (ASHA, None)
    paid: Debit = told(CALLS["query_debit"][2](V2), MESSAGES["query_debit"]["answer"])
    assert (paid.order.is_paid, paid.order.paid, paid.record.utr) == (True, True, "600187654321")


@pytest.mark.parametrize(
    ("code", "status", "said", "error"),
    [
        (1001, 401, "unauthorized", AuthenticationFailed),
        (1002, 403, "ip not allowed", ApiError),
        (1003, 200, "merchant disabled", ApiError),
        (1101, 400, "invalid json", ApiError),
        (1102, 200, "invalid data", ApiError),
        (1201, 200, "sourceNo already exists", ApiError),
        (1203, 200, "insufficient balance", ApiError),
        (1404, 404, "not found", ApiError),
    ],
)
def test_refusals_are_errors_with_the_protocols_own_code(
    code: int, status: int, said: str, error: type[ApiError]
) -> None:
    answer = {"code": code, "errorDesc": said, "result": None}
    with pytest.raises(ApiError) as caught:
        told(CALLS["create_debit"][2](V2), answer, status=status)
    assert type(caught.value) is error
    assert (caught.value.code, caught.value.message, caught.value.status) == (str(code), said, status)
    assert caught.value.answer == answer


@pytest.mark.parametrize(
    "answer", [{"code": 9999, "errorDesc": "system error", "result": None}, {"code": 0, "result": None}, b"<html>"]
)
def test_a_fault_or_half_an_answer_leaves_it_unknown(answer: object) -> None:
    with pytest.raises(NetworkUnknown):
        told(CALLS["create_debit"][2](V2), answer, status=500)


def callback(name: str) -> bytes:
    return compact(MESSAGES[name])


def test_the_worked_callbacks_are_believed_and_read() -> None:
    paid = V2.verify_notification(callback("debit_paid"))
    assert isinstance(paid, Debit)
    assert (paid.order.merchant_source_no, paid.order.is_paid) == ("PO-2026-0001", True)
    failed = V1.verify_notification(callback("debit_failed"))
    assert failed.order.process_code == ProcessCode.FAILED
    assert failed.record.error_message == "beneficiary account closed"
    collected = V2.verify_notification(callback("credit_paid"))
    assert isinstance(collected, Credit)
    assert collected.order.fiat_amount == Decimal("1200.5")


BLOCK_LETTERS = 64  # Of Base64, for three blocks of sixteen bytes.
PAID = MESSAGES["debit_paid"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        compact({"sourceNo": "PO-2026-0001"}),
        compact({**PAID, "sourceNo": "PO-2026-0002"}),
        compact({**PAID, "sourceNo": 1}),
        compact({**PAID, "data": PAID["data"][:-4]}),
        compact({**PAID, "data": PAID["data"][BLOCK_LETTERS:] + PAID["data"][:BLOCK_LETTERS]}),
        compact({**PAID, "data": ""}),
        compact({"sourceNo": "PO-2026-0001", "data": encrypt("{}", KEY)}),
        compact({"sourceNo": "PO-2026-0001", "data": encrypt('{"channelDebitOrderSimpleInfo":{}}', KEY)}),
    ],
)
def test_a_callback_that_is_not_whole_is_not_believed(body: bytes) -> None:
    """Also one about another order than it says outside, and one whose blocks were moved."""
    with pytest.raises(InvalidSignature):
        V2.verify_notification(body)


def test_a_callback_to_another_merchant_is_not_believed() -> None:
    other = ChannelClient(BASE, merchant_id=MERCHANT_ID, access_key=Secret("ecb797f9e9feab0a92ab283978d33711"))
    with pytest.raises(InvalidSignature):
        other.verify_notification(callback("debit_paid"))
