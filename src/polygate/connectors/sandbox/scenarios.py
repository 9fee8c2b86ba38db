"""How the simulated issuers behave: the table of gateway contract, section 12, and what they tell besides yes and no.

Nothing is random: whatever an issuer makes up (codes, references, scores) is derived from the attempt.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from polygate.connectors.sandbox.messages import ChargeOrder
from polygate.core.cards import Brand, brand_of
from polygate.core.money import EXPONENTS, Money
from polygate.core.outcomes import Authentication, Decline, Details


class Scenario(msgspec.Struct, frozen=True):
    """What the issuer of one card does."""

    name: str
    decline: Decline | None = None
    asks: bool = False
    """Wants 3-D Secure in mode `auto`."""
    insists: bool = False
    """Declines without 3-D Secure, and has the payer answer a challenge."""
    risky: bool = False
    """Stopped by a fraud check, if there is one."""
    late_ms: int = 0
    """Never answers the charge, which settles this much later."""


PLAIN: Final = Scenario("plain")

CARDS: Final[dict[str, Scenario]] = {
    "4000000000000002": Scenario("declined", Decline.NO_REASON),
    "4000000000009995": Scenario("no_funds", Decline.INSUFFICIENT_FUNDS),
    "4000000000000069": Scenario("expired", Decline.EXPIRED_CARD),
    "4000000000000127": Scenario("wrong_code", Decline.WRONG_SECURITY_CODE),
    "4000000000009987": Scenario("stolen", Decline.LOST_OR_STOLEN),
    "4000000000000119": Scenario("silent", late_ms=30_000),
    "4000000000003220": Scenario("challenge", asks=True, insists=True),
    "4000000000003055": Scenario("frictionless", asks=True),
    "4000008400001629": Scenario("authenticated_then_declined", Decline.NO_REASON, asks=True),
    "4100000000000019": Scenario("risky", risky=True),
}
"""Cards with a will of their own; every other number is PLAIN."""

SCENARIOS: Final[dict[str, Scenario]] = {scenario.name: scenario for scenario in (PLAIN, *CARDS.values())}

REFUND_DELAY_MS: Final = 2_000

_WRONG_CVC: Final = "000"
_DEBIT: Final = frozenset({"5555555555554444"})
_COUNTRIES: Final[dict[Brand, str]] = {Brand.UNIONPAY: "CN", Brand.JCB: "JP"}
_VOUCHED: Final = ("", "Y", "A")
"""Results of a merchant's own 3-D Secure that count as authenticated (gateway contract, 6.4)."""


def scenario_of(number: str) -> Scenario:
    return CARDS.get(number, PLAIN)


def needs_payer(order: ChargeOrder) -> bool:
    """Whether the payer is sent to the authentication page before the card is charged (gateway contract, 6.1).

    A result the merchant brings along beats the mode, and without a browser to send back nobody can be asked.
    """
    if order.authentication or not order.return_url:
        return False
    return order.three_ds == "standard" or (order.three_ds == "auto" and scenario_of(order.card.number.reveal()).asks)


def verdict(order: ChargeOrder) -> Decline | None:
    """Why the issuer declines, if it does, provided that the payer passes any authentication it is sent to."""
    scenario = scenario_of(order.card.number.reveal())
    own = order.authentication
    if own and own.status not in (*_VOUCHED, "U"):
        return Decline.AUTHENTICATION_FAILED
    if scenario.risky and order.fraud_check:
        return Decline.SUSPECTED_FRAUD
    if scenario.insists and not (needs_payer(order) or (own and own.status in _VOUCHED)):
        return Decline.AUTHENTICATION_REQUIRED
    if _cvc_result(order) == "N":
        return Decline.WRONG_SECURITY_CODE
    return scenario.decline


def refund_verdict(amount: Money) -> Decline | None:
    """Amounts ending in .13 are refused."""
    unit: int = 10 ** EXPONENTS[amount.currency]
    return Decline.NO_REASON if amount.minor % unit * 100 == 13 * unit else None


def details_of(order: ChargeOrder) -> Details:
    """What an approval of this charge tells, authentication by the payer not yet included."""
    number = order.card.number.reveal()
    brand = brand_of(number)
    own = order.authentication
    return Details(
        auth_code=_digits(order.merchant, order.key, "authorization", 6),
        arn=arn(order.merchant, order.key) if order.capture else "",
        avs_result="Y" if order.postcode else "U",
        cvc_result=_cvc_result(order),
        card_class="DEBIT" if number in _DEBIT else "CREDIT",
        issuer_country=_COUNTRIES.get(brand, "US"),
        risk_score=_risk_score(order) if order.fraud_check else "",
        network_transaction_id=_digits(order.merchant, order.key, "network", 15),
        authentication=own if own and own.status in _VOUCHED else None,
    )


def authentication_of(masked: str, *, passed: bool) -> Authentication:
    """The result of the payer's own authentication, in the words of the card's scheme."""
    mastercard = brand_of(masked[:6]) is Brand.MASTERCARD
    return Authentication(
        status="Y" if passed else "N",
        eci=("02" if mastercard else "05") if passed else ("00" if mastercard else "07"),
        version="2.2.0",
        enrolled="Y",
        signature_verified="Y",
        cavv_algorithm="2" if passed else "",
    )


def arn(merchant: int, charge: int) -> str:
    """The acquirer reference number of a captured charge: 23 digits, the first one 7."""
    return "7" + _digits(merchant, charge, "arn", 22)


def reference(merchant: int, attempt: int) -> str:
    """The acquirer's own name for an order."""
    return "sbx" + _digits(merchant, attempt, "reference", 17)


def _cvc_result(order: ChargeOrder) -> str:
    if order.card.cvc is None:
        return "P"
    return "N" if order.card.cvc.reveal() == _WRONG_CVC else "M"


def _risk_score(order: ChargeOrder) -> str:
    if scenario_of(order.card.number.reveal()).risky:
        return "95"
    return str(int(_digits(order.merchant, order.key, "risk", 9)) % 30)


def _digits(merchant: int, attempt: int, purpose: str, count: int) -> str:
    number = int.from_bytes(sha256(f"{merchant}:{attempt}:{purpose}".encode()).digest())
    return f"{number % 10**count:0{count}d}"
