"""The answers of the Gateway API as the contract lists them: every field, its form, and whether it is always there."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

import httpx

from polygate.protocols.gateway.errors import Code
from tests.support.document import Document

# Leading and trailing blanks would be an accident in any text of ours.
TEXT: Final = r"\S(?s:.*\S)?"
AMOUNT: Final = r"\d{1,7}\.\d{2}"
CURRENCY: Final = r"[A-Z]{3}"
NUMBER: Final = r"[1-9]\d{17}"
ORDER_NO: Final = r"[!-~]{5,64}"
REFUND_NO: Final = r"[!-~]{1,64}"
MERCHANT_NO: Final = r"\d{14}"
IDENTIFIER: Final = r"\d{33}"
WALLET: Final = "wechat|alipay|alipayPlus|upay|payNow|grabPay|shopeePay|paypal|applePay|googlePay"
PAY_NOW_CODE: Final = r"000201[ -~]+6304[0-9A-F]{4}"
DATE_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00"
PLAIN_TIME: Final = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
URL: Final = r"https?://\S{3,512}"
ORDER_STATUS: Final = "created|pending|authorized|successed|failed|canceled|expired"
LAST_EVENT: Final = "REDIRECT|QRCODE|SDK|WAIT|AUTHORIZED|CAPTURED|REFUSED|CANCELED|EXPIRED"
REFUND_STATUS: Final = "accepted|successed|failed"
TRACKING_ID: Final = rf"{NUMBER}-{TEXT}"
SHIPPING_STATUS: Final = "SHIPPED|IN_TRANSIT|ON_HOLD|LOCAL_PICKUP|DELIVERED|RETURNED|CANCELLED"

ORDER_STATES: Final = set(ORDER_STATUS.split("|"))
EVENT_OF: Final = {
    "authorized": {"AUTHORIZED"},
    "successed": {"CAPTURED"},
    "failed": {"REFUSED"},
    "canceled": {"CANCELED"},
    "expired": {"EXPIRED"},
    "pending": {"REDIRECT", "QRCODE", "SDK", "WAIT"},
}
"""Section 5.2."""

Fields = dict[str, Any]
"""Name → a pattern for text, `int`, `Decimal` for a JSON number with two decimals, a dict for an object, a list with
one dict for an array of them. A trailing `!` in the name says that the field is always there."""

RESULT: Final[Fields] = {"respCode!": r"\d{4}", "respMsg!": TEXT}

PAYMENT: Final[Fields] = RESULT | {
    "amount!": AMOUNT,
    "currency!": CURRENCY,
    "orderNo!": ORDER_NO,
    "tradeNo!": NUMBER,
    "authorizeCode": r"\w{6}",
    "ddc": {"ddcAction!": URL, "jwt!": r"[\w-]+\.[\w-]+\.[\w-]+", "bin!": r"\d{6}", "challenged!": "[YNU]"},
    "desc": TEXT,
    "lastEvent": LAST_EVENT,
    "orderStatus": ORDER_STATUS,
    "payUrl": f"{URL}|{PAY_NOW_CODE}",
    "payInfo": {f"{name}!": TEXT for name in ("appId", "timeStamp", "nonceStr", "package", "signType", "paySign")},
    "transactionIdentifier": IDENTIFIER,
    "transactionTime": DATE_TIME,
}
REFUND: Final[Fields] = {
    "amount!": AMOUNT,
    "currency!": CURRENCY,
    "desc": TEXT,
    "finishTime": PLAIN_TIME,
    "mercId!": MERCHANT_NO,
    "refundOrderNo!": REFUND_NO,
    "refundStatus!": REFUND_STATUS,
    "refundTradeNo!": NUMBER,
}
ADDRESS: Final[Fields] = {
    "city!": TEXT,
    "country!": "[A-Z]{2}",
    "line1!": TEXT,
    "line2": TEXT,
    "line3": TEXT,
    "postcode!": TEXT,
    "state!": TEXT,
}
PHONE: Final[Fields] = {"countryCode": TEXT, "number": TEXT}
QUERY: Final[Fields] = RESULT | {
    "order!": {
        "billingDesc": r".{1,18}",
        "brand": f"VISA|MASTERCARD|AMEX|JCB|UNIONPAY|DISCOVER|DINERS|{WALLET}",
        "clientIp": r"[0-9a-fA-F:.]+",
        "mcc!": r"\d{4}",
        "mercName!": TEXT,
        "orderNo!": ORDER_NO,
        "tradeNo!": NUMBER,
        "orderStatus!": ORDER_STATUS,
        "orderStatusDesc!": TEXT,
        "payAmount!": Decimal,
        "payName": TEXT,
        "payNo": r"\d{6}\*{3,9}\d{4}|sbx\d{17}",
        "payTime!": DATE_TIME,
        "paymentMethodType": f"card|{WALLET}",
        "tradeComments": TEXT,
        "tradeCurrency!": CURRENCY,
        "tradeFinishTime": DATE_TIME,
        "websiteId!": TEXT,
    },
    "billing": {
        "address!": ADDRESS,
        "birthday": r"\d{4}-\d\d-\d\d",
        "customerInitiatedReason": "RECURRING|INSTALMENT|UNSCHEDULED",
        "email": TEXT,
        "phone": PHONE,
        "storedcredentials": "none|store",
    },
    "shipping": {
        "address!": ADDRESS,
        "carrier": TEXT,
        "email": TEXT,
        "firstName!": TEXT,
        "lastName!": TEXT,
        "phone!": PHONE,
        "trackingNo": TEXT,
    },
    "extend": {
        "arn": r"\d{23}",
        "authorizeCode": r"\w{6}",
        "avsResult": "[YAZNU]",
        "bin": r"\d{6}",
        "cardClass": "CREDIT|DEBIT|PREPAID|UNKNOWN",
        "cvcResult": "[MNPU]",
        "dsInfo": {
            "authenticationStatus": "[YAUNRC]",
            "cavvAlgorithm": TEXT,
            "eci": r"0[0-7]",
            "enrolled": "[YNU]",
            "signatureVerification": "[YN]",
            "threeDsVersion": r"\d\.\d\.\d",
        },
        "issuerCountryCode": "[A-Z]{2}",
        "riskScore": r"\d{1,2}|100",
        "transactionIdentifier": IDENTIFIER,
    },
    "refund!": [
        {
            "amount!": Decimal,
            "completeTime": PLAIN_TIME,
            "currency!": CURRENCY,
            "desc": TEXT,
            "orderNo!": REFUND_NO,
            "refundStatus!": REFUND_STATUS,
            "refundTime!": DATE_TIME,
            "tradeNo!": NUMBER,
        }
    ],
}
SUBSCRIBE: Final[Fields] = RESULT | {"apiVersion!": "20250703", "signMethod!": "sha256", "subscribeUrl!": URL}

TRACKED: Final[Fields] = RESULT | {"desc!": ".*", "trackings!": [TRACKING_ID]}
TRACKING_FAULT: Final[Fields] = RESULT | {"index!": int, "orderNo!": ".*", "trackingNo!": ".*"}
TRACKING: Final[Fields] = RESULT | {
    "shipmentDate!": r"\d{4}-\d\d-\d\d",
    "shipmentDirection!": "FORWARD|RETURN",
    "shippingStatus!": SHIPPING_STATUS,
    "trackingNumberType!": "CARRIER_PROVIDED|E2E_PARTNER_PROVIDED",
    "carrier": TEXT,
    "desc": "",
    "matedata": dict,
    "orderNo": ORDER_NO,
    "trackingNo": TEXT,
    "trackingUrl": URL,
    "tradeNo": NUMBER,
}

PAYER_ABSENT: Final[Fields] = {name: form for name, form in PAYMENT.items() if name not in {"ddc", "payUrl", "payInfo"}}
"""Section 4.6: nobody is sent anywhere."""

ANSWERS: Final[dict[str, Fields]] = {
    "connect/token": RESULT | {"accessToken!": r"\S{43,512}", "expiresIn!": int},
    "cashier/order": RESULT | {"expiresIn": int, "orderNo!": ORDER_NO, "redirectUrl!": URL},
    "payment": PAYMENT,
    "capture": RESULT
    | {"amount!": AMOUNT, "currency!": CURRENCY, "orderNo!": ORDER_NO, "tradeNo!": NUMBER}
    | {"lastEvent": LAST_EVENT, "orderStatus": ORDER_STATUS, "transactionTime": DATE_TIME},
    "cancel": RESULT
    | {"orderNo!": ORDER_NO, "tradeNo!": NUMBER}
    | {"lastEvent": LAST_EVENT, "orderStatus": ORDER_STATUS, "transactionTime": DATE_TIME},
    "mitPayment": PAYER_ABSENT,
    "subscriptionPayment": PAYER_ABSENT,
    "query": QUERY,
    "refund": RESULT | REFUND,
    "refundQuery": RESULT | REFUND | {"refunds": [REFUND]},
    "shipping/tracking": TRACKED,
    "shipping/tracking-batch": TRACKED | {"errors": [TRACKING_FAULT]},
    "shipping/tracking-modify": TRACKED,
    "shipping/retrieve": TRACKING,
    "webhook/subscribe": SUBSCRIBE,
    "webhook": SUBSCRIBE,
    "subscribe": SUBSCRIBE,
}
"""Sections 2.1 and 4.2 to 4.15."""


def _is_of_texts(form: Any) -> bool:
    return isinstance(form, str) or (isinstance(form, list) and isinstance(form[0], str))


ECHOED: Final = {
    path: {name.rstrip("!") for name, form in fields.items() if name.endswith("!") and _is_of_texts(form)}
    for path, fields in ANSWERS.items()
}
"""What an error answer holds: the texts that are always there, and the lists of texts (section 1.3)."""

DOCUMENT: Final = Document("gateway", "/gateway/v1/")
STATUS: Final = {code.code: code.http_status for code in Code}


def check(path: str, response: httpx.Response) -> None:
    """Hold one answer to the contract: status, media type, and each field's presence, type and form."""
    body = json.loads(response.text, parse_float=Decimal)
    DOCUMENT.hold(path, response)
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    code = body["respCode"]
    assert response.status_code == STATUS[code], f"{code} with HTTP {response.status_code}"
    assert body["respMsg"], "respMsg is empty"
    # RFC 9110, 15.5.2: who is told to show a token is told how.
    assert (response.status_code == 401) == ("www-authenticate" in response.headers)
    if response.status_code != 200 or (path == "connect/token" and code != "0000"):
        assert set(body) == {"respCode", "respMsg"}
    elif code[0] in "123" and "errors" not in body:
        assert set(body) == ECHOED[path]
        assert all(isinstance(value, str) or value == [] for value in body.values())
    else:
        check_fields(path, body, ANSWERS[path])
        _check_states(path, body)


