"""What the `data` of each answer holds (sections 4 and 5). What has no value is null, and not left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from polygate.core.dated_numbers import LENGTH
from polygate.protocols.reading.answer_fields import Listed, Told, Written, always, body, sometimes
from polygate.protocols.signed import states
from polygate.protocols.signed.methods import CURRENCIES

_TIME_PATTERN: Final = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+08:00$"


def _written(limits: str, **keywords: Any) -> Written:
    return Written({"type": "string", **keywords}, limits)


def _or_null(form: Written) -> Written:
    schema: Mapping[str, Any] = {**form.schema, "type": ["string", "null"]}
    if "enum" in schema:
        schema = {**schema, "enum": [*schema["enum"], None]}
    return Written(schema, f"{form.limits}, or null")


def _one_of(values: Iterable[str]) -> Written:
    listed = list(dict.fromkeys(values))
    return _written(", ".join(f"`{value}`" for value in listed), enum=listed)


_NUMBER: Final = _written(f"{LENGTH} digits", pattern=f"^[0-9]{{{LENGTH}}}$")
_TEXT: Final = _written("text")
_MONEY: Final = _written("2 decimals", pattern=r"^[0-9]{1,16}\.[0-9]{2}$")
_BALANCE: Final = _written("2 decimals", pattern=r"^[0-9]+\.[0-9]{2}$")
_TIME: Final = _written("`yyyy-MM-ddTHH:mm:ss.SSS+08:00`", pattern=_TIME_PATTERN)
_CURRENCY: Final = _one_of(CURRENCIES)
_RRN: Final = _or_null(_written("12 digits", pattern="^[0-9]{12}$"))
_LINK: Final = _written("URL", format="uri")


def _trade(number: str, statuses: Mapping[Any, str]) -> tuple[Told, ...]:
    return (
        always(number, _NUMBER, "The gateway's number."),
        always("merchantTradeNo", _TEXT, "The merchant's number."),
        always("amount", _MONEY, "Amount."),
        always("currency", _CURRENCY, "Its currency."),
        always("status", _one_of(statuses.values()), "Where it stands."),
    )


def _ending(reasons: Mapping[str, str]) -> tuple[Told, ...]:
    return (
        always("errorCode", _or_null(_one_of(reasons)), "Why it did not succeed."),
        always("errorInfo", _or_null(_TEXT), "The same in words."),
    )


_DATES: Final = (
    always("createdTime", _TIME, "When it was made."),
    always("paidTime", _or_null(_TIME), "When it was paid."),
)
_ATTACH: Final = always("merchantAttach", _or_null(_TEXT), "As sent.")

ACTION: Final = body(
    always("type", _one_of(("REDIRECT", "QRCODE")), "What to do with the payer."),
    always("url", _LINK, "The payer's page; opening it is enough for every type."),
    sometimes("deepLink", _written("`upi://pay?...`", pattern=r"^upi://pay\?"), "Opens the payer's app: `UPI_INTENT`."),
    sometimes("qrCode", _TEXT, "The BR Code to scan, or to copy and paste: `PIX_QRCODE`."),
    always("expireTime", _TIME, "Until when the payer can pay."),
)


PAYMENT_CREATED: Final = body(
    *_trade("paymentNo", states.PAYMENT),
    sometimes("action", ACTION, "What to do with the payer; null once there is nothing to do."),
)
PAYMENT: Final = body(
    *_trade("paymentNo", states.PAYMENT),
    always("refundStatus", _one_of(("NO_REFUND", "REFUNDING", "PARTIAL_REFUND", "FULL_REFUND")), "What was refunded."),
    always("rrn", _RRN, "The banks' number, once paid."),
    _ATTACH,
    *_DATES,
    *_ending(states.PAYMENT_REASONS),
)
PAYOUT_CREATED: Final = body(*_trade("payoutNo", states.PAYOUT))
PAYOUT: Final = body(
    *_trade("payoutNo", states.PAYOUT),
    always("totalFee", _MONEY, "What was taken beside the amount."),
    always("rrn", _RRN, "The banks' number, once paid."),
    _ATTACH,
    *_DATES,
    *_ending(states.PAYOUT_REASONS),
)
_REFUND: Final = (
    always("refundNo", _NUMBER, "The gateway's number."),
    always("paymentNo", _NUMBER, "The payment's number."),
    always("merchantRefundNo", _TEXT, "The merchant's number."),
    always("amount", _MONEY, "Amount."),
    always("currency", _CURRENCY, "Its currency."),
    always("status", _one_of(states.REFUND.values()), "Where it stands."),
)
REFUND_CREATED: Final = body(*_REFUND)
REFUND: Final = body(
    *_REFUND,
    always("merchantTradeNo", _TEXT, "The merchant's number of the payment."),
    always("description", _TEXT, "As sent."),
    always("createdTime", _TIME, "When it was accepted."),
    always("refundedTime", _or_null(_TIME), "When it was done."),
    *_ending(states.REFUND_REASONS),
)
BALANCE: Final = body(
    always("currency", _CURRENCY, "Currency."),
    always("availableAmount", _BALANCE, "What can be paid out or refunded."),
    always("frozenAmount", _BALANCE, "What payouts and refunds under way hold."),
)
BALANCES: Final = body(always("balanceList", Listed(BALANCE), "One for each currency, in the order asked."))
