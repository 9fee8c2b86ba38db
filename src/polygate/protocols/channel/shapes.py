"""What the calls of the Channel API take and give, as JSON Schema (2020-12)."""

from __future__ import annotations

from typing import Final

from polygate.core import upi
from polygate.core.receivers import IFSC, ONE_AT, TEXT_MAX_LENGTH
from polygate.protocols.channel.accounts import METHODS, NAMES
from polygate.protocols.channel.amounts import DIGITS_MAX
from polygate.protocols.channel.fields import IDENTIFIERS_END, NOT_BLANK, PRINTED
from polygate.protocols.channel.schemas import CALLBACK_URL, PAYERS_MAX, SOURCE_NO_MAX_LENGTH
from polygate.protocols.channel.states import ProcessCode
from polygate.protocols.documenting.openapi import object_of, ref
from polygate.protocols.reading.json_schema import Schema

_LINKS: Final = ("other", *upi.APPS)
_ACCOUNT: Final = {
    "accountName": "The holder's name.",
    "bankNo": "IFSC code of the branch, for type `1`.",
    "bankName": "The bank's name.",
    "bankAccount": "Account number, or UPI address.",
    "accountType": "`1` bank account, `2` UPI.",
    "mobile": "The holder's telephone.",
}


def named() -> Schema:
    """The objects that calls refer to, by their names."""
    return {
        "Account": object_of({name: text(_ACCOUNT[name]) for name in NAMES}),
        "Payer": object_of({name: _given(name) for name in NAMES}, required=()),
        "Receiver": _receiver(),
        "CreditOrder": object_of(_credit_order()),
        "DebitOrder": object_of(_order("What the balance loses: the amount and the fee.")),
        "PaymentRecord": object_of(
            {
                "upi": text("Address that is paid to; empty for payouts."),
                "upiUrl": text("`upi://pay?...`, while the order can be paid."),
                "utr": text("The bank's reference, once known."),
                "errorMessage": text("Why it failed; empty in every other state."),
            }
        ),
        "Deeplink": object_of(
            {name: text("Opens the payer's app; empty when there is nothing to pay.") for name in _LINKS}
        ),
    }


def asked(plain: str) -> Schema:
    """The body of a plain call; `plain` is its path."""
    number = text("The merchant's number of the order.", 1, SOURCE_NO_MAX_LENGTH) | {"pattern": NOT_BLANK}
    if plain.endswith("/Get"):
        name = "channelCreditOrderId" if plain == "Credit/Get" else "channelDebitOrderId"
        order_id = _identifier("The gateway's number of the order.")
        either = [
            {"properties": {name: {"type": "integer"}}, "required": [name]},
            {"properties": {"sourceNo": {"type": "string"}}, "required": ["sourceNo"]},
        ]
        named = {name: _or_null(order_id), "sourceNo": _or_null(number)}
        return {**object_of(named, required=()), "anyOf": either, "description": "At least one of the two."}
    url = text("Where callbacks go, instead of the merchant's own address.", 1, CALLBACK_URL.longest)
    common = {
        "amount": money("What the payer pays, or the receiver gets.")
        | {"exclusiveMinimum": 0, "exclusiveMaximum": 10**DIGITS_MAX},
        "sourceNo": number,
        "callbackUrl": _or_null(url | {**CALLBACK_URL.schema()}),
    }
    if plain == "Credit/Set":
        payers: Schema = {
            "type": ["array", "null"],
            "items": ref("Payer"),
            "maxItems": PAYERS_MAX,
            "description": "Who will pay; kept and told again, not checked.",
            "x-limits": f"at most {PAYERS_MAX}",
        }
        return object_of({**common, "payerAccountDetailList": payers}, required=("amount", "sourceNo"))
    payee = {
        "oneOf": [ref("Receiver"), {"type": "null"}],
        "description": "Who is paid; without it, the merchant's own payout account.",
    }
    return object_of({**common, "payeeAccountDetail": payee}, required=("amount", "sourceNo"))


def _given(name: str) -> Schema:
    return _or_null(text(_ACCOUNT[name], 0, TEXT_MAX_LENGTH) | {"pattern": PRINTED})


def _receiver() -> Schema:
    """An account that can be paid: each type asks for more of one of its fields."""
    needed = ("accountName", "bankAccount", "accountType")
    fields = {name: _given(name) for name in NAMES}
    for name in ("accountName", "bankAccount"):
        fields[name] = text(_ACCOUNT[name], 1, TEXT_MAX_LENGTH) | {"pattern": NOT_BLANK}
    fields["accountType"] = text(_ACCOUNT["accountType"]) | {"enum": list(METHODS)}
    by_type = [
        object_of({"accountType": {"const": "1"}, "bankNo": {"type": "string", "pattern": IFSC}}),
        object_of({"accountType": {"const": "2"}, "bankAccount": {"type": "string", "pattern": ONE_AT}}),
    ]
    return {**object_of(fields, required=needed), "anyOf": by_type}


def sealed(plain: str) -> Schema:
    """The body of the encrypted call that asks the same."""
    about = f"The body of `{plain}` as JSON text, encrypted with AES-256-ECB and PKCS7 by the access key, in Base64."
    return object_of({"data": text(about, 1)})


def _credit_order() -> Schema:
    return {
        **_order("What the balance gains: the amount less the fee."),
        "cashierLink": text("The payer's page."),
        "payerAccountDetailList": {"type": "array", "items": ref("Account"), "description": "As sent."},
    }


def _order(token_amount: str) -> Schema:
    return {
        "id": _identifier("The gateway's number."),
        "merchantId": _identifier("The merchant's number."),
        "merchantSourceNo": text("`sourceNo` as sent."),
        "fiatAmount": money("The amount of the order."),
        "tokenAmount": money(token_amount),
        "processCode": {
            "type": "integer",
            "enum": [code.value for code in ProcessCode],
            "description": "Where the order stands.",
        },
        "createdTime": _time("When it was made."),
        "updatedTime": _time("When it last changed."),
        "payeeAccountDetail": {
            "oneOf": [ref("Account"), {"type": "null"}],
            "description": "Who is paid.",
        },
        "paid": {"type": "boolean", "description": "`true` only while completed."},
        "callbackCode": {"type": "integer", "description": "HTTP status of the last callback; 0 for none."},
        "closedTime": {"type": ["integer", "null"], "description": "When it became final, in milliseconds."},
    }


def text(about: str, shortest: int = 0, longest: int = 0) -> Schema:
    limits = {"minLength": shortest} if shortest else {}
    if longest:
        limits["maxLength"] = longest
    words = {"x-limits": f"{shortest} to {longest} characters"} if longest else {}
    return {"type": "string", "description": about, **limits, **words}


def _or_null(schema: Schema) -> Schema:
    """For clients that send members without a value instead of leaving them out."""
    return schema | {"type": [schema["type"], "null"]}


def money(about: str) -> Schema:
    return {"type": "number", "description": about, "x-limits": "at most 2 decimals and 12 digits"}


def _identifier(about: str) -> Schema:
    return {"type": "integer", "minimum": 1, "exclusiveMaximum": IDENTIFIERS_END, "description": about}


def _time(about: str) -> Schema:
    return {"type": "integer", "description": f"{about} Milliseconds since 1970."}