def check_fields(where: str, given: Fields, fields: Fields) -> None:
    named = {name.rstrip("!"): form for name, form in fields.items()}
    always = {name.rstrip("!") for name in fields if name.endswith("!")}
    assert always <= set(given), f"{where}: {always - set(given)} must always be there"
    assert set(given) <= set(named), f"{where}: {set(given) - set(named)} is not in the contract"
    for name, value in given.items():
        _check_value(f"{where}.{name}", value, named[name])


def _check_value(where: str, value: Any, form: Any) -> None:
    match form:
        case str():
            assert isinstance(value, str), f"{where}: {value!r} is no text"
            assert re.fullmatch(form, value), f"{where}: {value!r} is not {form}"
        case dict():
            assert isinstance(value, dict), f"{where}: {value!r} is no object"
            check_fields(where, value, form)
        case list():
            assert isinstance(value, list), f"{where}: {value!r} is no array"
            for index, element in enumerate(value):
                _check_value(f"{where}[{index}]", element, form[0])
        case _ if form is Decimal:
            assert isinstance(value, Decimal), f"{where}: {value!r} is no number with decimals"
            assert value.as_tuple().exponent == -2, f"{where}: {value} has not two decimals"
        case _:
            assert type(value) is form, f"{where}: {value!r} is no {form.__name__}"


def _check_states(path: str, body: Fields) -> None:
    """Sections 5.1, 5.2 and 11: state, event and code say the same."""
    status, code = body.get("orderStatus"), body["respCode"]
    if status in EVENT_OF:
        assert body["lastEvent"] in EVENT_OF[status]
    if ANSWERS[path] is PAYER_ABSENT:
        assert (status == "pending") == (body["lastEvent"] == "WAIT") == (code == "9002")
    if path in {"payment", "mitPayment", "subscriptionPayment"}:
        assert (code[0] == "4") == (status in {"failed", "canceled"})
        assert (code == "9002") == (body["lastEvent"] == "WAIT")
        assert ("payUrl" in body) == (body["lastEvent"] in {"REDIRECT", "QRCODE", "SDK"})
        assert ("payInfo" in body) == (body["lastEvent"] == "SDK")
        assert ("ddc" in body) == ("/3ds/" in body.get("payUrl", ""))
        assert status in ({"authorized", "successed"} if "authorizeCode" in body else ORDER_STATES - {"authorized"})
        assert ("transactionTime" in body) == (status != "pending")
