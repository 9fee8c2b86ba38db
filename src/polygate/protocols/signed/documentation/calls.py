"""What the reference says of each call beside what its declarations say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from polygate.protocols.reading.answer_fields import Body
from polygate.protocols.signed.documentation import answer_shapes
from polygate.protocols.signed.errors import Code

AT_THE_DOOR: Final = (
    Code.HEADER_MISSING,
    Code.HEADER_MALFORMED,
    Code.TIMESTAMP_EXPIRED,
    Code.SIGNATURE_INVALID,
    Code.NONCE_REUSED,
    Code.AGENT_MISSING,
    Code.PLAIN_HTTP,
    Code.WRONG_METHOD,
    Code.TOO_LARGE,
    Code.UNSUPPORTED_TYPE,
    Code.RATE_LIMITED,
)
IN_THE_BODY: Final = (Code.INVALID_JSON, Code.MISSING, Code.INVALID)
AT_WORST: Final = (Code.INTERNAL_FAULT, Code.UNAVAILABLE)
_ABOUT_MONEY: Final = (Code.BAD_AMOUNT, Code.CURRENCY_NOT_SUPPORTED, Code.METHOD_NOT_ENABLED)


class Description(msgspec.Struct, frozen=True):
    group: str
    title: str
    about: str
    answer: Body
    codes: tuple[Code, ...]
    """Its own ones, beside those that every call has."""

    @property
    def all_codes(self) -> tuple[Code, ...]:
        return (Code.OK, *AT_THE_DOOR, *IN_THE_BODY, *self.codes, *AT_WORST)


CALLS: Final[Mapping[str, Description]] = {
    "payment/create": Description(
        "Payments",
        "Create a payment",
        "Send the payer to `action.url`; the result comes by notification. The same call again gives the same payment.",
        answer_shapes.PAYMENT_CREATED,
        (*_ABOUT_MONEY, Code.AMOUNT_OUT_OF_RANGE, Code.PAYMENT_DUPLICATED, Code.PAYMENT_REJECTED),
    ),
    "payment/query": Description(
        "Payments",
        "Query a payment",
        "By either number, or by both of the same payment.",
        answer_shapes.PAYMENT,
        (Code.PAYMENT_NOT_FOUND, Code.PAYMENT_CONFLICT),
    ),
    "payout/create": Description(
        "Payouts",
        "Create a payout",
        "Pays the payee out of the balance, which holds amount and fee from now on. `OK` means accepted, not paid.",
        answer_shapes.PAYOUT_CREATED,
        (*_ABOUT_MONEY, Code.PAYOUT_ACCOUNT, Code.PAYOUT_BALANCE, Code.PAYOUT_DUPLICATED, Code.PAYOUT_REJECTED),
    ),
    "payout/query": Description(
        "Payouts",
        "Query a payout",
        "By either number, or by both of the same payout.",
        answer_shapes.PAYOUT,
        (Code.PAYOUT_NOT_FOUND, Code.PAYOUT_CONFLICT),
    ),
    "refund/create": Description(
        "Refunds",
        "Create a refund",
        "Gives a payment back, whole or in parts, out of the balance. What becomes of it is told later.",
        answer_shapes.REFUND_CREATED,
        (
            Code.BAD_AMOUNT,
            Code.REFUND_PAYMENT_NOT_FOUND,
            Code.REFUND_NOT_REFUNDABLE,
            Code.REFUND_TOO_LARGE,
            Code.REFUND_BALANCE,
            Code.REFUND_DUPLICATED,
        ),
    ),
    "refund/query": Description(
        "Refunds",
        "Query a refund",
        "By either number, or by both of the same refund.",
        answer_shapes.REFUND,
        (Code.REFUND_NOT_FOUND, Code.REFUND_CONFLICT),
    ),
    "balance/query": Description(
        "Balance",
        "Query balances",
        "One entry for each currency; all apps of a merchant share its balances.",
        answer_shapes.BALANCES,
        (Code.CURRENCY_NOT_SUPPORTED,),
    ),
}
"""By path below the prefix, in the order of the page."""
