"""What is asked, as the endpoints want it (section 4)."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from polygate.core.money import Money, parse
from polygate.core.payouts import PayoutMethod, Receiver
from polygate.protocols.reading.fields import Found, Given
from polygate.protocols.signed.errors import Code, Rejected
from polygate.protocols.signed.methods import COUNTRIES, PAY_TYPES, PAYOUT_TYPES, TRANSFER_MODES
from polygate.protocols.signed.payees import check_account

T = TypeVar("T")


class PaymentRequest(msgspec.Struct, frozen=True):
    """Section 4.2."""

    number: str
    amount: Money
    pay_type: str
    attach: str
    notify_url: str
    return_url: str
    description: str
    as_sent: Found
    """All fields that were understood, under their own names."""

    @property
    def pay_method(self) -> Found:
        found: Found = self.as_sent["payMethod"]
        return found


class PayoutRequest(msgspec.Struct, frozen=True):
    """Section 4.4."""

    number: str
    amount: Money
    receiver: Receiver
    description: str
    attach: str
    notify_url: str


class RefundRequest(msgspec.Struct, frozen=True):
    """Section 4.6. What the amount is an amount of, the payment knows."""

    number: str
    payment_no: str
    amount_text: str
    description: str
    notify_url: str


class Named(msgspec.Struct, frozen=True):
    """Which trade or refund is meant: by the merchant's number, by ours, or by both."""

    merchants: str
    ours: str


def payment(found: Found, given: Given, *, is_test: bool) -> PaymentRequest:
    """Raises Rejected."""
    name, currency = found["payMethod"]["type"], found["currency"]
    if PAY_TYPES[name].currency != currency:
        raise Rejected(Code.CURRENCY_NOT_SUPPORTED, f"currency: {name} does not take {currency}")
    return PaymentRequest(
        number=found["merchantTradeNo"],
        amount=parse(found["amount"], currency),
        pay_type=name,
        attach=_as_sent(given, found, "merchantAttach"),
        notify_url=found["notifyUrl"],
        return_url=found.get("returnUrl", ""),
        description=found["description"],
        as_sent=found,
    )


def payout(found: Found, given: Given, *, is_test: bool) -> PayoutRequest:
    """Raises Rejected."""
    method, currency = found["payoutMethod"], found["currency"]
    if method["type"] not in COUNTRIES[currency][1]:
        raise Rejected(Code.CURRENCY_NOT_SUPPORTED, f"currency: {method['type']} does not pay {currency}")
    receiver = _receiver(method, currency)
    check_account(receiver, currency, is_test=is_test)
    return PayoutRequest(
        number=found["merchantTradeNo"],
        amount=parse(found["amount"], currency),
        receiver=receiver,
        description=found["description"],
        attach=_as_sent(given, found, "merchantAttach"),
        notify_url=found["notifyUrl"],
    )


def refund(found: Found, given: Given, *, is_test: bool) -> RefundRequest:
    return RefundRequest(
        number=found["merchantRefundNo"],
        payment_no=found["paymentNo"],
        amount_text=found["amount"],
        description=found["description"],
        notify_url=found.get("notifyUrl", ""),
    )


def payment_name(found: Found, given: Given, *, is_test: bool) -> Named:
    return Named(found.get("merchantTradeNo", ""), found.get("paymentNo", ""))


def payout_name(found: Found, given: Given, *, is_test: bool) -> Named:
    return Named(found.get("merchantTradeNo", ""), found.get("payoutNo", ""))


def refund_name(found: Found, given: Given, *, is_test: bool) -> Named:
    return Named(found.get("merchantRefundNo", ""), found.get("refundNo", ""))


def currencies(found: Found, given: Given, *, is_test: bool) -> tuple[str, ...]:
    listed: tuple[str, ...] = found["currencies"]
    return listed


def _as_sent(given: Given, found: Found, name: str) -> str:
    """A text that is told again unchanged, blanks at its ends included."""
    return str(given[name]) if isinstance(given.get(name), str) and name in found else found.get(name, "")


def _receiver(method: dict[str, Any], currency: str) -> Receiver:
    kind = PAYOUT_TYPES[method["type"]]
    common = {
        "method": kind,
        "name": method["payeeName"],
        "phone": method.get("payeePhone", ""),
        "email": method.get("payeeEmail", ""),
    }
    match kind:
        case PayoutMethod.UPI:
            return Receiver(**common, account=method["vpa"])
        case PayoutMethod.PIX:
            papers = {"document_type": method.get("documentType", ""), "document": method.get("document", "")}
            return Receiver(**common, **papers, account=method["pixKey"], mode=method["pixKeyType"])
        case PayoutMethod.WALLET:
            return Receiver(**common, account=method["accountNumber"], bank_code=method["walletCode"])
        case PayoutMethod.BANK_ACCOUNT:
            return Receiver(
                **common,
                account=method["accountNumber"],
                bank_code=method["bankCode"],
                bank_name=method.get("bankName", ""),
                mode=_transfer_mode(method) if currency == "INR" else "",
            )


def _transfer_mode(method: dict[str, Any]) -> str:
    mode: str = method.get("mode", TRANSFER_MODES[0]).upper()
    if mode not in TRANSFER_MODES:
        raise Rejected(Code.INVALID, f"payoutMethod.mode must be one of {', '.join(TRANSFER_MODES)}")
    return mode
