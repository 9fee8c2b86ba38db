"""The request bodies of the Signed API, declared (section 4)."""

from __future__ import annotations

from typing import Final

from polygate.core.dated_numbers import LENGTH
from polygate.protocols.reading.faults import Fault, Wrong
from polygate.protocols.reading.fields import Field, Found, Given, Rule, Shape, Varied, absent, optional, required, rule
from polygate.protocols.reading.kinds import Choice, Prose, Text, Url
from polygate.protocols.signed.kinds import CURRENCY, EMAIL, NUMBER, PHONE, VPA, Amount, Currencies
from polygate.protocols.signed.methods import PAY_TYPES, PAYOUT_TYPES, TRANSFER_MODES

PIX_KEY_TYPES: Final = ("CPF", "CNPJ", "PHONE", "EMAIL", "EVP")

_NAME: Final = Text(1, 80)
_URL: Final = Url(longest=255)
_NUMBER: Final = required("merchantTradeNo", NUMBER, "The merchant's number; each is carried out once.")
_DESCRIPTION: Final = Prose(1, 80)
_ATTACH: Final = optional(
    "merchantAttach", Text(1, 255), "The merchant's own data: comes back unchanged in redirect, notification and query."
)
_DOCUMENT: Final = (
    optional("documentType", Text(1, 20), "Kind of identity paper: `CPF`, `CNPJ`, `PASSPORT`, `OTHER`, or another."),
    optional("document", Text(1, 64), "Its number."),
)

PAYER: Final = Shape(
    required("userId", Text(1, 64), "The merchant's name for the payer."),
    required("name", _NAME, "Name."),
    required("email", EMAIL, "Mail address."),
    required("phone", PHONE, "Telephone."),
    *_DOCUMENT,
)

TRADE_ENV: Final = Shape(
    optional("deviceId", Text(1, 50), "The payer's device."),
    optional("ip", Text(1, 45), "The payer's address."),
)

_PAY_TYPE: Final = Choice(tuple(PAY_TYPES))


def _pay_method(*own: Field) -> Shape:
    return Shape(required("type", _PAY_TYPE, "How the payer pays."), *own)


PAY_METHOD: Final = Varied(
    _PAY_TYPE,
    {name: _pay_method() for name in PAY_TYPES}
    | {"UPI_COLLECT": _pay_method(required("vpa", VPA, "The payer's UPI address, for `UPI_COLLECT`."))},
)

PAYMENT: Final = Shape(
    _NUMBER,
    required("amount", Amount(), "What the payer pays."),
    required("currency", CURRENCY, "Its currency, which has to fit the method."),
    required("description", _DESCRIPTION, "What is paid for; the payer may see it."),
    required("payer", PAYER, "Who pays."),
    required("payMethod", PAY_METHOD, "How."),
    optional("tradeEnv", TRADE_ENV, "What the payer pays with."),
    _ATTACH,
    required("notifyUrl", _URL, "Where the result is sent."),
    optional("returnUrl", _URL, "Where the payer's browser goes afterwards; without it, the page shows the result."),
)

_PAYOUT_TYPE: Final = Choice(tuple(PAYOUT_TYPES))
_PAYEE: Final = required("payeeName", _NAME, "The holder's name.")
_PAYEE_PHONE: Final = optional("payeePhone", Text(1, 20), "The holder's telephone.")


def _payout_method(*own: Field) -> Shape:
    return Shape(required("type", _PAYOUT_TYPE, "What kind of account it is."), *own)


PAYOUT_METHOD: Final = Varied(
    _PAYOUT_TYPE,
    {
        "UPI": _payout_method(required("vpa", Text(1, 128), "The payee's UPI address."), _PAYEE),
        "BANK_ACCOUNT": _payout_method(
            required("accountNumber", Text(1, 64), "Number of the account or wallet."),
            _PAYEE,
            required("bankCode", Text(1, 32), "The bank or branch; in India the IFSC."),
            optional("bankName", _NAME, "The bank's name."),
            optional("mode", Text(1, 20), f"India's transfer system: {', '.join(TRANSFER_MODES)}.", default="IMPS"),
            _PAYEE_PHONE,
            optional("payeeEmail", Text(1, 80), "The holder's mail address."),
        ),
        "PIX": _payout_method(
            required("pixKeyType", Choice(PIX_KEY_TYPES), "What kind of key it is."),
            required("pixKey", Text(1, 128), "The payee's Pix key."),
            _PAYEE,
            *_DOCUMENT,
        ),
        "WALLET": _payout_method(
            required("walletCode", Text(1, 32), "The wallet's operator."),
            required("accountNumber", Text(1, 64), "Number of the account or wallet."),
            _PAYEE,
            _PAYEE_PHONE,
        ),
    },
)

PAYOUT: Final = Shape(
    _NUMBER,
    required("amount", Amount(), "What the payee gets; a fee is taken beside it."),
    required("currency", CURRENCY, "Its currency, which has to fit the method."),
    required("description", _DESCRIPTION, "What is paid for."),
    required("payoutMethod", PAYOUT_METHOD, "Where the money goes."),
    _ATTACH,
    required("notifyUrl", _URL, "Where the result is sent."),
)

REFUND: Final = Shape(
    required("merchantRefundNo", NUMBER, "The merchant's number of the refund; each is carried out once."),
    required("paymentNo", Text(1, 50), "The payment, by the gateway's number."),
    required("amount", Amount(), "What goes back to the payer."),
    required("description", _DESCRIPTION, "Why."),
    optional("notifyUrl", _URL, "Where the result is sent; without it, nothing is."),
)


def _one_of(merchants: str, ours: str) -> Rule:
    def check(given: Given, found: Found, now_ms: int) -> None:
        """One of the two numbers, or both of the same."""
        if absent(given.get(merchants)) and absent(given.get(ours)):
            raise Wrong(Fault.NOT_NAMED, f"or {ours} is required", merchants)

    return rule(Fault.NOT_NAMED, schema={"anyOf": [{"required": [merchants]}, {"required": [ours]}]})(check)


def _query(merchants: str, ours: str) -> Shape:
    return Shape(
        optional(merchants, Text(1, 50), "The merchant's number."),
        optional(ours, Text(1, LENGTH), "The gateway's number, 32 digits."),
        _one_of(merchants, ours),
    )


PAYMENT_QUERY: Final = _query("merchantTradeNo", "paymentNo")
PAYOUT_QUERY: Final = _query("merchantTradeNo", "payoutNo")
REFUND_QUERY: Final = _query("merchantRefundNo", "refundNo")
BALANCE_QUERY: Final = Shape(required("currencies", Currencies(), "Which currencies to tell of."))
