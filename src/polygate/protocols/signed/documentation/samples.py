"""A request for each call, in an order in which they work one after the other, and what it is answered.

`$NAME` in a body is a variable of the snippets. What the answers make up anew each time (numbers, times) is only of the
right form here.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any, Final

import msgspec

Json = dict[str, Any]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    title: str
    body: Json
    data: Json
    """Of the answer."""
    opens: Mapping[str, str] = {}
    """Variables that get a fresh number, by the word it begins with."""
    after: str = ""
    """The title of the sample whose variables this one goes on with."""


VALUES: Final[Mapping[str, str]] = {
    "PAYMENT": "payment-1747233158",
    "PIX": "pix-1747233159",
    "PAYOUT": "payout-1747233160",
}
"""What stands for the variables where nothing sets them."""

_PAYMENT_NO: Final = "20250514223238587032471895081984"
_PAYOUT_NO: Final = "20250514223240587032480284737536"
_NOTIFY: Final = "https://shop.example/notify"
_PAYER: Final = {"userId": "10086", "name": "Asha Rao", "email": "asha@example.com", "phone": "9876543210"}
_UNPAID: Final = {
    "refundStatus": "NO_REFUND",
    "rrn": None,
    "merchantAttach": "cart=77",
    "createdTime": "2025-05-14T22:32:38.482+08:00",
    "paidTime": None,
    "errorCode": None,
    "errorInfo": None,
}

UPI: Final = Sample(
    path="payment/create",
    title="A payment by UPI",
    opens={"PAYMENT": "payment"},
    body={
        "merchantTradeNo": "$PAYMENT",
        "amount": "100.00",
        "currency": "INR",
        "description": "Top-up",
        "payer": _PAYER,
        "payMethod": {"type": "UPI"},
        "merchantAttach": "cart=77",
        "notifyUrl": _NOTIFY,
        "returnUrl": "https://shop.example/return",
    },
    data={
        "paymentNo": _PAYMENT_NO,
        "merchantTradeNo": "$PAYMENT",
        "amount": "100.00",
        "currency": "INR",
        "status": "PROCESSING",
        "action": {
            "type": "REDIRECT",
            "url": "https://pay.example/q/w_.../page",
            "expireTime": "2025-05-14T23:02:38.482+08:00",
        },
    },
)
_PIX: Final = Sample(
    path="payment/create",
    title="A Pix code",
    opens={"PIX": "pix"},
    body={
        "merchantTradeNo": "$PIX",
        "amount": "59.90",
        "currency": "BRL",
        "description": "Plano mensal",
        "payer": {"userId": "u-77", "name": "Ana Souza", "email": "ana@example.com", "phone": "5511987654321"},
        "payMethod": {"type": "PIX_QRCODE"},
        "notifyUrl": _NOTIFY,
    },
    data={
        "paymentNo": "20250514223239587032476090433536",
        "merchantTradeNo": "$PIX",
        "amount": "59.90",
        "currency": "BRL",
        "status": "PROCESSING",
        "action": {
            "type": "QRCODE",
            "url": "https://pay.example/q/w_.../page",
            "qrCode": "00020126...6304",
            "expireTime": "2025-05-14T23:02:39.480+08:00",
        },
    },
)
_QUERY: Final = Sample(
    path="payment/query",
    title="How a payment stands",
    after=UPI.title,
    body={"merchantTradeNo": "$PAYMENT"},
    data={
        "paymentNo": _PAYMENT_NO,
        "merchantTradeNo": "$PAYMENT",
        "amount": "100.00",
        "currency": "INR",
        "status": "PROCESSING",
        **_UNPAID,
    },
)
PAYOUT: Final = Sample(
    path="payout/create",
    title="A payout to a bank account",
    opens={"PAYOUT": "payout"},
    body={
        "merchantTradeNo": "$PAYOUT",
        "amount": "250.00",
        "currency": "INR",
        "description": "Withdrawal",
        "payoutMethod": {
            "type": "BANK_ACCOUNT",
            "mode": "IMPS",
            "bankCode": "HDFC0001234",
            "accountNumber": "50100012345678",
            "payeeName": "Asha Rao",
        },
        "notifyUrl": _NOTIFY,
    },
    data={
        "payoutNo": _PAYOUT_NO,
        "merchantTradeNo": "$PAYOUT",
        "amount": "250.00",
        "currency": "INR",
        "status": "PROCESSING",
    },
)
_PAYOUT_QUERY: Final = Sample(
    path="payout/query",
    title="How a payout stands",
    after=PAYOUT.title,
    body={"merchantTradeNo": "$PAYOUT"},
    data={
        "payoutNo": _PAYOUT_NO,
        "merchantTradeNo": "$PAYOUT",
        "amount": "250.00",
        "currency": "INR",
        "totalFee": "0.00",
        "status": "PROCESSING",
        "rrn": None,
        "merchantAttach": None,
        "createdTime": "2025-05-14T22:32:40.120+08:00",
        "paidTime": None,
        "errorCode": None,
        "errorInfo": None,
    },
)
_BALANCE: Final = Sample(
    path="balance/query",
    title="Two balances",
    body={"currencies": ["INR", "BRL"]},
    data={
        "balanceList": [
            {"currency": "INR", "availableAmount": "999750.00", "frozenAmount": "250.00"},
            {"currency": "BRL", "availableAmount": "1000000.00", "frozenAmount": "0.00"},
        ]
    },
)

SAMPLES: Final = (UPI, _PIX, _QUERY, PAYOUT, _PAYOUT_QUERY, _BALANCE)


def filled(sample: Sample) -> Any:
    """Its body with a text in the place of each variable."""
    return _fill(sample.body)


def answer_to(sample: Sample) -> Json:
    return {"code": "OK", "errorMessage": None, "data": _fill(sample.data)}


def _fill(value: Any) -> Any:
    match value:
        case dict():
            return {name: _fill(part) for name, part in value.items()}
        case list():
            return [_fill(part) for part in value]
        case str():
            return Template(value).safe_substitute(VALUES)
        case _:
            return value
