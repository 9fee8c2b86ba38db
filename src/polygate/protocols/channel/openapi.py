"""The OpenAPI 3.1 document of the Channel API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from polygate.core import upi
from polygate.protocols.channel.accounts import NAMES
from polygate.protocols.channel.answers import CREDIT, DEBIT, DEEPLINK, RECORD
from polygate.protocols.channel.auth import Proof
from polygate.protocols.channel.door import PREFIX
from polygate.protocols.channel.errors import Code
from polygate.protocols.channel.fields import IDENTIFIERS_END
from polygate.protocols.channel.routes import BALANCE, ENDPOINTS
from polygate.protocols.channel.schemas import PAYERS_MAX, SOURCE_NO_MAX_LENGTH, URL_MAX_LENGTH
from polygate.protocols.channel.states import ProcessCode

Schema = dict[str, Any]

MEDIA_TYPE: Final = "application/json"
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
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": VERSION, "description": about},
        "servers": [{"url": base_url}],
        "security": [{"authorization": []}],
        "tags": [{"name": "Collections"}, {"name": "Payouts"}, {"name": "Balance"}],
        "paths": paths,
        "webhooks": {
            "credit": _callback("The end of a collection", CREDIT),
            "debit": _callback("The end of a payout, or its return", DEBIT),
        },
        "components": {
            "schemas": {
                "Account": _object({name: _text(_ACCOUNT[name]) for name in NAMES}, required=()),
                "CreditOrder": _object(_credit_order()),
                "DebitOrder": _object(_order("What the balance loses: the amount and the fee.")),
                "PaymentRecord": _object(
                    {
                        "upi": _text("Address that is paid to; empty for payouts."),
                        "upiUrl": _text("`upi://pay?...`, while the order can be paid."),
                        "utr": _text("The bank's reference, once known."),
                        "errorMessage": _text("Why it failed; empty in every other state."),
                    }
                ),
                "Deeplink": _object(
                    {name: _text("Opens the payer's app; empty when there is nothing to pay.") for name in _LINKS}
                ),
            },
            "securitySchemes": {
                "authorization": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "The access key (V1), or the merchant's number (V2).",
                }
            },
        },
    }


def operation_id(path: str) -> str:
    """`Credit/GetV2` is `creditGetV2`."""
    first, second = path.split("/")
    return first.lower() + second


_LINKS: Final = ("other", *upi.APPS)
_ACCOUNT: Final = {
    "accountName": "The holder's name.",
    "bankNo": "IFSC code of the branch, for type `1`.",
    "bankName": "The bank's name.",
    "bankAccount": "Account number, or UPI address.",
    "accountType": "`1` bank account, `2` UPI.",
    "mobile": "The holder's telephone.",
}


def _operation(path: str) -> Schema:
    encrypted = ENDPOINTS[path].proof is Proof.ENCRYPTION
    first, second = path.split("/")
    plain = f"{first}/{_PLAIN_OF.get(second, second)}"
    title, about = _TITLES[plain]
    is_credit = first == "Credit"
    own = (Code.NOT_DECRYPTED,) if encrypted else (Code.INTERFACE_DISABLED,)
    codes = (Code.DONE, *_AT_THE_DOOR, *own, *_IN_THE_BODY, *_ORDERS[plain], Code.SYSTEM_ERROR)
    body = _sealed(plain) if encrypted else _asked(plain)
    members = {
        (CREDIT if is_credit else DEBIT): _ref("CreditOrder" if is_credit else "DebitOrder"),
        RECORD: _ref("PaymentRecord"),
        **({DEEPLINK: _ref("Deeplink")} if is_credit else {}),
    }
    return {
        "operationId": operation_id(path),
        "summary": f"{title}{', encrypted' if encrypted else ''}",
        "description": about,
        "tags": ["Collections" if is_credit else "Payouts"],
        "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": body}}},
        **_answers(codes, _object(members)),
    }


def _balance() -> Schema:
    members = {
        "balance": _money("All of it."),
        "frozenBalance": _money("Held back for payouts under way."),
        "remainBalance": _money("Free to be paid out."),
    }
    return {
        "operationId": "merchantBalance",
        "summary": "Ask for the balance",
        "description": "`balance` is always the sum of the two others.",
        "tags": ["Balance"],
        **_answers((Code.DONE, *_AT_THE_DOOR, Code.SYSTEM_ERROR), _object(members)),
    }


def _answers(codes: Sequence[Code], result: Schema) -> Schema:
    by_status: dict[int, list[Code]] = {}
    for code in codes:
        by_status.setdefault(code.http_status, []).append(code)
    refused = [code for code in by_status[200] if code is not Code.DONE]
    responses = {
        str(status): _response(status, _envelope(of_it, {"type": "null"}))
        for status, of_it in sorted(by_status.items())
        if status != 200
    }
    understood = {"oneOf": [_envelope([Code.DONE], result), _envelope(refused, {"type": "null"})]}
    return {
        "responses": {"200": _response(200, understood), **responses},
        "x-codes": [
            {"code": str(code.code), "status": code.http_status, "about": code.message or "carried out"}
            for code in codes
        ],
    }


def _response(status: int, schema: Schema) -> Schema:
    return {"description": _STATUS[status], "content": {MEDIA_TYPE: {"schema": schema}}}


def _envelope(codes: Sequence[Code], result: Schema) -> Schema:
    return _object(
        {
            "code": {
                "type": "integer",
                "enum": [code.code for code in codes],
                "description": "0 for what was carried out.",
            },
            "errorDesc": _text("What went wrong; empty for 0."),
            "result": result,
        }
    )


def _asked(plain: str) -> Schema:
    number = _text("The merchant's number of the order.", 1, SOURCE_NO_MAX_LENGTH)
    if plain.endswith("/Get"):
        name = "channelCreditOrderId" if plain == "Credit/Get" else "channelDebitOrderId"
        named = {name: _identifier("The gateway's number of the order."), "sourceNo": number}
        either = {"anyOf": [{"required": [name]}, {"required": ["sourceNo"]}]}
        return {**_object(named, required=()), **either, "description": "At least one of the two."}
    common = {
        "amount": _money("What the payer pays, or the receiver gets."),
        "sourceNo": number,
        "callbackUrl": _text("Where callbacks go, instead of the merchant's own address.", 1, URL_MAX_LENGTH),
    }
    if plain == "Credit/Set":
        payers: Schema = {
            "type": "array",
            "items": _ref("Account"),
            "maxItems": PAYERS_MAX,
            "description": "Who will pay; kept and told again, not checked.",
        }
        return _object({**common, "payerAccountDetailList": payers}, required=("amount", "sourceNo"))
    payee = {**_ref("Account"), "description": "Who is paid; without it, the merchant's own payout account."}
    return _object({**common, "payeeAccountDetail": payee}, required=("amount", "sourceNo"))


def _sealed(plain: str) -> Schema:
    about = f"The body of `{plain}` as JSON text, encrypted with AES-256-ECB and PKCS7 by the access key, in Base64."
    return _object({"data": _text(about, 1)})


def _callback(title: str, member: str) -> Schema:
    data = f"Encrypted like calls: an object with `{member}` and `{RECORD}` as the query shows them."
    return {
        "post": {
            "summary": title,
            "description": "Sent to the order's `callbackUrl`, else to the merchant's address for its direction.",
            "security": [],
            "parameters": [],
            "requestBody": {
                "required": True,
                "content": {
                    MEDIA_TYPE: {"schema": _object({"sourceNo": _text("The merchant's number."), "data": _text(data)})}
                },
            },
            "responses": {"200": {"description": "Received; nothing else counts."}},
        }
    }


def _credit_order() -> Schema:
    return {
        **_order("What the balance gains: the amount less the fee."),
        "cashierLink": _text("The payer's page."),
        "payerAccountDetailList": {"type": "array", "items": _ref("Account"), "description": "As sent."},
    }


def _order(token_amount: str) -> Schema:
    return {
        "id": _identifier("The gateway's number."),
        "merchantId": _identifier("The merchant's number."),
        "merchantSourceNo": _text("`sourceNo` as sent."),
        "fiatAmount": _money("The amount of the order."),
        "tokenAmount": _money(token_amount),
        "processCode": {
            "type": "integer",
            "enum": [code.value for code in ProcessCode],
            "description": "Where the order stands.",
        },
        "createdTime": _time("When it was made."),
        "updatedTime": _time("When it last changed."),
        "payeeAccountDetail": {
            "oneOf": [_ref("Account"), {"type": "null"}],
            "description": "Who is paid.",
        },
        "paid": {"type": "boolean", "description": "`true` only while completed."},
        "callbackCode": {"type": "integer", "description": "HTTP status of the last callback; 0 for none."},
        "closedTime": {"type": ["integer", "null"], "description": "When it became final, in milliseconds."},
    }


def _object(properties: Schema, *, required: Sequence[str] | None = None) -> Schema:
    names = list(properties) if required is None else list(required)
    return {"type": "object", "properties": properties, **({"required": names} if names else {})}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _text(about: str, shortest: int = 0, longest: int = 0) -> Schema:
    limits = {"minLength": shortest} if shortest else {}
    if longest:
        limits["maxLength"] = longest
    words = {"x-limits": f"{shortest} to {longest} characters"} if longest else {}
    return {"type": "string", "description": about, **limits, **words}


def _money(about: str) -> Schema:
    return {"type": "number", "description": about, "x-limits": "at most 2 decimals and 12 digits"}


def _identifier(about: str) -> Schema:
    return {"type": "integer", "minimum": 1, "exclusiveMaximum": IDENTIFIERS_END, "description": about}


def _time(about: str) -> Schema:
    return {"type": "integer", "description": f"{about} Milliseconds since 1970."}
