"""A request for each call, in an order in which they work one after the other, and what it is answered."""

from __future__ import annotations

from typing import Any, Final

from polygate.protocols.documenting.samples import Json, Sample, values_in

_FRESH: Final = 1747233158
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


def _done(**data: Any) -> Json:
    return {"code": "OK", "errorMessage": None, "data": data}


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
    answer=_done(
        paymentNo=_PAYMENT_NO,
        merchantTradeNo=f"payment-{_FRESH}",
        amount="100.00",
        currency="INR",
        status="PROCESSING",
        action={
            "type": "REDIRECT",
            "url": "https://pay.example/q/w_.../page",
            "expireTime": "2025-05-14T23:02:38.482+08:00",
        },
    ),
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
    answer=_done(
        paymentNo="20250514223239587032476090433536",
        merchantTradeNo=f"pix-{_FRESH}",
        amount="59.90",
        currency="BRL",
        status="PROCESSING",
        action={
            "type": "QRCODE",
            "url": "https://pay.example/q/w_.../page",
            "qrCode": "00020126...6304",
            "expireTime": "2025-05-14T23:02:39.480+08:00",
        },
    ),
)
_QUERY: Final = Sample(
    path="payment/query",
    title="How a payment stands",
    after=UPI.title,
    body={"merchantTradeNo": "$PAYMENT"},
    answer=_done(
        paymentNo=_PAYMENT_NO,
        merchantTradeNo=f"payment-{_FRESH}",
        amount="100.00",
        currency="INR",
        status="PROCESSING",
        **_UNPAID,
    ),
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
    answer=_done(
        payoutNo=_PAYOUT_NO,
        merchantTradeNo=f"payout-{_FRESH}",
        amount="250.00",
        currency="INR",
        status="PROCESSING",
    ),
)
_PAYOUT_QUERY: Final = Sample(
    path="payout/query",
    title="How a payout stands",
    after=PAYOUT.title,
    body={"merchantTradeNo": "$PAYOUT"},
    answer=_done(
        payoutNo=_PAYOUT_NO,
        merchantTradeNo=f"payout-{_FRESH}",
        amount="250.00",
        currency="INR",
        totalFee="0.00",
        status="PROCESSING",
        rrn=None,
        merchantAttach=None,
        createdTime="2025-05-14T22:32:40.120+08:00",
        paidTime=None,
        errorCode=None,
        errorInfo=None,
    ),
)
_BALANCE: Final = Sample(
    path="balance/query",
    title="Two balances",
    body={"currencies": ["INR", "BRL"]},
    answer=_done(
        balanceList=[
            {"currency": "INR", "availableAmount": "999750.00", "frozenAmount": "250.00"},
            {"currency": "BRL", "availableAmount": "1000000.00", "frozenAmount": "0.00"},
        ],
    ),
)

SAMPLES: Final = (UPI, _PIX, _QUERY, PAYOUT, _PAYOUT_QUERY, _BALANCE)
VALUES: Final = values_in(SAMPLES, fresh=_FRESH)
