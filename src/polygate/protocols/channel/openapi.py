"""The OpenAPI 3.1 document of the Channel API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from polygate.protocols.channel.answers import CREDIT, DEBIT, DEEPLINK, RECORD
from polygate.protocols.channel.auth import Proof
from polygate.protocols.channel.door import PREFIX
from polygate.protocols.channel.errors import Code
from polygate.protocols.channel.routes import BALANCE, ENDPOINTS
from polygate.protocols.channel.shapes import asked, money, named, sealed, text
from polygate.protocols.documenting import openapi
from polygate.protocols.documenting.openapi import object_of, ref
from polygate.protocols.doors import JSON
from polygate.protocols.reading.json_schema import Schema

VERSION: Final = "1"

_AT_THE_DOOR: Final = (Code.UNAUTHORIZED, Code.CALLER_NOT_ALLOWED, Code.MERCHANT_DISABLED)
_IN_THE_BODY: Final = (Code.NOT_JSON, Code.BAD_PARAMETER)
_ORDERS: Final = {
    "Credit/Set": (Code.NUMBER_TAKEN, Code.NO_CHANNEL, Code.AMOUNT_OUT_OF_RANGE),
    "Credit/Get": (Code.ORDER_NOT_FOUND,),
    "Debit/Set": (Code.NUMBER_TAKEN, Code.BALANCE_TOO_SMALL, Code.NO_CHANNEL, Code.AMOUNT_OUT_OF_RANGE),
    "Debit/Get": (Code.ORDER_NOT_FOUND,),
}
_TITLES: Final = {
    "Credit/Set": ("Create a collection", "A payer pays the merchant: send the payer to `cashierLink`."),
    "Credit/Get": ("Query a collection", "By either number, or by both of the same order."),
    "Debit/Set": ("Create a payout", "Pays an account out of the balance, which holds the amount from now on."),
    "Debit/Get": ("Query a payout", "By either number, or by both of the same order."),
}
_PLAIN_OF: Final = {"Place": "Set", "GetV2": "Get"}
_STATUS: Final = {
    200: "Understood: `code` says what became of it.",
    400: "Not JSON.",
    401: "Not known.",
    403: "Not from here.",
    405: "Another method.",
    500: "A fault; nobody knows what became of it, so query first.",
}


def document(base_url: str, *, title: str, about: str) -> Schema:
    paths: Schema = {f"{PREFIX}/{path}": {"post": _operation(path)} for path in ENDPOINTS}
    paths[f"{PREFIX}/{BALANCE}"] = {"get": _balance()}
    return openapi.document(
        title=title,
        about=about,
        version=VERSION,
        base_url=base_url,
        tags=("Collections", "Payouts", "Balance"),
        paths=paths,
        webhooks={
            "credit": _callback("The end of a collection", CREDIT),
            "debit": _callback("The end of a payout, or its return", DEBIT),
        },
        schemas=named(),
        proofs={
            "authorization": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "The access key (V1), or the merchant's number (V2).",
            }
        },
    )


def operation_id(path: str) -> str:
    """`Credit/GetV2` is `creditGetV2`."""
    first, second = path.split("/")
    return first.lower() + second


def _operation(path: str) -> Schema:
    encrypted = ENDPOINTS[path].proof is Proof.ENCRYPTION
    first, second = path.split("/")
    plain = f"{first}/{_PLAIN_OF.get(second, second)}"
    title, about = _TITLES[plain]
    is_credit = first == "Credit"
    own = (Code.NOT_DECRYPTED,) if encrypted else (Code.INTERFACE_DISABLED,)
    codes = (Code.DONE, *_AT_THE_DOOR, *own, *_IN_THE_BODY, *_ORDERS[plain], Code.SYSTEM_ERROR)
    body = sealed(plain) if encrypted else asked(plain)
    members = {
        (CREDIT if is_credit else DEBIT): ref("CreditOrder" if is_credit else "DebitOrder"),
        RECORD: ref("PaymentRecord"),
        **({DEEPLINK: ref("Deeplink")} if is_credit else {}),
    }
    return {
        "operationId": operation_id(path),
        "summary": f"{title}{', encrypted' if encrypted else ''}",
        "description": about,
        "tags": ["Collections" if is_credit else "Payouts"],
        "requestBody": {"required": True, "content": {JSON: {"schema": body}}},
        **_answers(codes, object_of(members)),
    }


def _balance() -> Schema:
    members = {
        "balance": money("All of it."),
        "frozenBalance": money("Held back for payouts under way."),
        "remainBalance": money("Free to be paid out."),
    }
    return {
        "operationId": "merchantBalance",
        "summary": "Ask for the balance",
        "description": "`balance` is always the sum of the two others.",
        "tags": ["Balance"],
        **_answers((Code.DONE, *_AT_THE_DOOR, Code.SYSTEM_ERROR), object_of(members)),
    }


def _answers(codes: Sequence[Code], result: Schema) -> Schema:
    by_status = openapi.by_status(codes)
    refused = [code for code in by_status.pop(200) if code is not Code.DONE]
    responses = {
        str(status): openapi.response(_STATUS[status], _envelope(of_it, {"type": "null"}))
        for status, of_it in by_status.items()
    }
    understood = {"oneOf": [_envelope([Code.DONE], result), _envelope(refused, {"type": "null"})]}
    return {
        "responses": {"200": openapi.response(_STATUS[200], understood), **responses},
        "x-codes": [
            {"code": str(code.code), "status": code.http_status, "about": code.message or "carried out"}
            for code in codes
        ],
    }


def _envelope(codes: Sequence[Code], result: Schema) -> Schema:
    return object_of(
        {
            "code": {
                "type": "integer",
                "enum": [code.code for code in codes],
                "description": "0 for what was carried out.",
            },
            "errorDesc": text("What went wrong; empty for 0."),
            "result": result,
        }
    )


def _callback(title: str, member: str) -> Schema:
    data = f"Encrypted like calls: an object with `{member}` and `{RECORD}` as the query shows them."
    return openapi.notification(
        title,
        "Sent to the order's `callbackUrl`, else to the merchant's address for its direction.",
        object_of({"sourceNo": text("The merchant's number."), "data": text(data)}),
        received=("200", "Received; nothing else counts."),
    )
