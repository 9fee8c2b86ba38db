"""A call of each endpoint, in an order in which they work one after the other, and what it is answered."""

from __future__ import annotations

from typing import Final

from polygate.core import upi
from polygate.protocols.channel.accounts import NAMES
from polygate.protocols.channel.answers import CREDIT, DEBIT, DEEPLINK, RECORD
from polygate.protocols.channel.states import ProcessCode
from polygate.protocols.documenting.samples import Json, Sample


class Call(Sample, frozen=True, kw_only=True):
    is_plain: bool = False
    """Sent in the clear, with the access key (V1)."""


_MERCHANT_ID: Final = 15146395491409
_TIME: Final = 1767229261000
_LINK: Final = "upi://pay?pa=collect01%40sandbox&pn=Sandbox%20Collect&am=1200.50&tr=1767229261000001&cu=INR"
_RECEIVER: Final = {
    "accountName": "Asha Rao",
    "bankNo": "HDFC0000001",
    "bankName": "HDFC Bank",
    "bankAccount": "50100012345678",
    "accountType": "1",
    "mobile": "9876543210",
}
_COLLECTING: Final = dict.fromkeys(NAMES, "") | {
    "accountName": "Sandbox Collect",
    "bankAccount": "collect01@sandbox",
    "accountType": "2",
}


def _order(number: str, amount: float) -> Json:
    return {
        "id": 1767229261000001,
        "merchantId": _MERCHANT_ID,
        "merchantSourceNo": number,
        "fiatAmount": amount,
        "tokenAmount": amount,
        "processCode": ProcessCode.PENDING.value,
        "createdTime": _TIME,
        "updatedTime": _TIME,
    }


def _done(result: Json) -> Json:
    return {"code": 0, "errorDesc": "", "result": result}


_STILL: Final = {"paid": False, "callbackCode": 0, "closedTime": None}
_CREDIT: Final = _done(
    {
        CREDIT: {
            **_order("PI-1767229261", 1200.5),
            "cashierLink": "https://pay.example/q/w_c7Jt2/page",
            "payerAccountDetailList": [],
            "payeeAccountDetail": _COLLECTING,
            **_STILL,
        },
        RECORD: {"upi": "collect01@sandbox", "upiUrl": _LINK, "utr": "", "errorMessage": ""},
        DEEPLINK: {"other": _LINK, **upi.app_links(_LINK)},
    }
)
_DEBIT: Final = _done(
    {
        DEBIT: {**_order("PO-1767229261", 850), "payeeAccountDetail": _RECEIVER, **_STILL},
        RECORD: {"upi": "", "upiUrl": "", "utr": "", "errorMessage": ""},
    }
)

BALANCE_SAMPLE: Final = Call(
    path="Merchant/Balance",
    title="The balance, asked with the access key",
    body={},
    answer=_done({"balance": 10350.5, "frozenBalance": 850, "remainBalance": 9500.5}),
)
SAMPLES: Final = (
    Call(
        path="Credit/Place",
        title="Collect 1,200.50",
        body={"amount": 1200.5, "sourceNo": "$COLLECTION"},
        answer=_CREDIT,
        opens={"COLLECTION": "PI"},
    ),
    Call(
        path="Credit/GetV2",
        title="What became of the collection",
        body={"sourceNo": "$COLLECTION"},
        answer=_CREDIT,
        after="Collect 1,200.50",
    ),
    Call(
        path="Debit/Place",
        title="Pay out 850",
        body={"amount": 850, "sourceNo": "$PAYOUT", "payeeAccountDetail": _RECEIVER},
        answer=_DEBIT,
        opens={"PAYOUT": "PO"},
    ),
    Call(
        path="Debit/GetV2",
        title="What became of the payout",
        body={"sourceNo": "$PAYOUT"},
        answer=_DEBIT,
        after="Pay out 850",
    ),
    Call(
        path="Credit/Set",
        title="Collect 1,200.50, in the clear",
        body={"amount": 1200.5, "sourceNo": "$INCOMING"},
        answer=_CREDIT,
        opens={"INCOMING": "PI"},
        is_plain=True,
    ),
    Call(
        path="Credit/Get",
        title="What became of the plain collection",
        body={"sourceNo": "$INCOMING"},
        answer=_CREDIT,
        is_plain=True,
        after="Collect 1,200.50, in the clear",
    ),
    Call(
        path="Debit/Set",
        title="Pay out 850, in the clear",
        body={"amount": 850, "sourceNo": "$OUTGOING", "payeeAccountDetail": _RECEIVER},
        answer=_DEBIT,
        opens={"OUTGOING": "PO"},
        is_plain=True,
    ),
    Call(
        path="Debit/Get",
        title="What became of the plain payout",
        body={"sourceNo": "$OUTGOING"},
        answer=_DEBIT,
        is_plain=True,
        after="Pay out 850, in the clear",
    ),
    BALANCE_SAMPLE,
)
