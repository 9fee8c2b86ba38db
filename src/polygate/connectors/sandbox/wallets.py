"""The simulated wallets: what they take, and how their payers behave (gateway contract, sections 8 and 12).

Like the issuers, they make nothing up at random: whatever has no meaning is derived from the attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from polygate.connectors.sandbox import pay_now, pix
from polygate.connectors.sandbox.book import Entry, State
from polygate.connectors.sandbox.messages import CollectOrder
from polygate.connectors.sandbox.scenarios import digits, reference
from polygate.core import upi
from polygate.core.methods import SETTLED_AT_ONCE, Method, Product
from polygate.core.money import EXPONENTS, Money
from polygate.core.outcomes import Details, PayerAction
from polygate.core.routing import Offer

_USUAL: Final = frozenset({"HKD", "CNY", "USD", "SGD"})

OFFER: Final[Offer] = {
    Method.CARD: None,
    Method.WECHAT: _USUAL,
    Method.ALIPAY: _USUAL,
    Method.ALIPAY_PLUS: frozenset({"HKD", "USD", "SGD", "MYR", "THB", "PHP", "KRW"}),
    Method.UPAY: _USUAL,
    Method.PAY_NOW: {"SGD": pay_now.MOST},
    Method.GRAB_PAY: frozenset({"SGD", "MYR"}),
    Method.SHOPEE_PAY: frozenset({"SGD", "MYR", "THB", "PHP"}),
    Method.PAYPAL: None,
    Method.APPLE_PAY: None,
    Method.GOOGLE_PAY: None,
    Method.UPI: frozenset({"INR"}),
    Method.PIX: {"BRL": pix.MOST},
}
"""The currencies of each method, and the most of them where there is a most; None for any."""

NAMES: Final[Mapping[Method, str]] = {
    Method.WECHAT: "WeChat Pay",
    Method.ALIPAY: "Alipay",
    Method.ALIPAY_PLUS: "Alipay+",
    Method.UPAY: "UnionPay",
    Method.PAY_NOW: "PayNow",
    Method.GRAB_PAY: "GrabPay",
    Method.SHOPEE_PAY: "ShopeePay",
    Method.PAYPAL: "PayPal",
    Method.APPLE_PAY: "Apple Pay",
    Method.GOOGLE_PAY: "Google Pay",
    Method.UPI: "UPI",
    Method.PIX: "Pix",
}
"""What the wallets call themselves, in every language."""

REFUSED_ENDING: Final = 15
"""The hundredths of an amount at which a payer's bank refuses at once, where the order says who pays."""
WRONG_CODE_ENDING: Final = "99"
SLOW_CODE_ENDING: Final = "98"
SLOW_MS: Final = 10_000
"""How long a slow wallet thinks about a scanned code."""
NOT_FOUND_ENDING: Final = 14
"""The hundredths of an amount that is not found when its payer says to have paid."""

_LETTERS: Final = str.maketrans("0123456789", "BCDFGHJKLM")
COLLECTING: Final = upi.Payee(address="collect01@sandbox", name="Sandbox Collect")
"""The account that UPI payments go to."""

_PAGES_ONLY: Final = frozenset({Method.PAYPAL, Method.APPLE_PAY, Method.GOOGLE_PAY})


def action(method: Method, product: Product) -> PayerAction:
    """What the payer has to do, where the merchant did not scan a code of theirs."""
    if product is Product.H5 or method in _PAGES_ONLY:
        return PayerAction.OPEN
    return PayerAction.SCAN if product is Product.QR_CODE else PayerAction.START


def number_of(order: CollectOrder) -> str:
    """Our number of a payment: for UPI the one in its link, by which payment and link find each other."""
    return order.number if order.method is Method.UPI and order.number else reference(order.merchant, order.key)


def code_to_scan(order: CollectOrder) -> str:
    """What the code says where the scheme prescribes it; empty where any link will do."""
    amount = Money(order.amount_minor, order.currency)
    if order.method is Method.PAY_NOW:
        return pay_now.code(reference=number_of(order), amount=amount, expires_ms=order.expires_ms)
    if order.method is Method.UPI and order.product is not Product.COLLECT:
        return upi.pay_link(COLLECTING, amount=amount, reference=number_of(order), note=order.note)
    if order.method is Method.PIX:
        return pix.code(reference=number_of(order), amount=amount)
    return ""


def is_refused_at_once(order: CollectOrder) -> bool:
    """Whether the payer's bank will not even ask the payer (signed contract, section 11)."""
    unit: int = 10 ** EXPONENTS[order.currency]
    ending = order.amount_minor % unit * 100 // unit
    return order.method in SETTLED_AT_ONCE and bool(order.payer_id) and ending == REFUSED_ENDING


def details_of(order: CollectOrder) -> Details:
    """What a payment from the wallet tells."""
    payer = f"Wallet user {digits(order.merchant, order.key, 'payer', 4)}"
    if order.method not in SETTLED_AT_ONCE:
        return Details(payer=payer)
    return Details(payer=payer, bank_reference=digits(order.merchant, order.key, "transfer", 12))


def is_found(entry: Entry) -> bool:
    """Whether a transfer has arrived by the time its payer says so: all do but those of an amount ending in .14."""
    waits = entry.state == State.AWAITING and not entry.payer_choice
    return waits and entry.method in SETTLED_AT_ONCE and entry.amount_minor % 100 != NOT_FOUND_ENDING


def info(entry: Entry) -> Mapping[str, str]:
    """What a merchant's program would hand to the wallet's (gateway contract, 8.3)."""
    if action(Method(entry.method), Product(entry.product)) is not PayerAction.START or entry.method in SETTLED_AT_ONCE:
        return {}
    return {
        "appId": "wx0000000000000000",
        "timeStamp": str(entry.created_ms // 1_000),
        # Letters: so many digits would look like a card number now and then.
        "nonceStr": digits(entry.merchant_id, entry.attempt_id, "nonce", 16).translate(_LETTERS),
        "package": f"prepay_id={entry.attempt_id}",
        "signType": "RSA",
        "paySign": "dummy",
    }
