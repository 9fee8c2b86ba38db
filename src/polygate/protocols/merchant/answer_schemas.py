"""What the Merchant API answers and notifies, as JSON Schema (2020-12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from polygate.protocols.documenting.openapi import object_of
from polygate.protocols.merchant.errors import Code
from polygate.protocols.reading.json_schema import Schema


def code_of(codes: Sequence[Code]) -> Schema:
    return {"type": "integer", "enum": sorted({code.value for code in codes}), "description": "What became of it."}


def text(about: str, **limits: Any) -> Schema:
    return {"type": "string", "description": about, **limits}


TIMESTAMP: Final[Schema] = {"type": "integer", "description": "When the message was built, in ms since 1970."}
_TIME: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"
_MONEY: Final = r"^[0-9]+\.[0-9]{2,3}$"
_ID: Final = text("The gateway's number of the transaction.", pattern="^[0-9]{19}$")
_APP_ID: Final[Schema] = {"type": "integer", "description": "The app."}
_NUMBER: Final = text("The merchant's number of the transaction.")
_CURRENCY: Final = text("Currency, ISO 4217.")
_AMOUNT: Final = text("Two decimals, or as many as the currency has.", pattern=_MONEY)
_MASKED: Final = text("First six and last four digits; empty without a card.")
_DESCRIPTION: Final = text("What the payer's statement says.")
_CHANNEL: Final = text("What the channel says.")
MESSAGE: Final = text("The same as `code`, for people.")
_IS_TEST: Final[Schema] = {"type": "boolean", "description": "Whether the app is in test mode."}
_WHOLE: Final[Schema] = {"type": "integer", "minimum": 0}

_TRANSACTION: Final[Schema] = {
    "code": {},
    "uniqueId": _ID,
    "appId": _APP_ID,
    "transactionId": _NUMBER,
    "transactionCurrency": _CURRENCY,
    "transactionAmount": _AMOUNT,
    "transactionMethod": text("How the payer pays; `Default` until that is chosen."),
    "transactionCardNumber": _MASKED,
    "billDescription": _DESCRIPTION,
    "transactionMessage": _CHANNEL,
    "message": MESSAGE,
    "timestamp": TIMESTAMP,
    "isTest": _IS_TEST,
}
_REDIRECT: Final = {"redirectUrl": text("Where to send the payer, with code 301.")}
CREATED: Final = object_of({**_TRANSACTION, **_REDIRECT}, required=tuple(_TRANSACTION))
STATES: Final = (Code.APPROVED, Code.DECLINED, Code.PENDING, Code.CLOSED)
FOUND: Final = object_of(
    {
        **_TRANSACTION,
        "code": code_of(STATES),
        "orderId": text("The merchant's order."),
        "transactionAt": text("When the state last changed.", pattern=_TIME),
        "is3d": {"type": "boolean", "description": "Whether 3-D Secure was used."},
    }
)
_REFUNDED: Final[Schema] = {
    "code": code_of((Code.REFUND_ACCEPTED, Code.REFUNDED, Code.REFUND_FAILED)),
    "refundTransactionId": text("The merchant's number of the refund."),
    "uniqueId": _ID,
    "refundUniqueId": text("The gateway's number of the refund.", pattern="^[0-9]{19}$"),
    "refundCurrency": _CURRENCY,
    "refundAmount": _AMOUNT,
    "refundRequestAt": text("When it was asked for.", pattern=_TIME),
    "message": MESSAGE,
    "timestamp": TIMESTAMP,
}
_REFUND_END: Final = {"refundAt": text("When it ended; absent before.", pattern=_TIME)}
REFUND: Final = object_of({**_REFUNDED, **_REFUND_END}, required=tuple(_REFUNDED))
REFUND_ROW: Final = object_of(
    {**_REFUNDED, **_REFUND_END, "merchantRefundId": text("The same as `refundTransactionId`.")},
    required=(*_REFUNDED, "merchantRefundId"),
)


def page(row: Schema) -> Schema:
    return object_of(
        {
            "code": {},
            "message": MESSAGE,
            "timestamp": TIMESTAMP,
            "currPage": {**_WHOLE, "description": "The page."},
            "totalCount": {**_WHOLE, "description": "Rows that match."},
            "totalPage": {**_WHOLE, "description": "Pages."},
            "pageSize": {**_WHOLE, "description": "Rows of a page."},
            "data": {"type": "array", "items": row, "description": "The rows, the newest first."},
        }
    )


PAYMENT_TOLD: Final[Schema] = {
    "code": code_of((Code.APPROVED, Code.DECLINED, Code.CLOSED)),
    "appId": _APP_ID,
    "isTest": _IS_TEST,
    "uniqueId": _ID,
    "transactionType": text("`Sale`."),
    "transactionCurrency": _CURRENCY,
    "transactionAmount": _AMOUNT,
    "transactionId": _NUMBER,
    "billDescription": _DESCRIPTION,
    "transactionCardNumber": _MASKED,
    "transactionMessage": _CHANNEL,
    "message": MESSAGE,
    "timestamp": TIMESTAMP,
}
RENEWAL: Final[Schema] = {
    "originalUniqueId": text("Of the first charge; renewals only."),
    "subscriptionIndex": {"type": "integer", "minimum": 2, "description": "Which charge it is; renewals only."},
}
REFUND_TOLD: Final[Schema] = {
    "code": code_of((Code.REFUNDED, Code.REFUND_FAILED)),
    "transactionType": text("`Refund`."),
    "appId": _APP_ID,
    "uniqueId": _ID,
    "refundCurrency": _CURRENCY,
    "refundAmount": _AMOUNT,
    "refundUniqueId": text("The gateway's number of the refund."),
    "refundMessage": _CHANNEL,
    "merchantRefundId": text("The merchant's number of the refund."),
    "message": MESSAGE,
    "timestamp": TIMESTAMP,
}
CHARGEBACK_TOLD: Final[Schema] = {
    "appId": _APP_ID,
    "transactionType": text("`Chargeback`."),
    "chargebackCurrency": _CURRENCY,
    "chargebackAmount": _AMOUNT,
    "uniqueId": _ID,
    "transactionId": _NUMBER,
    "chargebackUniqueId": text("The gateway's number of the chargeback."),
    "timestamp": TIMESTAMP,
}
